"""A folder for each class, with or without folders for train, val and test above or below them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.datasets.classes import class_name, ordinal_caveat
from core.datasets.plan import Layout
from core.datasets.records import Columns, SplitName
from core.datasets.source_files import NO_IMAGE, SourceFiles, readable
from core.datasets.sources import Entry, Source, split_of
from core.language import N_, Message

_UNPLACED: Final = Message(text=N_("It lies in no class folder."))
# How devices and archives call the folders of a study: PAT00001/STU00002/SER0003, 1.2.840.113619...
_OF_STUDY: Final = re.compile(
    r"(dicom|dcm|pat|patient|pa|st|stu|study|se|ser|series|s|im|img|image|images|dir|exam)?[-_ ]?\d+"
    r"|dicom|images?|[\d.]{10,}",
    re.IGNORECASE,
)


def read_folders(files: SourceFiles) -> Source:
    """Return the source in class folders.

    Understood are class/file, train/class/file and class/train/file, with anything deeper belonging to the
    class. Where no image lies in a class folder, the source asks for the classes.
    """
    listed = [file for file, kind in files.kinds.items() if kind or len(file.parts) > 1]
    level = _split_level(listed)
    entries = [_entry(files, file, level) for file in listed]
    labels = {entry.label for entry in entries if entry.label}
    in_folders = [file for file in listed if len(file.parts) > 1]
    is_dicom = files.mostly_dicom(in_folders or listed)
    caveat = ordinal_caveat(labels)
    return Source(
        layout="split_folders" if level is not None else "folders" if labels else _loose(is_dicom=is_dicom),
        entries=entries,
        columns=Columns(patient="PatientID") if is_dicom else Columns(),
        is_dicom=is_dicom,
        ignored=files.others(top_only=True),
        caveats=(caveat,) if caveat else (),
        question=None if labels else ask_for_classes(),
    )


def read_labelled(
    files: SourceFiles, label_of: Callable[[Path], str | None], *, missing: Message | None = None
) -> Source:
    """Return the source of all images below a folder, whose labels `label_of` gives.

    Parameters
    ----------
    label_of
        Gives the label of a file, relative to the root; None where it has none.
    missing
        Why an image without a label is left out; None: it is not.
    """
    entries = []
    for file in files.images:
        label = label_of(file)
        problem = None if label else missing
        path = files.root / file if problem is None else None
        entries.append(Entry(readable(file.as_posix()), label, path, problem=problem))
    is_dicom = files.mostly_dicom(files.images)
    return Source(
        layout=_loose(is_dicom=is_dicom),
        entries=entries,
        columns=Columns(patient="PatientID") if is_dicom else Columns(),
        is_dicom=is_dicom,
        ignored=files.others(),
    )


def looks_like_a_study(files: SourceFiles) -> bool:
    """Tell whether these are DICOM files in the folders of a device or archive, which are no classes."""
    tops = {file.parts[0] for file in files.images if len(file.parts) > 1}
    return files.mostly_dicom(files.images) and all(_OF_STUDY.fullmatch(top) for top in tops)


def ask_for_classes() -> Message:
    """Return the question that images without classes raise."""
    text = N_(
        "The images lie in no class folders: put those of each class into a folder of its own, or name a"
        " table with the classes, or import them unlabelled and label them afterwards."
    )
    return Message(text=text)


def _loose(*, is_dicom: bool) -> Layout:
    return "dicom" if is_dicom else "folders"


def _split_level(files: list[Path]) -> int | None:
    """Return at which level of the folders the names are those of splits, or None."""
    for level in (0, 1):
        names = {file.parts[level] for file in files if len(file.parts) > 2}
        if names and all(split_of(name) for name in names):
            return level
    return None


def _entry(files: SourceFiles, file: Path, level: int | None) -> Entry:
    name = readable(file.as_posix())
    folders = tuple(readable(part) for part in file.parts[:-1])
    if level is None:
        label, split = (folders[0] if folders else None), None
    else:
        label, split = _label_and_split(folders, level)
    if label is None:
        return Entry(name, None, problem=_UNPLACED)
    path = files.root / file
    if files.kinds[file] is None and path.is_file():
        return Entry(name, class_name(label), split=split, problem=NO_IMAGE)
    return Entry(name, class_name(label), path, split=split)


def _label_and_split(folders: tuple[str, ...], level: int) -> tuple[str | None, SplitName | None]:
    if len(folders) < 2:
        return None, None
    return folders[1 - level], split_of(folders[level])
