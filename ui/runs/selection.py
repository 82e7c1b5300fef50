"""Which runs are chosen: in the session, in the address (`?runs=a,b`), and in the table alike."""

from collections.abc import Iterable, Sequence
from typing import Final

import streamlit as st

from core.evaluation.run_row import RunRow
from core.language import joined, ngettext
from ui.messages import escape
from ui.session import Key, recall

_CHOSEN: Final = "runs-chosen"
_WRITTEN: Final = "runs-address"  # what stood in the address last
_TURN: Final = "runs-turn"  # another number, another table: its ticks are set anew
_PARAMETER: Final = "runs"


def chosen_runs() -> list[str]:
    """Return the names of the chosen runs, in the order in which they were chosen."""
    return list(st.session_state.get(_CHOSEN, []))


def choose(names: Iterable[str], *, in_table: bool = False) -> None:
    """Choose these runs and no others, and let the address say so; `in_table`: its ticks say so already."""
    found = list(dict.fromkeys(names))
    if not in_table and found != chosen_runs():
        st.session_state[_TURN] = turn() + 1
    st.session_state[_CHOSEN] = found
    write_address()


def turn() -> int:
    """Return how often the ticks of the table were set from outside of it."""
    return int(st.session_state.get(_TURN, 0))


def take_address(rows: Sequence[RunRow]) -> None:
    """Choose what a link asks for; without one what was chosen before, or the run this visitor started last.

    What is not there is named in one sentence, and the others open.
    """
    known = {row.run_id for row in rows}
    asked = st.query_params.get(_PARAMETER)
    if asked is not None and asked != st.session_state.get(_WRITTEN):
        names = [name.strip() for name in asked.split(",") if name.strip()]
        choose(name for name in names if name in known)
        _say_missing([name for name in dict.fromkeys(names) if name not in known])
    elif _CHOSEN in st.session_state:
        _say_gone([name for name in chosen_runs() if name not in known])
        choose(name for name in chosen_runs() if name in known)
    else:
        mine = recall(Key.LIVE_RUN, "")
        choose([mine] if mine in known else [row.run_id for row in rows] if len(rows) == 1 else [])


def write_address() -> None:
    """Let the address name the chosen runs, so that it opens the same comparison elsewhere."""
    names = ",".join(chosen_runs())
    if names:
        st.query_params[_PARAMETER] = names
    elif _PARAMETER in st.query_params:
        del st.query_params[_PARAMETER]
    st.session_state[_WRITTEN] = names


def _say_missing(names: list[str]) -> None:
    if names:
        st.warning(
            ngettext(
                "The link names a run that is not here: {names}. It may have been deleted, or renamed.",
                "The link names {n} runs that are not here: {names}. They may have been deleted, or renamed.",
                len(names),
                names=joined(escape(name) for name in names[:10]),
            )
        )


def _say_gone(names: list[str]) -> None:
    """Say which chosen runs somebody else has deleted; who deletes them here chooses them no longer."""
    if names:
        st.warning(
            ngettext(
                "The run {names} is no longer there: it was deleted meanwhile.",
                "These {n} runs are no longer there, they were deleted meanwhile: {names}.",
                len(names),
                names=joined(escape(name) for name in names[:10]),
            )
        )
