"""The examples of the viewer: phantoms that ship with Lightbox, and real files that ship with pydicom."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydicom.data import get_testdata_file

from core.language import N_
from core.workspace import SAMPLE_DATA
from ui.viewer_files import File


@dataclass(frozen=True)
class Example:
    """A file to begin with: its title, its name on disk, and whether it was computed."""

    title: str
    file: str
    simulated: bool = True

    @property
    def path(self) -> Path | None:
        """Where it lies on this computer; None if it is not there."""
        if self.simulated:
            return SAMPLE_DATA / "examples" / self.file
        found = get_testdata_file(self.file, download=False)
        return Path(str(found)) if found else None


# Fields of a catalogue: the first is the one to begin with.
_ALL: Final = {
    "ct": Example(N_("CT slice with a nodule (simulated)"), "ct-nodule.dcm"),
    "dx": Example(N_("Chest X-ray with an effusion (simulated)"), "dx-effusion.dcm"),
    "monochrome1": Example(N_("Chest X-ray stored as a negative (simulated)"), "dx-nodule-monochrome1.dcm"),
    "png": Example(N_("Chest X-ray as a 16-bit PNG (simulated)"), "film-effusion-16bit.png"),
    "ct-small": Example(N_("CT_small: a real CT slice, pydicom's"), "CT_small.dcm", simulated=False),
    "mr-small": Example(N_("MR_small: a real MR slice, pydicom's"), "MR_small.dcm", simulated=False),
    "us-film": Example(
        N_("examples_ybr_color: a real ultrasound film, pydicom's"), "examples_ybr_color.dcm", simulated=False
    ),
}


@lru_cache(maxsize=1)
def examples() -> dict[str, Example]:
    """Return the examples whose files are there, the first one first."""
    return {name: example for name, example in _ALL.items() if example.path and example.path.is_file()}


def example_file(name: str) -> File:
    """Return the bytes of an example."""
    path = examples()[name].path
    return File(name, path.read_bytes() if path else b"")
