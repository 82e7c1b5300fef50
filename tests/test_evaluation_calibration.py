"""The temperature: in closed form, by another optimiser, at its bounds, and what it does to other images."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.metrics import log_loss as sklearn_log_loss

from core.evaluation import calibration
from core.evaluation.calibration import (
    HIGHEST,
    LOWEST,
    best_temperature,
    calibrated,
    cross_calibrated,
    fit_temperature,
    keep,
    stored_temperature,
)
from core.evaluation.calibration_effect import effect_on
from core.evaluation.calibration_sentences import bound_words, effect_words, temperature_words, title_words
from core.evaluation.report import evaluate
from core.runs.predictions import Predictions
from tests.compared import make_compared
from tests.tiny_dataset import write_tiny


def made(n=400, k=2, *, sharpness=2.0, seed=0, films=1, gain=1.0):
    """Answers whose truth was drawn from the softmax of the logits, which were multiplied afterwards."""
    rng = np.random.default_rng(seed)
    logits = gain * rng.normal(size=(n, k))
    drawn = (logits + rng.gumbel(size=(n, k))).argmax(axis=1)
    return Predictions.from_logits(
        sharpness * logits,
        y_true=drawn,
        sample_ids=np.arange(n),
        patient_ids=np.array([str(number // films) for number in range(n)], dtype=object),
        class_names=tuple("abcdef"[:k]),
        positive_class="b" if k == 2 else None,
    )


@pytest.mark.parametrize(("right", "n"), [(9, 10), (60, 80), (51, 100)])
def test_with_logits_of_one_size_the_temperature_has_a_closed_form(right, n):
    """Logits (0, 3) that are right `right` times of n: best is log(right / wrong) = 3 / temperature."""
    logits = np.tile([0.0, 3.0], (n, 1))
    y_true = (np.arange(n) < right).astype(int)
    value, is_bounded = best_temperature(logits, y_true)
    assert value == pytest.approx(min(3 / np.log(right / (n - right)), HIGHEST))
    assert is_bounded == (value == HIGHEST)


@pytest.mark.parametrize("k", [2, 5])
@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_it_is_what_another_optimiser_finds(k, sharpness):
    found = made(k=k, sharpness=sharpness)
    logits = found.logits.astype(float)

    def loss(value):
        return sklearn_log_loss(found.y_true, softmax(logits / value, axis=1), labels=range(k))

    best = minimize_scalar(loss, bounds=(0.1, 10), method="bounded", options={"xatol": 1e-6})
    assert fit_temperature(found).value == pytest.approx(best.x, rel=1e-3)


def test_a_network_that_is_k_times_too_sharp_has_a_temperature_of_k():
    temperature = fit_temperature(made(20_000, sharpness=3.0, gain=2.0))
    assert temperature.low < 3 < temperature.high
    assert temperature.value == pytest.approx(3, rel=0.05)
    assert temperature.error_after < 0.02 < temperature.error_before


@pytest.mark.slow
def test_the_interval_of_the_temperature_holds_the_true_one_as_often_as_it_says():
    held = [
        interval.low <= 2 <= interval.high
        for seed in range(100)
        for interval in [calibration.temperature_interval(made(150, seed=seed), seed=seed)]
    ]
    assert 0.88 <= np.mean(held) <= 1


def test_the_log_loss_never_rises_where_the_temperature_is_fitted():
    for seed in range(10):
        temperature = fit_temperature(made(30, seed=seed))
        assert temperature.log_loss_after <= temperature.log_loss_before + 1e-6


def test_images_told_apart_without_a_mistake_hold_the_temperature_at_its_bound_and_that_is_said():
    found = made(40)
    sure = Predictions.from_logits(
        np.eye(2)[found.y_true],
        y_true=found.y_true,
        sample_ids=found.sample_ids,
        patient_ids=None,
        class_names=found.class_names,
        positive_class="b",
    )
    temperature = fit_temperature(sure)
    assert (temperature.value, temperature.is_bounded) == (LOWEST, True)
    assert "told apart without a mistake" in str(bound_words(temperature))


def test_scores_that_say_the_opposite_hold_it_at_the_other_bound():
    logits, y_true = np.tile([0.0, 1.0], (10, 1)), np.zeros(10, dtype=int)
    assert best_temperature(logits, y_true) == (HIGHEST, True)


def test_scores_that_say_nothing_leave_it_at_one():
    assert best_temperature(np.full((5, 3), 0.7), np.zeros(5, dtype=int)) == (1.0, False)
    assert best_temperature(np.zeros((0, 2)), np.zeros(0, dtype=int)) == (1.0, False)


def test_with_two_classes_neither_the_order_nor_the_auroc_changes():
    found = made(200)
    after = calibrated(found, 2.5)
    order = np.argsort(found.logits[:, 1] - found.logits[:, 0], kind="stable")
    assert (np.diff(after.y_score[order, 1]) >= 0).all()
    assert evaluate(after).metrics["auroc"].value == pytest.approx(evaluate(found).metrics["auroc"].value)


def test_with_several_the_most_probable_class_stays():
    found = made(200, k=5)
    assert (calibrated(found, 3.0).y_score.argmax(axis=1) == found.y_score.argmax(axis=1)).all()


def test_across_patients_nobody_is_calibrated_by_an_answer_of_his_own():
    """Turning one patient's truth round changes the others' probabilities and not his."""
    found = made(60, films=2)
    turned = found.y_true.copy()
    turned[:2] = 1 - turned[:2]
    other = Predictions.from_logits(
        found.logits,
        y_true=turned,
        sample_ids=found.sample_ids,
        patient_ids=found.patient_ids,
        class_names=found.class_names,
        positive_class="b",
    )
    first, second = cross_calibrated(found), cross_calibrated(other)
    assert_allclose(first.y_score[:2], second.y_score[:2])
    assert np.abs(first.y_score[2:] - second.y_score[2:]).max() > 1e-3


def test_one_patient_alone_cannot_be_crossed():
    assert cross_calibrated(made(4, films=4)) is None
    assert fit_temperature(made(4, films=4)).low is None


def test_what_it_does_to_others_is_what_the_evaluation_says_of_them_before_and_after():
    val, judged = made(300, sharpness=3.0, films=2), made(300, sharpness=3.0, films=2, seed=1)
    after = calibrated(judged, fit_temperature(val))
    effect = effect_on(judged, after)
    for found, row in ((judged, "before"), (after, "after")):
        metrics = evaluate(found).metrics
        for name, change in (("log_loss", effect.log_loss), ("calibration_error", effect.error)):
            own = getattr(change, row)
            expected = (metrics[name].value, metrics[name].low, metrics[name].high)
            assert (own.value, own.low, own.high) == pytest.approx(expected, abs=1e-6)
            assert own.method == metrics[name].method
    assert effect.log_loss.is_settled
    assert effect.log_loss.difference.value == pytest.approx(
        effect.log_loss.after.value - effect.log_loss.before.value
    )
    assert "better, by more than chance explains" in str(effect_words(effect))


def test_a_temperature_of_one_changes_nothing_and_that_may_be_chance():
    effect = effect_on(made(50), calibrated(made(50), 1.0))
    assert effect.log_loss.difference.value == pytest.approx(0, abs=1e-6)
    assert "the difference may be chance" in str(effect_words(effect))


def test_scores_that_are_no_numbers_are_left_out():
    found = made(50)
    found.y_score[3], found.logits[3] = np.nan, np.nan
    assert fit_temperature(found).n == 49
    assert np.isfinite(fit_temperature(found).value)


def test_the_words_say_which_way_it_errs():
    said = str(temperature_words(fit_temperature(made(2_000, sharpness=3.0))))
    assert "above 1: too sure of itself" in said
    assert "fitted on 2000 validation images" in said
    assert "no clear departure from 1" in str(temperature_words(fit_temperature(made(200, sharpness=1.0))))
    assert str(title_words("ill", 0.12, 0.04)).endswith(
        "off by 0.12, on average; with the temperature by 0.04"
    )
    assert str(title_words("ill", float("nan"))) == "Probabilities of 'ill' are off by –, on average"


def test_a_temperature_is_kept_in_the_runs_folder_for_these_weights_alone(home):
    write_tiny()
    run, temperature = make_compared("kept"), fit_temperature(made(50))
    assert stored_temperature(run) is None
    keep(run, temperature)
    assert (run.folder / "calibration.json").exists()
    assert (stored_temperature(run).value, stored_temperature(run).n) == (temperature.value, 50)
    (run.folder / "best.safetensors").write_bytes(b"other weights")
    assert stored_temperature(run) is None
    (run.folder / "calibration.json").write_text("{")
    assert stored_temperature(run) is None
