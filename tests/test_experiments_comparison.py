"""Two ways to train, several trainings each: the difference, its interval, and what would tell it."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm, t

from core.experiments import comparison
from core.experiments.comparison import Comparison, _own_reading, compare_arms, patient_groups
from core.statistics.intervals import delong_variance
from core.statistics.roc import auroc


def two_columns(positive: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., n) -> (..., n, 2), with scores squeezed into [0, 1] in their order."""
    score = norm.cdf(positive)
    return np.stack([1 - score, score], axis=-1)


def simulated(
    rng: np.random.Generator, *, n: int, means: tuple[float, float], luck: float, own: float, seeds: int = 3
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Scores of two arms for n patients, half of them ill, with a separation drawn for each training.

    Each patient is hard or easy for all trainings alike; `own` is what each training thinks of them besides.
    """
    y_true = np.arange(n) % 2
    patients = rng.normal(size=n)
    arms = []
    for mean in means:
        separation = mean + luck * rng.normal(size=(seeds, 1))
        noise = np.sqrt(1 - own**2) * patients + own * rng.normal(size=(seeds, n))
        arms.append(two_columns(noise + separation * y_true))
    return arms[0], arms[1], y_true


def test_a_difference_is_that_of_the_means_over_the_trainings() -> None:
    y_true = np.array([0, 0, 1, 1])
    perfect, wrong = [0.1, 0.2, 0.8, 0.9], [0.8, 0.9, 0.1, 0.2]
    half = [0.1, 0.85, 0.2, 0.9]  # of four pairs three are in order
    arm_a = two_columns(norm.ppf([wrong, half]))
    arm_b = two_columns(norm.ppf([half, perfect, perfect]))
    found = compare_arms(arm_a, arm_b, y_true=y_true, groups=np.arange(4))
    assert found.arm_a.areas == (0.0, 0.75)
    assert found.arm_b.areas == (0.75, 1.0, 1.0)
    assert found.difference == pytest.approx(2.75 / 3 - 0.375)
    assert (found.n_images, found.n_patients) == (4, 4)


def test_without_luck_the_interval_is_delongs_for_two_paired_curves() -> None:
    # Trainings that agree to the bit leave the patients alone, and their part has a closed form: the
    # variance of the difference of the placements (DeLong 1988).
    rng = np.random.default_rng(5)
    y_true = np.arange(300) % 2
    shared, own = rng.normal(size=300), rng.normal(size=(2, 300))
    a, b = shared + own[0] + 0.8 * y_true, shared + own[1] + 1.6 * y_true
    arm_a, arm_b = two_columns(np.stack([a, a])), two_columns(np.stack([b, b]))
    found = compare_arms(arm_a, arm_b, y_true=y_true, groups=np.arange(300))
    ill = y_true == 1

    def placements(score: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        above = (score[ill][:, None] > score[~ill][None]).astype(float)
        return above.mean(axis=1), above.mean(axis=0)

    one, other = placements(a), placements(b)
    variance = sum(np.var(y - x, ddof=1) / len(x) for x, y in zip(one, other, strict=True))
    assert found.patient_error == pytest.approx(np.sqrt(variance), rel=0.06)
    assert found.training_error == 0.0
    assert found.low is not None
    assert found.difference - found.low == pytest.approx(found.patient_error * t.ppf(0.975, 299))
    assert found.verdict == "better"
    # and for one curve alone it is DeLong's variance
    assert auroc(ill, a) > 0.6
    assert delong_variance(ill, a) == pytest.approx(sum(np.var(x, ddof=1) / len(x) for x in one))


def test_the_luck_of_the_training_widens_the_interval_by_welch_and_satterthwaite() -> None:
    y_true = np.arange(4000) % 2
    rng = np.random.default_rng(1)
    base = rng.normal(size=4000)
    separations = np.array([0.5, 0.9, 1.3])[:, None]
    arm_a = two_columns(base + separations * y_true)
    arm_b = two_columns(base + (separations + 0.4) * y_true)
    found = compare_arms(arm_a, arm_b, y_true=y_true, groups=np.arange(4000))
    parts = [np.var(arm, ddof=1) / 3 for arm in (found.arm_a.areas, found.arm_b.areas)]
    assert found.training_error == pytest.approx(np.sqrt(sum(parts)), rel=0.01)
    assert found.patient_error is not None
    assert found.patient_error < 0.1 * np.sqrt(sum(parts))
    freedom = sum(parts) ** 2 / sum(part**2 / 2 for part in parts)
    assert found.high is not None
    reach = np.sqrt(sum(parts)) * t.ppf(0.975, freedom)
    assert found.high - found.difference == pytest.approx(reach, rel=0.02)
    assert found.verdict == "cannot tell"  # 0.1 apart, and the trainings differ by more than that


def test_what_a_training_thinks_of_each_patient_is_not_counted_twice() -> None:
    # Trainings of equal merit that err on other patients: their areas differ by chance, and the bootstrap
    # over patients has that in it already. The closed form: S independent readings of variance v have a mean
    # of variance v / S, all of it each reading's own.
    rng = np.random.default_rng(2)
    drawn = rng.normal(size=(20_000, 4)) * 0.1
    assert _own_reading(drawn) == pytest.approx(0.01 / 4, rel=0.02)
    assert _own_reading(drawn[:, :1] + np.zeros((1, 4))) == pytest.approx(0.0, abs=1e-12)
    arm_a, arm_b, y_true = simulated(rng, n=400, means=(1.0, 1.0), luck=0.0, own=1.0, seeds=40)
    found = compare_arms(arm_a, arm_b, y_true=y_true, groups=np.arange(400))
    assert found.patient_error is not None and found.training_error is not None
    # 40 independent readings of 400 patients each: the variance of one, in closed form, over 40, twice
    expected = np.sqrt(2 * delong_variance(y_true == 1, arm_a[0, :, 1]) / 40)
    assert np.hypot(found.patient_error, found.training_error) == pytest.approx(expected, rel=0.2)
    assert found.patient_error < 0.5 * found.training_error


def test_an_arms_own_interval_is_students_where_only_luck_varies() -> None:
    y_true, base = np.arange(4000) % 2, np.random.default_rng(1).normal(size=4000)
    arm = two_columns(base + np.array([0.5, 0.9, 1.3])[:, None] * y_true)
    found = compare_arms(arm, arm, y_true=y_true, groups=np.arange(4000)).arm_a
    assert found.mean == pytest.approx(np.mean(found.areas))
    assert found.interval is not None
    reach = np.std(found.areas, ddof=1) / np.sqrt(3) * t.ppf(0.975, 2)
    assert found.interval.high == pytest.approx(min(1.0, found.mean + reach), rel=0.02)
    assert found.interval.low == pytest.approx(found.mean - reach, rel=0.02)


def test_swapping_the_arms_turns_the_answer_round() -> None:
    arm_a, arm_b, y_true = simulated(np.random.default_rng(3), n=300, means=(0.3, 2.0), luck=0.05, own=0.3)
    groups = np.arange(300)
    one = compare_arms(arm_a, arm_b, y_true=y_true, groups=groups)
    other = compare_arms(arm_b, arm_a, y_true=y_true, groups=groups)
    assert (one.verdict, other.verdict) == ("better", "worse")
    assert one.low is not None and other.high is not None
    assert other.high == pytest.approx(-one.low)
    assert one.patients_needed == other.patients_needed


def test_films_of_one_patient_tell_less_than_films_of_many() -> None:
    rng = np.random.default_rng(4)
    arm_a, arm_b, y_true = simulated(rng, n=100, means=(0.8, 1.2), luck=0.0, own=0.5)
    copied_a, copied_b = np.repeat(arm_a, 4, axis=1), np.repeat(arm_b, 4, axis=1)
    truth, patients = np.repeat(y_true, 4), np.repeat(np.arange(100), 4)
    alone = compare_arms(arm_a, arm_b, y_true=y_true, groups=np.arange(100))
    together = compare_arms(copied_a, copied_b, y_true=truth, groups=patients)
    as_if_many = compare_arms(copied_a, copied_b, y_true=truth, groups=np.arange(400))
    assert (together.n_images, together.n_patients) == (400, 100)
    assert together.patient_error == pytest.approx(alone.patient_error)
    assert as_if_many.patient_error == pytest.approx((alone.patient_error or 0) / 2, rel=0.1)


def test_images_of_unknown_patients_are_patients_of_their_own() -> None:
    names = np.array(["b", None, "a", float("nan"), "b"], dtype=object)
    numbers = patient_groups(names, 5)
    assert numbers[0] == numbers[4]
    assert len(np.unique(numbers)) == 4
    assert patient_groups(None, 3).tolist() == [0, 1, 2]


def test_three_classes_are_compared_by_the_mean_of_each_against_the_rest() -> None:
    rng = np.random.default_rng(6)
    y_true = np.arange(90) % 3
    good = rng.dirichlet(np.ones(3), size=(2, 90)) + 2 * np.eye(3)[y_true]
    bad = rng.dirichlet(np.ones(3), size=(2, 90))
    found = compare_arms(bad, good / 3, y_true=y_true, groups=np.arange(90))
    assert found.arm_b.areas == (1.0, 1.0)
    assert found.verdict == "better"


def test_where_everything_is_found_there_is_no_interval_and_nothing_is_claimed() -> None:
    y_true = np.arange(20) % 2
    arm = two_columns(np.tile(y_true * 2.0 + np.linspace(0, 1, 20), (3, 1)))
    found = compare_arms(arm, arm, y_true=y_true, groups=np.arange(20))
    assert (found.difference, found.low, found.high, found.verdict) == (0.0, None, None, "cannot tell")
    assert (found.patient_error, found.patients_needed, found.trainings_needed) == (None, None, None)


def test_with_one_patient_of_a_class_there_is_no_interval() -> None:
    arm_a, arm_b, _truth = simulated(np.random.default_rng(7), n=12, means=(0.0, 1.0), luck=0.1, own=0.5)
    found = compare_arms(arm_a, arm_b, y_true=np.array([1] + [0] * 11), groups=np.arange(12))
    assert found.low is None  # 35 % of the resamples miss the one ill patient
    assert found.verdict == "cannot tell"


def test_one_training_cannot_tell_luck_from_merit() -> None:
    arm_a, arm_b, y_true = simulated(np.random.default_rng(8), n=20, means=(0.0, 1.0), luck=0.1, own=0.5)
    with pytest.raises(ValueError, match="at least two trainings"):
        compare_arms(arm_a[:1], arm_b, y_true=y_true, groups=np.arange(20))


def check_needed(found: Comparison) -> None:
    """What is needed makes the difference 2.8 standard errors: 80 % power at 5 %, two-sided."""
    assert found.patient_error is not None and found.training_error is not None
    wanted = (found.difference / (1.959964 + 0.841621)) ** 2
    patients, trainings = found.patient_error**2, found.training_error**2
    if found.patients_needed is not None:  # they shrink at most all of it
        assert (patients + trainings) * found.n_patients / found.patients_needed <= wanted * 1.001
    if found.trainings_needed is not None:
        n = len(found.arm_a.areas)
        assert trainings * n / found.trainings_needed + patients <= wanted
        assert trainings * n / (found.trainings_needed - 1) + patients > wanted


def test_how_many_patients_would_be_needed_is_said_where_patients_would_do() -> None:
    rng, y_true = np.random.default_rng(9), np.arange(60) % 2
    shared, own = rng.normal(size=60), 0.5 * rng.normal(size=(2, 60))
    a, b = shared + own[0] + 0.8 * y_true, shared + own[1] + 1.0 * y_true
    arm_a, arm_b = two_columns(np.stack([a, a])), two_columns(np.stack([b, b]))  # trained twice, no luck
    found = compare_arms(arm_a, arm_b, y_true=y_true, groups=np.arange(60))
    assert found.verdict == "cannot tell"
    assert found.patient_error is not None
    times = (found.patient_error * (1.959964 + 0.841621) / found.difference) ** 2
    assert found.patients_needed == int(np.ceil(60 * times))
    assert found.patients_needed > 60
    assert found.trainings_needed is None


def test_more_patients_do_not_help_where_the_trainings_differ_and_the_other_way_round() -> None:
    rng = np.random.default_rng(1)
    y_true, base = np.arange(4000) % 2, rng.normal(size=4000)
    separations = np.array([0.5, 0.9, 1.3])[:, None]
    arm_a = two_columns(base + separations * y_true)
    arm_b = two_columns(base + (separations + 0.4) * y_true)
    found = compare_arms(arm_a, arm_b, y_true=y_true, groups=np.arange(4000))
    assert found.patients_needed is None
    assert found.trainings_needed is not None and found.trainings_needed > 3
    check_needed(found)
    nearly = compare_arms(arm_a, arm_a[::-1] * 0.999, y_true=y_true, groups=np.arange(4000))
    assert (nearly.patients_needed, nearly.trainings_needed) == (None, None)  # no difference to look for


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "means", "luck", "own"),
    [
        (160, (1.2, 1.2), 0.0, 0.5),  # patients alone
        (160, (1.2, 1.2), 0.15, 0.5),  # both
        (160, (0.8, 1.6), 0.15, 0.3),  # both, and a true difference
        (600, (1.2, 1.2), 0.3, 0.3),  # the trainings above all
    ],
)
def test_the_interval_holds_the_true_difference_nineteen_times_of_twenty(
    n: int, means: tuple[float, float], luck: float, own: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "_N_RESAMPLES", 500)  # of which only variances are taken
    # Scores are normal, so the area of a training is Phi(separation / sqrt 2); over the luck of the
    # separation its mean is Phi(mean / sqrt(2 + luck^2)).
    truth = np.subtract(*[norm.cdf(mean / np.sqrt(2 + luck**2)) for mean in means[::-1]])
    rng = np.random.default_rng(11)
    n_worlds, hits = 400, 0
    for _world in range(n_worlds):
        arm_a, arm_b, y_true = simulated(rng, n=n, means=means, luck=luck, own=own)
        found = compare_arms(arm_a, arm_b, y_true=y_true, groups=np.arange(n))
        assert found.low is not None and found.high is not None
        hits += found.low <= truth <= found.high
    chance = 3 * np.sqrt(0.95 * 0.05 / n_worlds)
    assert 0.93 - chance < hits / n_worlds < 0.97 + chance
