"""Conformal sets: the quantile with its + 1, and a coverage that follows the beta distribution."""

import numpy as np
import pytest
from scipy.stats import kstest

from core.evaluation.conformal import (
    conformal_quantile,
    expected_coverage,
    halves,
    prediction_sets,
    rank_of,
)
from core.evaluation.patients import number_patients
from tests.answered import answer


def test_the_limit_is_the_score_of_rank_n_plus_one_times_one_minus_alpha() -> None:
    scores = np.arange(1, 20) / 20  # 19 scores: rank 20 * 0.9 = 18
    assert conformal_quantile(scores, 0.1) == 18 / 20
    assert conformal_quantile(scores, 0.05) == 19 / 20
    assert conformal_quantile(scores, 0.04) == np.inf  # rank 20 of 19
    assert conformal_quantile(np.zeros(0), 0.1) == np.inf
    assert rank_of(9, 0.1) == 9  # 10 * 0.9 is 9, whatever the last bit says


def test_the_expected_coverage_is_the_beta_distribution_by_hand() -> None:
    """With 9 scores and alpha 0.1 the limit is the largest: its distribution function is c^9 (Beta(9, 1))."""
    low, high = expected_coverage(9, 0.1)
    assert low == pytest.approx(0.025 ** (1 / 9))
    assert high == pytest.approx(0.975 ** (1 / 9))
    assert expected_coverage(5, 0.1) == (1.0, 1.0)


def test_the_coverage_over_calibrations_is_beta_distributed() -> None:
    """Scores that are uniform: the true coverage of a limit is the limit itself."""
    rng = np.random.default_rng(0)
    n, alpha = 40, 0.1
    coverages = [conformal_quantile(rng.random(n), alpha) for _ in range(2000)]
    rank = rank_of(n, alpha)
    assert kstest(coverages, "beta", args=(rank, n + 1 - rank)).pvalue > 0.01
    low, high = expected_coverage(n, alpha)
    assert np.mean((low <= np.array(coverages)) & (np.array(coverages) <= high)) == pytest.approx(
        0.95, abs=0.02
    )


@pytest.mark.parametrize("by_class", [False, True])
def test_sets_hold_the_truth_as_often_as_promised_even_of_a_bad_network(by_class: bool) -> None:
    rng = np.random.default_rng(1)
    reached, reached_of_sick = [], []
    for _ in range(150):
        calibration, judged = draw(rng, 60), draw(rng, 200)
        sets = prediction_sets(calibration, judged, alpha=0.2, by_class=by_class)
        reached.append(sets.coverage.value)
        reached_of_sick.append(sets.coverage_of["finding"].value)
    assert 0.79 <= np.mean(reached) <= 0.86
    if by_class:
        assert 0.79 <= np.mean(reached_of_sick) <= 0.88  # of 12 sick at a time: rank 11 of 13 is 0.846
    else:
        assert np.mean(reached_of_sick) < 0.6  # the promise is kept by the many healthy


def draw(rng: np.random.Generator, n: int):
    """A network that leans to 'clear', which four in five are."""
    truth = (rng.random(n) < 0.2).astype(int)
    return answer(1 / (1 + np.exp(-(rng.normal(1.0 * truth, 1.0) - 1.5))), truth)


def test_the_four_kinds_of_sets_by_hand() -> None:
    # Improbability of the truth: 0.1, 0.2, 0.3, 0.4; rank ceil(5 * 0.8) = 4 gives the limit 0.4.
    calibration = answer(np.array([0.1, 0.8, 0.3, 0.6]), np.array([0, 1, 0, 1]))
    judged = answer(np.array([0.9, 0.1, 0.5]), np.array([1, 1, 0]))
    sets = prediction_sets(calibration, judged, alpha=0.2)
    assert sets.limits == pytest.approx(0.4, abs=1e-6)
    assert sets.included.tolist() == [[False, True], [True, False], [False, False]]
    assert (sets.n_single, sets.n_several, sets.n_empty) == (2, 0, 1)
    assert (sets.coverage.value, sets.coverage.n) == (pytest.approx(1 / 3), 3)
    wide = prediction_sets(answer(np.array([0.4, 0.6, 0.3, 0.3]), np.array([0, 1, 0, 1])), judged, alpha=0.2)
    assert wide.n_several == 1  # limit 0.7: both answers at a probability of 0.5


def test_too_few_images_for_the_promise_make_every_set_full() -> None:
    calibration = answer(np.array([0.1, 0.8, 0.3]), np.array([0, 1, 0]))
    sets = prediction_sets(calibration, answer(np.array([0.99, 0.01]), np.array([1, 0])), alpha=0.1)
    assert sets.is_full
    assert sets.n_several == 2
    assert sets.coverage.value == 1
    by_class = prediction_sets(
        answer(np.linspace(0, 0.3, 30), np.repeat([0, 1], [29, 1])),
        answer(np.array([0.01]), np.array([0])),
        alpha=0.1,
        by_class=True,
    )
    assert by_class.n_calibration.tolist() == [29, 1]
    assert np.isinf(by_class.limits).tolist() == [False, True]


def test_ties_keep_the_promise() -> None:
    calibration = answer(np.full(50, 0.3), np.repeat([0, 1], [40, 10]))
    sets = prediction_sets(calibration, calibration, alpha=0.1)
    assert sets.coverage.value is not None
    assert sets.coverage.value >= 0.9


def test_an_image_without_a_score_is_left_out_and_an_empty_split_has_no_coverage() -> None:
    calibration = answer(np.array([0.1, np.nan, 0.3]), np.array([0, 1, 0]))
    sets = prediction_sets(calibration, answer(np.zeros(0), np.zeros(0, dtype=int)), alpha=0.3)
    assert sets.n_calibration.tolist() == [2, 2]
    assert (sets.coverage.value, sets.coverage.n) == (None, 0)


def test_halves_part_patients_and_are_the_same_again() -> None:
    rng = np.random.default_rng(0)
    patients = [f"p{number}" for number in rng.integers(0, 15, 60)] + [None] * 5
    whole = answer(rng.random(65), rng.integers(0, 2, 65), patients)
    one, other = halves(whole, seed=3)
    names = [{name for name in half.patient_ids.tolist() if name} for half in (one, other)]
    assert not names[0] & names[1]
    assert sorted([*one.sample_ids, *other.sample_ids]) == list(range(65))
    n = [len(np.unique(number_patients(half))) for half in (one, other)]
    assert abs(n[0] - n[1]) <= 1
    assert halves(whole, seed=3)[0].sample_ids.tolist() == one.sample_ids.tolist()
    assert halves(whole, seed=4)[0].sample_ids.tolist() != one.sample_ids.tolist()
