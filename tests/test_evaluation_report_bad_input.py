"""What an evaluation says where there is little or nothing to say: a reason each time, and no warning."""

import numpy as np
import pytest

from core.evaluation.records import METRICS, Evaluation, MetricValue
from core.evaluation.report import evaluate
from core.evaluation.sentences import definition, worked_out
from core.runs.predictions import Predictions


def make(
    y_true: list[int], y_score: np.ndarray | list[list[float]], patients: list[str | None] | None = None
) -> Predictions:
    """Predictions of as many classes as a score has columns."""
    score = np.asarray(y_score, dtype=np.float32)
    names = tuple(f"class {index}" for index in range(score.shape[1]))
    return Predictions(
        y_true=np.asarray(y_true, dtype=np.int64),
        logits=score,
        y_score=score,
        sample_ids=np.arange(len(y_true)),
        patient_ids=None if patients is None else np.array(patients, dtype=object),
        class_names=names,
        positive_class=names[1] if len(names) == 2 else None,
    )


def two(score: list[float]) -> np.ndarray:
    return np.stack([1 - np.array(score), score], axis=1)


THREE = [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7]]
CASES = {
    "no image": make([], np.zeros((0, 2))),
    "no image, three classes": make([], np.zeros((0, 3))),
    "one image": make([1], two([0.7])),
    "three images": make([0, 1, 2], THREE),
    "one class only": make([1, 1, 1, 1], two([0.2, 0.6, 0.7, 0.8])),
    "one class of three": make([0, 0, 0], THREE),
    "a class never called": make([0, 1, 2, 2], [[0.6, 0.3, 0.1]] * 2 + [[0.2, 0.7, 0.1]] * 2),
    "all called alike": make([0, 1, 0, 1], two([0.6, 0.7, 0.8, 0.9])),
    "all scores equal": make([0, 1, 0, 1, 1], two([0.5] * 5)),
    "all scores equal, three classes": make([0, 1, 2, 1], np.full((4, 3), 1 / 3)),
    "one patient": make([0, 1, 0, 1], two([0.1, 0.8, 0.6, 0.7]), ["p"] * 4),
    "one patient of one class": make([1, 1], two([0.9, 0.8]), ["p", "p"]),
    "certain": make([0, 1, 0, 1], two([0, 1, 0, 1])),
    "certain and wrong": make([0, 1, 0, 1], two([1, 0, 1, 0])),
    "scores that are no numbers": make([0, 1, 1, 0], two([0.2, np.nan, 0.9, np.inf])),
    "no score is a number": make([0, 1], two([np.nan, np.nan])),
    "forty classes": make(
        list(range(40)) * 2, np.random.default_rng(0).dirichlet(np.ones(40), size=80), None
    ),
}


def all_metrics(evaluation: Evaluation) -> dict[tuple[str | None, str], MetricValue]:
    found: dict[tuple[str | None, str], MetricValue] = {
        (None, name): metric for name, metric in evaluation.metrics.items()
    }
    for class_name, metrics in evaluation.per_class.items():
        found |= {(class_name, name): metric for name, metric in metrics.items()}
    return found


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_whatever_comes_each_metric_is_a_number_or_has_a_reason(name: str, threshold: float) -> None:
    evaluation = evaluate(CASES[name], threshold=threshold)
    for (class_name, metric_name), metric in all_metrics(evaluation).items():
        assert str(worked_out(metric_name, evaluation, class_name))
        assert str(definition(metric_name, evaluation, class_name))
        assert (metric.low is None) == (metric.high is None)
        if metric.value is None or metric.low is None or metric.high is None:
            assert str(metric.reason), metric_name
            assert "{" not in str(metric.reason)
            continue
        assert np.isfinite(metric.value)
        assert metric.low <= metric.value <= metric.high, metric_name
        assert metric.low >= (METRICS[metric_name].lowest or 0)
        # Brier's score of several classes together goes to 2.
        assert metric.high <= {"log_loss": 20, "brier": 2}.get(metric_name, 1)
    assert Evaluation.model_validate_json(evaluation.model_dump_json()) == evaluation


