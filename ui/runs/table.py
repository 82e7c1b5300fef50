"""The table of runs: one line a run, ticks to choose any number, refreshed while a run lives."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.evaluation.index import index
from core.evaluation.run_row import RunRow
from core.language import _, current_language, joined, ngettext
from ui.runs.filters import Wanted
from ui.runs.selection import choose, chosen_runs, turn
from ui.runs.words import (
    best_in_words,
    best_of,
    changes_in_words,
    duration,
    moment,
    network_title,
    size,
    state_title,
)
from ui.session import use_language

_REFRESH_SECONDS: Final = 2.0
_DRAWN: Final = "runs-drawn"  # what the rest of the page shows now: chosen names, and runs that change
_MOST_WORDED: Final = 20_000
_worded: dict[tuple[str, str], tuple[RunRow, dict[str, Any]]] = {}
_ROW_PIXELS, _MOST_PIXELS, _CHANGED_PIXELS, _PROBLEM_PIXELS = 35, 460, 190, 340


def runs_table(wanted: Wanted, rows: Sequence[RunRow]) -> None:
    """Show the wanted runs; while one of all changes by itself, look every two seconds how they stand."""
    st.session_state.pop(_DRAWN, None)
    period = _REFRESH_SECONDS if _restless(rows) else None
    st.fragment(refresh, run_every=period)(wanted)
    st.session_state[_DRAWN] = (chosen_runs(), _restless(rows))


def refresh(wanted: Wanted) -> None:
    """Look at all runs anew and draw the table; when what stands around it should follow, do it all anew."""
    use_language()
    rows = index().rows()
    shown = wanted.of(rows)
    if not shown:
        st.caption(_("No run fits: change the search or the filters."))
    else:
        _draw(shown)
    _totals(rows, shown)
    drawn = st.session_state.get(_DRAWN)
    if drawn is not None and drawn != (chosen_runs(), _restless(rows)):
        st.rerun()


def _draw(shown: list[RunRow]) -> None:
    names = [row.run_id for row in shown]
    chosen = chosen_runs()
    event = st.dataframe(
        _frame(shown),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [names.index(name) for name in chosen if name in names]}},
        key=f"runs-table-{turn()}-{hash(tuple(names)):x}",
        height=min(_MOST_PIXELS, _ROW_PIXELS * (len(shown) + 1) + 3),
        column_config=_columns(shown),
        width="stretch",
        placeholder="",
        alt=ngettext("A table of {n} run.", "A table of {n} runs.", len(shown)),
    )
    ticked = [names[place] for place in event.selection.rows if place < len(names)]
    elsewhere = [name for name in chosen if name not in names]  # chosen, and hidden by a filter now
    if set(ticked) | set(elsewhere) != set(chosen):
        stays = [name for name in chosen if name in ticked or name in elsewhere]
        choose([*stays, *ticked], in_table=True)


def _frame(shown: list[RunRow]) -> pd.DataFrame:
    frame = pd.DataFrame([_cells_of(row, current_language()) for row in shown])
    empty = [name for name in ("star", "problem", "changed", "tags") if not frame[name].astype(bool).any()]
    return frame.drop(columns=empty if _all_measured_as(shown) is None else [*empty, "of"])


def _all_measured_as(shown: Sequence[RunRow]) -> str | None:
    """Return what all of the best values measure; None where they differ, and each has to say it."""
    measures = {(row.best.name, row.best.positive_class): row.best for row in shown if row.best}
    return best_of(measures.popitem()[1]) if len(measures) == 1 else None


def _cells_of(row: RunRow, language: str) -> dict[str, Any]:
    """Return a row's cells; a run that has not changed since is the same row, and has the same words."""
    known = _worded.get((row.run_id, language))
    if known is None or known[0] is not row:
        if len(_worded) > _MOST_WORDED:
            _worded.clear()
        known = _worded[(row.run_id, language)] = (row, _cells(row))
    return known[1]


def _cells(row: RunRow) -> dict[str, Any]:
    return {
        "star": "★" if row.starred else "",
        "run": row.run_id,
        "state": f"⚠ {state_title(row)}" if row.problem else state_title(row),
        "problem": str(row.problem) if row.problem else "",
        "best": best_in_words(row.best) if row.best else "",
        "n": row.best.n if row.best else None,
        "changed": joined(changes_in_words(row.changed), "; "),
        "seconds": duration(row.seconds) if row.seconds else "",
        "dataset": row.dataset,
        "model": network_title(row.model),
        "tags": list(row.tags),
        "of": best_of(row.best) if row.best else "",
        "epochs": f"{row.n_epochs}/{row.epochs_asked}" if row.epochs_asked else "",
        "started": moment(row.created_at),
        "size": row.size_bytes,
    }


def _columns(shown: Sequence[RunRow]) -> dict[str, Any]:
    column, measured_as = st.column_config, _all_measured_as(shown)
    best = _("Best on validation (95 %)") if measured_as is None else f"{measured_as} (95 %)"
    about_best = _(
        "On the validation images, with its 95 % interval. A run that was stopped has one once Evaluate has"
        " asked its network."
    )
    return {
        "star": column.TextColumn("★", width=30, help=_("Marked with a star")),
        "run": column.TextColumn(_("Run")),
        "state": column.TextColumn(_("State")),
        "problem": column.TextColumn(_("What is wrong"), width=_PROBLEM_PIXELS),
        "best": column.TextColumn(best, help=about_best),
        "of": column.TextColumn(_("Measured as")),
        "n": column.NumberColumn(_("Images")),
        "changed": column.TextColumn(_("Changed from its parent"), width=_CHANGED_PIXELS),
        "tags": column.ListColumn(_("Tags"), width="medium"),
        "dataset": column.TextColumn(_("Data set")),
        "model": column.TextColumn(_("Network")),
        "epochs": column.TextColumn(_("Epochs")),
        "seconds": column.TextColumn(_("Duration"), help=_("hours:minutes:seconds")),
        "started": column.DatetimeColumn(_("Started"), format="YYYY-MM-DD HH:mm"),
        "size": column.NumberColumn(_("On disk"), format="bytes"),
    }


def _totals(rows: Sequence[RunRow], shown: Sequence[RunRow]) -> None:
    n_archived = sum(row.archived for row in rows)
    together = ngettext("{n} run", "{n} runs", len(rows))
    parts = [_("{runs}, {size} on the disk", runs=together, size=size(sum(row.size_bytes for row in rows)))]
    if len(shown) < len(rows):
        parts.append(_("{n} of them shown", n=len(shown)))
    if n_archived:
        parts.append(_("{n} archived", n=n_archived))
    if n_wrong := sum(row.problem is not None for row in rows):
        parts.append(ngettext("{n} with something wrong", "{n} with something wrong", n_wrong))
    st.caption(" · ".join(parts))


def _restless(rows: Sequence[RunRow]) -> list[tuple[str, str | None]]:
    return [(row.run_id, row.state) for row in rows if row.is_restless]
