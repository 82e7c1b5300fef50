"""Is it luck? The same training with other seeds: one click, a band of curves that grows, one sentence."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from core.jobs.status import ALIVE
from core.language import N_, Message, _, ngettext
from core.runs.store import Run, open_run
from core.training.luck import metric_of
from core.training.repetition import MOST, USUAL, is_branch, repeat, seeds_of, stop_seeds
from ui import cache
from ui.cache import MetricsLog
from ui.live_chart import Along, Colour, Panel, Series, live_chart, thin
from ui.messages import escape, guard
from ui.pickers import STATE_TITLES
from ui.session import use_language
from ui.training.bands import band
from ui.training.curves import METRIC_TITLES, loss_title, metric_panel
from ui.training.seeds_words import luck_of_runs, mean_sentence, range_sentence, two_kinds_of_chance
from ui.training.wording import metric_name

_REFRESH_SECONDS = 1.0
_STEP = 2  # seeds more with each further click
_Curve = tuple[str, Colour, Callable[[MetricsLog], Series]]


def seeds_section(run: Run) -> None:
    """Offer to train a run with other seeds; show their curves as a band, and what they say together."""
    if is_branch(run):
        st.caption(
            _("It goes on from another run's weights, which no seed changes: repeat that run instead.")
        )
        return
    runs = seeds_of(run)
    is_alive = any(one.state in ALIVE for one in runs)
    if len(runs) > 1:
        names = [one.run_id for one in runs]
        st.fragment(_follow, run_every=_REFRESH_SECONDS if is_alive else None)(names, run.run_id, is_alive)
    _offer(run, runs, is_alive=is_alive)


def _offer(run: Run, runs: Sequence[Run], *, is_alive: bool) -> None:
    """Show the one button: for three seeds in all, then for two more each time."""
    whole = sum(one.state == "completed" for one in runs)
    n = USUAL if whole < USUAL else min(whole + _STEP, MOST)
    if is_alive or n <= whole:
        return
    if len(runs) == 1:
        st.caption(
            _(
                "The same settings and the same patients, other first weights and another order: what then"
                " differs is luck."
            )
        )
    label = ngettext("Train {n} seed more", "Train {n} seeds more", n - whole)
    if whole < USUAL:
        label = _("Repeat: three seeds in all")
    if st.button(label, key=f"seeds-start-{run.run_id}", icon=":material/casino:"):
        with guard():
            repeat(run.run_id, n=n)
            st.rerun()


def _follow(names: list[str], run_id: str, was_alive: bool) -> None:
    use_language()
    runs = [one for name in names if (one := _opened(name)) is not None]
    alive = [one for one in runs if one.state in ALIVE]
    for one in runs if alive else []:
        _progress(one)
    if alive and st.button(_("Stop all"), key=f"seeds-stop-{run_id}"):
        with guard():
            stop_seeds(alive)
            st.toast(_("They stop at the next batch; you can let them go on later."))
    _chart(runs, run_id, is_over=not alive)
    luck = luck_of_runs(runs)
    if luck is not None:
        st.markdown(f"**{escape(range_sentence(luck))}**")
        if (mean := mean_sentence(luck)) is not None:
            st.caption(escape(mean))
            st.caption(two_kinds_of_chance())
    if was_alive and not alive:
        st.rerun()


def _opened(name: str) -> Run | None:
    with guard():
        return open_run(name)
    return None


def _progress(run: Run) -> None:
    words = [_("Seed {n}", n=run.config.seed), _(STATE_TITLES[run.state]), escape(run.run_id)]
    st.progress(run.status.progress, text=" · ".join(words))


def _chart(runs: Sequence[Run], run_id: str, *, is_over: bool) -> None:
    logs = [(run.config.seed, cache.metrics(run)) for run in runs]
    begun = [(seed, log) for seed, log in logs if log.epochs]
    if not begun:
        return
    metric = metric_of(runs[0].config, begun[0][1].epochs)
    name = metric_name(runs[0], metric) or _("Validation: {metric}", metric=_(METRIC_TITLES[metric]))
    losses: tuple[_Curve, ...] = (
        (_("Training loss"), "blue", lambda log: _curve(log, "train_loss")),
        (_("Validation loss"), "orange", lambda log: _curve(log, "val_loss")),
    )
    panels = (
        Panel(loss_title(runs[0].config), _banded(begun, losses), low=0),
        metric_panel(
            name, _banded(begun, ((name, "green", lambda log: _curve(log, f"val_{metric}")),)), metric
        ),
    )
    high = None if is_over else runs[0].config.epochs
    alt = Message(
        text=N_("Curves of {n} seeds, each faint, with their mean and range."), values={"n": len(begun)}
    )
    live_chart(f"seeds-curve-{run_id}", panels, Along(_("Epoch"), high=high, is_over=is_over), alt=str(alt))


def _curve(log: MetricsLog, field: str) -> Series:
    known = [line for line in log.epochs if getattr(line, field) is not None]
    return Series("", [float(line.epoch) for line in known], [float(getattr(line, field)) for line in known])


def _banded(logs: Sequence[tuple[int, MetricsLog]], curves: Sequence[_Curve]) -> tuple[Series, ...]:
    """Return for each curve its band and, faint, each seed's own."""
    found = []
    for name, colour, curve_of in curves:
        single = [replace(curve_of(log), colour=colour, faint=True, legend=None) for _seed, log in logs]
        n = sum(bool(len(curve.xs)) for curve in single)
        title = _("{curve}: mean and range of {n} seeds", curve=name, n=n)
        whole = band(single, title)
        for (seed, _log), curve in zip(logs, single, strict=True):
            found.append(replace(curve, name=_("{curve}, seed {n}", curve=name, n=seed)))
        found.append(replace(whole, faint=False) if whole else replace(found[-1], faint=False, legend=name))
    return tuple(thin(series) for series in found)
