"""A folder for each class, with or without folders for train, val and test above or below them."""

from collections import Counter
from pathlib import Path
from typing import Final

from core.datasets.records import Columns, SplitName
from core.datasets.sources import Entry, Source, kind_of, readable, split_of
from core.errors import ImportRefusedError
from core.language import N_, Message

_N_SNIFFED: Final = 5


def read_folders(root: Path, files: list[Path]) -> Source:
    """Return the source in `root`, whose `files` are given relative to it.

    Understood are class/file, train/class/file and class/train/file, with anything deeper belonging to the
    class.

    Raises
    ------
    ImportRefusedError
        No file lies in a folder that could be a class.
    """
    level = _split_level(files)
    entries = [_entry(root, file, level) for file in files if len(file.parts) > 1 or kind_of(root / file)]
    if not any(entry.label for entry in entries):
        text = N_(
            "The images in '{folder}' lie in no class folders: put those of each class into a folder of its"
            " own, or name a table with --labels."
        )
        raise ImportRefusedError(text, folder=root.name)
    labelled = [file for file in files if len(file.parts) > 1]
    is_dicom = mostly_dicom(root, labelled)
    return Source(
        layout="folders" if level is None else "split_folders",
        entries=entries,
        columns=Columns(patient="PatientID") if is_dicom else Columns(),
        is_dicom=is_dicom,
    )


def mostly_dicom(root: Path, files: list[Path]) -> bool:
    """Tell whether most of a few files, taken evenly from all, are DICOM."""
    taken = files[:: max(1, len(files) // _N_SNIFFED)][:_N_SNIFFED]
    kinds = Counter(kind_of(root / file) for file in taken)
    return kinds["DICOM"] > len(taken) / 2


def _split_level(files: list[Path]) -> int | None:
    """Return at which level of the folders the names are those of splits, or None."""
    for level in (0, 1):
        names = {file.parts[level] for file in files if len(file.parts) > 2}
        if names and all(split_of(name) for name in names):
            return level
    return None


def _entry(root: Path, file: Path, level: int | None) -> Entry:
    name = readable(file.as_posix())
    folders = tuple(readable(part) for part in file.parts[:-1])
    if level is None:
        label, split = (folders[0] if folders else None), None
    else:
        label, split = _label_and_split(folders, level)
    if label is None:
        return Entry(name, None, problem=Message(text=N_("It lies in no class folder.")))
    return Entry(name, label, root / file, split=split)


def _label_and_split(folders: tuple[str, ...], level: int) -> tuple[str | None, SplitName | None]:
    if len(folders) < 2:
        return None, None
    return folders[1 - level], split_of(folders[level])
