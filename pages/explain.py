"""Learn 7: ask a network about one image, and ask it why."""

from contextlib import nullcontext

import numpy as np
import streamlit as st

from core.evaluation.decisions import Threshold, decide_scores, threshold_text
from core.evaluation.sentences import worth
from core.figures.answers import probabilities
from core.language import _
from core.runs.store import Run, open_run
from ui import answers, maps
from ui.answers import Subject
from ui.asking import chosen_subject, pick_network, pick_subject
from ui.charts import show_figure
from ui.controls import (
    escape,
    full,
    guard,
    lesson_header,
    lesson_more,
    next_button,
    self_check,
    simulated_badge,
    use_language,
)
from ui.operating import line_of, threshold_of


def main() -> None:
    shown = lesson_header("explain")
    answers.warm_up()
    run = pick_network()
    if run is not None:
        pick_subject(run)
        st.fragment(_answer)(run.run_id)
    lesson_more(shown)
    self_check("explain", shown)
    next_button("runs")


def _answer(run_id: str) -> None:
    use_language()
    with guard():
        run = open_run(run_id)
        subject = chosen_subject(run)
        if subject is None:
            st.info(_("Upload an image to ask about it."))
            return
        with st.spinner(_("Loading the network and asking it…")):
            values = [float(value) for value in answers.probabilities(run, subject)]
        by_class = dict(zip(run.card.class_names, values, strict=True))
        left, right = st.columns(2, gap="large")
        with left:
            _film(run, subject)
        with right:
            _probabilities(run, by_class)
            st.markdown(escape(worth(answers.evaluation(run, "val"))))
        _why(run, subject, by_class)


def _film(run: Run, subject: Subject) -> None:
    if run.card.simulated and not subject.is_upload:
        simulated_badge()
    maps.show_film(run, subject)
    for note in (*answers.kind_notes(run, subject), *subject.image.notes):
        st.warning(escape(note), icon=":material/search:")
    if subject.is_upload:
        maps.upload_notes(run, subject)


def _probabilities(run: Run, by_class: dict[str, float]) -> None:
    positive, threshold = run.card.positive_class, threshold_of(run)
    figure = probabilities(by_class, positive=positive, threshold=line_of(run))
    show_figure(figure, key="explain-probabilities", simulated=run.card.simulated)
    st.markdown(f"**{escape(_called(by_class, positive, threshold))}**")


def _called(by_class: dict[str, float], positive: str | None, threshold: Threshold) -> str:
    """Say what it is called at the operating point that was set on Evaluate."""
    names = list(by_class)
    index = None if positive is None else names.index(positive)
    called = names[decide_scores(np.array([list(by_class.values())]), threshold, index)[0]]
    if isinstance(threshold, tuple):
        return _("With the thresholds that were set on Evaluate it is called '{name}'.", name=called)
    if positive is None:
        return _("The most probable class is '{name}'.", name=called)
    return _("At the threshold {value} it is called '{name}'.", value=threshold_text(threshold), name=called)


def _why(run: Run, subject: Subject, by_class: dict[str, float]) -> None:
    st.subheader(_("Where did it look?"), anchor=False)
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom", key="explain-controls"):
        method = maps.method_control(key="explain-method")
        with nullcontext() if full() else st.popover(_("Opacity")):
            opacity = (
                st.slider(_("Opacity of the map (per cent)"), 0, 100, 60, 5, key="explain-opacity") / 100
            )
    target = maps.class_control(by_class, run.card.positive_class)
    answer = maps.compute(run, subject, method, target)
    left, right = st.columns(2, gap="large")
    with left:
        maps.show_map(run, subject, answer, opacity=opacity)
    with right:
        maps.legend(answer)
        maps.download(subject, answer, opacity=opacity)
    maps.side_by_side(run, subject, target, opacity=opacity)


main()
