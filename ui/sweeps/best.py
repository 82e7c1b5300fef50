"""The best trial: how much its score flatters, its test split, and keeping it as a run."""

import streamlit as st

from core.evaluation.records import METRICS, MetricValue, metric_title
from core.evaluation.sentences import with_interval
from core.experiments.sweeps.keeping import best_trial, free_name, keep_as_run, n_candidates
from core.experiments.sweeps.optimism import Comparison, compare, expected_optimism, metric_of
from core.experiments.sweeps.records import TrialRecord
from core.experiments.sweeps.store import Sweep
from core.language import _
from core.runs.notes import append_note
from core.runs.store import Run
from core.training.launch import split_counts
from ui import answers
from ui.messages import escape, guard
from ui.navigation import go_to
from ui.runs.selection import choose
from ui.session import full
from ui.sweeps.words import field_title, metric_name, value_text


def best_section(sweep: Sweep, trials: tuple[TrialRecord, ...]) -> None:
    """Show the best trial of a sweep that is not at work, with what its score is worth."""
    best = best_trial(trials, sweep.request)
    if best is None:
        st.info(_("No trial has ended by itself: there is no best one."), icon=":material/info:")
        return
    run = sweep.run(best.number)
    n_tried = n_candidates(trials)
    with st.container(border=True, key="sweeps-best"):
        settings = " · ".join(
            f"{field_title(name)} {escape(value_text(value))}" for name, value in best.point.items()
        )
        title = _("Best of {n}: trial {number}", n=n_tried, number=best.number + 1)
        st.markdown(f"##### {title}", anchors=False)
        st.markdown(settings)
        if run is None or not run.has_model:
            value = f"{metric_name(sweep.request)} {best.value:.3f}"
            st.info(_("Its run was deleted: only the score is left ({value}).", value=escape(value)))
            return
        with guard():
            _warn(sweep, run, n_tried)
            if full():
                _open_and_keep(sweep, best, run, n_tried)
            else:
                title = _("Measure it on the test split, and keep it")
                with st.expander(title, expanded=answers.is_open(run), key="sweeps-worth"):
                    _open_and_keep(sweep, best, run, n_tried)


def _warn(sweep: Sweep, run: Run, n_tried: int) -> None:
    """Say that the score flatters, and by how much if it were luck alone."""
    evaluation = answers.evaluation(run, "val")
    metric = metric_of(sweep.request.metric)
    value = evaluation.metrics[metric]
    name = metric_name(sweep.request)
    if metric not in (sweep.request.metric, "log_loss"):  # the one that chose has no interval
        name = str(metric_title(metric, evaluation.positive_class))
    st.warning(
        _(
            "{metric} on validation: {value}. It is the best of {n} and so **too good to be true**: these"
            " images chose it.",
            metric=escape(name),
            value=escape(with_interval(value)),
            n=n_tried,
        ),
        icon=":material/casino:",
    )
    guide = expected_optimism(value, n_tried)
    if guide is None or n_tried < 2:
        return
    st.caption(
        _(
            "If all {n} were equally good, luck alone would make the best look better by about {guide}: a"
            " rough guide and rather too high, for all were judged on the same images.",
            n=n_tried,
            guide=f"{guide:.3f}",
        )
    )


def _open_and_keep(sweep: Sweep, best: TrialRecord, run: Run, n_tried: int) -> None:
    _test(sweep, run)
    _keep(sweep, best, run, n_tried)


def _test(sweep: Sweep, run: Run) -> None:
    """Offer to open the test split; once it is open, say by how much the score flattered."""
    by = sweep.request.metric
    if split_counts(run)["test"] == 0:
        st.caption(_("This run has no test split: by how much it flatters cannot be measured here."))
        return
    if answers.is_open(run):
        val, test = answers.predictions(run, "val"), answers.predictions(run, "test")
        _measured(compare(val, test, by), test.positive_class)
        return
    if st.button(
        _("Open the test split: this look is counted"), key="sweeps-open-test", icon=":material/lock_open:"
    ):
        with st.spinner(_("Asking the network about each image of the test split…")):
            answers.open_test(run)
        st.rerun()


def _measured(found: Comparison, positive: str | None) -> None:
    val, test, difference = st.columns(3)
    title = str(metric_title(found.metric, positive))
    val.metric(_("Validation, chose it"), _number(found.val))
    test.metric(_("Test, chose nothing"), _number(found.test))
    lower = METRICS[found.metric].lower_is_better
    if found.optimism is not None:
        difference.metric(_("It flattered by"), f"{found.optimism:+.3f}")
    st.caption(
        _(
            "{metric}. Validation {val}, n = {n_val}; test {test}, n = {n_test}; 95 % intervals.",
            metric=escape(title),
            val=escape(with_interval(found.val)),
            test=escape(with_interval(found.test)),
            n_val=found.val.n,
            n_test=found.test.n,
        )
        + (" " + _("Lower is better.") if lower else "")
    )
    if found.low is None or found.high is None or found.optimism is None:
        return
    values = {"low": f"{found.low:+.3f}", "high": f"{found.high:+.3f}"}
    if found.low > 0:
        text = _("The difference lies between {low} and {high}: the validation score did flatter.", **values)
    elif found.high < 0:
        text = _(
            "The difference lies between {low} and {high}: the test came out better. Its images may be"
            " easier.",
            **values,
        )
    else:
        text = _(
            "The difference lies between {low} and {high}: with so few images it cannot be told from none.",
            **values,
        )
    st.markdown(text)


def _number(value: MetricValue) -> str:
    return "–" if value.value is None else f"{value.value:.3f}"


def _keep(sweep: Sweep, best: TrialRecord, run: Run, n_tried: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="sweeps-keep-row"):
        proposed = free_name(sweep)
        name = proposed
        if full():
            name = st.text_input(_("Name of the run"), proposed, key=f"sweeps-keep-name-{proposed}")
        if st.button(_("Keep it as a run"), key="sweeps-keep", icon=":material/bookmark_add:"):
            kept = keep_as_run(sweep, best.number, name.strip())
            append_note(
                kept,
                _(
                    "Best of {n} trials of {sweep} by its validation score, which is too good for that.",
                    n=n_tried,
                    sweep=sweep.name,
                ),
            )
            if answers.is_open(run):
                answers.mark_open(kept)
            choose([kept.run_id])
            go_to("runs")
