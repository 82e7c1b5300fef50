"""The pictures of a reading and of the room: what stands where, and whose text is escaped."""

import numpy as np
import pytest

from core.evaluation.records import MetricValue
from core.figures.presenting import Range, dots, enlarged, ranges, two_lines
from core.figures.reading import Point, confidence_chart, kappa_table, points_on_roc
from core.figures.theme import BLUE, alt_of
from core.reading.result import share
from core.statistics.roc import roc_curve


@pytest.fixture
def curve():
    return roc_curve(np.array([True, True, False, False]), np.array([0.9, 0.4, 0.5, 0.1]))


def test_a_point_stands_at_its_false_alarms_with_the_cross_of_both_intervals(curve):
    point = Point("you <b>", share(3, 4), share(1, 4))
    network = Point("the network", share(4, 4), share(4, 4))
    figure = points_on_roc([point, network], {"all": curve}, own=curve, title="?")
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    yours, theirs = marks
    assert (yours.x[0], yours.y[0]) == (0.75, 0.75)
    assert yours.error_y.array[0] == pytest.approx(0.9544 - 0.75, abs=1e-4)
    assert yours.error_y.arrayminus[0] == pytest.approx(0.75 - 0.3006, abs=1e-4)
    assert yours.error_x.array[0] == pytest.approx(0.9544 - 0.75, abs=1e-4)  # 1 - the low end of specificity
    assert yours.error_x.arrayminus[0] == pytest.approx(0.75 - 0.3006, abs=1e-4)
    assert theirs.marker.color == BLUE
    assert yours.name == "you &lt;b&gt;"
    assert "you <b>: sensitivity 0.75" in alt_of(figure)


def test_a_reader_without_a_sensitivity_is_left_out(curve):
    nobody = Point("you", MetricValue(value=None, n=0), share(1, 4))
    figure = points_on_roc([nobody], {"all": curve}, own=None, title="?")
    assert not [trace for trace in figure.data if trace.mode == "markers"]


def test_kappas_stand_on_both_sides_of_the_diagonal_and_none_on_it():
    metric = MetricValue(value=0.5, low=0.1, high=0.8, n=20)
    figure = kappa_table(["A", "B <i>"], {(0, 1): metric})
    values = np.array(figure.data[0].z, dtype=float)
    assert values[0, 1] == values[1, 0] == 0.5
    assert np.isnan(np.diag(values)).all()
    assert figure.layout.xaxis.ticktext[1] == "B &lt;i&gt;"


def test_a_confidence_that_nobody_gave_has_no_mark():
    figure = confidence_chart({"blind": {"perhaps": share(1, 2), "definitely": share(0, 0)}}, title="?")
    assert list(figure.data[0].y) == [0.5]


@pytest.mark.parametrize(("n", "each"), [(121, 1), (1000, 1), (100_000, 100)])
def test_there_is_a_dot_for_each_or_for_as_many_as_is_said(n, each):
    figure = dots({"right": ("right", n - 21), "wrong": ("wrong", 21)}, title="?")
    drawn = sum(len(trace.x) for trace in figure.data)
    assert drawn == pytest.approx(n / each, abs=1)
    places = {(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)}
    assert len(places) == drawn  # none over another
    notes = [note.text for note in figure.layout.annotations]
    assert notes == ([] if each == 1 else [f"A dot stands for {each}."])


def test_a_range_is_drawn_from_its_low_to_its_high_end():
    figure = ranges([Range("found <b>", 80, 70, 95), Range("x", 50, None, None)], title="?", x="of 100")
    assert list(figure.data[0].x) == [70, 95]
    assert list(figure.data[2].x) == [50, 50]
    assert figure.data[0].y[0] == "found &lt;b&gt;"


def test_enlarging_leaves_the_small_figure_as_it_is():
    figure = two_lines(np.arange(3.0), {"a": np.arange(3.0)}, title="?", of=("x", "y"))
    width, size = figure.data[0].line.width, figure.layout.font.size
    larger = enlarged(figure, 2)
    assert (larger.data[0].line.width, larger.layout.font.size) == (2 * width, 2 * size)
    assert (figure.data[0].line.width, figure.layout.font.size) == (width, size)
