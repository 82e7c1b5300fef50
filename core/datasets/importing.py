"""Turn what a person has into a data set: recognise its layout, read each image, write all of it or nothing.

Covers: a folder for each class, folders already split, a CSV beside its images, a MedMNIST-layout .npz, and
DICOM files in any of the folders. Images are decoded in a sandbox, on all cores. Patients become keyed
pseudonyms, and of a DICOM header only what the importer asks for is kept. Does not cover: archives; unpack
them first.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from core.datasets.intake import PreparedImage
from core.datasets.patient_patterns import compile_pattern, matched
from core.datasets.pseudonyms import load_key, pseudonym
from core.datasets.recognition import ImportOptions, ImportPlan, open_source, recognise
from core.datasets.records import UNLABELLED, DatasetInfo, ImportReport, SkippedFile
from core.datasets.sources import Entry, Source
from core.datasets.store import DatasetDraft, NewSample, check_new_name, write_dataset
from core.datasets.streaming import Choices, prepared
from core.datasets.text_looks import TextLooks
from core.errors import ImportRefusedError, JobStoppedError, UnreadableImageError
from core.images.burned_in import REASONS, SEEN, WEAK
from core.images.identity import IdentityCounts
from core.images.identity_kinds import KINDS
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

    The order of the samples is that of the source, and the same source gives the same table and pictures.

    Parameters
    ----------
    path
        A folder, a CSV file beside its images, or an .npz file.
    options
        Its name, and what the importer knows better than a guess.
    progress
        Called with the share done, in [0, 1], and a sentence.
    should_stop
        Asked at each image; if it says yes, nothing is left.

    Returns
    -------
    ImportReport
        What is known of the data set, and each file that could not be read with the reason.

    Raises
    ------
    UserError
        The source, the name or an option is refused, or the source goes away while it is read; in one
        sentence, and nothing is kept.
    JobStoppedError
        `should_stop` said yes.
    """
    check_new_name(options.name)
    with closing(open_source(path, options)) as source:
        _check_classes(source)
        course = _Course(len(source.entries), progress, should_stop)
        tally = _Tally(looks=TextLooks(is_thorough=options.skip_suspicious))
        samples = _samples(source, options, course, tally)
        info = write_dataset(_draft(source, options), samples, skipped=tally.skipped)
        return tally.report(info, n_unlisted=source.n_unlisted)


@dataclass(frozen=True)
class _Course:
    """How far the import is, and whether it shall go on."""

    total: int
    progress: Progress
    should_stop: Callable[[], bool]

    def check(self) -> None:
        if self.should_stop():
            raise JobStoppedError

    def at(self, ordinal: int) -> None:
        self.check()
        text = N_("Image {n} of {total} is being read.")
        self.progress(
            (ordinal - 1) / self.total, Message(text=text, values={"n": ordinal, "total": self.total})
        )

    def at_end(self) -> None:
        self.progress(1.0, Message(text=N_("All images are read; the data set is being completed.")))


@dataclass
class _Tally:
    """What is counted while images come in."""

    skipped: list[SkippedFile] = field(default_factory=list)
    identity: Counter[str] = field(default_factory=Counter)
    text_reasons: Counter[str] = field(default_factory=Counter)
    suspicious: list[int] = field(default_factory=list)
    passed_over: list[tuple[int, Entry]] = field(default_factory=list)  # kept, and not looked at for writing
    looks: TextLooks = field(default_factory=TextLooks)
    n_read: int = 0
    n_kept: int = 0

    def read(self, image: PreparedImage) -> None:
        self.n_read += 1
        self.identity.update(image.identity)
        self.text_reasons.update(image.text_reasons)
        self.looks.note(image)

    def skip(self, ordinal: int, entry: Entry, reason: Message) -> None:
        self.skipped.append(SkippedFile(ordinal=ordinal, file=entry.name, reason=reason))

    def keep(self, entry: Entry, image: PreparedImage) -> None:
        sample_id = self.n_kept
        self.n_kept += 1
        if _strong_reasons(image):
            self.suspicious.append(sample_id)
        elif not image.was_looked_at:
            self.passed_over.append((sample_id, entry))

    def look_again(self, sample_id: int, image: PreparedImage) -> None:
        self.looks.note(image)
        if SEEN in image.text_reasons:
            self.text_reasons[SEEN] += 1
            self.suspicious.append(sample_id)

    def report(self, info: DatasetInfo, *, n_unlisted: int) -> ImportReport:
        return ImportReport(
            info=info,
            skipped=tuple(self.skipped),
            n_unlisted=n_unlisted,
            identity=IdentityCounts(n_files=self.n_read, counts=_in_order(KINDS, self.identity)),
            text_reasons=_in_order(REASONS, self.text_reasons),
            n_looked=self.looks.n_looked,
            suspicious=tuple(sorted(self.suspicious)),
        )


