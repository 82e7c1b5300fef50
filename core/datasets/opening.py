"""Open a source, whatever its layout: a table, class or split folders, a study, arrays, or a zip of these.

Where class folders and a table lie beside each other the folders win, unless the table is asked for.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from core.datasets.folder_layout import ask_for_classes, looks_like_a_study, read_folders, read_labelled
from core.datasets.headers import Known, read_headers
from core.datasets.npz_layout import read_npz
from core.datasets.options import DICOM_ATTRIBUTES, HEADER_LABELS, ImportOptions
from core.datasets.records import UNLABELLED
from core.datasets.server_folders import is_allowed
from core.datasets.source_files import ARCHIVE_SUFFIXES, SourceFiles, look_through, readable, unwrapped
from core.datasets.sources import Source
from core.datasets.staging_folder import new_staging, remove_staging
from core.datasets.table import COLUMNS
from core.datasets.table_layout import ReadHeaders, read_with_table
from core.datasets.table_reading import is_table
from core.errors import ImportRefusedError, InvalidValueError, UnknownNameError
from core.images.archives import unpack
from core.language import N_, Message
from core.workspace import jobs_dir

_ARRAYS: Final = ".npz"
_GENERIC: Final = re.compile(
    r"(images?|imgs?|pictures?|photos?|crops?|files?|data|scans?|slices?|dicoms?|dcm|pngs?|jpe?gs?|tiffs?|part)"
    r"[-_ ]?\w{0,4}",
    re.IGNORECASE,
)


def open_source(path: Path, options: ImportOptions) -> Source:
    """Return the entries of a source that can be imported as it is; close it when done.

    Raises
    ------
    ImportRefusedError
        There is nothing there, nothing that could be a data set, or something has to be said first.
    UnknownNameError, InvalidValueError
        An option names what is not there.
    """
    source = open_for_plan(path, options)
    if source.question is not None:
        source.close()
        raise ImportRefusedError(source.question.text, **source.question.values)
    return source


def open_for_plan(
    path: Path,
    options: ImportOptions,
    *,
    known: Known | None = None,
    check: Callable[[], None] = lambda: None,
) -> Source:
    """Return the entries of a source, though something may have to be said before they can be imported.

    Parameters
    ----------
    known
        Headers that were read before; added to.
    check
        Called now and then; what it raises ends the looking.
    """
    _check_free(options.keep_columns)
    source = _Opening(options, partial(read_headers, known=known, check=check), check).path(path)
    missing = [name for name in options.keep_columns if name in DICOM_ATTRIBUTES and not _has(source, name)]
    if missing:
        source.close()
        raise UnknownNameError(N_("column"), missing[0], source.columns.kept)
    return source


class _Opening:
    """One source being opened."""

    def __init__(self, options: ImportOptions, headers: ReadHeaders, check: Callable[[], None]) -> None:
        self._options, self._headers, self._check = options, headers, check

    def path(self, path: Path) -> Source:
        if not path.exists():
            raise ImportRefusedError(N_("There is nothing at '{path}'. Check the path."), path=str(path))
        if path.is_dir():
            return self._folder(unwrapped(path))
        if path.suffix.lower() == _ARRAYS:
            return self._arrays(path)
        if path.suffix.lower() in ARCHIVE_SUFFIXES:
            return self._archive(path)
        if is_table(path):
            return self._table(look_through(path.parent, check=self._check), path)
        text = N_("'{file}' is no folder, table, .npz or .zip file; put images into a folder of their own.")
        raise ImportRefusedError(text, file=path.name)

    def _archive(self, path: Path) -> Source:
        staging = new_staging()
        try:
            unpack(path, staging / "source", progress=lambda _share: self._check())
            source = self.path(staging / "source")
        except BaseException:
            remove_staging(staging)
            raise

        def close() -> None:
            source.close()
            remove_staging(staging)

        return replace(source, close=close)

    def _arrays(self, path: Path) -> Source:
        self._refuse_columns()
        return read_npz(path, self._options)

    def _folder(self, root: Path) -> Source:
        files = look_through(root, check=self._check)
        if not files.kinds:
            raise ImportRefusedError(N_("The folder or archive is empty: there is nothing to import."))
        alone = _alone(files)
        if alone is not None:
            return self._alone(files, root / alone)
        table = self._find_table(files)
        if table is None and not files.images:
            raise _no_image(files)
        source = self._pictures(files) if table is None else self._table(files, table)
        question = _which_table(files) if table is not None and self._options.labels_csv is None else None
        return replace(
            source,
            question=question or source.question,
            label_sources=_label_sources(files),
            tables=tuple(file.as_posix() for file in files.tables),
        )

    def _alone(self, files: SourceFiles, path: Path) -> Source:
        """Open what lies among files that are no images: "data.npz" beside a README."""
        source = self.path(path)
        others = tuple(
            other for other in files.others() if other[0] != path.relative_to(files.root).as_posix()
        )
        return replace(source, ignored=(*source.ignored, *others))

    def _table(self, files: SourceFiles, table: Path) -> Source:
        return read_with_table(files, table, self._options, self._headers)

    def _pictures(self, files: SourceFiles) -> Source:
        self._refuse_columns()
        options = self._options
        if options.finding is not None:
            text = N_("The finding '{finding}' was named, but only tables and MedMNIST files name findings.")
            raise InvalidValueError(text, finding=options.finding)
        if options.unlabelled:
            return read_labelled(files, lambda _file: UNLABELLED)
        if options.header_label is not None:
            return self._by_header(files, options.header_label)
        if options.labels_from != "folder" and looks_like_a_study(files):
            unknown = read_labelled(files, lambda _file: None)
            return replace(unknown, question=ask_for_classes())
        return read_folders(files)

    def _by_header(self, files: SourceFiles, attribute: str) -> Source:
        if attribute not in HEADER_LABELS:
            raise UnknownNameError(N_("attribute of the DICOM header"), attribute, HEADER_LABELS)
        dicom = [files.root / file for file, kind in files.kinds.items() if kind == "DICOM"]
        labels = {
            path.relative_to(files.root): header.label(attribute) for path, header in self._headers(dicom)
        }
        text = N_("Its header does not say the {attribute}.")
        missing = Message(text=text, values={"attribute": attribute})
        source = read_labelled(files, labels.get, missing=missing)
        if any(labels.values()):
            return source
        text = N_("No header says the {attribute}: take the classes from elsewhere.")
        return replace(source, question=Message(text=text, values={"attribute": attribute}))

    def _find_table(self, files: SourceFiles) -> Path | None:
        """Return the table to use: the one asked for, or else one beside images in no class folders."""
        options = self._options
        if options.labels_csv is not None:
            return _named_table(files.root, options.labels_csv)
        if not files.tables or options.labels_from not in (None, "table"):
            if options.labels_from == "table":
                raise ImportRefusedError(N_("There is no table beside the images."))
            return None
        if options.labels_from is None and _has_class_folders(files):
            return None
        return files.root / files.tables[0]

    def _refuse_columns(self) -> None:
        asked = self._options.asked_columns
        named = next(
            (name for name in (asked.image, asked.label, asked.patient, asked.split, *asked.kept) if name),
            None,
        )
        if named is not None:
            text = N_("The column '{column}' was named, but no table is used here; name one with --labels.")
            raise ImportRefusedError(text, column=named)


def _alone(files: SourceFiles) -> Path | None:
    """Return the one array file or archive that lies in a folder without images, or None."""
    if files.images:
        return None
    wanted = [file for file in files.kinds if file.suffix.lower() in (_ARRAYS, *ARCHIVE_SUFFIXES)]
    if len(wanted) > 1:
        names = ", ".join(f"'{file.name}'" for file in wanted[:5])
        raise ImportRefusedError(
            N_("There are several data sets here: {names}. Import one at a time."), names=names
        )
    return wanted[0] if wanted else None


def _no_image(files: SourceFiles) -> ImportRefusedError:
    text = N_(
        "There is no image: of the {n} files, for example '{first}', none is a PNG, JPEG, TIFF or DICOM file."
    )
    if len(files.kinds) == 1:
        text = N_("'{first}' is no image, whatever it is called: only PNG, JPEG, TIFF and DICOM files are.")
    return ImportRefusedError(text, n=len(files.kinds), first=readable(next(iter(files.kinds)).name))


def _which_table(files: SourceFiles) -> Message | None:
    if len(files.tables) < 2:
        return None
    names = ", ".join(f"'{readable(table.name)}'" for table in files.tables[:20])
    return Message(
        text=N_("There are several tables: {names}. Say which one to use."), values={"names": names}
    )


def _named_table(root: Path, name: str) -> Path:
    """Return the table of that name; what came through a browser never leads out of its folder."""
    is_guarded = root.is_relative_to(jobs_dir()) or is_allowed(root)
    places = (root / name,) if is_guarded else (root / name, Path(name))
    table = next((place for place in places if place.is_file()), None)
    if table is None or (is_guarded and not table.resolve().is_relative_to(root.resolve())):
        text = N_("There is no table '{file}', neither in the folder nor here.")
        raise ImportRefusedError(text, file=name)
    return table


def _has_class_folders(files: SourceFiles) -> bool:
    """Tell whether images lie in two or more folders whose names could be those of classes.

    Such folders win over a table beside them: to use the table, it is asked for.
    """
    tops = {file.parts[0] for file in files.images if len(file.parts) > 1}
    return len(tops) > 1 and not all(_GENERIC.fullmatch(top) for top in tops)


def _label_sources(files: SourceFiles) -> tuple[str, ...]:
    tops = {file.parts[0] for file in files.images if len(file.parts) > 1}
    return (*(["folder"] if len(tops) > 1 else []), *(["table"] if files.tables else []))


def _check_free(names: tuple[str, ...]) -> None:
    for name in names:
        if name in COLUMNS:
            text = N_(
                "The column '{column}' cannot be kept under this name, which Lightbox uses itself; rename it."
            )
            raise InvalidValueError(text, column=name)


def _has(source: Source, attribute: str) -> bool:
    return source.is_dicom or attribute in source.columns.kept
