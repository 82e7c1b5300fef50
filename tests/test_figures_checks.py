"""The figures of the check card: their titles say the finding, and no curve is drawn to look like more."""

import numpy as np

from core.explanation.checks.records import Cascade, RemovalCurves
from core.figures.checks import cascade, removal


def forgetting(*correlations):
    stages = tuple(f"<b>{number}</b>" for number in range(len(correlations)))
    return Cascade(stages, correlations, tuple(np.zeros((2, 2), np.float32) for _ in correlations))


def test_the_title_says_whether_the_map_stays():
    title = cascade(forgetting(0.9, 0.8), threshold=0.7, value=0.8).layout.title.text
    assert title.replace("<br>", " ") == "All is forgotten, and the map is still like itself: 0.80 of 1"
    title = cascade(forgetting(0.9, -0.2), threshold=0.7, value=-0.2).layout.title.text
    assert title.replace("<br>", " ") == "When all is forgotten, the likeness to the map falls to -0.20"


def test_the_curve_begins_at_the_map_itself_and_names_of_layers_are_escaped():
    figure = cascade(forgetting(0.5, 0.1), threshold=0.7, value=0.1)
    assert list(figure.data[0].y) == [1, 0.5, 0.1]
    assert list(figure.layout.xaxis.ticktext) == ["nothing", "&lt;b&gt;0&lt;/b&gt;", "&lt;b&gt;1&lt;/b&gt;"]


def test_the_band_is_from_the_lowest_to_the_highest_map_elsewhere():
    shares = np.array([0, 0.5, 1.0])
    others = np.array([[0.9, 0.6, 0.1], [0.9, 0.8, 0.1]])
    curves = RemovalCurves(shares, np.array([0.9, 0.2, 0.1]), others)
    figure = removal(curves, inserts=False, value=0.35, threshold=0.55)
    band, middle, own = figure.data
    assert list(band.y) == [0.9, 0.8, 0.1, 0.1, 0.6, 0.9]
    assert list(middle.y) == [0.9, 0.7, 0.1]
    assert list(own.x) == [0, 50, 100]
    assert figure.layout.title.text.replace("<br>", " ") == (
        "Covering: 0.35 on average, best map elsewhere 0.55"
    )


def test_a_small_difference_stays_small_to_the_eye():
    level = np.full((2, 3), 0.99)
    curves = RemovalCurves(np.array([0, 0.5, 1.0]), np.array([0.99, 0.98, 0.99]), level)
    low, high = removal(curves, inserts=True, value=0.985, threshold=0.99).layout.yaxis.range
    assert low < 0.85
    assert high > 0.99
