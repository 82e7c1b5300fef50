"""What each run reached: a table with intervals and n, its CSV, and a metric against a setting."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from core.datasets.choosing import csv_text
from core.errors import UserError
from core.evaluation.records import METRICS, Evaluation, MetricValue, metric_title
from core.evaluation.sentences import with_interval
from core.evaluation.stored import stored_predictions
from core.figures.comparing import Trial, metric_against
from core.figures.theme import label
from core.language import _
from core.runs.settings import differing, groups_but_for
from core.runs.store import INTENDED_USE, Run
from ui import answers
from ui.charts import show_figure
from ui.later import in_this_language
from ui.runs.compare_log import curve_log
from ui.runs.compare_settings import setting_words
from ui.runs.words import network_title
from ui.training.form import field_title

_SHOWN: Final = ("auroc", "accuracy", "balanced_accuracy", "f1", "log_loss", "brier")
_SEED: Final = "seed"


def results_table(runs: Sequence[Run]) -> None:
    """Show what each run reached on its validation split, and offer the table as CSV."""
    found = {run.run_id: _evaluation(run) for run in runs}
    st.dataframe([_row(run, found[run.run_id]) for run in runs], hide_index=True, width="stretch")
    st.caption(
        _(
            "Of the validation split, with 95 % intervals. Each stands for itself: two intervals that overlap"
            " may still belong to a real difference, which the paired answer above tells."
        )
    )
    _other_images_note(runs)
    st.download_button(
        _("Download as CSV"),
        in_this_language(lambda: _csv(runs, found)),
        file_name="lightbox-runs.csv",
        mime="text/csv",
        key="compare-csv",
        icon=":material/download:",
        help=_("For teaching and demonstration, never for diagnosis."),
    )


def metric_against_setting(runs: Sequence[Run]) -> None:
    """Draw a metric against one of the settings in which the runs differ."""
    judged = [(run, found) for run in runs if (found := _evaluation(run)) is not None]
    settings = differing([run.config for run, _found in judged]) if len(judged) > 1 else {}
    if not settings:
        st.caption(_("There is no setting to draw against: the runs that have an answer differ in none."))
        return
    names = sorted(settings, key=lambda name: _rank(name, settings[name]))
    left, right = st.columns(2)
    with left:
        name = _choose(_("Setting"), names, "compare-setting", {one: field_title(one) for one in names})
    with right:
        titles = {one: _title(one, judged[0][1]) for one in _SHOWN}
        metric = _choose(_("Metric"), list(_SHOWN), "compare-reached", titles)
    ignored = () if name == _SEED else (_SEED,)
    groups = groups_but_for(settings, len(judged), ignored=ignored)
    values = settings[name]
    words = setting_words(name, values)
    numbers = all(map(_is_number, values))
    trials = [
        Trial(run.run_id, float(value) if numbers else word, _metric(found, metric), group)
        for (run, found), value, word, group in zip(judged, values, words, groups, strict=True)
    ]
    title = _("What does '{setting}' do to the result?", setting=label(field_title(name)))
    figure = metric_against(
        trials, setting=field_title(name), metric=_title(metric, judged[0][1], escaped=True), title=title
    )
    show_figure(figure, key="compare-against", simulated=any(run.card.simulated for run, _found in judged))
    _other_images_note([run for run, _found in judged])
    if len(settings) > 1 + (_SEED in settings):
        st.caption(
            _("The runs differ in other settings too, so that what is seen here need not come from this one.")
        )


def _rank(name: str, values: Sequence[Any]) -> tuple[bool, bool, int]:
    """Order settings: numbers with many values first; the seed last, for it is no setting but luck."""
    return name == _SEED, not all(map(_is_number, values)), -len({repr(value) for value in values})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _other_images_note(runs: Sequence[Run]) -> None:
    if len({(run.config.dataset, run.request.split_hash) for run in runs}) > 1:
        st.caption(
            ":material/difference: "
            + _(
                "Not all of them were judged on the same images: a difference may come from the images alone."
            )
        )


def _choose(title: str, options: list[str], key: str, names: dict[str, str]) -> str:
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    return st.selectbox(title, options, format_func=lambda one: names[one], key=key)


def _evaluation(run: Run) -> Evaluation | None:
    """Return what a run reached on its validation split; None while nobody has asked it."""
    try:
        if not run.has_model or stored_predictions(run, "val") is None:
            return None
        return answers.evaluation(run, "val")
    except UserError:
        return None


def _metric(found: Evaluation, name: str) -> MetricValue:
    return found.metrics[name]


def _row(run: Run, found: Evaluation | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        _("Run"): run.run_id,
        _("Network"): network_title(run.config.model),
        _("Images"): found.n_samples if found else None,
        _("Patients"): found.n_patients if found else None,
    }
    for name in _SHOWN:
        row[_title(name, found)] = str(with_interval(found.metrics[name])) if found else "–"
    epochs = curve_log(run).epochs
    row[_("Best epoch")] = run.card.best_epoch if run.has_model else None
    row[_("Epochs")] = f"{len(epochs)}/{run.config.epochs}"
    row[_("Seconds")] = round(epochs[-1].seconds) if epochs else None
    return row


def _title(name: str, found: Evaluation | None, *, escaped: bool = False) -> str:
    positive = found.positive_class if found else None
    if positive is None:
        return _(METRICS[name].title_of_many)
    return str(metric_title(name, label(positive) if escaped else positive))


def _csv(runs: Sequence[Run], found: dict[str, Evaluation | None]) -> bytes:
    """Return the table as numbers: value, both ends and n of each metric; the notice is its last line."""
    header = ["run", "dataset", "simulated", "model", "split", "positive_class", "n_images", "n_patients"]
    header += [f"{name}{part}" for name in _SHOWN for part in ("", "_low", "_high", "_n")]
    rows: list[list[object]] = []
    for run in runs:
        one = found[run.run_id]
        simulated = "SIMULATED" if run.has_model and run.card.simulated else ""
        row: list[object] = [run.run_id, run.config.dataset, simulated, run.config.model, "val"]
        row += [
            _cell(one and one.positive_class),
            _cell(one and one.n_samples),
            _cell(one and one.n_patients),
        ]
        for name in _SHOWN:
            metric = one.metrics[name] if one else None
            parts = (metric.value, metric.low, metric.high, metric.n) if metric else (None,) * 4
            row += [_cell(part) for part in parts]
        rows.append(row)
    return csv_text(header, [*rows, [_(INTENDED_USE)]])


def _cell(value: object) -> object:
    return "" if value is None else value
