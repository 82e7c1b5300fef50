"""The check card, line by line: computed when asked for, kept as the maps are, an upload's by its visitor.

Nothing here imports torch at the top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.records import CheckCard, CheckLine
from core.explanation.settings import ExplainSettings
from core.language import _
from ui.explain.computed import attribution, key_of, shelf_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ui.explain.case import Case

QUICK_SECONDS: Final = 2.0
_USUAL: Final = ExplainSettings()
_QUICK: Final = ("convergence", "randomisation", "noise", "deletion", "infidelity")  # what fits of these


def kept_card(case: Case, method: str, settings: ExplainSettings = _USUAL) -> CheckCard:
    """Return the lines that are there, in the order of CHECKS."""
    shelf = shelf_of(case.network, case.subject)
    found = (shelf.get(_key(case, method, settings, name)) for name in CHECKS)
    lines = tuple(line for line in found if isinstance(line, CheckLine))
    return CheckCard(method, case.class_name, lines)


def run_checks(case: Case, method: str, settings: ExplainSettings, names: tuple[str, ...]) -> None:
    """Run some checks with their progress, and keep each line; any press on the page ends them."""
    from core.explanation.checks.card import check_map

    shelf = shelf_of(case.network, case.subject)
    wanted = [name for name in names if shelf.get(_key(case, method, settings, name)) is None]
    if not wanted:
        return
    answer = attribution(case.network, case.subject, method, case.target, settings)
    place = st.empty()
    bar = place.progress(0.0)
    for number, name in enumerate(wanted):
        words = _("Check {n} of {total}: {name}", n=number + 1, total=len(wanted), name=_(CHECKS[name].title))

        def move(fraction: float, number: int = number, words: str = words) -> None:
            bar.progress(min(1.0, (number + fraction) / len(wanted)), text=words)

        move(0.0)
        card = check_map(
            case.network.load(), case.subject.image, answer, settings, wanted=(name,), progress=move
        )
        shelf.put(_key(case, method, settings, name), card.lines[0])
    place.empty()


def seconds_for(case: Case, method: str, settings: ExplainSettings, names: tuple[str, ...]) -> float:
    """Estimate how long some checks take here, in seconds; the first call imports torch."""
    from core.explanation.checks.costs import seconds_of, seconds_per_answer

    key, shelf = ("seconds per answer", case.network.key), shelf_of(case.network, case.subject)
    each, loaded = shelf.get(key), case.network.load()
    if not isinstance(each, float):  # measured once: a large network takes its time
        each = seconds_per_answer(loaded)
        shelf.put(key, each)
    return seconds_of(names, method, loaded, settings, each=each)


def quick_card(case: Case, method: str) -> CheckCard:
    """Return the card of the checks that take about two seconds together; the others are left out."""
    chosen: tuple[str, ...] = ()
    for name in _QUICK:
        if seconds_for(case, method, _USUAL, (*chosen, name)) <= QUICK_SECONDS:
            chosen = (*chosen, name)
    run_checks(case, method, _USUAL, chosen)
    card = kept_card(case, method)
    return CheckCard(card.method, card.class_name, tuple(line for line in card.lines if line.name in chosen))


def _key(case: Case, method: str, settings: ExplainSettings, check: str) -> Hashable:
    return "check", check, key_of(case.network, case.subject, method, case.target, settings)
