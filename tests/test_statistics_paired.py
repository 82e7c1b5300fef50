"""Paired differences against brute force, closed forms and libraries; how often they hold the truth."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest, norm
from sklearn.metrics import average_precision_score

from core.statistics.paired import (
    bootstrap_difference,
    delong_difference,
    from_draws,
    holm,
    patients_needed,
    score_difference,
)
from core.statistics.paired_shares import mcnemar, share_difference, tango
from core.statistics.precision_recall import average_precisions


def draw(
    rng: np.random.Generator, *, n_patients: int, n_images: int = 1, gain: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw truth, two scores and patients: images of one patient share half of their luck, both scores too.

    The other score's positives lie `gain` higher, so that the true areas are Phi(1 / sqrt 2) and
    Phi((1 + gain) / sqrt 2).
    """
    patients = np.repeat(np.arange(n_patients), n_images)
    truth = np.repeat(np.arange(n_patients) % 2 == 1, n_images)
    n = len(truth)
    of_patient = rng.normal(size=(3, n_patients))[:, patients]
    of_image = rng.normal(size=(3, n))
    luck = np.sqrt(0.5) * (of_patient + of_image)  # each of variance 1
    one = np.sqrt(0.5) * (luck[0] + luck[1]) + truth
    other = np.sqrt(0.5) * (luck[0] + luck[2]) + (1 + gain) * truth
    return truth, one, other, patients


def true_difference(gain: float) -> float:
    return float(norm.cdf((1 + gain) / np.sqrt(2)) - norm.cdf(1 / np.sqrt(2)))


def components(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return DeLong's components from every pair, one by one."""
    positive, negative = score[truth][:, None], score[~truth]
    wins = (positive > negative) + 0.5 * (positive == negative)
    return wins.mean(axis=1), wins.mean(axis=0)


def test_delong_of_two_curves_is_that_of_all_pairs() -> None:
    truth, one, other, _patients = draw(np.random.default_rng(0), n_patients=60, gain=0.4)
    one, other = one.round(1), other.round(1)  # with ties
    (below, above), (below2, above2) = components(truth, one), components(truth, other)
    covariance = np.cov(below, below2) / truth.sum() + np.cov(above, above2) / (~truth).sum()
    contrast = np.array([-1, 1])
    found = delong_difference(truth, one, other, level=0.95)
    assert_allclose(found.value, below2.mean() - below.mean())
    assert_allclose(found.error, np.sqrt(contrast @ covariance @ contrast))
    assert_allclose(found.p, 2 * norm.sf(abs(found.value) / found.error))
    reach = norm.ppf(0.975) * found.error
    assert_allclose((found.interval.low, found.interval.high), (found.value - reach, found.value + reach))


def test_delong_of_four_images_by_hand() -> None:
    # one: 3 of 4 pairs right; other: 4 of 4. Differences of placements: positives (0, 1/2), negatives
    # (0, 1/2); each has variance 1/8, over two images each: 1/16 + 1/16.
    truth = np.array([True, True, False, False])
    one, other = np.array([0.9, 0.4, 0.1, 0.6]), np.array([0.9, 0.7, 0.1, 0.6])
    found = delong_difference(truth, one, other, level=0.95)
    assert_allclose((found.value, found.error), (0.25, np.sqrt(1 / 8)))


def test_no_difference_of_two_areas_is_said_to_be_above_one() -> None:
    truth = np.arange(20) >= 10
    score = np.where(truth, 0.9, 0.1) + np.where(np.arange(20) % 10 == 0, 0, 0.02)
    score[[9, 10]] = 0.5, 0.45  # one pair of 100 the wrong way round
    found = delong_difference(truth, 1 - score, score, level=0.95)
    assert found is not None
    assert found.value > 0.9
    assert found.interval.high == 1


def test_clusters_of_one_image_change_nothing() -> None:
    truth, one, other, patients = draw(np.random.default_rng(1), n_patients=40)
    plain = delong_difference(truth, one, other, level=0.95)
    assert_allclose(
        delong_difference(truth, one, other, level=0.95, groups=patients + 7).error, plain.error, rtol=1e-12
    )


def test_the_same_image_ten_times_says_no_more_than_once() -> None:
    truth, one, other, patients = draw(np.random.default_rng(2), n_patients=50, gain=0.2)
    once = delong_difference(truth, one, other, level=0.95)
    often = [np.repeat(values, 10) for values in (truth, one, other, patients)]
    clustered = delong_difference(*often[:3], level=0.95, groups=often[3])
    assert_allclose((clustered.value, clustered.error), (once.value, once.error))
    assert delong_difference(*often[:3], level=0.95).error < once.error / 3


def test_positive_and_negative_images_of_one_patient_count_together() -> None:
    # Each patient has one of both: Obuchowski's third term. Written out from its definition.
    rng = np.random.default_rng(3)
    n = 30
    truth, patients = np.tile([True, False], n), np.repeat(np.arange(n), 2)
    one, other = rng.normal(size=(2, 2 * n)) + rng.normal(size=(2, n)).repeat(2, axis=1) + truth
    (below, above), (below2, above2) = components(truth, one), components(truth, other)
    ups, downs = below2 - below, above2 - above
    cross = ((ups - ups.mean()) * (downs - downs.mean())).sum() / (n - 1)
    expected = (ups.var(ddof=1) + downs.var(ddof=1) + 2 * cross) / n
    found = delong_difference(truth, one, other, level=0.95, groups=patients)
    assert_allclose(found.error, np.sqrt(expected))


@pytest.mark.parametrize("truth", [[True, True, True], [False, False, False]])
def test_one_class_alone_has_no_difference(truth: list[bool]) -> None:
    scores = np.array([0.1, 0.2, 0.3])
    assert np.isnan(delong_difference(np.array(truth), scores, scores[::-1], level=0.95).value)


def test_two_that_rank_alike_have_no_error_to_go_by() -> None:
    truth, one, _other, patients = draw(np.random.default_rng(4), n_patients=20)
    found = delong_difference(truth, one, np.exp(one), level=0.95, groups=patients)
    assert found.value == 0
    assert np.isnan(found.error) and np.isnan(found.p) and not found.interval.is_defined


def test_too_few_patients_have_no_interval_however_many_images() -> None:
    truth, patients = np.repeat([True, False], 10), np.repeat([0, 1], 10)
    one, other = np.random.default_rng(5).normal(size=(2, 20))
    assert not delong_difference(truth, one, other, level=0.95, groups=patients).interval.is_defined


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 5), (10, 0), (7, 7)])
def test_mcnemar_is_the_exact_binomial(b: int, c: int) -> None:
    assert mcnemar(b, c) == (binomtest(b, b + c).pvalue if b + c else 1)


