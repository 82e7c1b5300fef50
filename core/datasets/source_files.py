"""The files of a source: what each is by its first bytes, and what is no image at all."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.datasets.server_folders import is_allowed
from core.datasets.table_reading import is_table
from core.images.limits import unreadable
from core.images.reading import sniff
from core.language import N_, Message

NO_IMAGE: Final = unreadable("", N_("it is no PNG, JPEG, TIFF or DICOM file")).message
ARCHIVE_SUFFIXES: Final = (".zip",)

_SNIFFED_BYTES: Final = 132
_SYSTEM: Final = {"__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db", "$recycle.bin"}
_OF_SYSTEM: Final = Message(text=N_("It belongs to the operating system."))
_CONTENTS: Final = Message(text=N_("It is the table of contents of a disc, not an image."))
_OTHER_TABLE: Final = Message(text=N_("It is a table that is not used."))
_ARCHIVE: Final = Message(text=N_("It is an archive: unpack it first, or import it alone."))
_LEADS_OUT: Final = Message(text=N_("It is a link that leads out of the folder."))
_N_SNIFFED: Final = 5


@dataclass(frozen=True, eq=False)
class SourceFiles:
    """The files below `root`, each relative to it and in order.

    Attributes
    ----------
    kinds
        "DICOM", "raster", or None for what is neither.
    ignored
        What is not even looked at, and why.
    """

    root: Path
    kinds: dict[Path, str | None]
    ignored: list[tuple[str, Message]] = field(default_factory=list)

    @property
    def images(self) -> list[Path]:
        """The files that look like images."""
        return [file for file, kind in self.kinds.items() if kind]

    @property
    def tables(self) -> list[Path]:
        """The tables beside the images, the largest first."""
        tables = [file for file in self.kinds if is_table(file) and len(file.parts) == 1]
        return sorted(tables, key=lambda file: (-(self.root / file).stat().st_size, file))

    def others(self, used: Path | None = None, *, top_only: bool = False) -> tuple[tuple[str, Message], ...]:
        """Return what is no image, the table `used` left out, with reasons, after what is ignored anyway."""
        found = [
            (readable(file.as_posix()), _reason(file))
            for file, kind in self.kinds.items()
            if kind is None and self.root / file != used and not (top_only and len(file.parts) > 1)
        ]
        return (*self.ignored, *found)

    def mostly_dicom(self, files: list[Path]) -> bool:
        """Tell whether most of a few files, taken evenly from all, are DICOM."""
        taken = files[:: max(1, len(files) // _N_SNIFFED)][:_N_SNIFFED]
        return Counter(self.kinds[file] for file in taken)["DICOM"] > len(taken) / 2


def look_through(root: Path, *, check: Callable[[], None] = lambda: None) -> SourceFiles:
    """Find all files below `root` and look at their first bytes; `check` is called now and then."""
    is_guarded = is_allowed(root)
    kinds: dict[Path, str | None] = {}
    ignored: list[tuple[str, Message]] = []
    for number, file in enumerate(sorted(_walk(root, ignored))):
        if number % 256 == 0:
            check()
        if is_guarded and not is_allowed(root / file):
            ignored.append((readable(file.as_posix()), _LEADS_OUT))
        elif file.name.upper() == "DICOMDIR":
            ignored.append((readable(file.as_posix()), _CONTENTS))
        else:
            kinds[file] = kind_of(root / file)
    return SourceFiles(root, kinds, ignored)


def _walk(root: Path, ignored: list[tuple[str, Message]]) -> Iterator[Path]:
    for parent, subfolders, files in os.walk(root):
        place = Path(parent).relative_to(root)
        ignored += [
            (readable((place / name).as_posix()), _OF_SYSTEM) for name in sorted(_odd(subfolders, files))
        ]
        subfolders[:] = [name for name in subfolders if _is_content(name)]
        yield from (place / name for name in files if _is_content(name))


def _odd(*names: Iterable[str]) -> Iterator[str]:
    return (name for several in names for name in several if not _is_content(name))


def _is_content(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in _SYSTEM


def _reason(file: Path) -> Message:
    if is_table(file):
        return _OTHER_TABLE
    return _ARCHIVE if file.suffix.lower() in ARCHIVE_SUFFIXES else NO_IMAGE


def readable(name: str) -> str:
    r"""Return a file's name as text that can be written: bytes that are no UTF-8 as \udcXX."""
    return name.encode(errors="backslashreplace").decode()


def kind_of(path: Path) -> str | None:
    """Return what a file is by its first bytes: "DICOM", "raster", or None."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return sniff(file.read(_SNIFFED_BYTES))
    except OSError:
        return None


def unwrapped(folder: Path) -> Path:
    """Go down through folders that hold nothing but one folder of folders, as unpacked archives do."""
    while True:
        inside = [item for item in folder.iterdir() if _is_content(item.name)]
        if len(inside) != 1 or not inside[0].is_dir() or inside[0].is_symlink():
            return folder
        if not any(item.is_dir() for item in inside[0].iterdir()):
            return folder
        folder = inside[0]
