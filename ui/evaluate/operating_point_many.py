"""The operating point with several classes: a threshold for each, and a target for one of them."""

from contextlib import AbstractContextManager
from typing import Any, Final

import streamlit as st

from core.language import _
from ui.evaluate.judged import Judged, Threshold, predictions
from ui.evaluate.operating_point_target import pick_target, say_outcome, say_problem
from ui.messages import escape
from ui.operating import EVEN, chosen, keep_thresholds

_MOST_OPEN: Final = 6  # sliders that are shown without being asked for
_COLUMNS: Final = 3
_NOBODY: Final = ""


def thresholds(case: Judged) -> Threshold:
    """Let the visitor give each class a threshold of its own; EVEN where all are called alike.

    They are remembered for each run: another one has other classes, or other probabilities.
    """
    found, by_target = _picked(case)
    keep_thresholds(case.run_id, found, by_target=by_target)
    return found


def _picked(case: Judged) -> tuple[Threshold, bool]:
    """Return the thresholds, and whether a target alone decided them."""
    with st.container(border=True, key="operating-point"):
        is_each = st.toggle(
            _("A threshold for each class"), key=f"evaluate-each-{case.run_id}", persist_state="session"
        )
        if not is_each:
            st.caption(_("Now the most probable class is called."))
            return EVEN, False
        st.caption(
            _(
                "A class is called where its probability is largest for its threshold: one with a lower"
                " threshold is called more readily, and equal ones call the most probable class."
            )
        )
        names = predictions(case).class_names
        aimed = _pick_class(case.run_id, names)
        others = _by_hand(case.run_id, names, aimed)
        found = None if aimed == _NOBODY else _aimed(case, aimed, others)
        return (others, False) if found is None else (found, others == EVEN)


def _pick_class(run_id: str, names: tuple[str, ...]) -> str:
    return st.selectbox(
        _("Choose one of them by a target"),
        [_NOBODY, *names],
        format_func=lambda name: name or _("none: all by hand"),
        key=f"evaluate-aimed-{run_id}",
        persist_state="session",
    )


def _by_hand(run_id: str, names: tuple[str, ...], aimed: str) -> Threshold:
    """Show a slider for each class but the one that follows from its target."""
    values = [EVEN] * len(names)
    with _room(len(names)):
        shown = [index for index, name in enumerate(names) if name != aimed]
        for place, index in enumerate(shown):
            if place % _COLUMNS == 0:  # a row at a time, so that a phone shows them in order
                columns = st.columns(_COLUMNS, gap="medium")
            key = f"evaluate-threshold-{run_id}-{index}"
            st.session_state.setdefault(key, EVEN)
            with columns[place % _COLUMNS]:
                label = escape(names[index])
                values[index] = st.slider(label, 0.01, 1.0, step=0.01, key=key, persist_state="session")
    return EVEN if len(set(values)) == 1 else tuple(values)


def _room(n: int) -> AbstractContextManager[Any]:
    if n <= _MOST_OPEN:
        return st.container()
    return st.expander(_("The thresholds of {n} classes", n=n))


def _aimed(case: Judged, class_name: str, others: Threshold) -> Threshold | None:
    """Return the thresholds with that of the class that has a target; None where none reaches it."""
    target, at_least = pick_target(f"evaluate-target-{case.run_id}")
    choice = chosen(case.run, target, at_least, class_name, others=others)
    say_problem(choice)
    if choice.threshold is None:
        return None
    say_outcome(case, class_name, target, at_least, choice.threshold)
    return choice.threshold
