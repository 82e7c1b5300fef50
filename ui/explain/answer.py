"""The answer itself: the probability of each class, and what it is called at the operating point."""

import numpy as np
import streamlit as st

from core.evaluation.decisions import Threshold, decide_scores, threshold_text
from core.evaluation.sentences import worth
from core.figures.answers import probabilities
from core.language import _
from ui import answers
from ui.charts import show_figure
from ui.explain.case import Case
from ui.messages import escape
from ui.operating import EVEN, line_of, threshold_of


def show_answer(case: Case) -> None:
    """Show the probabilities with their operating point, and what that is worth."""
    run, card = case.network.run, case.network.card
    threshold: Threshold = EVEN if run is None else threshold_of(run)
    line = None if run is None else line_of(run)
    figure = probabilities(case.probabilities, positive=card.positive_class, threshold=line)
    show_figure(figure, key="explain-probabilities", simulated=card.simulated)
    st.markdown(f"**{escape(_called(case.probabilities, card.positive_class, threshold))}**")
    if run is not None:
        st.markdown(escape(worth(answers.evaluation(run, "val"))))


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
