"""The figures of one number and of the landscape: what they say is what the numbers are."""

import numpy as np
import pytest

from core.figures.neuron import activation_curves, loss_curve, push_bars, slope_curves, sum_bars
from core.figures.surface import descent_map, loss_by_step
from core.figures.theme import alt_of
from core.models.landscape.descent import METHODS, descend
from core.models.landscape.slices import GridSlice, grid_points
from core.models.landscape.terrain import grid_terrain
from core.models.neuron.answer import Softmax, WeightedSum


def title_of(figure):
    return figure.layout.title.text.replace("<br>", " ")


@pytest.fixture(scope="module")
def terrain():
    """A bowl of curvatures 1 and 4 with its bottom, 0.2, at the origin."""
    places = np.linspace(-1, 1, 21)
    points = grid_points(places, places)
    losses = 0.2 + 0.5 * points[:, 0] ** 2 + 2 * points[:, 1] ** 2
    return grid_terrain(GridSlice(places, places, losses.reshape(21, 21)))


def race(terrain, rate, n_steps=40):
    return [
        descend(terrain.surface, terrain.start, method, rate=rate, n_steps=n_steps, window=terrain.window)
        for method in METHODS
    ]


def drawn(terrain, paths):
    return descent_map(terrain, paths, title="A race", axes=("a", "b"), learned=np.zeros(2))


def test_the_number_is_marked_on_each_curve_at_what_becomes_of_it():
    figure = activation_curves(-1.0, ("relu", "sigmoid", "tanh"), used="relu")
    marks = [(trace.x[0], trace.y[0]) for trace in figure.data if trace.mode == "markers"]
    assert np.array(marks) == pytest.approx(np.array([(-1, 0), (-1, 0.26894142), (-1, -0.76159416)]))
    assert title_of(figure) == "What becomes of -1.00: ReLU 0.00, Sigmoid 0.27, Tanh -0.76"
    slopes = [trace.y[0] for trace in slope_curves(0.0, ("sigmoid", "tanh"), used=None).data[1::2]]
    assert slopes == [pytest.approx(0.25), 1.0]


def test_the_line_of_the_activation_in_use_is_the_thick_one():
    figure = activation_curves(1.0, ("relu", "sigmoid", "tanh"), used="tanh")
    widths = {trace.name: trace.line.width for trace in figure.data if trace.mode == "lines"}
    assert max(widths, key=widths.get) == "Tanh"


def test_the_bars_of_a_sum_end_where_the_next_begins_and_at_the_logit():
    one = WeightedSum(np.array([1.0, 2.0, 3.0, 1.0]), np.array([0.5, -2.0, 0.1, 0.1]), 0.25)
    figure = sum_bars(one, n=2, feature_names=["A", "B", "C", "D"], class_name="<b>x")
    bar = figure.data[0]
    assert list(bar.y) == ["B", "A", "2 others", "Bias", "Logit"]
    ends = np.add(bar.base, bar.x)
    np.testing.assert_allclose(bar.base[1:4], ends[:3])
    assert ends[3] == pytest.approx(one.logit) == bar.x[4] and bar.base[4] == 0
    assert "&lt;b&gt;x" in title_of(figure) and "<b>" not in title_of(figure)
    assert "B: -4.000" in alt_of(figure)


def test_the_true_class_lies_on_the_curve_of_its_loss():
    answer = Softmax(np.log([1.0, 3.0]))
    figure = loss_curve(answer, target=0, class_names=("no", "yes"))
    mark = figure.data[-1]
    assert (mark.x[0], mark.y[0]) == (pytest.approx(0.25), pytest.approx(np.log(4)))
    assert title_of(figure) == "True class 'no': probability 0.250, loss 1.386 nats"


def test_a_probability_next_to_nothing_stays_in_the_picture_and_its_true_loss_is_said():
    figure = loss_curve(Softmax(np.array([0.0, 50.0])), target=0, class_names=("no", "yes"))
    assert figure.data[-1].y[0] <= figure.layout.yaxis.range[1]
    assert "loss 50.000 nats" in title_of(figure)


def test_the_true_class_is_pushed_up_and_the_others_down():
    figure = push_bars(Softmax(np.log([1.0, 3.0])).slopes(0), class_names=("no", "yes"))
    assert figure.data[0].x == pytest.approx([0.75, -0.75])
    assert title_of(figure) == "Learning would raise 'no' and lower the rest"


def test_the_player_goes_from_the_start_to_the_last_step(terrain):
    paths = race(terrain, 0.05)
    figure = drawn(terrain, paths)
    assert (figure.frames[0].name, figure.frames[-1].name) == ("0", "40")
    for number, path in zip(figure.frames[0].traces, paths, strict=True):
        assert figure.data[number].name == METHODS[path.method]
        np.testing.assert_array_equal(figure.data[number].x, path.points[:, 0])
    for frame in figure.frames:
        step = int(frame.name)
        for trace, path in zip(frame.data, paths, strict=True):
            np.testing.assert_array_equal(trace.y, path.points[: step + 1, 1])
            assert len(trace.marker.size) == len(trace.x)
    assert [step.args[0][0] for step in figure.layout.sliders[0].steps] == [f.name for f in figure.frames]


def test_a_long_race_has_no_more_frames_than_a_short_one(terrain):
    assert len(drawn(terrain, race(terrain, 0.001, n_steps=300)).frames) == 41


def test_the_map_is_of_the_loss_and_says_the_path_in_words(terrain):
    paths = race(terrain, 0.05)
    figure = drawn(terrain, paths)
    land = figure.data[0]
    middle = len(land.x) // 2
    assert land.customdata[middle][middle] == pytest.approx(0.2, abs=1e-6)
    assert land.customdata[0][middle] == pytest.approx(2.2, abs=1e-6)
    assert (
        f"SGD: loss {paths[0].losses[0]:.3f} at the start, {paths[0].losses[-1]:.3f} after 40 steps"
        in alt_of(figure)
    )


def test_the_loss_of_each_step_is_drawn_and_the_lowest_is_named(terrain):
    paths = race(terrain, 0.3)
    figure = loss_by_step(paths, bottom=0.2)
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    for trace, path in zip(lines, paths, strict=True):
        np.testing.assert_array_equal(trace.y, path.losses)
    best = min((path for path in paths if path.left_at is None), key=lambda path: path.losses[-1])
    assert title_of(figure).startswith(f"{METHODS[best.method]} ends lowest")


def test_that_all_leave_the_picture_is_said(terrain):
    assert title_of(loss_by_step(race(terrain, 50.0), bottom=0.2)) == "All three leave the picture"


def test_of_many_classes_the_legend_names_the_true_one_alone():
    names = tuple("abcdef")
    figure = loss_curve(Softmax(np.zeros(6)), target=2, class_names=names)
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert [trace.showlegend is not False for trace in marks] == [False] * 5 + [True]
    assert marks[-1].name.startswith("c: p 0.167")
