"""What a visitor has drawn, step by step, kept in the session: undone, redone, and cleared.

A drawing is numbers alone: fractions of a picture's sides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from ui.drawing.marks import Ask, Marks, Tool, from_sent

MOST_STEPS: Final = 40
_LAST_TURN: Final = 2**31


@dataclass(frozen=True)
class Drawn:
    """The steps of a drawing, each with all its marks, and which of them is looked at.

    `turn` counts what the browser has sent, so that it knows what an answer is to.
    """

    steps: tuple[Marks, ...]
    at: int = 0
    turn: int = 0

    @property
    def marks(self) -> Marks:
        """What is drawn now."""
        return self.steps[self.at]

    def then(self, marks: Marks) -> Drawn:
        """Return the drawing after one step more; what was undone is gone."""
        if marks == self.marks:
            return self
        steps = (*self.steps[: self.at + 1], marks)
        kept = steps if len(steps) <= MOST_STEPS else (steps[0], *steps[2:])  # the beginning stays
        return Drawn(kept, len(kept) - 1, self.turn)

    def asked(self, ask: Ask) -> Drawn:
        """Return the drawing one step back or forth, or with nothing on it (which can be undone)."""
        if ask == "clear":
            return self.then(())
        at = self.at + (1 if ask == "redo" else -1)
        return Drawn(self.steps, min(max(at, 0), len(self.steps) - 1), self.turn)


def drawn(key: str, start: Marks = ()) -> Drawn:
    """Return what the session holds under `key`; `start` at first."""
    kept: Drawn = st.session_state.get(_name(key), Drawn((start,)))
    return kept


def keep(key: str, drawing: Drawn) -> None:
    """Remember a drawing."""
    st.session_state[_name(key)] = drawing


def put_marks(key: str, marks: Marks, start: Marks = ()) -> None:
    """Draw from code: a step like any other. The browser follows."""
    keep(key, drawn(key, start).then(marks))


def forget(key: str) -> None:
    """Forget a drawing with all its steps."""
    st.session_state.pop(_name(key), None)


def take(key: str, sent: Any, start: Marks, tools: tuple[Tool, ...], most: int) -> None:
    """Keep what the browser sent; what is no drawing changes nothing, and the one before is shown.

    It sends all turns that it has no answer to, so that none is lost when two come in a hurry: those that are
    known already are passed over.
    """
    now = drawn(key, start)
    if not isinstance(sent, list) or len(sent) > MOST_STEPS:
        return
    for one in sent:
        turn = one.get("turn") if isinstance(one, dict) else None
        if isinstance(turn, int) and not isinstance(turn, bool) and now.turn < turn <= _LAST_TURN:
            now = replace(_after(now, one, tools, most), turn=turn)
    keep(key, now)


def _after(now: Drawn, one: dict[str, Any], tools: tuple[Tool, ...], most: int) -> Drawn:
    match one:
        case {"ask": "undo" | "redo" | "clear" as ask}:
            return now.asked(ask)
        case {"marks": marks}:
            found = from_sent(marks, tools, most)
            return now if found is None else now.then(found)
    return now


def _name(key: str) -> str:
    return f"{key}-drawn"
