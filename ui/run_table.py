"""The table of runs, and several runs' curves over each other."""

from datetime import datetime
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.evaluation.sentences import with_interval
from core.evaluation.summary import RunSummary, summarise
from core.jobs.status import ALIVE
from core.language import _
from core.models.catalog import MODELS
from core.runs.store import Run
from ui import cache
from ui.dataset_since import labels_changed
from ui.live_chart import Along, Colour, Panel, Series, live_chart, thin
from ui.messages import escape
from ui.pickers import STATE_TITLES
from ui.training.curves import metric_panel
from ui.training.form import field_title

MOST_COMPARED: Final = 5
_COLOURS: Final[tuple[Colour, ...]] = ("blue", "orange", "green", "purple", "grey")


@st.cache_data(max_entries=2000, show_spinner=False)
def _ended(run_id: str, changed_ns: int, _run: Run) -> RunSummary:
    return summarise(_run)


def summary(run: Run) -> RunSummary:
    """Summarise a run; one that has ended is read once."""
    if run.state in ALIVE:
        return summarise(run)
    return _ended(run.run_id, (run.folder / "status.json").stat().st_mtime_ns, run)


def choose_runs(runs: list[Run]) -> list[Run]:
    """Show the table and return the chosen runs, in its order; the first one while none is chosen."""
    rows = [_row(summary(run)) for run in runs]
    _mark_changed_labels(runs, rows)
    event = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key="runs-table",
        width="stretch",
    )
    chosen = [runs[index] for index in event.selection.rows if index < len(runs)]
    return chosen[:MOST_COMPARED] or runs[:1]


def compare_curves(runs: list[Run]) -> None:
    """Draw the validation loss and the validation AUROC of several runs over each other."""
    losses, areas = [], []
    for run, colour in zip(runs, _COLOURS, strict=False):
        epochs = cache.metrics(run).epochs
        known = [line for line in epochs if line.val_auroc is not None]
        xs = [float(line.epoch) for line in epochs]
        losses.append(thin(Series(run.run_id, xs, [line.val_loss for line in epochs], colour, dots=True)))
        ys = [line.val_auroc for line in known if line.val_auroc is not None]
        areas.append(thin(Series(run.run_id, [float(line.epoch) for line in known], ys, colour, dots=True)))
    live_chart(
        "runs-curves",
        [
            Panel(_("Validation loss (cross-entropy)"), tuple(losses), low=0),
            metric_panel(_("Validation AUROC"), areas),
        ],
        Along(_("Epoch")),
        alt=_("Validation curves of {n} runs.", n=len(runs)),
    )


def same_images_note(runs: list[Run]) -> None:
    """Say whether several runs were judged on the same images; those of old have no fingerprint."""
    prints = {run.run_id: run.request.split_hash for run in runs}
    if None in prints.values():
        return
    if len(set(prints.values())) == 1 and len({run.request.dataset_revision for run in runs}) == 1:
        st.caption(
            _("All of them were split alike (fingerprint {hash}).", hash=f"`{runs[0].request.split_hash}`")
        )
        return
    named = "; ".join(f"{escape(name)}: `{fingerprint}`" for name, fingerprint in prints.items())
    st.warning(
        _(
            "They were not judged on the same images, so their scores can't be compared: {splits}.",
            splits=named,
        )
    )


def changes_table(runs: list[Run]) -> None:
    """Show in which settings each run differs from its parent."""
    rows = [
        {
            _("Run"): one.run_id,
            _("Parent"): one.parent or "",
            _("Setting"): field_title(name),
            _("Then"): str(then),
            _("Now"): str(now),
        }
        for one in (summary(run) for run in runs)
        for name, (now, then) in one.changed.items()
        if not name.startswith(("preprocessing", "threads"))
    ]
    if rows:
        st.markdown(f"##### {_('What was changed')}", anchors=False)
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def _mark_changed_labels(runs: list[Run], rows: list[dict[str, Any]]) -> None:
    """Add a column where a run's data set has other labels now than when the run began."""
    changed = [labels_changed(run) for run in runs]
    if any(changed):
        for row, n in zip(rows, changed, strict=True):
            row[_("Labels changed since")] = n or None


def _row(one: RunSummary) -> dict[str, Any]:
    changed = [field_title(name) for name in one.changed if not name.startswith(("preprocessing", "threads"))]
    return {
        _("Run"): one.run_id,
        _("State"): _(STATE_TITLES[one.state]),
        _("Data set"): one.dataset,
        _("Network"): _(MODELS[one.model].title),
        _("Changed"): ", ".join(changed),
        _("Validation AUROC (95 %)"): str(with_interval(one.auroc)) if one.auroc else None,
        _("AUROC for"): (one.positive_class or _("mean of all classes")) if one.auroc else None,
        _("Images"): one.auroc.n if one.auroc else None,
        _("Epochs"): f"{one.n_epochs}/{one.epochs_asked}",
        _("Seconds"): round(one.seconds) if one.seconds else None,
        _("Started"): datetime.fromisoformat(one.created_at).astimezone().strftime("%Y-%m-%d %H:%M"),
    }
