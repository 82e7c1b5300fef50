"""The booth's story at a glance: gauges for both networks that fill as the numbers come. Plain HTML."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

import streamlit as st

from core.evaluation.digits import rounded
from core.evaluation.records import MetricValue
from core.experiments.shortcut.catalog import CUES
from core.experiments.shortcut.records import SIDES, ShareOfMap, ShortcutRequest, Side
from core.experiments.shortcut.story import SoFar
from core.explanation.catalog import EXPLAINERS
from core.language import _
from core.statistics.shares import Share
from ui.shell import ASSETS

_GUESSING: Final = 0.5  # AUROC of who knows nothing


@dataclass(frozen=True)
class _Value:
    """A number in [0, 1] (None: there is none), in words, and its 95 % interval in words, "" for none."""

    share: float | None
    words: str = "–"
    interval: str = ""


@dataclass(frozen=True)
class _Gauge:
    """A title, what each network has, a stroke at what chance has, and a note."""

    title: str
    values: Mapping[Side, _Value]
    chance: float | None
    note: str


def show_strip(request: ShortcutRequest, known: SoFar) -> None:
    """Show what is known of both networks, in the order in which the story is told; the rest waits."""
    gauges = [_validation(known), _clean(known)]
    if CUES[request.cue].has_place:
        gauges.append(_peak(known))
    gauges.append(_swap(known))
    tiles = "".join(_tile(number, gauge) for number, gauge in enumerate(gauges, start=1))
    st.html(ASSETS / "shortcut.css")
    st.html(f"<ol class='lb-booth'>{tiles}</ol>")


def _validation(known: SoFar) -> _Gauge:
    values, note = _areas(known.val), _("AUROC, the cue as in training; the stroke is guessing")
    for side, course in known.course.items():
        if side not in values and course and course[-1] is not None:
            values[side] = _Value(course[-1], rounded(course[-1]))
            note = _("AUROC after epoch {n} of {epochs}", n=len(course), epochs=known.epochs)
    return _Gauge(_("Validation"), values, _GUESSING, note)


def _clean(known: SoFar) -> _Gauge:
    note = _("AUROC, the cue like a coin; the stroke is guessing")
    return _Gauge(_("Clean test"), _areas(known.clean), _GUESSING, note)


def _peak(known: SoFar) -> _Gauge:
    title, told = _("The map's highest point lies on the cue"), _first_peaks(known)
    if not told:
        return _Gauge(title, {}, None, _("of the clean test films"))
    one = next(iter(told.values()))
    note = _(
        "{method}, of the clean test films; the stroke is chance",
        method=_(EXPLAINERS[one.method].title),
    )
    values = {side: _percent(one.peak) for side, one in told.items()}
    return _Gauge(title, values, one.by_chance, note)


def _swap(known: SoFar) -> _Gauge:
    values = {side: _percent(share) for side, share in known.swapped.items()}
    return _Gauge(_("Swapping the cue flips the answer"), values, None, _("of the clean test films, at 0.5"))


def _areas(found: Mapping[Side, MetricValue]) -> dict[Side, _Value]:
    return {side: _value(one, rounded) for side, one in found.items()}


def _percent(share: Share) -> _Value:
    return _value(share, lambda value: f"{100 * value:.0f} %")


def _value(of: MetricValue | Share, words: Callable[[float], str]) -> _Value:
    if of.value is None:
        return _Value(None)
    if of.low is None or of.high is None:
        return _Value(of.value, words(of.value))
    low, high = words(of.low).removesuffix(" %"), words(of.high)  # "89 to 96 %": it has little room
    return _Value(of.value, words(of.value), _("95 % interval {low} to {high}", low=low, high=high))


def _first_peaks(known: SoFar) -> dict[Side, ShareOfMap]:
    """Return the first method whose maps have a highest point; a method of both networks where it can be."""
    for place in range(max((len(maps) for maps in known.maps.values()), default=0)):
        told = {side: maps[place] for side, maps in known.maps.items() if len(maps) > place}
        if any(one.peak.n for one in told.values()):
            return told
    return {}


def _tile(number: int, gauge: _Gauge) -> str:
    rows = "".join(_row(side, gauge) for side in SIDES)
    return (
        f"<li><p class='lb-booth-title'><b>{number}</b>{escape(gauge.title)}</p>{rows}"
        f"<p class='lb-booth-note'>{escape(gauge.note)}</p></li>"
    )


def _row(side: Side, gauge: _Gauge) -> str:
    name = _("With the shortcut") if side == "shortcut" else _("Control")
    value = gauge.values.get(side, _Value(None, "…"))
    share = min(max(value.share or 0.0, 0.0), 1.0)
    bar = f"<span style='width:{100 * share:.1f}%'></span>" if share else ""
    stroke = "" if gauge.chance is None else f"<i style='inset-inline-start:{100 * gauge.chance:.1f}%'></i>"
    return (
        f"<p class='lb-booth-side lb-booth-{side}'><span>{escape(name)}"
        f"<small>{escape(value.interval)}</small></span><strong>{escape(value.words)}</strong></p>"
        f"<span class='lb-booth-track' aria-hidden='true'>{bar}{stroke}</span>"
    )
