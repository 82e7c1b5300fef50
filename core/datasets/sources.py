"""What an import is made from, whatever its layout: a list of entries that can be read one by one."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from core.datasets.records import Columns, SplitName
from core.errors import UnreadableImageError
from core.images import MedicalImage, read
from core.images.reading import sniff
from core.language import N_, Message

Layout = Literal["folders", "split_folders", "csv", "npz"]

MAX_FILE_BYTES: Final = 1024**3
SNIFFED_BYTES: Final = 132
_SYSTEM: Final = {"__macosx", "thumbs.db", "desktop.ini"}
_SPLITS: Final[dict[str, SplitName]] = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "development"), "val"),
    **dict.fromkeys(("test", "testing", "tst", "holdout"), "test"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Entry:
    """One image of a source: where its bytes are, and what the source says of it.

    Exactly one of `path`, `array` and `problem` is given.

    Attributes
    ----------
    name
        How the source calls it: shown to the importer, never kept.
    label
        Its class; None where the source gives it none.
    path
        The file that holds it.
    array
        Gives its pixels where it lies in an array that needs no decoding.
    patient
        Who it shows, as the source says it; None where it does not.
    kept
        What the source says in the columns that the importer asked for.
    problem
        Why it cannot be had, where that is known already.
    """

    name: str
    label: str | None
    path: Path | None = None
    array: Callable[[], MedicalImage] | None = None
    patient: str | None = None
    split: SplitName | None = None
    kept: dict[str, str] = field(default_factory=dict)
    problem: Message | None = None

    def load(self) -> MedicalImage:
        """Read it in this process; UnreadableImageError if that cannot be done."""
        if self.problem is not None:
            raise UnreadableImageError(self.problem.text, **self.problem.values)
        if self.array is not None:
            return self.array()
        return read(read_bytes(self.path or Path()))


@dataclass(frozen=True, eq=False)
class Source:
    """All entries of a source, in its order."""

    layout: Layout
    entries: Sequence[Entry]
    columns: Columns = Columns()
    class_names: tuple[str, ...] | None = None  # None: in the order of `order_classes`
    is_dicom: bool = False
    n_unlisted: int = 0  # files that a table does not name
    close: Callable[[], None] = lambda: None


def split_of(name: str) -> SplitName | None:
    """Return the side that a name of a folder or a value of a table stands for: "Training" is train."""
    return _SPLITS.get(name.strip().lower())


def list_files(folder: Path) -> list[Path]:
    """Return all files below `folder`, sorted, relative to it, without hidden ones and a system's own."""
    return sorted(_walk(folder))


def _walk(folder: Path) -> Iterator[Path]:
    for parent, subfolders, files in os.walk(folder):
        subfolders[:] = [name for name in subfolders if _is_content(name)]
        for name in files:
            if _is_content(name):
                yield (Path(parent) / name).relative_to(folder)


def _is_content(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in _SYSTEM


def readable(name: str) -> str:
    r"""Return a file's name as text that can be written: bytes that are no UTF-8 as \udcXX."""
    return name.encode(errors="backslashreplace").decode()


def read_bytes(path: Path) -> bytes:
    """Return what a file holds; what goes wrong never names the file, for a name may be a patient's.

    Raises
    ------
    UnreadableImageError
        It cannot be opened, is larger than 1 GiB, or has no end.
    """
    if path.exists() and not path.is_file():  # to read a pipe or a device may take for ever
        raise UnreadableImageError(N_("It is no file that can be read to its end."))
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UnreadableImageError(N_("The file is larger than 1 GiB."))
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(N_("The file cannot be opened.")) from error


def kind_of(path: Path) -> str | None:
    """Return what a file is by its first bytes: "DICOM", "raster", or None."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return sniff(file.read(SNIFFED_BYTES))
    except OSError:
        return None
