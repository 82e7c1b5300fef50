"""The probability before and now, as two bars, and how it came there, as a line: drawn as plain HTML.

A chart of Plotly is built anew after each change and flickers; this stays still.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

import streamlit as st

from core.figures.answers import shown_probability
from core.language import _
from ui.shell import ASSETS

_WIDTH: Final = 300
_HEIGHT: Final = 84
_EDGE: Final = 7


def show_meter(before: float, seen: Sequence[float], at: int, *, name: str) -> None:
    """Show the probability of the class `name`.

    Parameters
    ----------
    before
        On the image as it is, in [0, 1].
    seen
        After each step, the first of which is none.
    at
        Which step is shown now; later ones were undone.
    """
    now = seen[at]
    st.html(ASSETS / "peek.css")
    title = _("Probability of '{name}'", name=name)
    rows = _row(_("before"), before, "before") + _row(_("now"), now, "now")
    change = _("changed by {change}", change=f"{now - before:+.2f}") if at else _("nothing painted out yet")
    st.html(
        f"<div class='lb-meter'><p class='lb-meter-title'>{escape(title)}</p>{rows}"
        f"<p class='lb-meter-change' role='status'>{escape(change)}</p>{_trace(before, seen, at)}</div>"
    )


def _row(words: str, value: float, kind: str) -> str:
    shown = escape(shown_probability(value))
    return (
        f"<div class='lb-meter-row lb-meter-{kind}'><span class='lb-meter-name'>{escape(words)}</span>"
        f"<span class='lb-meter-track'><span style='width:{100 * value:.1f}%'></span></span>"
        f"<span class='lb-meter-value'>{shown}</span></div>"
    )


def _trace(before: float, seen: Sequence[float], at: int) -> str:
    """Return the line of all steps, from 0 at the foot to 1 at the top."""
    if len(seen) < 2:
        return ""
    pace = (_WIDTH - 2 * _EDGE) / (len(seen) - 1)
    places = [(_EDGE + pace * number, _level(value)) for number, value in enumerate(seen)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places[: at + 1])
    undone = " ".join(f"{x:.1f},{y:.1f}" for x, y in places[at:])
    x, y = places[at]
    words = _("After each step: {values}", values=", ".join(shown_probability(value) for value in seen))
    start = _level(before)
    return (
        f"<svg class='lb-meter-trace' viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img'"
        f" aria-label='{escape(words)}'>"
        f"<line x1='{_EDGE}' x2='{_WIDTH - _EDGE}' y1='{start:.1f}' y2='{start:.1f}' class='lb-meter-start'/>"
        f"<polyline points='{undone}' class='lb-meter-undone'/><polyline points='{line}'/>"
        f"<circle cx='{x:.1f}' cy='{y:.1f}' r='5'/></svg>"
        f"<p class='lb-meter-axis'>{escape(_('Step by step, from 0 at the foot to 1 at the top'))}</p>"
    )


def _level(value: float) -> float:
    return _HEIGHT - _EDGE - value * (_HEIGHT - 2 * _EDGE)
