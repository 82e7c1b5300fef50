"""An evaluation's numbers worked by hand, the interval each gets, and what it says when there is none."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from core.errors import InvalidValueError
from core.evaluation.records import METHODS, METRICS, Evaluation, metric_title
from core.evaluation.report import evaluate
from core.runs.predictions import Predictions
from core.statistics.intervals import delong, newcombe, wilson

Patients = list[str | None] | None


def make(
    truth: list[int] | np.ndarray, score: list[float] | np.ndarray, patients: Patients = None
) -> Predictions:
    """Predictions of two classes, the second positive, from its probability."""
    positive = np.asarray(score, dtype=np.float32)
    return Predictions(
        y_true=np.asarray(truth, dtype=np.int64),
        logits=np.stack([np.zeros_like(positive), positive], axis=1),
        y_score=np.stack([1 - positive, positive], axis=1),
        sample_ids=np.arange(len(positive)),
        patient_ids=None if patients is None else np.array(patients, dtype=object),
        class_names=("healthy", "ill"),
        positive_class="ill",
    )


def draw(n: int, *, images_per_patient: int = 1, seed: int = 0) -> Predictions:
    """Patients half ill; all images of a patient have nearly the same score."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(rng.random(n) < 0.5, images_per_patient).astype(int)
    own = np.repeat(rng.normal(size=n), images_per_patient)
    score = 1 / (1 + np.exp(-(2 * truth - 1 + own + 0.1 * rng.normal(size=truth.size))))
    patients: Patients = [f"p{index // images_per_patient}" for index in range(truth.size)]
    return make(truth, score, patients)


def draw_three(n: int = 120) -> Predictions:
    rng = np.random.default_rng(1)
    y_true = rng.integers(3, size=n)
    logits = rng.normal(size=(n, 3)) + 1.5 * np.eye(3)[y_true]
    return Predictions.from_logits(
        logits,
        y_true=y_true,
        sample_ids=np.arange(n),
        patient_ids=None,
        class_names=("a", "b", "c"),
        positive_class=None,
    )


def values(evaluation: Evaluation) -> dict[str, float | None]:
    return {name: metric.value for name, metric in evaluation.metrics.items()}


def test_numbers_of_six_images_worked_by_hand() -> None:
    evaluation = evaluate(make([0, 0, 0, 1, 1, 1], [0.1, 0.3, 0.6, 0.5, 0.4, 0.9]))
    assert evaluation.confusion_matrix == ((2, 1), (1, 2))  # 0.5 is called: from the threshold on
    assert list(evaluation.metrics) == [name for name in METRICS if name != "auroc_micro"]
    expected = {
        "auroc": 7 / 9,
        "sensitivity": 2 / 3,
        "specificity": 2 / 3,
        "ppv": 2 / 3,
        "npv": 2 / 3,
        "accuracy": 4 / 6,
        "balanced_accuracy": 2 / 3,
        "f1": 2 / 3,
        "mcc": (2 * 2 - 1 * 1) / 9,
        "kappa": (2 / 3 - 1 / 2) / (1 - 1 / 2),
        "average_precision": (1 + 2 / 3 + 3 / 4) / 3,  # called in order: ill, healthy, ill, ill
        # 0.1, 0.3, 0.6 and 0.9 are alone in their bins; 0.5 and 0.4 are too.
        "calibration_error": (0.1 + 0.3 + 0.6 + 0.5 + 0.6 + 0.1) / 6,
        "log_loss": -np.log([0.9, 0.7, 0.4, 0.5, 0.4, 0.9]).mean(),
        "brier": np.mean(np.square([0.1, 0.3, 0.6, 0.5, 0.6, 0.1])),
    }
    assert values(evaluation) == pytest.approx(expected, abs=1e-6)
    assert {name: metric.n for name, metric in evaluation.metrics.items()} == {
        **dict.fromkeys(evaluation.metrics, 6),
        **dict.fromkeys(["sensitivity", "specificity", "ppv", "npv"], 3),
    }


def test_a_lower_threshold_finds_more_and_spares_fewer() -> None:
    predictions = draw(80)
    low, high = evaluate(predictions, threshold=0.2), evaluate(predictions, threshold=0.8)
    assert (low.metrics["sensitivity"].value or 0) > (high.metrics["sensitivity"].value or 0)
    assert (low.metrics["specificity"].value or 0) < (high.metrics["specificity"].value or 0)
    assert low.metrics["auroc"] == high.metrics["auroc"]
    assert low.threshold == 0.2


