"""Charts of several runs: where points stand, what is joined, what is escaped."""

import numpy as np

from core.evaluation.records import MetricValue
from core.figures.comparing import Trial, is_by_decades, metric_against, two_rocs
from core.figures.theme import alt_of
from core.statistics.roc import roc_curve
from core.statistics.thinning import MOST_POINTS


def trial(name: str, setting: float | str, value: float | None, group: int) -> Trial:
    metric = MetricValue(value=value, low=value and value - 0.1, high=value and value + 0.05, n=60)
    return Trial(name, setting, metric, group)


def draw(*trials: Trial):
    return metric_against(trials, setting="Learning rate", metric="AUROC", title="What does it do?")


def test_a_run_alone_stands_at_its_value_with_its_interval() -> None:
    (trace,) = draw(trial("a", 0.01, 0.8, 0), trial("b", 0.02, 0.7, 1)).data
    assert list(trace.x) == [0.01, 0.02]
    assert list(trace.y) == [0.8, 0.7]
    np.testing.assert_allclose(trace.error_y.array, [0.05, 0.05])
    np.testing.assert_allclose(trace.error_y.arrayminus, [0.1, 0.1])


def test_seeds_of_one_setting_are_one_point_with_their_range() -> None:
    figure = draw(trial("a", 0.1, 0.8, 0), trial("b", 0.1, 0.6, 0), trial("c", 0.1, 0.7, 0))
    each, joined = figure.data
    assert list(each.y) == [0.8, 0.6, 0.7]
    np.testing.assert_allclose(joined.y, [0.7])
    np.testing.assert_allclose([joined.error_y.array[0], joined.error_y.arrayminus[0]], [0.1, 0.1])
    assert list(joined.text) == ["3 seeds"]
    assert alt_of(figure) == "Learning rate 0.1: 3 seeds, mean 0.70 (0.60 to 0.80)"


def test_numbers_over_many_decades_stand_on_a_log_axis() -> None:
    assert draw(trial("a", 1e-4, 0.5, 0), trial("b", 1e-1, 0.6, 1)).layout.xaxis.type == "log"
    assert draw(trial("a", 0.1, 0.5, 0), trial("b", 0.2, 0.6, 1)).layout.xaxis.type is None
    assert not is_by_decades([0.0, 1.0, 100.0])  # 0 has no place there


def test_words_stand_side_by_side_and_runs_of_one_word_do_not_cover_each_other() -> None:
    figure = draw(trial("a", "cosine", 0.5, 0), trial("b", "cosine", 0.6, 1), trial("c", "<b>step", 0.6, 2))
    assert list(figure.layout.xaxis.ticktext) == ["cosine", "&lt;b&gt;step"]
    places = list(figure.data[0].x)
    assert len(set(places)) == 3
    assert all(abs(place) < 0.5 for place in places[:2])
    assert places[2] == 1
    assert "<b>" not in "".join(figure.data[0].text)


def test_what_is_not_defined_is_left_out() -> None:
    figure = draw(
        trial("a", 1.0, None, 0), trial("b", 2.0, 0.6, 1), trial("c", 3.0, None, 2), trial("d", 3.0, None, 2)
    )
    assert list(figure.data[0].x) == [2.0]
    assert "not defined" in alt_of(figure)


def test_two_curves_differ_in_colour_and_dash_and_name_their_areas() -> None:
    truth = np.array([True, True, False, False])
    curves = {
        "<i>": roc_curve(truth, np.array([0.9, 0.4, 0.1, 0.6])),
        "b": roc_curve(truth, np.arange(4.0)[::-1]),
    }
    areas = {name: MetricValue(value=value, n=4) for name, value in (("<i>", 0.75), ("b", 1.0))}
    _coin, one, other = two_rocs(curves, areas, positive="ill", title="Which?").data
    assert one.line.color != other.line.color
    assert one.line.dash != other.line.dash
    assert one.name == "&lt;i&gt;: 0.75 (no interval)"
    assert list(other.x) == [0, 0, 1]
    assert list(other.y) == [0, 1, 1]


def test_the_curves_of_many_images_are_drawn_with_few_points_and_look_the_same() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(20_000) < 0.5
    curve = roc_curve(truth, rng.normal(size=20_000) + truth)
    area = MetricValue(value=0.76, n=20_000)
    _coin, drawn = two_rocs({"a": curve}, {"a": area}, positive="ill", title="Which?").data
    assert len(drawn.x) <= MOST_POINTS < len(curve.false_positive_rate)
    at = np.interp(curve.false_positive_rate, drawn.x, drawn.y)
    assert np.abs(at - curve.true_positive_rate).max() < 0.005
