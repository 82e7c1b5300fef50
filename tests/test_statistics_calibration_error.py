"""The calibration error worked by hand, in both definitions, and what few images do to it."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from core.statistics.calibration_error import bins_of, calibration_error, of_answer, of_event


def test_a_bin_holds_its_lower_edge_and_the_last_one_holds_1() -> None:
    for kind in (np.float32, np.float64):
        probability = np.array([0, 0.05, 0.1, 0.3, 0.6, 0.7, 0.9, 0.999, 1], dtype=kind)
        assert_array_equal(bins_of(probability), [0, 0, 1, 3, 6, 7, 9, 9, 9])


def test_the_error_of_two_bins_worked_by_hand() -> None:
    # Bin 0.2 to 0.3: mean 0.25, two of four are so: off by 0.25. Bin 0.8 to 0.9: mean 0.85, all: 0.15.
    probability = np.array([0.22, 0.24, 0.26, 0.28, 0.85])
    is_so = np.array([True, True, False, False, True])
    assert calibration_error(is_so, probability) == pytest.approx((4 * 0.25 + 1 * 0.15) / 5)


def test_the_two_definitions_give_different_numbers_on_the_same_images() -> None:
    y_true = np.array([0, 1, 2, 1])
    y_score = np.array([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.05, 0.9, 0.05]])
    # Of the class called: 0.6 twice (one right), 0.8 right, 0.9 right.
    assert of_answer(y_true, y_score) == pytest.approx((2 * 0.1 + 0.2 + 0.1) / 4)
    # Of class 1: 0.3 twice (one is), 0.1 is not, 0.9 is.
    assert of_event(y_true, y_score, 1) == pytest.approx((2 * 0.2 + 0.1 + 0.1) / 4)


def test_counting_images_twice_is_having_them_twice() -> None:
    rng = np.random.default_rng(2)
    probability, counts = rng.random(30), rng.integers(3, size=30)
    is_so = rng.random(30) < probability
    expected = calibration_error(np.repeat(is_so, counts), np.repeat(probability, counts))
    assert calibration_error(is_so, probability, counts) == pytest.approx(expected)
    assert np.isnan(calibration_error(is_so[:0], probability[:0]))


def test_perfect_probabilities_of_few_images_seem_off() -> None:
    rng = np.random.default_rng(5)
    errors = {}
    for n in (100, 10_000):
        drawn = [rng.random(n) for _ in range(200)]
        errors[n] = np.mean([calibration_error(rng.random(n) < one, one) for one in drawn])
    assert 0.08 < errors[100] < 0.12  # as the module says
    assert errors[10_000] < 0.015
