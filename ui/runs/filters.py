"""Finding runs among many: search, filters, order. At Basic the search alone, the rest folded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from core.evaluation.run_row import RunRow
from core.jobs.status import STATE_NAMES
from core.language import N_, _
from ui.runs.words import network_title
from ui.session import full

_UNREADABLE: Final = "unreadable"
_MANY: Final = 10  # runs, from which on the filters stand open at Full
_Order = Callable[[RunRow], Any]
_ORDERS: Final[dict[str, tuple[str, _Order, bool]]] = {  # name: its title, what by, the greatest first
    "newest": (N_("newest first"), lambda row: row.created_at, True),
    "oldest": (N_("oldest first"), lambda row: row.created_at, False),
    "best": (N_("best first"), lambda row: row.best.value if row.best else -1.0, True),
    "longest": (N_("longest first"), lambda row: row.seconds or 0.0, True),
    "largest": (N_("largest first"), lambda row: row.size_bytes, True),
    "problems": (N_("with something wrong first"), lambda row: row.problem is not None, True),
    "name": (N_("by name"), lambda row: row.run_id, False),
    "dataset": (N_("by data set"), lambda row: (row.dataset, row.run_id), False),
}


@dataclass(frozen=True)
class Wanted:
    """Which runs to show, and in which order; an empty filter lets all through."""

    words: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    starred: bool = False
    archived: bool = False
    order: str = "newest"

    def of(self, rows: Sequence[RunRow]) -> list[RunRow]:
        """Return the wanted rows in the wanted order."""
        found = [row for row in rows if self._lets_through(row)]
        _title, by, greatest_first = _ORDERS[self.order]
        return found if self.order == "newest" else sorted(found, key=by, reverse=greatest_first)

    def _lets_through(self, row: RunRow) -> bool:
        return (
            row.archived == self.archived
            and (not self.starred or row.starred)
            and (not self.states or (row.state or _UNREADABLE) in self.states)
            and (not self.datasets or row.dataset in self.datasets)
            and (not self.models or row.model in self.models)
            and (not self.tags or set(self.tags) <= set(row.tags))
            and all(word in _text_of(row) for word in self.words)
        )


def choose_wanted(rows: Sequence[RunRow]) -> Wanted:
    """Let the visitor search and filter; return what is wanted."""
    search = st.text_input(
        _("Search"),
        key="runs-search",
        placeholder=_("name, tag, note, data set or network"),
        icon=":material/search:",
        label_visibility="collapsed",
        persist_state="session",
    )
    words = tuple(search.casefold().split())
    is_open = full() and len(rows) > _MANY
    with st.expander(
        _("Filter and sort"), icon=":material/filter_list:", expanded=is_open, key="runs-filters"
    ):
        return _filters(rows, words)


def _filters(rows: Sequence[RunRow], words: tuple[str, ...]) -> Wanted:
    first, second = st.columns(2), st.columns(2)
    with first[0]:
        states = _several(
            "state", _("State"), sorted({row.state or _UNREADABLE for row in rows}), _state_name
        )
    with first[1]:
        datasets = _several("dataset", _("Data set"), sorted({row.dataset for row in rows} - {""}))
    with second[0]:
        models = _several("model", _("Network"), sorted({row.model for row in rows} - {""}), network_title)
    with second[1]:
        tags = _several("tag", _("Tags (all of them)"), sorted({tag for row in rows for tag in row.tags}))
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs-order-row"):
        order = st.selectbox(
            _("Order"),
            list(_ORDERS),
            format_func=lambda name: _(_ORDERS[name][0]),
            key="runs-order",
            width=220,
            persist_state="session",
        )
        starred = st.toggle(_("With a star only"), key="runs-starred", persist_state="session")
        archived = st.toggle(_("Archived runs"), key="runs-archived", persist_state="session")
    return Wanted(words, states, datasets, models, tags, starred=starred, archived=archived, order=order)


def _several(name: str, label: str, options: list[str], shown: Callable[[str], str] = str) -> tuple[str, ...]:
    """Let the visitor choose several; what is no longer there is chosen no longer."""
    key = f"runs-filter-{name}"
    kept = [option for option in st.session_state.get(key, []) if option in options]
    if key in st.session_state and kept != st.session_state[key]:
        st.session_state[key] = kept
    chosen = st.multiselect(
        label,
        options,
        format_func=shown,
        key=key,
        placeholder=_("any"),
        persist_state="session",
    )
    return tuple(chosen)


def _state_name(state: str) -> str:
    return _("cannot be read") if state == _UNREADABLE else _(STATE_NAMES[state])


def _text_of(row: RunRow) -> str:
    parts = (row.run_id, row.dataset, row.model, network_title(row.model), row.note, *row.tags)
    return "\n".join(parts).casefold()
