"""The lines of a check card: an icon and a word, the number, the sentence; the rest on a click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.explanation.catalog import EXPLAINERS
from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.records import Agreement
from core.language import _, joined
from ui.messages import escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.explanation.checks.records import CheckCard, CheckLine, Outcome

_ICONS: Final[dict[Outcome, str]] = {
    "failed": ":material/cancel:",
    "no failure found": ":material/task_alt:",
    "not tried": ":material/remove_circle_outline:",
}
_COLOURS: Final[dict[Outcome, str]] = {
    "failed": "red",
    "no failure found": "green",
    "not tried": "gray",
}


def show_lines(card: CheckCard, *, seconds: Callable[[str], float], ask: Callable[[str], None]) -> None:
    """Show a line for each check, tried or not.

    Parameters
    ----------
    card
        The lines that are there.
    seconds
        Of a check: how long it takes here.
    ask
        What the button of a check does.
    """
    by_name = {line.name: line for line in card.lines}
    for name in CHECKS:
        with st.container(border=True, key=f"trust-line-{name}"):
            line = by_name.get(name)
            if line is None:
                _offer(name, seconds(name), ask)
            else:
                _show_line(line)


def _show_line(line: CheckLine) -> None:
    spec = CHECKS[line.name]
    badge = f":{_COLOURS[line.outcome]}-badge[{_ICONS[line.outcome]} {_word(line.outcome)}]"
    st.markdown(f"{badge} **{_(spec.title)}** · {_number(line)}")
    st.markdown(escape(line.sentence))
    with st.expander(_("What was done, and whose threshold this is"), key=f"trust-details-{line.name}"):
        _details(line)


def _details(line: CheckLine) -> None:
    spec = CHECKS[line.name]
    st.markdown(f"*{_(spec.asks)}*")
    st.markdown(escape(line.done))
    if isinstance(line.evidence, Agreement):
        for method, value in line.evidence.by_method.items():
            st.markdown(f"- {_(EXPLAINERS[method].title)}: {value:.2f}")
    if line.threshold is not None:
        st.markdown(joined((escape(_limit(line)), _(spec.threshold_reason)), " "))
    st.caption(escape(line.source))
    if line.n_maps or line.n_answers:
        st.caption(
            _(
                "Maps computed for it: {maps}. Further answers of the network: {answers}.",
                maps=line.n_maps,
                answers=line.n_answers,
            )
        )


def _offer(name: str, seconds: float, ask: Callable[[str], None]) -> None:
    spec = CHECKS[name]
    badge = f":gray-badge[:material/hourglass_empty: {_('not tried yet')}]"
    label = _("Try it ({time})", time=duration(seconds))
    with st.container(horizontal=True, vertical_alignment="center"):  # a button as wide as its words
        st.markdown(f"{badge} **{_(spec.title)}** · {_(spec.asks)}", width="stretch")
        st.button(label, key=f"trust-try-{name}", on_click=ask, args=(name,))


def duration(seconds: float) -> str:
    """Return an estimate of a time in words."""
    if seconds < 1:
        return _("about a second")
    if seconds < 90:
        return _("about {n} s", n=round(seconds))
    return _("about {n} min", n=round(seconds / 60))


def _word(outcome: Outcome) -> str:
    return {
        "failed": _("failed"),
        "no failure found": _("no failure found"),
        "not tried": _("not tried"),
    }[outcome]


def _number(line: CheckLine) -> str:
    """Return the number, its spread over draws, and from where on it fails."""
    if line.value is None:
        return _("no number")
    spread, threshold = "", f"{line.threshold:.2f}"
    limit = (
        _("fails from {threshold} up", threshold=threshold)
        if CHECKS[line.name].higher_is_worse
        else _("fails from {threshold} down", threshold=threshold)
    )
    if line.low is not None and line.high is not None:
        spread = _(" ({low} to {high})", low=f"{line.low:.2f}", high=f"{line.high:.2f}")
    return escape(_("{value}{spread}; {limit}", value=f"{line.value:.2f}", spread=spread, limit=limit))


def _limit(line: CheckLine) -> str:
    threshold = f"{line.threshold:.2f}"
    if CHECKS[line.name].higher_is_worse:
        return _("It fails from {threshold} up.", threshold=threshold)
    return _("It fails from {threshold} down.", threshold=threshold)
