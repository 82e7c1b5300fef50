"""Referral: the error on the rest by hand, its areas, and ties that flatter nobody."""

import numpy as np
import pytest

from core.evaluation.referral import refer, referral_curve, sureness
from core.runs.predictions import Predictions
from tests.answered import answer

# Surest first: 0.95 right, 0.10 right, 0.20 wrong, 0.70 right, 0.40 wrong.
SCORE, TRUTH = np.array([0.95, 0.10, 0.20, 0.70, 0.40]), np.array([1, 0, 1, 1, 1])


def test_the_curve_by_hand() -> None:
    curve = referral_curve(answer(SCORE, TRUTH))
    assert curve is not None
    assert curve.referred == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert curve.error == pytest.approx([2 / 5, 1 / 4, 1 / 3, 0, 0])
    assert curve.oracle == pytest.approx([2 / 5, 1 / 4, 0, 0, 0])
    assert curve.area == pytest.approx((0 + 0 + 1 / 3 + 1 / 4 + 2 / 5) / 5)
    assert curve.area_random == pytest.approx(2 / 5)
    assert curve.area_oracle == pytest.approx((1 / 4 + 2 / 5) / 5)
    assert (curve.n_images, curve.n_patients, curve.n_errors) == (5, 5, 2)


def test_the_referred_are_the_least_sure_and_their_errors_are_counted() -> None:
    done = refer(answer(SCORE, TRUTH), 0.4)
    assert done.referred.tolist() == [4, 3]
    assert (done.errors_avoided, done.expected_by_lot, done.n_errors) == (1, pytest.approx(0.8), 2)
    assert (done.rest.value, done.rest.n) == (pytest.approx(1 / 3), 3)
    assert done.n_sure_errors == 1  # the miss at 0.20 is surer than the middle
    everybody = refer(answer(SCORE, TRUTH), 1.0)
    assert (everybody.rest.value, everybody.errors_avoided) == (None, 2)


def test_equally_sure_images_share_their_errors_whatever_their_order() -> None:
    score, truth = np.array([0.7, 0.7, 0.7, 0.7, 0.9]), np.array([0, 1, 1, 0, 1])
    for order in (np.arange(5), np.arange(5)[::-1]):
        curve = referral_curve(answer(score[order], truth[order]))
        assert curve is not None
        assert curve.error == pytest.approx([2 / 5, 1.5 / 4, 1 / 3, 0.5 / 2, 0])


def test_a_network_that_is_equally_unsure_of_all_gains_nothing_by_referring() -> None:
    curve = referral_curve(answer(np.full(10, 0.6), np.repeat([0, 1], 5)))
    assert curve is not None
    assert curve.error == pytest.approx(0.5)
    assert curve.area == pytest.approx(curve.area_random)


def test_sureness_is_the_distance_in_log_odds_from_the_threshold() -> None:
    found = sureness(answer(np.array([0.2, 0.5, 0.8]), np.array([0, 0, 1])), 0.2)
    assert found == pytest.approx([0, np.log(4), np.log(16)], abs=1e-5)


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_at_a_threshold_of_nothing_or_all_the_order_of_the_scores_is_left(threshold: float) -> None:
    done = refer(answer(SCORE, TRUTH), 0.2, threshold=threshold)
    assert done.referred.tolist() == [int(SCORE.argmin() if threshold == 0 else SCORE.argmax())]
    assert referral_curve(answer(SCORE, TRUTH), threshold=threshold) is not None


def test_several_classes_are_unsure_where_two_are_alike_and_follow_their_thresholds() -> None:
    three = Predictions.from_logits(
        np.log(np.array([[0.50, 0.49, 0.01], [0.40, 0.30, 0.30], [0.9, 0.05, 0.05]])),
        y_true=np.array([0, 1, 0]),
        sample_ids=np.arange(3),
        patient_ids=None,
        class_names=("a", "b", "c"),
        positive_class=None,
    )
    assert refer(three, 0.34).referred.tolist() == [0]
    tied = sureness(three, (0.5, 0.25, 0.25))[1]  # 0.4 / 0.5 is beaten by 0.3 / 0.25, twice
    assert tied == pytest.approx(0, abs=1e-6)


def test_the_band_holds_the_true_curve_and_is_wider_where_patients_repeat() -> None:
    rng = np.random.default_rng(0)
    held, widths = 0, []
    for _turn in range(60):
        truth = rng.integers(0, 2, 150)
        score = 1 / (1 + np.exp(-rng.normal(2 * truth - 1, 1.0)))
        curve = referral_curve(answer(score, truth))
        assert curve is not None
        held += curve.low[0] <= 0.1587 <= curve.high[0]  # the normal tail beyond 1: nobody referred
        widths.append(curve.high[0] - curve.low[0])
    assert 50 <= held <= 60
    copies = answer(np.repeat(score, 4), np.repeat(truth, 4), [f"p{n // 4}" for n in range(600)])
    curve = referral_curve(copies)
    assert curve is not None
    assert curve.high[0] - curve.low[0] == pytest.approx(np.mean(widths), rel=0.2)  # 150 patients, not 600


def test_nobody_and_three_images_are_no_trouble() -> None:
    assert referral_curve(answer(np.zeros(0), np.zeros(0, dtype=int))) is None
    assert refer(answer(np.zeros(0), np.zeros(0, dtype=int)), 0.5).rest.value is None
    few = referral_curve(answer(np.array([0.2, 0.4, np.nan, 0.9]), np.array([0, 1, 0, 1])))
    assert few is not None
    assert few.n_images == 3
    assert np.isfinite(few.low).all()


def test_a_hundred_points_are_enough_for_many_images() -> None:
    rng = np.random.default_rng(0)
    curve = referral_curve(answer(rng.random(2500), rng.integers(0, 2, 2500)))
    assert curve is not None
    assert len(curve.referred) == 100
    assert curve.referred[0] == 0
    assert (np.diff(curve.referred) > 0).all()


def test_the_band_is_the_interval_that_the_words_state_and_is_never_certain() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    some = answer(
        1 / (1 + np.exp(-rng.normal(3 * truth - 1.5, 1.0))), truth, [f"p{n // 2}" for n in range(200)]
    )
    curve = referral_curve(some)
    assert curve is not None
    for share in (0.0, 0.2, 0.6):
        place, rest = int(np.argmin(np.abs(curve.referred - share))), refer(some, share).rest
        assert (curve.low[place], curve.high[place]) == (pytest.approx(rest.low), pytest.approx(rest.high))
    none_wrong = curve.error == 0
    assert none_wrong.any()
    assert (curve.high[none_wrong] > 0.02).all()  # no error among so few is not a promise of none
    one = referral_curve(answer(some.y_score[:, 1], truth, ["p"] * 200))
    assert one is not None
    assert (one.high - one.low > 0.7).all()  # a single patient says next to nothing
