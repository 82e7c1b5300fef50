"""Workbench: the same training with many settings, and what the best of them is worth."""

import streamlit as st

from core.experiments.sweeps.store import Sweep, list_sweeps, state_of
from core.jobs.status import ALIVE, STATE_NAMES
from core.language import _
from ui.controls import full, glossary_chips, guard, lesson_header, lesson_more, self_check
from ui.sweeps.base import choose_base
from ui.sweeps.follow import show_sweep
from ui.sweeps.form import CHOSEN, sweep_form
from ui.sweeps.journals import trials_of


def main() -> None:
    shown = lesson_header("sweeps")
    known = list_sweeps()
    with st.container(border=True, key="sweeps-new"):
        run = choose_base()
        if run is not None:
            with guard():
                sweep_form(run)
    if known:
        chosen = _pick(known)
        with guard():
            show_sweep(chosen)
    elif run is not None:
        st.info(
            _(
                "No sweep yet. Press Start: each training appears here as a dot when it has ended, and the"
                " best so far as a line."
            ),
            icon=":material/tune:",
        )
    glossary_chips(shown)
    lesson_more(shown)
    self_check("sweeps", shown)


def _pick(known: list[Sweep]) -> Sweep:
    """Return the sweep to show: the newest, or the one that was chosen."""
    by_name = {one.name: one for one in known}
    if st.session_state.get(CHOSEN) not in by_name:
        st.session_state[CHOSEN] = known[0].name
    if len(known) == 1 or not full():
        return by_name[st.session_state[CHOSEN]]
    name = st.selectbox(_("Sweep"), list(by_name), format_func=lambda one: _named(by_name[one]), key=CHOSEN)
    return by_name[name]


def _named(one: Sweep) -> str:
    state = state_of(one, trials_of(one))
    mark = " …" if state in ALIVE else ""
    return f"{one.name} · {_(STATE_NAMES[state])}{mark}"


main()
