"""The fragment that follows a run: its state, its curves, what happened to it, once a second."""

from collections.abc import Sequence

import streamlit as st

from core.evaluation.coach import Finding
from core.jobs.status import ALIVE, JobStatus
from core.language import N_, Message, _
from core.runs.store import Run, open_run
from ui import cache
from ui.cache import MetricsLog
from ui.coach_view import coach_findings, coach_view
from ui.live_chart import Along, Axis, live_chart
from ui.messages import escape
from ui.pickers import STATE_TITLES
from ui.session import full, use_language
from ui.training.curves import (
    View,
    event_marks,
    finding_spans,
    loss_title,
    run_panels,
    stage_bands,
)
from ui.training.follow import choose_others, choose_view, events_list, log_tail, machine_line, time_left
from ui.training.parent import Standing, curves_behind, standing_behind
from ui.training.wording import metric_name

_REFRESH_SECONDS = 1.0
_PANEL_PIXELS = 190


def live_run(
    run_id: str,
    *,
    before: str | None = None,
    key: str | None = None,
    is_whole: bool = False,
    is_coached: bool = True,
) -> None:
    """Follow a run: state, progress, time left and its curves, once a second while it lives.

    When the run ends the whole page is run once more, so that what stands around it can follow.

    Parameters
    ----------
    run_id
        The run.
    before
        Another run, whose curves stay in grey behind; by default the run that it was made from.
    key
        The chart's key; by default one that is shared by all runs, so that the canvas stays when a new run
        begins.
    is_whole
        At the Full level, let the visitor choose axis, panels and runs to lay over it, and show the machine
        and the log.
    is_coached
        Whether the curve coach says what it thinks of the run.
    """
    run = open_run(run_id)
    is_alive = run.state in ALIVE
    standing = standing_behind(run, before)  # which runs those are is found once, not every second
    follow = st.fragment(_follow, run_every=_REFRESH_SECONDS if is_alive else None)
    follow(run_id, standing, key or "live-run", is_alive, is_whole=is_whole, is_coached=is_coached)


def _follow(
    run_id: str, standing: Standing | None, key: str, was_alive: bool, *, is_whole: bool, is_coached: bool
) -> None:
    use_language()
    run = open_run(run_id)
    state = run.state
    log = cache.metrics(run)
    has_choice = is_whole and full()
    _progress(run, state)
    if has_choice:
        machine_line(run, log)
    view = choose_view(run, key=key) if has_choice else View()
    findings = coach_findings(run, log)[: None if full() else 1] if is_coached else ()
    others = choose_others(run, standing.name if standing else None, key=key) if has_choice else []
    panels = run_panels(
        log,
        behind=curves_behind(standing),
        others=others,
        metric_name=metric_name(run, view.metric),
        loss_name=loss_title(run.config),
        view=view,
    )
    along = _along(run, log, view.axis, findings, is_over=state not in ALIVE)
    height = max(240, 40 + _PANEL_PIXELS * len(panels))
    live_chart(key, panels, along, alt=str(_spoken(run_id, log)), height=height)
    if standing is not None and not standing.is_there:
        st.caption(_("It was made from '{run}', which has been deleted.", run=escape(standing.name)))
    events_list(log, run.config)
    if is_coached:
        coach_view(run, log, findings, key=key)
    if has_choice:
        log_tail(run, key=f"{key}-log")
    if was_alive and state not in ALIVE:
        st.rerun()


def _along(run: Run, log: MetricsLog, axis: Axis, findings: Sequence[Finding], *, is_over: bool) -> Along:
    """Return the x axis and what happened along it; of a live run it reaches to the last epoch."""
    return Along(
        _("Training step") if axis == "step" else _("Epoch"),
        axis,
        run.config.epochs if axis == "epoch" and not is_over else None,
        stage_bands(run.config, log, axis),
        event_marks(log, axis),
        finding_spans(findings, log, axis),
        is_over=is_over,
    )


def _progress(run: Run, state: str) -> None:
    status: JobStatus = run.status
    parts = [f"**{escape(run.run_id)}**", _(STATE_TITLES[state])]
    if status.message and state != "completed":  # what it said last is not what it ended with
        parts.append(escape(status.message))
    if state in ALIVE and status.seconds_left is not None:
        parts.append(time_left(status.seconds_left))
    st.progress(status.progress, text=" · ".join(parts))
    if status.error is not None and state == "failed":
        st.error(escape(status.error), icon=":material/warning:")


def _spoken(run_id: str, log: MetricsLog) -> Message:
    if not log.epochs:
        return Message(text=N_("Learning curves of {run}: no epoch has ended yet."), values={"run": run_id})
    last = log.epochs[-1]
    return Message(
        text=N_(
            "Learning curves of {run}: after epoch {epoch} the training loss is {train}, validation {val}."
        ),
        values={
            "run": run_id,
            "epoch": last.epoch,
            "train": f"{last.train_loss:.3f}",
            "val": f"{last.val_loss:.3f}",
        },
    )
