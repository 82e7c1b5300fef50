"""Intervals against published numbers, closed forms and their own promise: how often they hold the truth."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from core.statistics.intervals import (
    delong,
    delong_variance,
    newcombe,
    percentile_interval,
    resamples,
    wilson,
)
from core.statistics.roc import auroc

# CT ratings 1 to 5 of 58 normal and 51 abnormal patients: Hanley and McNeil 1982,
# doi:10.1148/radiology.143.1.7063747
NORMAL, ABNORMAL = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)


def hanley_ratings() -> tuple[np.ndarray, np.ndarray]:
    ratings = np.concatenate([np.repeat(np.arange(1.0, 6), NORMAL), np.repeat(np.arange(1.0, 6), ABNORMAL)])
    return np.repeat([False, True], [sum(NORMAL), sum(ABNORMAL)]), ratings


def draw_scores(rng: np.random.Generator, n: int, distance: float) -> tuple[np.ndarray, np.ndarray]:
    truth = np.repeat([False, True], n)
    return truth, rng.normal(size=2 * n) + distance * truth


def test_delong_of_the_published_ct_ratings() -> None:
    truth, ratings = hanley_ratings()
    # Stata prints 0.8932, 0.0307 and 0.83295 to 0.95339 (on the plain scale) for these patients.
    area, error = float(auroc(truth, ratings)), np.sqrt(delong_variance(truth, ratings))
    assert round(area, 4) == 0.8932
    assert round(error, 4) == 0.0307
    assert_allclose(area + norm.ppf([0.025, 0.975]) * error, [0.83295, 0.95339], atol=5e-6)


def test_delong_variance_is_that_of_its_definition() -> None:
    truth, score = draw_scores(np.random.default_rng(1), 12, 1.0)
    wins = (score[truth][:, None] > score[~truth]).astype(float)
    expected = wins.mean(axis=1).var(ddof=1) / 12 + wins.mean(axis=0).var(ddof=1) / 12
    assert_allclose(delong_variance(truth, score), expected)


def test_delong_interval_stays_inside_and_holds_its_value() -> None:
    truth, score = draw_scores(np.random.default_rng(2), 15, 2.5)
    interval = delong(truth, score, 0.95)
    assert 0 < interval.low < auroc(truth, score) < interval.high < 1


@pytest.mark.parametrize("score", [[0.1, 0.2, 0.8, 0.9], [0.5, 0.5, 0.5, 0.5]])
def test_delong_admits_that_it_has_no_variance_to_go_on(score: list[float]) -> None:
    assert not delong(np.array([False, False, True, True]), np.array(score), 0.95).is_defined
    assert np.isnan(delong_variance(np.array([False, False, True]), np.array(score[:3])))


def test_newcombe_solves_its_own_equation() -> None:
    for end in (newcombe(0.9, 20, 30, 0.95).low, newcombe(0.9, 20, 30, 0.95).high):
        ties = (25 - 1) * ((1 - end) / (2 - end) + end / (1 + end))
        variance = end * (1 - end) * (1 + ties) / (20 * 30)
        assert_allclose(abs(0.9 - end), norm.ppf(0.975) * np.sqrt(variance))


def test_newcombe_of_a_perfect_area_shrinks_with_the_number_of_images() -> None:
    few, many = newcombe(1.0, 5, 5, 0.95), newcombe(1.0, 500, 500, 0.95)
    assert few.high == many.high == 1
    assert few.low < 0.7
    assert many.low > 0.99
    mirrored = newcombe(0.0, 5, 5, 0.95)
    assert_allclose((mirrored.low, mirrored.high), (0, 1 - few.low), atol=1e-9)
    assert not newcombe(1.0, 0, 5, 0.95).is_defined
    assert newcombe(1.0, 1, 1, 0.95).low < 0.3


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_the_published_one(hits: int, n: int, low: float, high: float) -> None:
    # Newcombe 1998, doi:10.1002/(sici)1097-0258(19980430)17:8<857, table I, method 3.
    interval = wilson(hits, n, 0.95)
    assert_allclose((interval.low, interval.high), (low, high), atol=5e-5)


@pytest.mark.parametrize(("n", "low"), [(10, 0.7225), (100, 0.9630)])
def test_wilson_of_all_right_is_no_certainty(n: int, low: float) -> None:
    z = norm.ppf(0.975)
    assert_allclose(wilson(n, n, 0.95).low, n / (n + z**2))
    assert round(wilson(n, n, 0.95).low, 4) == low
    assert wilson(n, n, 0.95).high == 1
    assert not wilson(0, 0, 0.95).is_defined


def test_resamples_draw_as_many_groups_as_there_are() -> None:
    counts = np.concatenate(list(resamples(40, 3000, np.random.default_rng(0))))
    assert counts.shape == (3000, 40)
    assert (counts.sum(axis=1) == 40).all()
    # How often a group is drawn is binomial(40, 1/40): mean 1, variance 1 - 1/40.
    assert_allclose(counts.mean(), 1)
    assert_allclose(counts.var(), 1 - 1 / 40, rtol=0.02)


def test_resamples_of_many_groups_come_in_blocks_and_by_seed() -> None:
    blocks = list(resamples(1_500_000, 2, np.random.default_rng(0)))
    assert [len(block) for block in blocks] == [1, 1]
    again = next(resamples(1_500_000, 2, np.random.default_rng(0)))
    np.testing.assert_array_equal(blocks[0], again)
    wide = resamples(2, 30, np.random.default_rng(0), width=100_000)
    assert [len(block) for block in wide] == [20, 10]


def test_percentiles_leave_out_what_is_not_defined_but_not_much_of_it() -> None:
    values = np.linspace(0, 1, 1001)
    interval = percentile_interval(np.append(values, np.full(50, np.nan)), 0.95)
    assert_allclose((interval.low, interval.high), (0.025, 0.975))
    assert not percentile_interval(np.append(values, np.full(200, np.nan)), 0.95).is_defined
    assert not percentile_interval(np.full(9, np.nan), 0.95).is_defined


def test_delong_holds_the_true_area_as_often_as_it_says() -> None:
    rng, true_area = np.random.default_rng(6), norm.cdf(1.5 / np.sqrt(2))
    intervals = [delong(*draw_scores(rng, 40, 1.5), 0.95) for _ in range(600)]
    held = np.mean([interval.low <= true_area <= interval.high for interval in intervals])
    assert 0.93 <= held <= 0.975


def test_newcombe_holds_a_true_area_near_one() -> None:
    rng, true_area = np.random.default_rng(7), norm.cdf(3.0 / np.sqrt(2))
    held = 0
    for _ in range(400):
        truth, score = draw_scores(rng, 10, 3.0)
        interval = newcombe(float(auroc(truth, score)), 10, 10, 0.95)
        held += interval.low <= true_area <= interval.high
    assert held / 400 >= 0.92


def test_bootstrap_by_patient_holds_what_the_bootstrap_by_image_misses() -> None:
    """Four images of each of 40 patients, right or wrong together: Wilson on images is far too sure."""
    rng, held_by_patient, held_by_image = np.random.default_rng(8), 0, 0
    for _ in range(250):
        right = rng.random(40) < 0.7
        means = np.concatenate([counts @ right / 40 for counts in resamples(40, 400, rng)])
        by_patient, by_image = percentile_interval(means, 0.95), wilson(4 * int(right.sum()), 160, 0.95)
        held_by_patient += by_patient.low <= 0.7 <= by_patient.high
        held_by_image += by_image.low <= 0.7 <= by_image.high
    assert 0.9 <= held_by_patient / 250 <= 0.98
    assert held_by_image / 250 < 0.8
