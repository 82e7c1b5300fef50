"""What a visitor's session remembers: language, level, visited pages, and the ids of what is being looked at.

Session state outlives a closed tab, so it holds ids, numbers and words only; arrays live in ui/cache.py.
"""

from enum import StrEnum
from typing import Any, Final, Literal

import streamlit as st

from core.language import LANGUAGES, PSEUDO, SOURCE, set_language

Level = Literal["basic", "full"]
LEVELS: Final[tuple[Level, ...]] = ("basic", "full")


class Key(StrEnum):
    """Every key of the session that more than one page reads."""

    LANGUAGE = "language"
    LEVEL = "level"
    VISITED = "visited"  # list of page names, in the order of their first visit
    PASSED = "passed"  # list of lesson names whose self-check was answered right
    DATASET = "dataset"  # id of the data set that the pages work on
    SAMPLE = "sample"  # sample_id of the film that the Learn pages follow
    RUN = "run"  # id of the run that Evaluate and Explain look at
    OPENED = "opened"  # list of ui.answers.seal_of the runs whose test split was opened
    HANDOVER = "handover"  # JSON: what lessons 2 and 3 hand over to Train, for one data set
    LIVE_RUN = "live_run"  # id of the run that this visitor started last


_SPOKEN: Final = "language-spoken"  # the language that the browser was answered in last
_QUERY: Final = {Key.LANGUAGE: "lang", Key.LEVEL: "level"}
_DEFAULTS: Final = {Key.LANGUAGE: SOURCE, Key.LEVEL: "basic"}
_ALLOWED: Final[dict[Key, tuple[str, ...]]] = {
    Key.LANGUAGE: (*LANGUAGES, PSEUDO),
    Key.LEVEL: LEVELS,
}


def restore() -> None:
    """Take language and level from the address on a first visit; keep the address in step with them.

    A page switch drops the query; the session keeps the choice and puts it back, so an address can always
    be shared.
    """
    for key, parameter in _QUERY.items():
        asked = st.query_params.get(parameter)
        if key not in st.session_state:
            st.session_state[key] = asked if asked in _ALLOWED[key] else _DEFAULTS[key]
        chosen = st.session_state[key]
        if chosen != _DEFAULTS[key]:
            st.query_params[parameter] = chosen
        elif asked is not None:
            del st.query_params[parameter]
    if st.session_state.setdefault(_SPOKEN, language()) != language():
        st.session_state[_SPOKEN] = language()
        _show_choices_anew()
    use_language()


def _show_choices_anew() -> None:
    """Let each widget send its choice to the browser again, for its options have other words now.

    A browser knows the options of a select box by what is shown. One that was left with the words of the
    language before would send these at the next click, and no option is called so any more. Only choices are
    put back: what presses and uploads leave (bools, empty lists, files) may not be written.
    """
    for key in list(st.session_state):
        value = st.session_state[key]
        parts = value if isinstance(value, list) else [value]
        if parts and all(
            isinstance(part, str | int | float) and not isinstance(part, bool) for part in parts
        ):
            st.session_state[key] = value


def use_language() -> None:
    """Speak the visitor's language in this run; a fragment calls it first, for it runs without ui/main.py."""
    set_language(language())


def language() -> str:
    """Return the visitor's language code."""
    return str(st.session_state.get(Key.LANGUAGE, SOURCE))


def shared_query() -> dict[str, str]:
    """Return what a link to another page must carry: language and level, where they are not the default."""
    chosen = {parameter: str(st.session_state.get(key, "")) for key, parameter in _QUERY.items()}
    defaults = {parameter: _DEFAULTS[key] for key, parameter in _QUERY.items()}
    return {name: value for name, value in chosen.items() if value and value != defaults[name]}


def basic() -> bool:
    """Tell whether the visitor is at the Basic level: at most three controls a page."""
    return not full()


def full() -> bool:
    """Tell whether the visitor is at the Full level."""
    return bool(st.session_state.get(Key.LEVEL) == "full")


def visit(page_name: str) -> None:
    """Remember that a page was seen."""
    remember(Key.VISITED, page_name)


def visited() -> list[str]:
    """Return the names of the pages that were seen."""
    return list(st.session_state.get(Key.VISITED, []))


def remember(key: Key, name: str) -> None:
    """Add `name` once to the list under `key`."""
    names: list[str] = list(st.session_state.get(key, []))
    if name not in names:
        st.session_state[key] = [*names, name]


def recall(key: Key, default: Any = None) -> Any:
    """Return what is remembered under `key`, or `default`."""
    return st.session_state.get(key, default)
