"""Clinic: read the same images as the network, blind and then with its help, and see who was right."""

import streamlit as st

from core.errors import LightboxError
from core.reading.records import Reader, ReadingPlan
from ui.controls import error_box, guard, lesson, lesson_header, lesson_more, self_check
from ui.reading import state
from ui.reading.beginning import begin, join
from ui.reading.case_view import read_case, skip_offer
from ui.reading.result_view import show_result


def main() -> None:
    shown = lesson("reading")
    plan = _plan()
    reader = None if plan is None else _reader(plan)
    if plan is not None and reader is not None:
        st.caption(shown.title)
        with guard():
            if reader.now is None:
                show_result(plan, reader)
            else:
                read_case(plan, reader)
                skip_offer(plan, reader)
        return
    lesson_header("reading", shown)
    with guard():
        if plan is None:
            begin()
        else:
            join(plan)
    lesson_more(shown)
    self_check("reading", shown)


def _plan() -> ReadingPlan | None:
    """Return the reading of the address; a code that is none is told once, and begins anew."""
    try:
        return state.chosen_plan()
    except LightboxError as error:
        state.leave()
        error_box(error)
        return None


def _reader(plan: ReadingPlan) -> Reader | None:
    try:
        return state.chosen_reader(plan)
    except LightboxError:
        state.step_out()
        return None


main()
