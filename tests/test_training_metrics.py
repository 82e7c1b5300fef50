"""The metrics of an epoch against scikit-learn, and the number that epochs are compared by."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from core.runs.records import EpochMetrics
from core.statistics.metrics import matthews_correlation
from core.statistics.precision_recall import average_precision, macro_average_precision
from core.training.metrics import EpochScores, epoch_scores, score_in, score_of

NAMES = ("auroc", "balanced_accuracy", "f1", "average_precision", "mcc")


def drawn(n_classes: int, seed: int = 0, n: int = 80) -> tuple[torch.Tensor, torch.Tensor]:
    draws = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % (n_classes + 1) % n_classes  # class 0 twice as often
    logits = torch.randn(n, n_classes, generator=draws)
    logits[torch.arange(n), labels] += 0.7
    return logits, labels


def one_hot(labels: np.ndarray, k: int) -> np.ndarray:
    return np.eye(k)[labels]


@pytest.mark.parametrize("positive", [0, 1])
def test_with_two_classes_they_are_scikit_learns_for_the_positive_class(positive: int) -> None:
    logits, labels = drawn(2)
    truth, called = labels.numpy(), logits.argmax(dim=1).numpy()
    score = torch.softmax(logits, dim=1).numpy()[:, positive].astype(float)
    expected = {
        "val_loss": reference.log_loss(truth, torch.softmax(logits.double(), dim=1).numpy()),
        "val_accuracy": reference.accuracy_score(truth, called),
        "val_auroc": reference.roc_auc_score(truth == positive, score),
        "val_balanced_accuracy": reference.balanced_accuracy_score(truth, called),
        "val_f1": reference.f1_score(truth, called, pos_label=positive),
        "val_average_precision": reference.average_precision_score(truth == positive, score),
        "val_mcc": reference.matthews_corrcoef(truth, called),
    }
    found = epoch_scores(logits, labels, positive)
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6)  # type: ignore[literal-required]


def test_what_images_are_called_is_counted_as_scikit_learn_counts() -> None:
    logits, labels = drawn(3)
    truth, called = labels.numpy(), logits.argmax(dim=1).numpy()
    found = epoch_scores(logits, labels, None)
    assert np.array_equal(np.array(found["val_confusion"]), reference.confusion_matrix(truth, called))
    assert found["val_predicted"] == tuple(np.bincount(called, minlength=3).tolist())


def test_a_confusion_matrix_of_very_many_classes_is_not_kept_but_the_counts_are() -> None:
    logits, labels = drawn(21)
    found = epoch_scores(logits, labels, None)
    assert found["val_confusion"] is None
    assert sum(found["val_predicted"]) == len(labels)


@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_without_a_positive_class_they_are_scikit_learns_means_over_the_classes(n_classes: int) -> None:
    logits, labels = drawn(n_classes)
    truth, called = labels.numpy(), logits.argmax(dim=1).numpy()
    scores = torch.softmax(logits.double(), dim=1).numpy()
    found = epoch_scores(logits, labels, None)
    truths = one_hot(truth, n_classes)
    assert found["val_auroc"] == pytest.approx(reference.roc_auc_score(truths, scores), abs=1e-6)
    expected = reference.average_precision_score(truths, scores)
    assert found["val_average_precision"] == pytest.approx(expected, abs=1e-6)
    assert found["val_f1"] == pytest.approx(reference.f1_score(truth, called, average="macro"))
    assert found["val_mcc"] == pytest.approx(reference.matthews_corrcoef(truth, called))
    assert found["val_balanced_accuracy"] == pytest.approx(reference.balanced_accuracy_score(truth, called))


def test_a_missing_class_leaves_loss_and_accuracy_alone() -> None:
    logits, labels = drawn(3)
    found = epoch_scores(logits, labels.clamp_max(1), None)
    assert [found[f"val_{name}"] for name in NAMES] == [None] * 5  # type: ignore[literal-required]
    assert found["val_accuracy"] == pytest.approx(
        float((logits.argmax(1) == labels.clamp_max(1)).float().mean())
    )
    assert math.isfinite(found["val_loss"])


def test_a_network_that_calls_all_alike_is_no_better_than_chance() -> None:
    _logits, labels = drawn(2)
    found = epoch_scores(torch.tensor([[1.0, 0.0]]).expand(len(labels), 2), labels, 1)
    assert (found["val_mcc"], found["val_f1"]) == (0.0, 0.0)
    assert (found["val_balanced_accuracy"], found["val_auroc"]) == (0.5, 0.5)
    assert found["val_average_precision"] == pytest.approx(float((labels == 1).float().mean()))


def line(**values: Any) -> EpochMetrics:
    times = {"learning_rate": 0.1, "images_per_second": 1.0, "seconds": 1.0}
    scores = {"val_loss": 0.4, "val_accuracy": 0.7, "val_auroc": 0.9, **values}
    return EpochMetrics(epoch=1, step=1, train_loss=0.5, **scores, **times)


def test_the_score_is_the_metric_the_loss_upside_down_and_nothing_where_there_is_none() -> None:
    made = line(val_f1=0.6)
    assert score_of(made, "loss") == -0.4
    assert (score_of(made, "accuracy"), score_of(made, "auroc"), score_of(made, "f1")) == (0.7, 0.9, 0.6)
    assert score_of(made, "mcc") == -math.inf
    scores = EpochScores(**{name: getattr(made, name) for name in EpochScores.__annotations__})
    for name in ("loss", "accuracy", "auroc", "f1", "mcc", "average_precision", "balanced_accuracy"):
        assert score_in(scores, name) == score_of(made, name)  # type: ignore[arg-type]


def test_average_precision_by_hand() -> None:
    truth = np.array([True, False, True, False])
    # thresholds fall: precision 1 at recall 1/2, 1/2, then 2/3 at recall 1
    assert average_precision(truth, np.array([0.9, 0.8, 0.4, 0.1])) == pytest.approx(1 / 2 + 2 / 3 / 2)
    assert average_precision(truth, np.zeros(4)) == 0.5  # all at once: the prevalence
    assert math.isnan(average_precision(~np.ones(3, dtype=bool), np.arange(3.0)))
    assert math.isnan(macro_average_precision(np.array([0, 0, 1]), np.eye(3)))


scored = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=40)


@settings(max_examples=100, deadline=None)
@given(scored.filter(lambda rows: any(truth for truth, _ in rows)))
def test_average_precision_is_scikit_learns_with_many_ties(rows: list[tuple[bool, int]]) -> None:
    truth, score = (np.array(column) for column in zip(*rows, strict=True))
    expected = reference.average_precision_score(truth, score)
    assert average_precision(truth, score.astype(float)) == pytest.approx(expected)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_matthews_correlation_is_scikit_learns_for_a_stack(n_classes: int) -> None:
    draws = np.random.default_rng(0)
    stack = draws.integers(1, 9, (6, n_classes, n_classes))
    for matrix, mine in zip(stack, matthews_correlation(stack), strict=True):
        truth, called = (np.repeat(side.ravel(), matrix.ravel()) for side in np.indices(matrix.shape))
        assert mine == pytest.approx(reference.matthews_corrcoef(truth, called))


def test_matthews_correlation_of_one_answer_is_not_defined() -> None:
    def answer(rows: list[list[int]]) -> float:
        return float(matthews_correlation(np.array(rows)))

    assert math.isnan(answer([[3, 0], [2, 0]]))
    assert math.isnan(answer([[3, 2], [0, 0]]))
    assert answer([[3, 0], [0, 2]]) == 1
    assert answer([[0, 3], [2, 0]]) == -1
