"""Which reading a visitor is in, and at which case. The address keeps the code, the session the rest.

Nothing here holds a label or what the network says: what a browser is sent can be looked into.
"""

import time
from typing import Final

import streamlit as st

from core.errors import LightboxError
from core.reading.drawing import order_of
from core.reading.records import Answer, Confidence, PassNumber, Reader, ReadingPlan
from core.reading.store import end_pass, now, open_reading, read_reader, record
from core.runs.store import open_run
from ui import answers
from ui.session import use_language

_CODE: Final = "reading-code"
_READER: Final = "reading-reader"
_PLACE: Final = "reading-place"
_SINCE: Final = "reading-since"
_PROBLEM: Final = "reading-problem"
_PARAMETER: Final = "reading"
_PRESSED: Final = "reading-pressed"
_LONGEST_SECONDS: Final = 24 * 3600.0
QUIET_SECONDS = 0.7  # a key that is held down repeats after half a second: the usual delay


def chosen_plan() -> ReadingPlan | None:
    """Return the reading that the address or the session names; StateError where there is none such."""
    asked = st.query_params.get(_PARAMETER)
    if asked and asked != st.session_state.get(_CODE):
        choose(asked)
    code = st.session_state.get(_CODE)
    if not code:
        return None
    st.query_params[_PARAMETER] = code
    return open_reading(code)


def chosen_reader(plan: ReadingPlan) -> Reader | None:
    """Return who reads in this tab."""
    reader = st.session_state.get(_READER)
    return read_reader(plan.reading, reader) if reader else None


def choose(code: str, reader: str | None = None) -> None:
    """Go to a reading, and on with a reader."""
    leave()
    st.session_state[_CODE] = code
    if reader is not None:
        st.session_state[_READER] = reader


def step_out() -> None:
    """Stop reading here: what was answered is kept."""
    for key in (_READER, _PLACE, _SINCE, _PROBLEM):
        st.session_state.pop(key, None)


def leave() -> None:
    """Go back to where readings begin."""
    step_out()
    st.session_state.pop(_CODE, None)
    st.query_params.pop(_PARAMETER, None)


def problem() -> str | None:
    """Return what went wrong at the last press, once."""
    found = st.session_state.pop(_PROBLEM, None)
    return None if found is None else str(found)


def place(plan: ReadingPlan, reader: Reader, number: PassNumber) -> int:
    """Return at which place of their order a reader is, from 0; plan.n where all is answered."""
    known = st.session_state.get(_PLACE)
    if known is None or known[0] != number:
        known = (number, _next_open(plan, reader, number, 0))
        st.session_state[_PLACE] = known
    return int(known[1])


def go_to_place(number: PassNumber, where: int) -> None:
    """Turn to another case."""
    st.session_state[_PLACE] = (number, where)


def begin_clock(number: PassNumber, case: int) -> None:
    """Note when a case was first shown; staying on it does not begin anew."""
    if st.session_state.get(_SINCE, (0, 0, 0.0))[:2] != (number, case):
        st.session_state[_SINCE] = (number, case, time.monotonic())


def give(plan: ReadingPlan, reader: Reader, where: int, called: int, confidence: Confidence) -> None:
    """Write an answer down and turn to the next case that has none.

    A press right after another one is the second of a double click, or a key that is held down: it would
    answer a case that nobody has seen.
    """
    use_language()
    moment, pressed = time.monotonic(), st.session_state.get(_PRESSED)
    st.session_state[_PRESSED] = moment
    if pressed is not None and moment - pressed < QUIET_SECONDS:
        return
    number = reader.now or 2
    case = order_of(plan, reader.reader, number)[where]
    known = st.session_state.get(_SINCE, (0, 0, 0.0))
    spent = time.monotonic() - known[2] if known[:2] == (number, case) else 0.0
    answer = Answer(
        at=now(),
        pass_number=number,
        case=case,
        called=called,
        confidence=confidence,
        seconds=round(min(spent, _LONGEST_SECONDS), 1),
    )
    try:
        after = record(plan, reader.reader, answer)
    except LightboxError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    go_to_place(number, _next_open(plan, after, number, where + 1))


def finish(plan: ReadingPlan, reader: Reader, number: PassNumber) -> None:
    """Close a pass."""
    use_language()
    try:
        end_pass(plan, reader.reader, number)
        if number == 2 and plan.split == "test":  # the result shows the truth: a look, and counted
            answers.open_test(open_run(plan.run))
    except LightboxError as error:
        st.session_state[_PROBLEM] = str(error)
    st.session_state.pop(_PLACE, None)


def _next_open(plan: ReadingPlan, reader: Reader, number: PassNumber, start: int) -> int:
    """Return the first place from `start` on, or before it, whose case has no answer; plan.n if all have."""
    order = order_of(plan, reader.reader, number)
    places = [*range(start, plan.n), *range(min(start, plan.n))]
    return next((one for one in places if order[one] not in reader.answers[number]), plan.n)
