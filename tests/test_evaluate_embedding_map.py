"""Laying images flat: some of many, none of those without a score, training beside, and odd features."""

import numpy as np
import pytest

from core.evaluation.embeddings import Embeddings
from ui.evaluate.embedding_map import MOST, lay


def features(n, *, first=0, values=None):
    drawn = np.random.default_rng(n).normal(size=(n, 6)) if values is None else values
    return Embeddings(np.arange(first, first + n), drawn.astype(np.float32))


def test_of_many_some_are_drawn_by_lot_the_same_each_time():
    many = features(MOST + 500)
    laid, again = lay(many, None, "plane", many.sample_ids), lay(many, None, "plane", many.sample_ids)
    assert len(laid.judged) == len(set(laid.judged.tolist())) == MOST
    assert np.array_equal(laid.judged, again.judged)
    assert np.array_equal(laid.places, again.places)


def test_images_without_a_score_are_left_out_and_training_stands_behind():
    ours, theirs = features(10), features(7, first=100)
    laid = lay(ours, theirs, "plane", np.array([0, 3, 9]))
    assert laid.judged.tolist() == [0, 3, 9]
    assert laid.training.tolist() == list(range(100, 107))
    assert laid.places.shape == (10, 2)
    assert 0 < laid.kept_share < 1


@pytest.mark.parametrize("layout", ["plane", "neighbours"])
@pytest.mark.parametrize(
    "values", [np.zeros((3, 6)), np.ones((1, 6)), np.zeros((0, 6)), np.full((3, 6), np.nan), np.eye(6)[:3]]
)
def test_next_to_nothing_has_a_map_too(layout, values):
    few = features(len(values), values=values)
    laid = lay(few, None, layout, few.sample_ids)
    assert laid.places.shape == (len(values), 2)
    assert np.isfinite(laid.places).all()
