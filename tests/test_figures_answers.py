"""The probabilities of one image as bars."""

import pytest

from core.figures.answers import probabilities, shown_probability
from core.figures.theme import alt_of


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.00"), (0.004, "< 0.01"), (0.5, "0.50"), (0.994, "0.99"), (0.9951, "> 0.99"), (1.0, "1.00")],
)
def test_what_is_not_certain_is_not_shown_as_certain(value: float, shown: str) -> None:
    assert shown_probability(value) == shown


def test_each_class_has_a_bar_and_the_threshold_crosses_that_of_the_positive_one() -> None:
    figure = probabilities({"healthy": 0.3, "ill": 0.7}, positive="ill", threshold=0.4)
    bars, line = figure.data
    assert list(zip(bars.y, bars.x, strict=True)) == [("healthy", 0.3), ("ill", 0.7)]
    assert figure.layout.title.text == "Probability of 'ill': 0.70"
    (shape,) = figure.layout.shapes
    assert (shape.x0, shape.x1, (shape.y0 + shape.y1) / 2) == (0.4, 0.4, 1)
    assert line.name == "threshold 0.40"
    assert alt_of(figure) == "healthy: 0.30; ill: 0.70"


def test_with_many_classes_the_most_probable_is_named_and_there_is_no_threshold() -> None:
    figure = probabilities({"a": 0.2, "<b>": 0.5, "c": 0.3})
    assert figure.layout.title.text == "Probability of '&lt;b&gt;': 0.50"
    assert not figure.layout.shapes
    assert list(figure.data[0].y) == ["a", "&lt;b&gt;", "c"]