def _in_order(known: Iterable[str], counts: Counter[str]) -> dict[str, int]:
    """Return the counts in a fixed order, and of nothing else: what a decoder says is foreign."""
    return {name: counts[name] for name in known if counts[name]}


def _check_classes(source: Source) -> None:
    labels = {entry.label for entry in source.entries if entry.label}
    if len(labels) == 1 and UNLABELLED not in labels:
        text = N_("There is only one class, '{name}'; a data set needs at least two.")
        raise ImportRefusedError(text, name=labels.pop())


def _draft(source: Source, options: ImportOptions) -> DatasetDraft:
    return DatasetDraft(
        dataset_id=options.name,
        title=options.title or options.name,
        description=options.description or "",
        licence=options.licence or "",
        caveats=(*source.caveats, *options.caveats),
        source="dicom" if source.is_dicom else source.layout,
        class_names=source.class_names,
        columns=source.columns.model_copy(update={"kept": options.keep_columns}),
        attributes=options.keep_columns,
    )


def _samples(source: Source, options: ImportOptions, course: _Course, tally: _Tally) -> Iterator[NewSample]:
    """Yield the samples in the order of the source, and count what comes with them."""
    find_patient, key = _patient_finder(source, options), load_key()
    choices = Choices(margins=options.margins, window=options.window)
    for ordinal, (entry, image) in enumerate(
        prepared(source.entries, choices, wants_look=tally.looks.wants), start=1
    ):
        course.at(ordinal)
        if isinstance(image, UnreadableImageError):
            tally.skip(ordinal, entry, image.message)
            continue
        tally.read(image)
        if entry.label is None:
            tally.skip(ordinal, entry, Message(text=N_("It has no class.")))
        elif options.skip_suspicious and (reasons := _strong_reasons(image)):
            tally.skip(ordinal, entry, Message(text=reasons[0]))
        else:
            tally.keep(entry, image)
            patient = find_patient(entry, image)
            yield NewSample(
                image=image,
                label=entry.label,
                patient_id=pseudonym(patient, key) if patient else None,
                split=entry.split,
                series=pseudonym(image.series_id, key) if image.series_id else None,
                attributes=image.attributes | entry.kept,
            )
    tally.skipped += source.passed_by()
    _look_at_rest(choices, course, tally)
    course.at_end()


def _look_at_rest(choices: Choices, course: _Course, tally: _Tally) -> None:
    """Look for writing in what was passed over, where writing turned up too often in the rest."""
    if not tally.looks.is_thorough:
        return
    images = prepared((entry for _, entry in tally.passed_over), choices)
    for (sample_id, _), (_, image) in zip(tally.passed_over, images, strict=True):
        course.check()
        if isinstance(image, PreparedImage):
            tally.look_again(sample_id, image)


def _strong_reasons(image: PreparedImage) -> tuple[str, ...]:
    """Return why this image should be looked at, more than its neighbours."""
    return tuple(reason for reason in image.text_reasons if reason not in WEAK)


def _patient_finder(source: Source, options: ImportOptions) -> Callable[[Entry, PreparedImage], str | None]:
    """Return what says who an image shows: a named column, the pattern, a guessed column, the header."""
    if options.patient_pattern is None or options.patient_column:
        return lambda entry, image: entry.patient or image.patient_id
    pattern = compile_pattern(options.patient_pattern, [entry.name for entry in source.entries])
    return lambda entry, image: matched(pattern, entry.name)
