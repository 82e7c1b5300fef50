"""What stands around the live curves: what to draw, which other runs, the machine, what happened, the log."""

from typing import Final

import streamlit as st

from core.figures.rates import stage_words
from core.jobs.control import tail_log
from core.language import _, joined, ngettext
from core.runs.store import Run, list_runs, open_run
from core.training.config import TrainingConfig
from core.training.config.stages import plan
from ui import cache
from ui.cache import MetricsLog
from ui.live_chart import Axis
from ui.messages import escape
from ui.option_names import option_name
from ui.training.curves import METRIC_TITLES, MOST_OTHERS, PANEL_TITLES, View

_AXES: Final[tuple[Axis, ...]] = ("epoch", "step")
_LOG_LINES: Final = 200
_MOST_RUNS: Final = 200
_ICONS: Final = {
    "memory": "memory",
    "disk": "hard_disk",
    "compile": "bolt",
    "rate": "trending_down",
    "stage": "flag",
    "branch": "fork_right",
    "replay": "history",
}


def choose_view(run: Run, *, key: str) -> View:
    """Let the visitor choose the axis, the panels and the validation metric."""
    st.session_state.setdefault(f"{key}-axis", "epoch")
    st.session_state.setdefault(f"{key}-panels", ["loss", "metric"])
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}-view"):
        axis: Axis | None = st.segmented_control(
            _("Over"),
            _AXES,
            format_func=lambda name: _("Epochs") if name == "epoch" else _("Steps"),
            required=True,
            key=f"{key}-axis",
            persist_state="session",
        )
        chosen = st.pills(
            _("Curves"),
            list(PANEL_TITLES),
            selection_mode="multi",
            format_func=lambda name: _(PANEL_TITLES[name]),
            key=f"{key}-panels",
            persist_state="session",
        )
        metric = st.selectbox(
            _("Validation metric"),
            list(METRIC_TITLES),
            index=list(METRIC_TITLES).index(_first_metric(run)),
            format_func=lambda name: _(METRIC_TITLES[name]),
            key=f"{key}-metric",
            persist_state="session",
            width=200,
        )
    panels = tuple(name for name in PANEL_TITLES if name in chosen)
    return View(axis or "epoch", panels or ("loss",), metric)


def choose_others(run: Run, before: str | None, *, key: str) -> list[tuple[str, MetricsLog]]:
    """Let the visitor lay other runs of the same data set over this one; return their names and lines."""
    names = [one.run_id for one in list_runs()[:_MOST_RUNS] if one.config.dataset == run.config.dataset]
    offers = [name for name in names if name not in (run.run_id, before)]
    if not offers:
        return []
    widget = f"{key}-others"
    kept = [name for name in st.session_state.get(widget, []) if name in offers]
    if widget in st.session_state and kept != st.session_state[widget]:
        st.session_state[widget] = kept  # one of them was deleted, or is followed now
    chosen = st.multiselect(
        _("Lay other runs over it"),
        offers,
        max_selections=MOST_OTHERS,
        placeholder=_("none"),
        key=widget,
        persist_state="session",
    )
    return [(name, cache.metrics(open_run(name))) for name in chosen]


def machine_line(run: Run, log: MetricsLog) -> None:
    """Say in one line what a run is computed on, how fast it is now, and how much memory it takes."""
    environment = run.environment
    if environment is None:
        return
    parts = [escape(environment.device_name or environment.device), option_name(environment.precision)]
    parts.append(ngettext("{n} thread", "{n} threads", environment.threads))
    if environment.memory_format == "channels_last":
        parts.append(option_name("channels_last"))
    if environment.compiled:
        parts.append(_("compiled"))
    if log.steps:
        last = log.steps[-1]
        parts.append(_("{n} images/s", n=f"{last.images_per_second:,.0f}"))
        if last.memory_bytes is not None:
            parts.append(_("{n} MB of memory", n=f"{last.memory_bytes / 1e6:,.0f}"))
    with st.container(key="live-machine"):
        st.caption(" · ".join(parts))


def events_list(log: MetricsLog, config: TrainingConfig) -> None:
    """Say in words what happened to a run; what has a mark in its chart begins with the mark's number.

    Stages that the plan knows are left out: they have bands.
    """
    planned = {stage.title.text for stage in plan(config)}
    lines, number = [], 0
    for event in log.events:
        if event.what == "stage" and event.message.text in planned:
            continue
        number += event.what != "stage"
        label = f"**{number}** " if event.what != "stage" else ""
        said = escape(event.message)
        what = (
            _("Epoch {epoch}: {what}", epoch=f"{round(event.epoch, 1):g}", what=said) if event.epoch else said
        )
        lines.append(f"- {label}:material/{_ICONS.get(event.what, 'info')}: {what}")
    stages = plan(config)
    if len(stages) > 1:  # a narrow band has no room for its name
        with st.container(key="live-stages"):
            st.caption(_("Shaded: {stages}.", stages=joined(map(stage_words, stages), "; ")))
    if lines:
        with st.container(key="live-events"):
            st.markdown("\n".join(lines))


def log_tail(run: Run, *, key: str) -> None:
    """Show the end of a run's log in a fold, which follows while it is open."""
    with st.expander(_("Log"), key=key, on_change="rerun") as part:
        if part.open:
            st.code(tail_log(run.folder, _LOG_LINES) or _("Nothing was logged."), language=None, height=260)


def time_left(seconds: float) -> str:
    """Return a time to go in words."""
    if seconds < 100:
        return _("{seconds} s left", seconds=max(1, round(seconds)))
    if seconds < 100 * 60:
        return _("{minutes} min left", minutes=round(seconds / 60))
    return _("{hours} h {minutes} min left", hours=int(seconds // 3600), minutes=int(seconds % 3600 // 60))


def _first_metric(run: Run) -> str:
    return run.config.best_by if run.config.best_by in METRIC_TITLES else "auroc"
