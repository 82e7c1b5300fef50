"""Learn 6: how good is a run, how sure are we, and what does it miss?"""

import streamlit as st

from core.datasets.records import SplitName
from core.evaluation.curves import areas, roc_curves
from core.evaluation.leakage import label_warnings, overlap_warnings
from core.evaluation.mistakes import list_mistakes
from core.evaluation.records import Evaluation
from core.figures.distributions import score_histogram
from core.figures.judgement import intervals, roc
from core.language import _
from core.runs.predictions import Predictions
from core.runs.store import Run, open_run
from ui import answers, verdict
from ui.charts import show_figure
from ui.controls import (
    escape,
    full,
    guard,
    lesson_header,
    lesson_more,
    next_button,
    pick_run,
    self_check,
    use_language,
)
from ui.dataset_since import label_change_note
from ui.seal import judged_split
from ui.training.again import again_button


def main() -> None:
    shown = lesson_header("evaluate")
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        run = pick_run()
    if run is not None:
        with right:
            split = judged_split(run)
        label_change_note(run)
        for warning in (*label_warnings(run), *overlap_warnings(answers.overlap(run))):
            st.warning(escape(warning), icon=":material/warning:")
        with st.spinner(_("Asking the network about each image…")):
            answers.predictions(run, split)
        st.fragment(_verdict)(run.run_id, split)
    lesson_more(shown)
    self_check("evaluate", shown)
    if run is not None:
        again_button(run)
    next_button("explain")


def _verdict(run_id: str, split: SplitName) -> None:
    use_language()
    with guard():
        run = open_run(run_id)
        found = answers.predictions(run, split)
        threshold = verdict.threshold_slider(found.positive_class)
        evaluation = answers.evaluation(run, split, threshold)
        verdict.of_whom(evaluation, split, simulated=run.card.simulated)
        verdict.headlines(evaluation)
        _charts(found, evaluation, simulated=run.card.simulated)
        _mistakes(run, found, threshold)
        with st.expander(_("All metrics, worked out with these numbers"), expanded=full()):
            verdict.by_class(evaluation)
            verdict.in_words(evaluation)


def _charts(found: Predictions, evaluation: Evaluation, *, simulated: bool) -> None:
    positive, threshold = found.positive_index, evaluation.threshold
    left, right = st.columns(2, gap="large") if positive is not None else (st.container(), st.container())
    with left:
        verdict.matrix(evaluation, key="evaluate-matrix", simulated=simulated)
    with right:
        if positive is not None and threshold is not None:
            score, names = found.y_score[:, positive], found.class_names
            figure = score_histogram(
                found.y_true, score, class_names=names, positive=positive, threshold=threshold
            )
            show_figure(figure, key="evaluate-scores", simulated=simulated, height=400)
    left, right = st.columns(2, gap="large")
    curves = roc_curves(found)
    if curves:
        with left:
            figure = roc(curves, areas(evaluation), threshold=threshold)
            show_figure(figure, key="evaluate-roc", simulated=simulated)
    with right:
        show_figure(intervals(evaluation), key="evaluate-intervals", simulated=simulated, height=440)


def _mistakes(run: Run, found: Predictions, threshold: float) -> None:
    wrong = list_mistakes(found, threshold)
    most = 24 if full() else 6
    st.subheader(_("What it gets wrong: {n} of {total}", n=len(wrong), total=found.n_samples), anchor=False)
    st.caption(_("Those first where it was surest. Is there something to see that explains it?"))
    verdict.mistakes(run, wrong[:most], positive=found.positive_class)
    if len(wrong) > most:
        st.caption(_("{shown} of {n} are shown.", shown=most, n=len(wrong)))


main()
