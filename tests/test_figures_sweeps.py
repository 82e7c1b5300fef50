"""The pictures of a sweep: what is drawn for which trial, and that somebody else's words are no markup."""

from typing import Any

import pytest

from core.experiments.sweeps.records import TrialRecord
from core.experiments.sweeps.space import Dimension
from core.figures.sweep_lines import parallel_coordinates
from core.figures.sweeps import Scores, best_so_far, importance, slice_of, trial_curves
from core.figures.theme import GREY, VERMILION, alt_of

RATES = Dimension(field="learning_rate", kind="float", low=1e-4, high=1e-2, log=True)
MODELS = Dimension(field="model", kind="choice", choices=("<b>", "plain"))
LOSS = Scores("Loss", True, lambda name: name.title())
AREA = Scores("AUROC for '<i>x</i>'", False, lambda name: name.title())


def trial(
    number: int, state: Any, values: dict[int, float], rate: float, model: str = "plain"
) -> TrialRecord:
    best = min(values.values()) if state == "done" else None
    return TrialRecord(
        number=number,
        state=state,
        point={"learning_rate": rate, "model": model},
        values=values,
        value=best,
    )


TRIALS = (
    trial(0, "done", {1: 0.9, 2: 0.6, 3: 0.7}, 1e-4),
    trial(1, "pruned", {1: 0.8}, 1e-3, "<b>"),
    trial(2, "failed", {}, 1e-2),
    trial(3, "done", {1: 0.7, 2: 0.5, 3: 0.4}, 1e-2, "<b>"),
    trial(4, "done", {1: 0.5, 2: 0.5, 3: 0.5}, 1e-3),
    trial(5, "waiting", {}, 1e-3),
)


def trace(figure: Any, name: str) -> Any:
    return next(one for one in figure.data if one.name == name)


def test_the_best_so_far_is_a_running_minimum_over_the_trials_that_ended() -> None:
    figure = best_so_far(TRIALS, LOSS, n_trials=6)
    line = trace(figure, "best so far")
    assert list(zip(line.x, line.y, strict=True)) == [(1, 0.6), (2, 0.6), (3, 0.6), (4, 0.4), (5, 0.4)]
    assert figure.layout.title.text == "Best on validation so far: 0.400 by trial 4"
    assert list(trace(figure, "trial").x) == [1, 4, 5]
    pruned = trace(figure, "pruned")
    assert (list(pruned.x), list(pruned.y)) == ([2], [0.8])
    assert pruned.marker.symbol == "circle-open"
    assert "4 of 6 trials have a score" in alt_of(figure)


def test_of_a_score_the_highest_is_the_best() -> None:
    line = trace(best_so_far(TRIALS, AREA, n_trials=6), "best so far")
    assert list(line.y) == [0.6, 0.6, 0.6, 0.6, 0.6]


def test_one_diverged_trial_does_not_press_the_others_into_a_line() -> None:
    wild = (*TRIALS, trial(6, "done", {1: 9.0}, 1e-2))
    assert best_so_far(wild, LOSS, n_trials=7).layout.yaxis.type == "log"
    assert best_so_far(TRIALS, LOSS, n_trials=7).layout.yaxis.type is None


def test_before_a_trial_has_ended_the_picture_says_so() -> None:
    figure = best_so_far((TRIALS[5],), LOSS, n_trials=6)
    assert figure.layout.title.text == "No trial has ended yet"
    assert trial_curves((TRIALS[5],), LOSS).layout.title.text == "How the trials learned"


def test_pruned_curves_are_grey_and_end_in_a_cross_and_what_they_saved_is_counted() -> None:
    figure = trial_curves(TRIALS, LOSS)
    pruned = trace(figure, "pruned")
    assert pruned.line.color == GREY
    assert pruned.marker.symbol == "x"
    assert pruned.marker.size[-1] > 0
    assert trace(figure, "the best").line.color == VERMILION
    assert list(trace(figure, "the best").y) == [0.7, 0.5, 0.4]
    assert figure.layout.title.text == "1 trial was ended early, which saved 2 epochs"
    assert sum(one.showlegend is not False for one in figure.data) == 3  # each kind once


def test_parallel_lines_go_from_each_setting_to_the_score_and_the_best_stands_out() -> None:
    figure = parallel_coordinates(TRIALS, (RATES, MODELS), LOSS)
    best = trace(figure, "the best")
    # 1e-2 is the top of the first axis, "<b>" the first choice, 0.4 the lowest of 0.4 to 0.8
    assert list(best.y) == [1.0, 0.0, 0.0, None]
    others = trace(figure, "the others")
    assert sum(y is None for y in others.y) == 3
    marks = [note.text for note in figure.layout.annotations]
    assert {"0.0001", "0.001", "0.01", "0.4", "0.8"} <= set(marks)
    assert figure.layout.xaxis.title.text == "score: Loss (lower is better)"


def test_a_slice_has_the_range_that_was_searched_and_choices_in_their_order() -> None:
    numbers = slice_of(TRIALS, RATES, LOSS)
    assert numbers.layout.xaxis.type == "log"
    assert numbers.layout.xaxis.range == pytest.approx((-4.1, -1.9))
    assert list(numbers.layout.xaxis.ticktext) == ["0.0001", "0.001", "0.01"]  # Plotly would say 100\u03bc
    assert list(trace(numbers, "trial").x) == [1e-4, 1e-2, 1e-3]
    names = slice_of(TRIALS, MODELS, LOSS)
    assert list(names.layout.xaxis.categoryarray) == ["&lt;b&gt;", "plain"]


def test_importance_names_the_largest_first() -> None:
    figure = importance({"learning_rate": 0.8, "model": 0.2}, LOSS, n_trials=12)
    assert figure.layout.title.text == "What moved the score most: Learning_Rate"
    assert list(figure.data[0].x) == pytest.approx([80, 20])
    assert "Model: 20%" in alt_of(figure)


@pytest.mark.parametrize(
    "figure",
    [
        best_so_far(TRIALS, AREA, n_trials=6),
        trial_curves(TRIALS, AREA),
        parallel_coordinates(TRIALS, (RATES, MODELS), AREA),
        slice_of(TRIALS, MODELS, AREA),
    ],
)
def test_somebody_elses_words_are_no_markup(figure: Any) -> None:
    spec = figure.to_dict()
    del spec["layout"]["meta"]  # the description is plain text
    assert "&lt;" in str(spec)
    assert "<i>" not in str(spec)
    assert "<b>" not in str(spec)
