"""Find out what a source is, and put it into a plan that can be shown before anything is kept.

Headers of DICOM files are read in the sandbox. Does not cover: decoding; see core.datasets.inspection.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from core.datasets.attributes import may_tell_who
from core.datasets.classes import check_number, order_classes
from core.datasets.headers import HeaderFacts, Known, read_headers
from core.datasets.opening import open_for_plan, open_source
from core.datasets.options import DICOM_ATTRIBUTES, HEADER, HEADER_LABELS, ImportOptions
from core.datasets.plan import AttributeProposal, ImportPlan, Layout, Preview
from core.datasets.records import UNLABELLED, SkippedFile
from core.datasets.sources import Entry, Source
from core.language import N_, Message

__all__ = ["DICOM_ATTRIBUTES", "ImportOptions", "ImportPlan", "Layout", "open_source", "plan_of", "recognise"]

MOST_SKIPS: Final = 200
N_PREVIEWS: Final = 12
_MOST_HEADERS: Final = 2000
_MOST_NAMED: Final = 5


def recognise(path: Path, options: ImportOptions) -> ImportPlan:
    """Find out how a source is laid out and what would be imported.

    Raises
    ------
    ImportRefusedError
        There is nothing there, or nothing that could be a data set.
    UnknownNameError, InvalidValueError
        An option names what is not there.
    """
    with closing(open_for_plan(path, options)) as source:
        return plan_of(source)


def plan_of(
    source: Source, *, known: Known | None = None, check: Callable[[], None] = lambda: None
) -> ImportPlan:
    """Return the plan of an open source; `known` and `check` as for `open_for_plan`."""
    labels = Counter(entry.label for entry in source.entries if entry.label and entry.problem is None)
    check_number(labels)
    splits = Counter(entry.split for entry in source.entries if entry.split)
    names = source.class_names or order_classes(labels)
    headers = _headers(source, known, check)
    skips = _skips(source)
    return ImportPlan(
        layout=source.layout,
        is_dicom=source.is_dicom,
        n_files=len(source.entries),
        class_counts={name: labels[name] for name in names if labels[name]},
        splits=dict(splits) or None,
        columns=source.columns,
        n_patients=_n_patients(source, headers),
        question=source.question or _one_class(labels),
        label_sources=(*source.label_sources, *_header_labels(headers)),
        tables=source.tables,
        column_facts=source.column_facts(),
        findings=source.findings,
        finding=source.finding,
        attributes=(*_header_attributes(headers), *source.attributes()),
        skips=tuple(skips[:MOST_SKIPS]),
        n_skips=len(skips),
        n_unlisted=source.n_unlisted,
        previews=_previews(source.entries),
        n_series=len({header.series for header in headers if header.series}) or None,
        modalities=dict(Counter(header.modality for header in headers if header.modality)),
        n_headers=len(headers),
        caveats=source.caveats,
        notes=_notes(source, headers),
    )


def _headers(source: Source, known: Known | None, check: Callable[[], None]) -> list[HeaderFacts]:
    if not source.is_dicom:
        return []
    files = [entry.path for entry in source.entries if entry.path is not None]
    taken = files[:: -(-len(files) // _MOST_HEADERS)] if files else []
    return [header for _, header in read_headers(taken, known=known, check=check)]


def _n_patients(source: Source, headers: Sequence[HeaderFacts]) -> int | None:
    named = {entry.patient for entry in source.entries if entry.patient}
    if source.is_dicom and len(headers) == sum(entry.path is not None for entry in source.entries):
        named = named or {header.patient for header in headers if header.patient}
    return len(named) or None


def _one_class(labels: Counter[str]) -> Message | None:
    if len(labels) != 1 or UNLABELLED in labels:
        return None
    text = N_("There is only one class, '{name}'; a data set needs at least two.")
    return Message(text=text, values={"name": next(iter(labels))})


def _header_labels(headers: Sequence[HeaderFacts]) -> list[str]:
    found = {name: {header.label(name) for header in headers} - {None} for name in HEADER_LABELS}
    return [f"{HEADER}{name}" for name, values in found.items() if len(values) > 1]


def _header_attributes(headers: Sequence[HeaderFacts]) -> list[AttributeProposal]:
    found = {name: {header.label(name) for header in headers} - {None} for name in DICOM_ATTRIBUTES}
    return [
        AttributeProposal(name=name, kind="header", n_values=len(values), proposed=len(values) > 1)
        for name, values in found.items()
        if values
    ]


def _skips(source: Source) -> list[SkippedFile]:
    """Return what will be skipped: entries by their place in the source, other files after them."""
    found = [
        SkippedFile(ordinal=ordinal, file=entry.name, reason=entry.problem)
        for ordinal, entry in enumerate(source.entries, start=1)
        if entry.problem is not None
    ]
    return found + source.passed_by()


def _previews(entries: Sequence[Entry]) -> tuple[Preview, ...]:
    """Return the first images of each class in turn, until there are twelve, in the order of the source."""
    by_class: dict[str | None, list[int]] = {}
    for index, entry in enumerate(entries):
        places = by_class.setdefault(entry.label, [])
        if entry.problem is None and len(places) < N_PREVIEWS:
            places.append(index)
    turns = [
        place
        for turn in range(N_PREVIEWS)
        for places in by_class.values()
        for place in places[turn : turn + 1]
    ]
    return tuple(
        Preview(name=entries[index].name, label=entries[index].label, index=index)
        for index in sorted(turns[:N_PREVIEWS])
    )


def _notes(source: Source, headers: Sequence[HeaderFacts]) -> tuple[Message, ...]:
    notes = []
    n_files = sum(entry.path is not None for entry in source.entries)
    if headers and len(headers) != n_files:
        text = N_("Of {total} DICOM headers {n} were looked at.")
        notes.append(Message(text=text, values={"total": n_files, "n": len(headers)}))
    telling = sorted({entry.label for entry in source.entries if entry.label and may_tell_who(entry.label)})
    if telling:
        text = N_(
            "Some classes look like names, numbers or dates of people ({names}). Classes are kept as they are"
            " called: if they tell who somebody is, take the classes from elsewhere or rename them first."
        )
        names = ", ".join(f"'{name}'" for name in telling[:_MOST_NAMED])
        notes.append(Message(text=text, values={"names": names}))
    return tuple(notes)
