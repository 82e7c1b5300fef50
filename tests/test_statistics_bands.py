"""The bands: they hold the curve drawn, do not collapse, and hold the true one as often as they say."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from core.statistics.bands import N_PLACES, effective_wilson, precision_recall_band, roc_band
from core.statistics.intervals import wilson
from core.statistics.roc import roc_curve

PLACES = np.linspace(0, 1, N_PLACES)


def binormal(n_positive, n_negative, distance, *, films=1, alike=0.0, seed=0):
    """Scores of two normal classes, of patients with `films` each, whose scores correlate by `alike`."""
    rng = np.random.default_rng(seed)
    is_positive = np.arange(n_positive + n_negative) < n_positive
    patient_of = np.arange(len(is_positive)) // films
    own, shared = rng.normal(size=len(is_positive)), rng.normal(size=patient_of.max() + 1)
    return (
        is_positive,
        distance * is_positive + np.sqrt(1 - alike) * own + np.sqrt(alike) * shared[patient_of],
        patient_of,
    )


def true_roc(distance):
    curve = norm.cdf(norm.ppf(np.clip(PLACES, 1e-15, 1 - 1e-15)) + distance)
    curve[0] = 0
    return curve


def true_precision(distance, prevalence):
    threshold = distance - norm.ppf(np.clip(PLACES, 1e-12, 1 - 1e-12))
    hits, alarms = prevalence * PLACES, (1 - prevalence) * norm.sf(threshold)
    return np.where(PLACES > 0, hits / np.maximum(hits + alarms, 1e-300), 1.0)


def test_wilsons_interval_for_whole_numbers_is_that_of_scipy():
    low, high = effective_wilson(np.array([0.9, 1.0, 0.0]), np.array([20.0, 20.0, 5.0]), 0.95)
    each = [wilson(18, 20, 0.95), wilson(20, 20, 0.95), wilson(0, 5, 0.95)]
    assert_allclose(low, [one.low for one in each], atol=1e-12)
    assert_allclose(high, [one.high for one in each], atol=1e-12)


def test_the_band_holds_the_curve_of_the_images():
    is_positive, score, patients = binormal(40, 60, 1.0)
    band = roc_band(is_positive, score, patients, level=0.95, seed=0)
    curve = roc_curve(is_positive, score)
    height = np.interp(PLACES, curve.false_positive_rate, curve.true_positive_rate)
    assert (band.low <= height + 1e-12).all()
    assert (height <= band.high + 1e-12).all()
    assert ((band.low >= 0) & (band.high <= 1)).all()


@pytest.mark.parametrize("make", [roc_band, precision_recall_band])
def test_a_band_around_perfect_scores_has_the_width_of_wilsons_interval(make):
    is_positive = np.arange(40) < 20
    band = make(is_positive, is_positive.astype(float), np.arange(40), level=0.95, seed=0)
    assert band.low[50] == pytest.approx(wilson(20, 20, 0.95).low)
    assert band.high[50] == 1


@pytest.mark.parametrize("make", [roc_band, precision_recall_band])
def test_copies_of_a_patients_films_make_no_band_narrower(make):
    is_positive, score, patients = binormal(30, 30, 1.2)
    once = make(is_positive, score, patients, level=0.95, seed=0)
    twice = make(*(np.repeat(part, 2) for part in (is_positive, score, patients)), level=0.95, seed=0)
    alone = make(*(np.repeat(part, 2) for part in (is_positive, score)), np.arange(120), level=0.95, seed=0)
    middle = slice(20, 81)
    width, again, wrong = ((band.high - band.low)[middle].mean() for band in (once, twice, alone))
    assert again == pytest.approx(width, rel=0.05)
    assert wrong < 0.85 * width


def test_where_all_score_alike_the_roc_band_lies_around_the_diagonal():
    is_positive = np.arange(60) % 2 == 0
    band = roc_band(is_positive, np.full(60, 0.5), np.arange(60), level=0.95, seed=0)
    assert (band.low <= PLACES + 1e-12).all()
    assert (PLACES <= band.high + 1e-12).all()


@pytest.mark.parametrize("make", [roc_band, precision_recall_band])
@pytest.mark.parametrize(
    "is_positive", [np.ones(3, dtype=bool), np.zeros(3, dtype=bool), np.zeros(0, dtype=bool)]
)
def test_one_class_alone_has_no_band(make, is_positive):
    assert (
        make(is_positive, np.zeros(len(is_positive)), np.arange(len(is_positive)), level=0.95, seed=0) is None
    )


@pytest.mark.parametrize("make", [roc_band, precision_recall_band])
def test_three_images_have_a_wide_band(make):
    band = make(np.array([True, False, False]), np.array([0.9, 0.2, 0.1]), np.arange(3), level=0.95, seed=0)
    assert np.isfinite([band.low, band.high]).all()
    assert (band.high - band.low)[50] > 0.5


def test_many_scores_are_put_together_without_moving_the_band():
    """1,000 bins for 20,000 different scores: no further from the true curve than the bins are wide."""
    is_positive, score, patients = binormal(6_000, 14_000, 1.0)
    band = roc_band(is_positive, score, patients, level=0.95, seed=0)
    truth = true_roc(1.0)
    assert ((band.low - 0.01 <= truth) & (truth <= band.high + 0.01)).all()
    assert (band.high - band.low).max() < 0.06


def test_the_same_seed_gives_the_same_band():
    parts = binormal(20, 20, 1.0)
    first, again = (roc_band(*parts, level=0.95, seed=3) for _ in range(2))
    assert_allclose(first.low, again.low)


STUDIES = (
    {"n_positive": 60, "n_negative": 60, "distance": 1.5},
    {"n_positive": 20, "n_negative": 100, "distance": 1.5},
    {"n_positive": 200, "n_negative": 200, "distance": 1.0},
    {"n_positive": 20, "n_negative": 20, "distance": 2.5},
    {"n_positive": 60, "n_negative": 60, "distance": 1.5, "films": 2, "alike": 0.5},
)


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES, ids=str)
def test_the_bands_hold_the_true_curve_as_often_as_their_docstrings_say(study):
    n_studies, prevalence = 300, study["n_positive"] / (study["n_positive"] + study["n_negative"])
    truths = (true_roc(study["distance"]), true_precision(study["distance"], prevalence))
    held = np.zeros((2, N_PLACES))
    for seed in range(n_studies):
        parts = binormal(**study, seed=seed)
        for row, (make, truth) in enumerate(zip((roc_band, precision_recall_band), truths, strict=True)):
            band = make(*parts, level=0.95, seed=seed)
            held[row] += (band.low - 1e-9 <= truth) & (truth <= band.high + 1e-9)
    coverage = held / n_studies
    print(study, coverage.mean(axis=1), coverage.min(axis=1))
    assert coverage[0].mean() >= 0.93
    assert coverage[1].mean() >= 0.94
    assert coverage.min() >= 0.8
