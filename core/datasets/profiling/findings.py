"""A profile in plain words: what was found, what it means for a score, what to do; the gravest first."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from core.datasets.profiling import sentences
from core.datasets.profiling.records import Area, CopyCounts, Profile, ShortcutTest, Verdict
from core.language import N_, Message

Values = Mapping[str, str | int | float | bool | None | Message]
Severity = Literal["grave", "look", "note", "fine"]
Border = Literal["splits", "labels", "patients"]
Topic = Literal["classes", "patients", "copies", "labels", "shortcuts"]

SEVERITIES: Final[dict[Severity, str]] = {
    "grave": N_("Likely to spoil a score"),
    "look": N_("Worth a look"),
    "note": N_("Good to know"),
    "fine": N_("No failure found"),
}
_IMBALANCED: Final = 3.0  # images of the largest class for each of the smallest
_MANY_DOUBTED: Final = 0.01  # of the images; fewer are found where every label is right, too
_FEW: Final = 10  # images of a class in the test part
_OF_VERDICT: Final[dict[Verdict, Severity]] = {"suspicious": "grave", "look": "look"}


class Finding(BaseModel):
    """One thing that the data say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: Topic
    severity: Severity
    text: Message
    meaning: Message | None = None  # for a score
    action: Message | None = None
    subject: str = ""  # of several findings of one topic, which: a group of facts, "exact" or "near"
    border: Border | None = None  # which border copies cross


def findings(profile: Profile) -> tuple[Finding, ...]:
    """Return what a profile says, the gravest first."""
    found = [
        *_patients(profile),
        *_copies(profile),
        *_shortcuts(profile),
        *_labels(profile),
        *_classes(profile),
    ]
    order = list(SEVERITIES)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def shown_area(area: Area) -> Message:
    """Return "0.99 (0.98 to 1.00); n = 450 images, 269 patients"."""
    known = [number for number in (area.value, area.low, area.high) if number is not None]
    n_digits = 3 if any(0.995 <= number < 1 for number in known) else 2
    values: dict[str, str | int | float | bool | None | Message] = {
        "value": _digits(area.value, n_digits),
        "low": _digits(area.low, n_digits),
        "high": _digits(area.high, n_digits),
        "n": area.n,
        "n_patients": area.n_patients,
    }
    return Message(
        text=sentences.AREA_OF_IMAGES if area.n_patients is None else sentences.AREA, values=values
    )


def _patients(profile: Profile) -> Iterator[Finding]:
    n, total = profile.counts.overlap.n_patients, profile.n_patients
    if total is None:
        yield _finding("patients", "look", sentences.NO_PATIENTS)
    elif n:
        yield _finding("patients", "grave", sentences.PATIENTS_SPAN, {"n": n, "total": total})
    elif profile.counts.split != "none":
        own = profile.counts.split == "source"
        words = sentences.PATIENTS_APART if own else sentences.PATIENTS_KEPT
        yield _finding("patients", "fine", words, {"total": total})


def _copies(profile: Profile) -> Iterator[Finding]:
    exact, near = profile.copies.exact, profile.copies.near
    own = profile.counts.split == "source"
    for subject, counts, words in (("exact", exact, sentences.EXACT), ("near", near, sentences.NEAR)):
        yield from _copies_of_a_kind(subject, counts, words, own_split=own)
    if not exact.n_groups and not near.n_groups:
        yield _finding("copies", "fine", sentences.NO_COPIES, {"total": profile.n_images})


def _copies_of_a_kind(
    subject: str, counts: CopyCounts, words: sentences.CopyWords, *, own_split: bool
) -> Iterator[Finding]:
    spans = words.span_source if own_split else words.span_default
    cases: tuple[tuple[Border, int, Severity, sentences.Words], ...] = (
        ("splits", counts.n_across_splits, "grave", spans),
        ("labels", counts.n_across_labels, "grave", words.labels),
        ("patients", counts.n_across_patients, "look", words.patients),
    )
    for border, n, severity, text in cases:
        if n:
            told = _finding("copies", severity, text, {"n": n, "total": counts.n_groups}, subject=subject)
            yield told.model_copy(update={"border": border})
    if counts.n_groups and not any(n for _border, n, _severity, _text in cases):
        values = {"n": counts.n_groups, "n_images": counts.n_images}
        yield _finding("copies", "note", words.rest, values, subject=subject)