def reasons(name: str, *metrics: str) -> set[str]:
    evaluation = evaluate(CASES[name])
    assert all(evaluation.metrics[metric].value is None for metric in metrics)
    return {str(evaluation.metrics[metric].reason) for metric in metrics}


def test_images_without_a_score_are_left_out_and_counted() -> None:
    evaluation = evaluate(CASES["scores that are no numbers"])
    assert evaluation.n_samples == 2
    assert str(evaluation.notes[0]) == ("2 images are left out: the network gave no usable number for them.")
    assert evaluation.metrics == evaluate(make([0, 1], two([0.2, 0.9]))).metrics


def test_without_any_score_that_is_the_reason_of_every_metric() -> None:
    assert reasons("no score is a number", *evaluate(CASES["no score is a number"]).metrics) == {
        "The network gave no usable number for any image."
    }


def test_what_a_single_class_leaves_open_names_the_class_that_is_missing() -> None:
    words = "There is no image of 'class 0' in this split, and without one it can't be measured."
    assert reasons("one class only", "auroc", "specificity", "balanced_accuracy", "mcc") == {words}
    assert evaluate(CASES["one class only"]).metrics["average_precision"].value == 1


def test_a_class_that_is_never_called_is_the_reason_not_its_absence() -> None:
    words = "No image is called 'class 2', and without one it can't be measured."
    assert reasons("a class never called", "ppv") == {words}
    assert evaluate(CASES["a class never called"]).metrics["sensitivity"].value == 1 / 3
    alike = "No image is called 'class 0', and without one it can't be measured."
    assert reasons("all called alike", "mcc") == {alike}
    assert evaluate(CASES["all called alike"]).metrics["kappa"].value == 0


def test_equal_scores_are_a_coin() -> None:
    evaluation = evaluate(CASES["all scores equal"])
    assert evaluation.metrics["auroc"].value == 0.5
    assert evaluation.metrics["average_precision"].value == pytest.approx(3 / 5)
    assert evaluation.metrics["brier"].value == pytest.approx(0.25)


def test_one_patient_alone_gives_numbers_but_no_bootstrapped_interval() -> None:
    metrics = evaluate(CASES["one patient"]).metrics
    assert metrics["kappa"].value == pytest.approx(0.5)
    assert metrics["kappa"].low is None
    assert metrics["calibration_error"].low is None


def test_missing_classes_are_not_listed_without_end() -> None:
    found = make([0, 1], np.random.default_rng(0).dirichlet(np.ones(40), size=2))
    reason = str(evaluate(found).metrics["balanced_accuracy"].reason)
    assert "'class 2, class 3, class 4, class 5, class 6, …'" in reason


def test_few_patients_of_a_class_are_said_to_make_intervals_too_narrow() -> None:
    truth, score = [0] * 30 + [1] * 8, two([0.2] * 30 + [0.7] * 8)
    few = evaluate(make(truth, score, [f"p{index}" for index in range(38)]))
    assert str(few.notes[-1]).startswith("Only 8 patients have 'class 1'. Bootstrapped intervals of so few")
    many = evaluate(make([0, 1] * 30, two([0.2, 0.7] * 30), [f"p{index}" for index in range(60)]))
    assert many.notes == ()


def test_where_patients_are_not_known_it_is_images_that_are_few() -> None:
    found = evaluate(make([0] * 40 + [1] * 8, two([0.2] * 40 + [0.7] * 8)))
    assert str(found.notes[-1]).startswith("Only 8 images have 'class 1'. Bootstrapped")


def test_a_predictive_value_of_nobody_says_whom_nobody_or_everybody_was_called() -> None:
    found = make([0, 1, 0, 1], two([0.1, 0.8, 0.6, 0.7]))
    nobody, everybody = evaluate(found, threshold=1.0).metrics, evaluate(found, threshold=0.0).metrics
    assert str(nobody["ppv"].reason) == "No image is called 'class 1', so there is no share to take."
    assert str(everybody["npv"].reason) == "Every image is called 'class 1', so there is no share to take."