def test_mcnemar_by_hand() -> None:
    assert_allclose(mcnemar(0, 5), 2 / 32)
    assert_allclose(mcnemar(1, 4), 2 * (1 + 5) / 32)


def test_tango_without_a_difference_is_its_closed_form() -> None:
    z = norm.ppf(0.975)
    interval = tango(0, 0, 50, 0.95)
    assert_allclose((interval.low, interval.high), (-(z**2) / (50 + z**2), z**2 / (50 + z**2)))


def test_tango_of_all_images_is_its_closed_form() -> None:
    z, n = norm.ppf(0.975), 30  # (1 - d) / (1 + d) = z^2 / n
    interval = tango(0, n, n, 0.95)
    assert_allclose((interval.low, interval.high), ((1 - z**2 / n) / (1 + z**2 / n), 1))


@pytest.mark.parametrize(("only_one", "only_other", "n"), [(4, 12, 60), (20, 3, 40), (1, 2, 200)])
def test_tango_ends_where_the_score_of_the_likeliest_table_is_z(
    only_one: int, only_other: int, n: int
) -> None:
    def score(delta: float) -> float:
        """Find the likeliest table with this difference by search, and its score."""
        rest = n - only_one - only_other
        low, high = max(0, -delta), (1 - delta) / 2

        def unlikely(share: float) -> float:
            parts = np.array([share, share + delta, 1 - 2 * share - delta]).clip(1e-300)
            return -float((np.array([only_one, only_other, rest]) * np.log(parts)).sum())

        share = minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
        return (only_other - only_one - n * delta) / np.sqrt(n * (2 * share + delta * (1 - delta)))

    interval = tango(only_one, only_other, n, 0.95)
    assert_allclose(
        [score(interval.low), score(interval.high)], [norm.ppf(0.975), -norm.ppf(0.975)], rtol=1e-4
    )


def test_tango_is_mirrored_when_the_two_change_places() -> None:
    one, other = tango(5, 12, 60, 0.95), tango(12, 5, 60, 0.95)
    assert_allclose((one.low, one.high), (-other.high, -other.low))
    assert not tango(0, 0, 0, 0.95).is_defined


def test_share_difference_has_the_error_of_its_pairs() -> None:
    found = share_difference(4, 10, 50, level=0.95)
    each = np.repeat([-1.0, 1.0, 0.0], [4, 10, 36])
    assert_allclose((found.value, found.error), (each.mean(), each.std() / np.sqrt(50)))
    assert np.isnan(share_difference(0, 0, 50, level=0.95).error)


def test_bootstrap_of_a_mean_has_the_error_of_the_mean() -> None:
    each = np.random.default_rng(6).normal(0.5, 1, size=200)
    found = bootstrap_difference(
        float(each.mean()), lambda counts: counts @ each / counts.sum(axis=1), 200, level=0.95
    )
    assert_allclose(found.error, each.std() / np.sqrt(200), rtol=0.05)
    assert found.p < 0.01
    assert found.interval.low < each.mean() < found.interval.high


