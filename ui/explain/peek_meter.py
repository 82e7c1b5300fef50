"""The probability before and now, as two bars, and how it came there, as columns: plain HTML.

A chart of Plotly is built anew after each change and flickers; this stays still.
"""

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.figures.answers import shown_change, shown_probability
from core.language import _, joined
from ui.shell import ASSETS


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
    change = _("changed by {change}", change=shown_change(now - before))
    if not at:
        change = _("nothing painted out yet")
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
    """Return a column for each step, and a line at what it was before."""
    if len(seen) < 2:
        return ""
    words = _("After each step: {values}", values=joined(shown_probability(value) for value in seen))
    columns = "".join(
        f"<span class='lb-trace-{kind}' style='height:{100 * value:.1f}%'></span>"
        for kind, value in zip(_kinds(len(seen), at), seen, strict=True)
    )
    axis = escape(_("After each step; the dashed line is before"))
    return (
        f"<div class='lb-trace' role='img' aria-label='{escape(words)}'>"
        f"<i style='bottom:{100 * before:.1f}%'></i>{columns}</div><p class='lb-meter-axis'>{axis}</p>"
    )


def _kinds(n: int, at: int) -> list[str]:
    return ["done" if number < at else "now" if number == at else "undone" for number in range(n)]
