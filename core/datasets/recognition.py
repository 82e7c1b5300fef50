"""Find out how a source is laid out: a table, class folders, split folders, or arrays.

Where class folders and a table lie beside each other the folders win, unless the table is named.
"""

import re
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from core.datasets.classes import order_classes
from core.datasets.folder_layout import read_folders
from core.datasets.npz_layout import read_npz
from core.datasets.records import Columns
from core.datasets.sources import Layout, Source, kind_of, list_files
from core.datasets.table import COLUMNS
from core.datasets.table_layout import TABLE_SUFFIXES, read_with_table
from core.errors import ImportRefusedError, InvalidValueError, UnknownNameError
from core.language import N_, Message

# What the de-identifying allow-list lets through of a patient: kept where the importer asks for it.
DICOM_ATTRIBUTES: Final = ("age_band", "sex", "view", "laterality", "body_part")

_GENERIC: Final = re.compile(
    r"(images?|imgs?|pictures?|photos?|crops?|files?|data|scans?|slices?|dicoms?|dcm|pngs?|jpe?gs?|tiffs?|part)"
    r"[-_ ]?\w{0,4}",
    re.IGNORECASE,
)


class ImportOptions(BaseModel):
    """What the importer says about a source; what is None is found out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    labels_csv: str | None = None
    image_column: str | None = None
    label_column: str | None = None
    patient_column: str | None = None
    split_column: str | None = None
    keep_columns: tuple[str, ...] = ()
    patient_pattern: str | None = (
        None  # regex on the file name: its first group, or all of it, is the patient
    )
    title: str | None = None  # what a catalogue knows of a set; None: the name, and nothing
    description: str | None = None
    licence: str | None = None
    caveats: tuple[Message, ...] = ()  # to be said wherever the data set is shown, beside those of the import


class ImportPlan(BaseModel):
    """What a source was recognised as, before a single picture is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layout: Layout
    is_dicom: bool
    n_files: int
    class_counts: dict[str, int]
    splits: dict[str, int] | None
    columns: Columns


def recognise(path: Path, options: ImportOptions) -> ImportPlan:
    """Find out how a source is laid out and what would be imported.

    Raises
    ------
    ImportRefusedError
        There is nothing there, or nothing that could be a data set.
    UnknownNameError, InvalidValueError
        An option names what is not there.
    """
    with closing(open_source(path, options)) as source:
        labels = Counter(entry.label for entry in source.entries if entry.label)
        splits = Counter(entry.split for entry in source.entries if entry.split)
        names = source.class_names or order_classes(labels)
        return ImportPlan(
            layout=source.layout,
            is_dicom=source.is_dicom,
            n_files=len(source.entries),
            class_counts={name: labels[name] for name in names if labels[name]},
            splits=dict(splits) or None,
            columns=source.columns,
        )


def open_source(path: Path, options: ImportOptions) -> Source:
    """Return the entries of a source; close it when done. The errors are those of `recognise`."""
    if not path.exists():
        raise ImportRefusedError(N_("There is nothing at '{path}'. Check the path."), path=str(path))
    if path.is_file():
        source = _open_file(path, options)
    else:
        source = _open_folder(_unwrapped(path), options)
    _check_kept(source, options)
    return source


def _open_file(path: Path, options: ImportOptions) -> Source:
    if path.suffix.lower() == ".npz":
        _refuse_columns(options)
        return read_npz(path)
    if path.suffix.lower() in TABLE_SUFFIXES:
        return read_with_table(path.parent, list_files(path.parent), path, _asked(options))
    text = N_(
        "'{file}' is no folder, table or .npz file; put images into a folder, and unpack archives first."
    )
    raise ImportRefusedError(text, file=path.name)


def _open_folder(folder: Path, options: ImportOptions) -> Source:
    files = list_files(folder)
    if not files:
        raise ImportRefusedError(N_("The folder '{folder}' is empty."), folder=folder.name)
    table = _find_table(folder, files, options)
    if table is not None:
        return read_with_table(folder, files, table, _asked(options))
    _refuse_columns(options)
    return read_folders(folder, files)


def _unwrapped(folder: Path) -> Path:
    """Go down through folders that hold nothing but one folder of folders, as unpacked archives do."""
    while True:
        inside = [item for item in folder.iterdir() if not item.name.startswith((".", "__MACOSX"))]
        if (
            len(inside) != 1
            or not inside[0].is_dir()
            or not any(item.is_dir() for item in inside[0].iterdir())
        ):
            return folder
        folder = inside[0]


def _find_table(folder: Path, files: list[Path], options: ImportOptions) -> Path | None:
    """Return the table to use: the one asked for, or else one that lies beside images in no class folders."""
    if options.labels_csv is not None:
        places = (folder / options.labels_csv, Path(options.labels_csv))
        table = next((place for place in places if place.is_file()), None)
        if table is None:
            text = N_("There is no table '{file}', neither in the folder nor here.")
            raise ImportRefusedError(text, file=options.labels_csv)
        return table
    tables = [file for file in files if file.suffix.lower() in TABLE_SUFFIXES and len(file.parts) == 1]
    if not tables or _has_class_folders(folder, files):
        return None
    if len(tables) > 1:
        names = ", ".join(f"'{table.name}'" for table in tables)
        raise ImportRefusedError(
            N_("There are several tables: {names}. Name one with --labels."), names=names
        )
    return folder / tables[0]


def _has_class_folders(folder: Path, files: list[Path]) -> bool:
    """Tell whether images lie in two or more folders whose names could be those of classes.

    Such folders win over a table beside them: to use the table, it is named.
    """
    tops = {file.parts[0] for file in files if len(file.parts) > 1 and kind_of(folder / file)}
    return len(tops) > 1 and not all(_GENERIC.fullmatch(top) for top in tops)


def _asked(options: ImportOptions) -> Columns:
    return Columns(
        image=options.image_column,
        label=options.label_column,
        patient=options.patient_column,
        split=options.split_column,
        kept=tuple(name for name in options.keep_columns if name not in DICOM_ATTRIBUTES),
    )


def _refuse_columns(options: ImportOptions) -> None:
    asked = _asked(options)
    named = next(
        (name for name in (asked.image, asked.label, asked.patient, asked.split, *asked.kept) if name), None
    )
    if named is not None:
        text = N_("The column '{column}' was named, but no table is used here; name one with --labels.")
        raise ImportRefusedError(text, column=named)


def _check_kept(source: Source, options: ImportOptions) -> None:
    for name in options.keep_columns:
        if name in COLUMNS:
            text = N_(
                "The column '{column}' cannot be kept under this name, which Lightbox uses itself; rename it."
            )
            raise InvalidValueError(text, column=name)
        if name in DICOM_ATTRIBUTES and not source.is_dicom and name not in source.columns.kept:
            raise UnknownNameError(N_("column"), name, source.columns.kept)
