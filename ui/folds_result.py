"""What a cross-validation found: a forest plot, a table of the folds, their runs, and how it was measured."""

from typing import Any, Final

import pandas as pd
import streamlit as st

from core.evaluation.records import METRICS, metric_title
from core.evaluation.sentences import rounded, with_interval
from core.experiments.folds import CrossValidation
from core.experiments.folds_records import FoldMean, FoldScore, FoldsResult
from core.figures.folds import ForestRow, forest
from core.figures.theme import label
from core.jobs.status import ALIVE, STATE_NAMES
from core.language import N_, Message, _
from core.runs.store import Run
from ui.charts import show_figure
from ui.navigation import go_to
from ui.session import Key

_SHOWN: Final = ("auroc", "balanced_accuracy", "sensitivity", "specificity", "log_loss")
_METHOD: Final = N_(
    "The folds share most of the images that trained, so they are no {n} independent witnesses. The interval"
    " of the mean takes that into account, after [Nadeau and Bengio"
    " (2003)](https://doi.org/10.1023/A:1024068626366): Student's interval with 1/{n} + {share:.2f} in place"
    " of 1/{n}, where {share:.2f} is how many images were held out for each that trained. It is an"
    " approximation; nobody has found an exact one."
)


def show_result(one: CrossValidation, result: FoldsResult, *, key: str, simulated: bool) -> None:
    """Show what the folds say together and one by one."""
    if "auroc" in result.means:
        show_figure(_figure(result), key=f"{key}-forest", simulated=simulated)
    else:
        st.info(_("No fold has images of all classes, so there is no AUROC; the table has the rest."))
    table = pd.DataFrame([_mean_row(result), *(_row(score, result) for score in result.scores)])
    st.dataframe(table, hide_index=True, width="stretch", key=f"{key}-table")
    run_links(one, key=f"{key}-runs")
    with st.expander(_("How this was measured")):
        for text in how(result):
            st.markdown(text)


def run_links(one: CrossValidation, *, key: str) -> None:
    """Show a button for each run that is there: to its curve while it learns, to its evaluation after."""
    with st.container(horizontal=True, key=key):
        for fold, run in one.runs().items():
            state = run.state
            text = _("Fold {n}: {state}", n=fold, state=_(STATE_NAMES[state]))
            if st.button(text, key=f"{key}-{fold}", type="tertiary", icon=":material/show_chart:"):
                _open(run, "train" if state in ALIVE or not run.has_model else "evaluate")


def title_of(result: FoldsResult) -> Message:
    """Return what was found, as the title of the plot."""
    area = result.means["auroc"]
    values: dict[str, Any] = {"mean": rounded(area.mean), "n": area.n_folds}
    if area.low is None or area.high is None:
        return Message(text=N_("AUROC {mean} on average of {n} folds; no interval"), values=values)
    values |= {"low": rounded(area.low), "high": rounded(area.high)}
    return Message(text=N_("AUROC {mean} on average of {n} folds ({low} to {high})"), values=values)


def how(result: FoldsResult) -> list[str]:
    """Return how it was measured, in sentences of Markdown."""
    scores = result.scores
    share = sum(score.n_images / score.n_train for score in scores) / len(scores)
    pooled = result.pooled
    who = {"n": pooled.n_samples, "patients": pooled.n_patients}
    first = (
        _("{n} images, each judged once by a network that has not seen it.", **who)
        if pooled.n_patients is None
        else _(
            "{n} images of {patients} patients, each judged once by a network that has not seen it.", **who
        )
    )
    texts = [
        first,
        _(_METHOD, n=len(scores), share=share),
        _(
            "A fold's own interval is over its patients alone. The pooled one takes all answers together and"
            " draws whole patients; scores of different networks are on slightly different scales, so its"
            " value may lie below the mean."
        ),
        _(
            "The held-out part chose nothing: the epoch was chosen on the next part. Each look at it is"
            " counted at its run. What is measured is the recipe, not one network; and whoever tries many"
            " recipes this way and keeps the best has chosen on these patients."
        ),
    ]
    if pooled.n_patients is None:
        texts.append(
            _(
                "This data set does not say who is who: films of one person may stand on both sides, and then"
                " the score flatters."
            )
        )
    return texts


def _figure(result: FoldsResult) -> Any:
    area, all_of_it = result.means["auroc"], result.pooled.metrics["auroc"]
    n = result.pooled.n_samples
    rows = [
        ForestRow(_("Fold {n}", n=score.fold), found.value, found.low, found.high, found.n)
        for score in result.scores
        if (found := score.metrics["auroc"]).value is not None
    ]
    pooled = None
    if all_of_it.value is not None:
        pooled = ForestRow(_("Pooled"), all_of_it.value, all_of_it.low, all_of_it.high, n)
    mean = ForestRow(_("Mean"), area.mean, area.low, area.high, n)
    positive = None if result.positive_class is None else label(result.positive_class)
    return forest(rows, mean, pooled, title=title_of(result), score=str(metric_title("auroc", positive)))


def _mean_row(result: FoldsResult) -> dict[str, Any]:
    row: dict[str, Any] = {_("Fold"): _("Mean"), _("Images"): result.pooled.n_samples}
    row[_("Patients")] = result.pooled.n_patients
    row[_("Best epoch")] = ""
    for name in _names(result):
        row[_title(name)] = _mean_words(result.means[name])
    return row


def _row(score: FoldScore, result: FoldsResult) -> dict[str, Any]:
    row: dict[str, Any] = {_("Fold"): str(score.fold), _("Images"): score.n_images}
    row[_("Patients")] = score.n_patients
    row[_("Best epoch")] = str(score.best_epoch)
    for name in _names(result):
        row[_title(name)] = str(with_interval(score.metrics[name])) if name in score.metrics else ""
    return row


def _names(result: FoldsResult) -> list[str]:
    return [name for name in _SHOWN if name in result.means]


def _title(name: str) -> str:
    return _("AUROC") if name == "auroc" else _(METRICS[name].title)


def _mean_words(mean: FoldMean) -> str:
    if mean.low is None or mean.high is None:
        return _("{value} (no interval)", value=rounded(mean.mean))
    return _(
        "{value} ({low} to {high})",
        value=rounded(mean.mean),
        low=rounded(mean.low),
        high=rounded(mean.high),
    )


def _open(run: Run, page: str) -> None:
    st.session_state[Key.RUN] = st.session_state[Key.LIVE_RUN] = run.run_id
    st.session_state[Key.DATASET] = run.config.dataset
    go_to(page)
