"""Which images are called wrong, who stands on both sides, and how a metric is spelled out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.datasets.records import PatientOverlap
from core.datasets.store import DatasetDraft, NewSample, write_dataset
from core.evaluation.curves import areas, roc_curves
from core.evaluation.leakage import overlap_of, overlap_warnings
from core.evaluation.mistakes import list_mistakes, surest_hits
from core.evaluation.records import Evaluation, MetricValue
from core.evaluation.report import evaluate
from core.evaluation.sentences import cells_of, definition, rounded, with_interval, worked_out, worth
from core.images.records import MedicalImage
from core.runs.predictions import Predictions
from core.runs.store import create_run
from core.training.config import parse_config


def make(truth: list[int], score: list[float], positive: str = "ill") -> Predictions:
    second = np.array(score, dtype=np.float32)
    return Predictions(
        y_true=np.array(truth, dtype=np.int64),
        logits=np.stack([np.zeros_like(second), second], axis=1),
        y_score=np.stack([1 - second, second], axis=1),
        sample_ids=np.arange(10, 10 + len(truth)),
        patient_ids=None,
        class_names=("healthy", "ill"),
        positive_class=positive,
    )


SIX = make([1, 1, 1, 0, 0, 0], [0.9, 0.8, 0.1, 0.7, 0.2, 0.4])


def test_mistakes_come_furthest_from_the_threshold_first() -> None:
    assert [(mistake.sample_id, mistake.called_class) for mistake in list_mistakes(SIX)] == [
        (12, "healthy"),  # 0.1 is 0.4 below
        (13, "ill"),  # 0.7 is 0.2 above
    ]
    assert [mistake.sample_id for mistake in list_mistakes(SIX, 0.85)] == [12, 11]


def test_mistakes_tell_the_probability_of_the_positive_class_whichever_it_is() -> None:
    mistakes = list_mistakes(make([1, 0], [0.25, 0.75], positive="healthy"))
    assert [(mistake.sample_id, mistake.probability) for mistake in mistakes] == [(10, 0.75), (11, 0.25)]


def test_the_surest_hits_are_the_positive_images_by_their_probability() -> None:
    assert surest_hits(SIX) == [10, 11, 12]
    assert surest_hits(make([0, 0], [0.2, 0.3])) == [11, 10]  # nobody is ill: all, by their probability


def test_what_an_answer_is_worth_names_the_class_the_number_its_interval_and_n() -> None:
    assert str(worth(evaluate(SIX))).startswith(
        "What that is worth: on 6 validation images, AUROC for 'ill' was 0.67 (0.10 to 0.97)."
    )


def test_mistakes_of_three_classes_go_by_the_probability_of_what_was_called() -> None:
    logits = np.log(np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.3, 0.6, 0.1]]))
    predictions = Predictions.from_logits(
        logits,
        y_true=np.array([1, 0, 1]),
        sample_ids=np.arange(3),
        patient_ids=None,
        class_names=("a", "b", "c"),
        positive_class=None,
    )
    found = list_mistakes(predictions)
    assert [(one.sample_id, one.true_class, one.called_class) for one in found] == [
        (1, "a", "c"),
        (0, "b", "a"),
    ]
    assert found[0].probability == pytest.approx(0.8)


def test_two_classes_have_one_curve_with_its_area_and_three_have_three() -> None:
    assert list(roc_curves(SIX)) == ["ill"]
    assert areas(evaluate(SIX)) == {"ill": evaluate(SIX).metrics["auroc"]}
    three = Predictions.from_logits(
        np.eye(3),
        y_true=np.array([0, 1, 1]),
        sample_ids=np.arange(3),
        patient_ids=None,
        class_names=("a", "b", "c"),
        positive_class=None,
    )
    assert list(roc_curves(three)) == ["a", "b"]  # nobody is "c": it has no curve
    assert set(roc_curves(three)) <= set(areas(evaluate(three)))


def test_metrics_are_spelled_out_from_their_counts() -> None:
    evaluation = evaluate(SIX)
    assert cells_of(evaluation) == (2, 1, 1, 2)
    assert str(worked_out("sensitivity", evaluation)) == "2 of 3 = 0.67 (0.21 to 0.94)"
    assert str(worked_out("npv", evaluation)).startswith("2 of 3 = ")
    assert str(worked_out("accuracy", evaluation)).startswith("4 of 6 = 0.67 (")
    assert str(worked_out("balanced_accuracy", evaluation)).startswith("(0.67 + 0.67) / 2 = 0.67")
    assert str(worked_out("f1", evaluation)).startswith("2 × 2 / (2 × 2 + 1 + 1) = 0.67")
    assert str(worked_out("auroc", evaluation)).startswith("6 of 9 pairs = 0.67 (")
    assert str(worked_out("log_loss", evaluation)).startswith("4.57 / 6 = 0.76 (")
    assert str(worked_out("mcc", evaluation)).startswith("(2 × 2 - 1 × 1) / √(3 × 3 × 3 × 3) = 0.33")
    assert str(worked_out("kappa", evaluation)).startswith("(0.667 - 0.500) / (1 - 0.500) = 0.33")
    assert str(definition("sensitivity", evaluation)) == "Of the images with 'ill', how many were found?"


def test_every_metric_of_every_evaluation_can_be_spelled_out() -> None:
    for truth in ([0, 1], [1, 1], [0, 0]):
        evaluation = evaluate(make(truth, [0.2, 0.3]))
        for name in evaluation.metrics:
            assert str(worked_out(name, evaluation))


def test_guessing_among_three_classes_is_no_coin() -> None:
    """Calling each of k equally probable: log k nats, and (1 - 1/k)^2 + (k - 1)/k^2 = 1 - 1/k squared."""
    two = evaluate(make([0, 1, 0, 1], [0.2, 0.9, 0.4, 0.6]))
    same = Predictions.from_logits(
        np.zeros((6, 3)),
        y_true=np.arange(6) % 3,
        sample_ids=np.arange(6),
        patient_ids=None,
        class_names=("a", "b", "c"),
        positive_class=None,
    )
    three = evaluate(same)
    for name, coin in (("log_loss", "0.69"), ("brier", "0.25")):
        assert f"A coin has {coin}." in str(definition(name, two))
        assert f"A coin has {coin}." in str(definition(name, three, "a"))
        assert str(definition(name, three)).endswith(f"equally probable has {three.metrics[name].value:.2f}.")


def test_a_number_without_an_interval_says_so() -> None:
    assert str(with_interval(MetricValue(value=0.5, n=3))) == "0.50 (no interval)"
    assert str(with_interval(MetricValue(value=None, n=0))) == "not defined"


def test_three_classes_have_no_four_cells() -> None:
    evaluation = Evaluation(
        n_samples=3,
        n_patients=None,
        class_names=("a", "b", "c"),
        positive_class=None,
        threshold=None,
        level=0.95,
        confusion_matrix=((1, 0, 0), (0, 1, 0), (0, 1, 0)),
        metrics={"accuracy": MetricValue(value=2 / 3, n=3)},
    )
    with pytest.raises(ValueError, match="3 classes"):
        cells_of(evaluation)
    assert str(worked_out("accuracy", evaluation)) == "2 of 3 = 0.67 (no interval)"


def test_patients_on_both_sides_of_a_run_are_counted(home: Path) -> None:
    images = [MedicalImage(np.full((4, 4), level, dtype=np.uint8), (0, 255)) for level in range(4)]
    samples = [NewSample(image, "ab"[n % 2], patient_id=f"p{n // 2}") for n, image in enumerate(images)]
    info = write_dataset(DatasetDraft(dataset_id="tiny", title="Tiny", source="folders"), samples)
    run = create_run(parse_config({"dataset": "tiny"}), dataset_revision=info.revision)
    sides = ["train", "val", "test", "test"]
    split = pd.DataFrame({"sample_id": range(4), "label": list("abab"), "split": sides})
    split.to_parquet(run.folder / "split.parquet")
    overlap = overlap_of(run)
    assert overlap == PatientOverlap(n_patients=1)
    assert "1 patients stand on more than one side" in str(overlap_warnings(overlap)[0])
    assert overlap_warnings(PatientOverlap()) == overlap_warnings(None) == ()
    assert "pixel for pixel" in str(overlap_warnings(PatientOverlap(n_duplicate_images=2))[0])


def test_two_digits_never_say_that_something_is_certain_or_impossible():
    values = (0.0, 0.004, 0.125, 0.997, 1.0)
    assert [rounded(value) for value in values] == ["0.00", "0.004", "0.12", "0.997", "1.00"]