def test_bootstrap_without_width_has_no_interval() -> None:
    assert not from_draws(0.0, np.zeros(100), 0.95).interval.is_defined


def test_p_of_draws_is_twice_the_smaller_side_and_never_nothing() -> None:
    drawn = np.concatenate([np.full(4, -1.0), np.full(95, 1.0)])
    assert from_draws(0.9, drawn, 0.95).p == 2 * 5 / 100
    assert from_draws(1.0, np.linspace(1, 2, 99), 0.95).p == 2 / 100


def test_patients_needed_give_eighty_per_cent_power() -> None:
    needed = patients_needed(0.02, 0.02, 100)
    assert needed == 785  # 100 x (1.960 + 0.842)^2 = 784.9
    error = 0.02 * np.sqrt(100 / needed)
    assert_allclose(norm.sf(norm.ppf(0.975) - 0.02 / error), 0.8, atol=1e-3)


@pytest.mark.parametrize(("value", "error"), [(0.0, 0.1), (0.1, np.nan), (np.nan, 0.1), (1e-6, 0.1)])
def test_patients_needed_is_not_to_be_had(value: float, error: float) -> None:
    assert patients_needed(value, error, 100) is None


def test_holm_of_four_is_the_published_rule() -> None:
    corrected = holm(np.array([0.01, 0.04, 0.03, 0.005, np.nan]))
    assert_allclose(corrected, [0.03, 0.06, 0.06, 0.02, np.nan])
    assert_allclose(holm(np.array([0.6, 0.9])), [1, 1])


def test_average_precision_of_counted_images_is_scikit_learns_of_repeated_ones() -> None:
    rng = np.random.default_rng(7)
    truth, score = rng.random(40) < 0.4, rng.random(40).round(1)
    counts = rng.integers(0, 4, size=(5, 40))
    expected = [average_precision_score(np.repeat(truth, row), np.repeat(score, row)) for row in counts]
    assert_allclose(average_precisions(truth, score, counts.astype(float)), expected)


def coverage(n_times: int, *, n_patients: int, n_images: int, gain: float) -> tuple[float, float]:
    """Return how often the interval holds the true difference: by patient, and by image."""
    rng, truth_of = np.random.default_rng(8), true_difference(gain)
    held = np.zeros(2)
    for _time in range(n_times):
        truth, one, other, patients = draw(rng, n_patients=n_patients, n_images=n_images, gain=gain)
        for place, groups in enumerate((patients, None)):
            interval = delong_difference(truth, one, other, level=0.95, groups=groups).interval
            held[place] += interval.low <= truth_of <= interval.high
    return float(held[0] / n_times), float(held[1] / n_times)


def test_the_interval_by_patient_holds_what_the_one_by_image_misses() -> None:
    by_patient, by_image = coverage(400, n_patients=60, n_images=4, gain=0.5)
    assert by_patient > 0.92
    assert by_image < 0.87


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_patients", "n_images", "gain"), [(40, 1, 0.0), (60, 4, 0.5), (200, 1, 0.5), (60, 2, 0.0)]
)
def test_the_interval_by_patient_holds_the_truth_as_often_as_it_says(
    n_patients: int, n_images: int, gain: float
) -> None:
    by_patient, _by_image = coverage(5000, n_patients=n_patients, n_images=n_images, gain=gain)
    assert 0.93 < by_patient < 0.965


@pytest.mark.slow
@pytest.mark.parametrize(("one", "other"), [(0.1, 0.1), (0.02, 0.1), (0.3, 0.2)])
def test_tango_holds_the_truth_as_often_as_it_says(one: float, other: float) -> None:
    rng, held, n = np.random.default_rng(9), 0, 60
    for only_one, only_other, _rest in rng.multinomial(n, [one, other, 1 - one - other], size=3000):
        interval = tango(int(only_one), int(only_other), n, 0.95)
        held += interval.low <= other - one <= interval.high
    assert held / 3000 > 0.935


def test_a_perfect_network_against_one_that_says_nothing_has_an_interval_all_the_same() -> None:
    few, many = (score_difference(0.5, 1.0, n, n, level=0.95) for n in (4, 200))
    assert many.interval.low > 0.4
    assert many.p < 1e-6
    assert few.interval.low < many.interval.low
    assert few.interval.high <= 1.0
    assert few.p == pytest.approx(score_difference(1.0, 0.5, 4, 4, level=0.5).p)
    at_its_p = score_difference(0.5, 1.0, 4, 4, level=1 - few.p).interval
    assert_allclose(at_its_p.low, 0, atol=1e-6)