def test_one_image_a_patient_gets_wilson_and_delong() -> None:
    predictions = draw(80)
    evaluation = evaluate(predictions)
    auroc, accuracy = evaluation.metrics["auroc"], evaluation.metrics["accuracy"]
    area = delong(predictions.y_true == 1, predictions.y_score[:, 1], 0.95)
    right = wilson(round(80 * (accuracy.value or 0)), 80, 0.95)
    assert (auroc.low, auroc.high, auroc.method) == (area.low, area.high, "delong")
    assert (accuracy.low, accuracy.high, accuracy.method) == (right.low, right.high, "wilson")
    assert evaluation.metrics["f1"].method == "bootstrap_by_image"
    assert evaluation.n_patients == 80
    assert evaluation.notes == ()


def test_repeated_images_do_not_make_the_intervals_narrower() -> None:
    once, four_times = evaluate(draw(60)), evaluate(draw(60, images_per_patient=4))
    assert four_times.n_samples == 240
    assert four_times.n_patients == 60
    for name in ("auroc", "accuracy", "sensitivity"):
        few, many = once.metrics[name], four_times.metrics[name]
        assert many.method == "bootstrap_by_patient"
        assert (many.high or 0) - (many.low or 0) > 0.7 * ((few.high or 0) - (few.low or 0))


def test_every_number_with_an_interval_lies_in_it() -> None:
    for predictions in (draw(60), draw(40, images_per_patient=3), draw_three()):
        for metric in evaluate(predictions).metrics.values():
            assert metric.value is not None
            assert metric.low is not None
            assert metric.high is not None
            assert metric.low <= metric.value <= metric.high
            assert metric.method in METHODS
            assert metric.reason is None


def test_the_same_seed_gives_the_same_intervals() -> None:
    predictions = draw(40, images_per_patient=2)
    assert evaluate(predictions, seed=3) == evaluate(predictions, seed=3)
    assert evaluate(predictions, seed=3) != evaluate(predictions, seed=4)


def test_a_perfect_score_of_repeated_patients_is_no_certainty() -> None:
    patients: Patients = [f"p{index // 5}" for index in range(50)]
    truth = np.repeat([0, 1] * 5, 5)
    evaluation = evaluate(make(truth, np.where(truth == 1, 0.9, 0.1), patients))
    accuracy, auroc = evaluation.metrics["accuracy"], evaluation.metrics["auroc"]
    expected, area = wilson(10, 10, 0.95), newcombe(1.0, 5, 5, 0.95)
    assert (accuracy.low, accuracy.high, accuracy.method) == (
        expected.low,
        expected.high,
        "wilson_on_patients",
    )
    assert (auroc.low, auroc.high, auroc.method) == (area.low, 1, "newcombe_on_patients")
    f1 = evaluation.metrics["f1"]
    assert (f1.value, f1.low, f1.method) == (1, None, "none")
    assert str(f1.reason) == "Every resample gives the same value, which says nothing of how sure it is."


def test_a_perfect_score_of_one_image_each_is_no_certainty_either() -> None:
    truth = np.array([0, 1] * 10)
    auroc = evaluate(make(truth, np.where(truth == 1, 0.9, 0.1))).metrics["auroc"]
    assert (auroc.value, auroc.method) == (1, "newcombe")
    assert (auroc.low or 0) < 0.9


def test_an_absent_class_is_said_and_not_scored() -> None:
    evaluation = evaluate(make([0, 0, 0], [0.1, 0.7, 0.2]))
    missing = {name: metric for name, metric in evaluation.metrics.items() if metric.value is None}
    assert set(missing) == {"auroc", "average_precision", "sensitivity", "balanced_accuracy", "mcc"}
    assert {str(metric.reason) for metric in missing.values()} == {
        "There is no image of 'ill' in this split, and without one it can't be measured."
    }
    assert evaluation.metrics["sensitivity"].n == 0
    assert evaluation.metrics["specificity"].value == pytest.approx(2 / 3)


def test_calling_nobody_leaves_the_positive_predictive_value_open() -> None:
    ppv = evaluate(make([0, 1, 1], [0.1, 0.2, 0.3])).metrics["ppv"]
    assert (ppv.value, ppv.n) == (None, 0)
    assert str(ppv.reason) == "No image is called 'ill', so there is no share to take."


