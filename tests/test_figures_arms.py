"""The figure of two arms, and how they learned."""

import numpy as np
import pytest

from core.figures.arms import Arm, Losses, Measured, arm_losses, two_arms
from core.figures.theme import alt_of

ARMS = (
    Arm("Without", (0.7, 0.74), Measured(0.72, 0.66, 0.78)),
    Arm("<b>With</b>", (0.8, 0.9), Measured(0.85, None, None)),
)


def test_every_training_is_a_mark_and_every_mean_has_its_interval() -> None:
    figure = two_arms(ARMS, Measured(0.13, -0.02, 0.28), title="t")
    marks = {tuple(trace.x) for trace in figure.data}
    assert {(0.7, 0.74), (0.8, 0.9), (0.72,), (0.85,), (0.13,)} <= marks
    [mean] = [trace for trace in figure.data if tuple(trace.x) == (0.72,)]
    assert (mean.x[0] + mean.error_x.array[0], mean.x[0] - mean.error_x.arrayminus[0]) == pytest.approx(
        (0.78, 0.66)
    )
    [without_interval] = [trace for trace in figure.data if tuple(trace.x) == (0.85,)]
    assert without_interval.error_x.visible is False


def test_everything_drawn_lies_within_the_axes_and_zero_is_among_it() -> None:
    figure = two_arms(ARMS, Measured(0.13, 0.05, 0.28), title="t")
    low, high = figure.layout.xaxis.range
    assert low < 0.66
    assert high > 0.9
    low, high = figure.layout.xaxis2.range
    assert low < 0
    assert high > 0.28


def test_what_is_seen_is_told_and_names_are_escaped() -> None:
    figure = two_arms(ARMS, Measured(-0.13, -0.28, 0.02), title="t")
    assert alt_of(figure) == (
        "Without: 0.720 (0.660 to 0.780); <b>With</b>: 0.850; Difference: -0.130 (-0.280 to +0.020)"
    )
    assert {trace.y[0] for trace in figure.data if trace.y is not None} >= {
        "Without",
        "&lt;b&gt;With&lt;/b&gt;",
    }


def test_the_thick_line_is_the_mean_over_the_trainings() -> None:
    arm = Losses(
        "Without", train=np.array([[0.8, 0.2], [0.6, 0.4]]), answer=np.array([[1.0, 2.0], [3.0, 4.0]])
    )
    other = Losses("With", train=np.ones((2, 2)), answer=np.ones((2, 2)))
    figure = arm_losses((arm, other), title="t")
    named = {trace.name: list(trace.y) for trace in figure.data if trace.showlegend is not False}
    assert named["Without, patients who answer"] == [2.0, 3.0]
    assert named["Without, images that train"] == pytest.approx([0.7, 0.3])
    assert len(named) == 4
    single = [list(trace.y) for trace in figure.data if trace.showlegend is False]
    assert single[:4] == [[1.0, 2.0], [3.0, 4.0], [0.8, 0.2], [0.6, 0.4]]
    assert list(figure.data[0].x) == [1, 2]
    assert "0.30 on the images that train, 3.00 on the patients who answer, whose lowest was 2.00" in alt_of(
        figure
    )
