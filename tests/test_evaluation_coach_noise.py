"""What the coach takes for noise agrees with what was put in, and with other libraries."""

import math

import numpy as np
import pytest
from scipy.stats import entropy, linregress

from core.evaluation.coach.noise import (
    guessing_loss,
    is_falling,
    jitter,
    now,
    sampling_error,
    slope,
    smoothed,
)

DRAW = np.random.default_rng(0)


def test_jitter_is_the_sigma_that_was_put_in_whatever_the_trend() -> None:
    noise = DRAW.normal(0, 0.05, 4000)
    assert jitter(noise + np.linspace(3, 0, 4000)) == pytest.approx(0.05, rel=0.05)


def test_jitter_leaves_single_jumps_out() -> None:
    noise = DRAW.normal(0, 0.05, 400)
    noise[::40] += 5
    assert jitter(noise) == pytest.approx(0.05, rel=0.3)


def test_jitter_of_a_straight_line_is_nothing_and_of_three_points_unknown() -> None:
    assert jitter(np.arange(8.0)) == 0
    assert jitter([1.0, 2.0, 0.0]) == math.inf


def test_slope_agrees_with_scipy() -> None:
    ys = DRAW.normal(0, 1, 12) + 0.3 * np.arange(12)
    theirs = linregress(np.arange(12), ys)
    assert slope(ys) == pytest.approx((theirs.slope, theirs.stderr))


def test_a_fall_within_its_noise_is_none() -> None:
    assert not is_falling(DRAW.normal(0, 1, 20))
    assert is_falling(-np.arange(20.0) + DRAW.normal(0, 1, 20))


def test_guessing_costs_the_entropy_of_the_classes() -> None:
    assert guessing_loss((90, 3), 2) == pytest.approx(entropy([90, 3]))
    assert guessing_loss((5, 0, 5), 3) == pytest.approx(math.log(2))
    assert guessing_loss(None, 4) == pytest.approx(math.log(4))


def test_smoothing_takes_out_one_bad_epoch_and_keeps_the_ends() -> None:
    assert smoothed([5, 1, 9, 2, 3]).tolist() == [5, 5, 2, 3, 3]
    assert smoothed([2, 1]).tolist() == [2, 1]


def test_one_outlier_among_the_last_three_does_not_count() -> None:
    assert now([9, 9, 0.4, 7.0, 0.5], 3) == 0.5


def test_the_error_of_exponential_losses_is_their_mean_over_root_n() -> None:
    means = DRAW.exponential(0.6, (20000, 50)).mean(axis=1)
    assert sampling_error(0.6, 50) == pytest.approx(means.std(), rel=0.03)
