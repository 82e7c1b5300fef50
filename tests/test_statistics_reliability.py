"""Reliability bins, precision-recall curves, curves with fewer points: known by hand or from elsewhere."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score
from sklearn.metrics import precision_recall_curve as sklearn_curve

from core.statistics.calibration_error import calibration_error
from core.statistics.intervals import wilson
from core.statistics.precision_recall_curve import precision_recall_curve
from core.statistics.reliability import reliability
from core.statistics.roc import roc_curve
from core.statistics.thinning import MOST_POINTS, thinned

RNG = np.random.default_rng(0)
SCORE = RNG.random(400).astype(np.float32)
IS_POSITIVE = RNG.random(400) < SCORE**1.5


@pytest.mark.parametrize(("binning", "strategy"), [("equal width", "uniform"), ("equal count", "quantile")])
def test_bins_are_those_of_scikit_learn(binning, strategy):
    found = reliability(IS_POSITIVE, SCORE, np.arange(400), binning=binning)
    share, mean = calibration_curve(IS_POSITIVE, SCORE, n_bins=10, strategy=strategy)
    assert_allclose(found.mean_score, mean, atol=1e-6)
    assert_allclose(found.share, share, atol=1e-6)
    assert found.n.sum() == 400


def test_the_calibration_error_is_the_mean_gap_of_the_bins_that_are_drawn():
    found = reliability(IS_POSITIVE, SCORE, np.arange(400))
    gaps = np.abs(found.mean_score - found.share) * found.n / found.n.sum()
    assert gaps.sum() == pytest.approx(calibration_error(IS_POSITIVE, SCORE), abs=1e-6)


def test_where_each_patient_has_one_image_the_intervals_are_wilsons_of_almost_as_many():
    """The variance between patients divides by n - 1: each bin is worth one image less."""
    found = reliability(IS_POSITIVE, SCORE, np.arange(400))
    for share, n, low, high in zip(found.share, found.n, found.low, found.high, strict=True):
        expected = wilson(round(share * n), int(n), 0.95)
        assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.02)


def test_copies_of_an_image_make_no_interval_narrower():
    once = reliability(IS_POSITIVE, SCORE, np.arange(400))
    many = reliability(np.repeat(IS_POSITIVE, 3), np.repeat(SCORE, 3), np.repeat(np.arange(400), 3))
    assert_allclose(many.low, once.low)
    assert_allclose(many.high, once.high)
    assert_array_equal(many.n, 3 * once.n)


def test_images_of_equal_score_stay_in_one_bin():
    for binning in ("equal width", "equal count"):
        found = reliability(np.array([True, False, True]), np.full(3, 0.5), np.arange(3), binning=binning)
        assert found.n.tolist() == [3]
        assert found.share.tolist() == [pytest.approx(2 / 3)]


def test_no_image_has_no_bin_and_one_patient_has_a_wide_interval():
    empty = reliability(np.zeros(0, dtype=bool), np.zeros(0), np.zeros(0, dtype=int))
    assert len(empty.n) == 0
    single = reliability(np.array([True, True]), np.array([0.9, 0.95]), np.array([0, 0]))
    assert (single.low[0], single.high[0]) == pytest.approx((wilson(1, 1, 0.95).low, 1.0))


def test_the_steps_of_precision_and_recall_are_those_of_scikit_learn():
    score = np.round(SCORE, 2)  # with ties
    found = precision_recall_curve(IS_POSITIVE, score)
    precision, recall, thresholds = sklearn_curve(IS_POSITIVE, score)
    expected = {float(t): (p, r) for p, r, t in zip(precision[:-1], recall[:-1], thresholds, strict=True)}
    for p, r, t in zip(found.precision, found.recall, found.thresholds, strict=True):
        assert (p, r) == pytest.approx(expected[t])
    area = float((np.diff(found.recall, prepend=0) * found.precision).sum())
    assert area == pytest.approx(average_precision_score(IS_POSITIVE, score))
    assert found.prevalence == pytest.approx(IS_POSITIVE.mean())


def test_a_curve_without_a_positive_image_has_no_point():
    assert len(precision_recall_curve(np.zeros(4, dtype=bool), np.arange(4.0)).recall) == 0


def test_points_on_a_straight_piece_are_left_out_and_the_ends_kept():
    x, y = np.array([0, 0, 0, 0.5, 1, 1]), np.array([0, 0.2, 0.6, 0.8, 1, 1])
    assert thinned(x, y).tolist() == [0, 2, 5]
    assert thinned(np.zeros(1), np.zeros(1)).tolist() == [0]


def test_a_curve_of_100_000_images_has_at_most_500_points_and_looks_the_same():
    rng = np.random.default_rng(1)
    is_positive = rng.random(100_000) < 0.3
    curve = roc_curve(is_positive, rng.normal(size=100_000) + is_positive)
    x, y = curve.false_positive_rate, curve.true_positive_rate
    kept = thinned(x, y)
    assert len(kept) <= MOST_POINTS
    assert (kept[0], kept[-1]) == (0, len(x) - 1)
    assert np.abs(np.interp(x, x[kept], y[kept]) - y).max() < 0.005
