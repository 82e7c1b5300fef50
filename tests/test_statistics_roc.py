"""The ROC curve and its area against hand-worked cases and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics as reference

from core.statistics.roc import auroc, macro_auroc, roc_curve


def test_points_of_a_curve_worked_by_hand() -> None:
    curve = roc_curve(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.4, 0.1]))
    assert_array_equal(curve.true_positive_rate, [0, 0.5, 0.5, 1, 1])
    assert_array_equal(curve.false_positive_rate, [0, 0, 0.5, 0.5, 1])
    assert_array_equal(curve.thresholds, [np.inf, 0.9, 0.8, 0.4, 0.1])


def test_images_of_equal_score_move_the_curve_in_one_step() -> None:
    curve = roc_curve(np.array([True, False, False, True]), np.array([0.5, 0.5, 0.5, 0.9]))
    assert_array_equal(curve.true_positive_rate, [0, 0.5, 1])
    assert_array_equal(curve.false_positive_rate, [0, 0, 1])


@pytest.mark.parametrize(
    ("truth", "score", "area"),
    [
        ([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.75),  # three of four pairs in order
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], 1.0),
        ([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4], 0.0),
        ([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5], 0.5),
    ],
)
def test_area_is_the_share_of_pairs_in_order(truth: list[int], score: list[float], area: float) -> None:
    assert auroc(np.array(truth, dtype=bool), np.array(score)) == area


scored = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40).filter(
    lambda rows: len({truth for truth, _ in rows}) == 2
)


@settings(max_examples=60, deadline=None)
@given(scored)
def test_area_and_curve_are_those_of_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    truth = np.array([row[0] for row in rows])
    score = np.array([row[1] / 7 for row in rows])
    expected = reference.roc_curve(truth, score, drop_intermediate=False)
    curve = roc_curve(truth, score)
    assert_allclose(auroc(truth, score), reference.roc_auc_score(truth, score), atol=1e-12)
    assert_allclose(np.trapezoid(curve.true_positive_rate, curve.false_positive_rate), auroc(truth, score))
    assert_allclose(curve.false_positive_rate, expected[0])
    assert_allclose(curve.true_positive_rate, expected[1])
    assert_allclose(curve.thresholds, expected[2])


def test_a_weighted_area_is_that_of_repeated_images() -> None:
    rng = np.random.default_rng(3)
    truth, score = rng.random(30) < 0.4, rng.integers(5, size=30) / 5
    weights = rng.integers(0, 4, size=(6, 30))
    expected = [auroc(np.repeat(truth, row), np.repeat(score, row)) for row in weights]
    assert_allclose(auroc(truth, score, weights), expected)


def test_macro_area_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(4)
    y_true, y_score = rng.integers(3, size=90), rng.dirichlet(np.ones(3), size=90)
    expected = reference.roc_auc_score(y_true, y_score, multi_class="ovr", average="macro")
    assert_allclose(macro_auroc(y_true, y_score), expected)


def test_without_one_side_there_is_no_area() -> None:
    score = np.array([0.2, 0.4])
    assert np.isnan(auroc(np.array([True, True]), score))
    assert np.isnan(roc_curve(np.array([True, True]), score).false_positive_rate).all()
    assert np.isnan(auroc(np.zeros(0, dtype=bool), np.zeros(0)))
    assert np.isnan(macro_auroc(np.array([0, 1]), np.full((2, 3), 1 / 3)))
    assert len(roc_curve(np.zeros(0, dtype=bool), np.zeros(0)).thresholds) == 1
