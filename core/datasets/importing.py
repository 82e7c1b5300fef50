"""Turn what a person has into a data set: recognise its layout, read each image, write all of it or nothing.

Covers: a folder for each class, folders already split, a CSV beside its images, a MedMNIST-layout .npz, and
DICOM files in any of the folders. Patients become keyed pseudonyms, and of a DICOM header only what the
importer asks for is kept. Does not cover: archives; unpack them first.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from core.datasets.pseudonyms import load_key, pseudonym
from core.datasets.recognition import ImportOptions, ImportPlan, open_source, recognise
from core.datasets.records import ImportReport, SkippedFile
from core.datasets.sources import Entry, Source
from core.datasets.store import DatasetDraft, NewSample, check_new_name, write_dataset
from core.errors import ImportRefusedError, InvalidValueError, JobStoppedError, UnreadableImageError
from core.images import MedicalImage
from core.language import N_, Message

__all__ = ["ImportOptions", "ImportPlan", "ImportReport", "import_path", "recognise"]

Progress = Callable[[float, Message], None]


def import_path(
    path: Path,
    options: ImportOptions,
    *,
    progress: Progress = lambda _share, _message: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Import a source as a new data set of this home.

    Parameters
    ----------
    path
        A folder, a CSV file beside its images, or an .npz file.
    options
        Its name, and what the importer knows better than a guess.
    progress
        Called with the share done, in [0, 1], and a sentence.
    should_stop
        Asked before each image; if it says yes, nothing is left.

    Returns
    -------
    ImportReport
        What is known of the data set, and each file that could not be read with the reason.

    Raises
    ------
    UserError
        The source, the name or an option is refused, in one sentence; nothing is kept.
    JobStoppedError
        `should_stop` said yes.
    """
    check_new_name(options.name)
    with closing(open_source(path, options)) as source:
        _check_classes(source)
        find_patient = _patient_finder(source, options)
        skipped: list[SkippedFile] = []
        images = _read_all(source, skipped, progress, should_stop)
        draft = DatasetDraft(
            dataset_id=options.name,
            title=options.title or options.name,
            description=options.description or "",
            licence=options.licence or "",
            caveats=options.caveats,
            source="dicom" if source.is_dicom else source.layout,
            class_names=source.class_names,
            columns=source.columns.model_copy(update={"kept": options.keep_columns}),
            attributes=options.keep_columns,
        )
        samples = _to_samples(images, find_patient)
        info = write_dataset(draft, samples, skipped=skipped)
        return ImportReport(info=info, skipped=tuple(skipped), n_unlisted=source.n_unlisted)


def _check_classes(source: Source) -> None:
    labels = {entry.label for entry in source.entries if entry.label}
    if len(labels) == 1:
        text = N_("There is only one class, '{name}'; a data set needs at least two.")
        raise ImportRefusedError(text, name=labels.pop())


def _patient_finder(source: Source, options: ImportOptions) -> Callable[[Entry, MedicalImage], str | None]:
    """Return what says who an image shows: a named column, the pattern, a guessed column, the header."""
    if options.patient_pattern is None or options.patient_column is not None:
        return lambda entry, image: entry.patient or image.patient_id
    try:
        pattern = re.compile(options.patient_pattern)
    except re.error as error:
        text = N_("'{pattern}' is no regular expression: {reason}.")
        raise InvalidValueError(text, pattern=options.patient_pattern, reason=str(error)) from error
    if not any(_matched(pattern, entry) for entry in source.entries):
        text = N_("The pattern '{pattern}' fits no file name, for example '{file}'.")
        raise InvalidValueError(text, pattern=pattern.pattern, file=Path(source.entries[0].name).name)
    return lambda entry, image: _matched(pattern, entry)


def _matched(pattern: re.Pattern[str], entry: Entry) -> str | None:
    match = pattern.search(Path(entry.name).name)
    if match is None:
        return None
    return match[1] if pattern.groups else match[0]


def _read_all(
    source: Source, skipped: list[SkippedFile], progress: Progress, should_stop: Callable[[], bool]
) -> Iterator[tuple[Entry, MedicalImage]]:
    total = len(source.entries)
    for ordinal, entry in enumerate(source.entries, start=1):
        if should_stop():
            raise JobStoppedError
        message = Message(
            text=N_("Image {n} of {total} is being read."), values={"n": ordinal, "total": total}
        )
        progress((ordinal - 1) / total, message)
        try:
            yield entry, entry.load()
        except UnreadableImageError as error:
            skipped.append(SkippedFile(ordinal=ordinal, file=entry.name, reason=error.message))


def _to_samples(
    images: Iterator[tuple[Entry, MedicalImage]], find_patient: Callable[[Entry, MedicalImage], str | None]
) -> Iterator[NewSample]:
    key = load_key()
    for entry, image in images:
        if entry.label is None:
            continue
        patient = find_patient(entry, image)
        yield NewSample(
            image=image,
            label=entry.label,
            patient_id=pseudonym(patient, key) if patient else None,
            split=entry.split,
            series=pseudonym(image.series_id, key) if image.series_id else None,
            attributes=image.attributes | entry.kept,
        )