def _shortcuts(profile: Profile) -> Iterator[Finding]:
    if profile.shortcuts.reason is not None:
        yield Finding(topic="shortcuts", severity="note", text=profile.shortcuts.reason)
    tests = profile.shortcuts.tests
    for test in tests:
        if (severity := _OF_VERDICT.get(test.verdict)) and test.strongest:
            yield _shortcut(test, severity, test.strongest)
    areas = [test.strongest for test in tests if test.strongest]
    if tests and not any(test.verdict in _OF_VERDICT for test in tests):
        highest = max(areas, key=lambda area: area.value, default=None)
        words = sentences.NO_SHORTCUT if highest else sentences.ALL_THE_SAME
        values = {"area": shown_area(highest)} if highest else {}
        yield _finding("shortcuts", "fine", words, values)


def _shortcut(test: ShortcutTest, severity: Severity, area: Area) -> Finding:
    values: Values = {
        "name": str(area.class_name),
        "area": shown_area(area),
        "value": _digits(area.value, 2 if area.value < 0.995 else 3),
    }
    words = sentences.ALONE_OF_MANY if test.areas else sentences.ALONE
    return _finding("shortcuts", severity, words[test.group], values, subject=test.group)


def _labels(profile: Profile) -> Iterator[Finding]:
    found = profile.mislabels
    if found.area is None:
        return  # the shortcuts have said why
    values: Values = {"n": found.n_suspects, "total": found.n_tested, "area": shown_area(found.area)}
    if found.n_suspects:
        many = found.n_suspects >= _MANY_DOUBTED * found.n_tested
        yield _finding("labels", "look" if many else "note", sentences.DOUBTED, values)
    else:
        yield _finding("labels", "fine", sentences.NO_DOUBT, values)


def _classes(profile: Profile) -> Iterator[Finding]:
    counts = profile.counts
    if counts.imbalance is not None:
        uneven = counts.imbalance >= _IMBALANCED
        words = sentences.IMBALANCED if uneven else sentences.BALANCED
        yield _finding("classes", "look" if uneven else "fine", words, _extremes(profile, counts.imbalance))
    few = {name: n for name, n in counts.by_split.get("test", {}).items() if n < _FEW}
    if few:
        name = min(few, key=few.__getitem__)
        yield _finding("classes", "note", sentences.FEW_IN_TEST, {"name": name, "n": few[name]})


def _extremes(profile: Profile, ratio: float) -> Values:
    present = {name: n for name, n in profile.counts.by_class.items() if n}
    smallest, largest = min(present, key=present.__getitem__), max(present, key=present.__getitem__)
    return {
        "ratio": f"{ratio:.1f}",
        "largest": largest,
        "n_largest": present[largest],
        "smallest": smallest,
        "n_smallest": present[smallest],
        "percent": round(100 * present[largest] / profile.n_images),
    }


def _finding(
    topic: Topic,
    severity: Severity,
    words: sentences.Words,
    values: Values | None = None,
    *,
    subject: str = "",
) -> Finding:
    def filled(text: str) -> Message | None:
        return Message(text=text, values=dict(values or {})) if text else None

    return Finding(
        topic=topic,
        severity=severity,
        text=Message(text=words.text, values=dict(values or {})),
        meaning=filled(words.meaning),
        action=filled(words.action),
        subject=subject,
    )


def _digits(value: float | None, n_digits: int) -> str:
    """Return a number below 1 as one that is seen to be below 1."""
    if value is None:
        return "-"
    return f"{min(value, 0.999) if 0.995 <= value < 1 else value:.{n_digits}f}"