def test_no_image_at_all_is_said() -> None:
    evaluation = evaluate(make([], []))
    assert evaluation.confusion_matrix == ((0, 0), (0, 0))
    assert set(values(evaluation).values()) == {None}
    assert {str(metric.reason) for metric in evaluation.metrics.values()} == {
        "There is no image in this split."
    }


def test_one_patient_alone_gets_no_interval() -> None:
    evaluation = evaluate(make([0, 1, 1, 0], [0.1, 0.4, 0.8, 0.7], ["p"] * 4))
    auroc = evaluation.metrics["auroc"]
    assert (auroc.value, auroc.low, auroc.high) == (0.75, None, None)
    assert auroc.reason is not None


def test_a_rare_class_that_resamples_miss_gets_no_interval() -> None:
    truth = [1, 1] + [0] * 38
    patients: Patients = [f"p{index // 2}" for index in range(40)]
    auroc = evaluate(make(truth, np.linspace(0.4, 0.6, 40), patients)).metrics["auroc"]
    score = np.linspace(0.9, 0.1, 40)
    score[1] = 0.15
    sensitivity = evaluate(make(truth, score, patients)).metrics["sensitivity"]
    assert auroc.value == 0
    assert auroc.method == "newcombe_on_patients"
    assert (sensitivity.value, sensitivity.low) == (0.5, None)
    assert str(sensitivity.reason) == (
        "Too few patients: many resamples of them lack a class, so there is no interval."
    )


def test_unknown_patients_count_as_their_own_and_this_is_said() -> None:
    patients: Patients = ["p0", "p0", None, None, None, "p1"]
    evaluation = evaluate(make([0, 0, 1, 1, 0, 1], [0.1, 0.3, 0.6, 0.4, 0.4, 0.9], patients))
    assert evaluation.n_patients == 2
    assert str(evaluation.notes[0]).startswith("The patient of 3 images is not known; each counts")
    assert evaluation.metrics["accuracy"].method == "bootstrap_by_patient"
    nobody = evaluate(make([0, 1], [0.1, 0.9]))
    assert nobody.n_patients is None
    assert str(nobody.notes[0]).startswith("The patient of 2 images is not known")


def test_three_classes_call_the_most_probable_and_name_each() -> None:
    predictions = draw_three()
    evaluation = evaluate(predictions)
    called = predictions.y_score.argmax(axis=1)
    assert evaluation.threshold is None
    assert evaluation.positive_class is None
    assert evaluation.metrics["accuracy"].value == np.mean(called == predictions.y_true)
    assert set(evaluation.metrics) == set(METRICS)
    assert set(evaluation.per_class["a"]) == set(METRICS) - {"auroc_micro"}
    assert set(evaluation.per_class) == {"a", "b", "c"}
    areas = [evaluation.per_class[name]["auroc"] for name in "abc"]
    assert {area.method for area in areas} == {"delong"}
    assert_allclose(evaluation.metrics["auroc"].value, np.mean([area.value for area in areas]))
    assert evaluation.metrics["auroc"].method == "bootstrap_by_image"
    recall = evaluation.per_class["a"]["sensitivity"]
    assert (recall.n, recall.method) == (int((predictions.y_true == 0).sum()), "wilson")


def test_the_other_class_can_be_the_positive_one() -> None:
    ill = make([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    healthy = Predictions(
        ill.y_true, ill.logits, ill.y_score, ill.sample_ids, None, ill.class_names, "healthy"
    )
    one, other = evaluate(ill), evaluate(healthy)
    assert one.metrics["sensitivity"].value == other.metrics["specificity"].value
    assert one.metrics["auroc"].value == other.metrics["auroc"].value
    assert str(metric_title("auroc", other.positive_class)) == "AUROC for 'healthy'"
    assert str(metric_title("auroc", None)) == "AUROC, mean of each class against the rest"


def test_an_evaluation_survives_json() -> None:
    evaluation = evaluate(make([0, 0, 0], [0.1, 0.7, 0.2]))
    assert Evaluation.model_validate_json(evaluation.model_dump_json()) == evaluation


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_threshold_that_is_no_probability_is_refused(threshold: float) -> None:
    with pytest.raises(InvalidValueError) as caught:
        evaluate(make([0, 1], [0.1, 0.9]), threshold=threshold)
    assert str(caught.value) == f"The threshold is a probability: {threshold} is not between 0 and 1."


def test_a_level_of_100_percent_is_refused() -> None:
    with pytest.raises(InvalidValueError, match=r"1 does not. Use 0.95"):
        evaluate(make([0, 1], [0.1, 0.9]), level=1)
