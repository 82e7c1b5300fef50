"""The quick evaluation gives the numbers of a slow and plain one: every resample's images, one by one."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as reference

from core.evaluation.decisions import decide
from core.evaluation.judging import Judge
from core.evaluation.report import evaluate
from core.evaluation.resampling import N_RESAMPLES, Key
from core.evaluation.weighing import Groups, cells_of, of_answers
from core.runs.predictions import Predictions
from core.statistics.calibration_error import of_answer, of_event
from core.statistics.intervals import resamples

N_PLAIN = 12  # resamples that are done the plain way
SEED = 5


def draw(k: int, *, n: int = 90, n_patients: int = 30) -> Predictions:
    """Images of patients who have none to several; scores of two digits, so that many are tied."""
    rng = np.random.default_rng(k)
    patients = rng.integers(n_patients, size=n)
    y_true = rng.integers(k, size=n_patients)[patients]
    score = rng.dirichlet(np.ones(k), size=n) + 0.4 * np.eye(k)[y_true]
    score = np.round(score / score.sum(axis=1, keepdims=True), 2).astype(np.float32)
    return Predictions(
        y_true=y_true,
        logits=np.log(score + 1e-3),
        y_score=score,
        sample_ids=np.arange(n),
        patient_ids=np.array([f"p{one}" for one in patients], dtype=object),
        class_names=tuple("abcdef"[:k]),
        positive_class="b" if k == 2 else None,
    )


def plain(found: Predictions, called: NDArray[np.int64]) -> dict[Key, float]:
    """Return every metric of these very images by scikit-learn, or by its definition."""
    truth, score, k = found.y_true, found.y_score, len(found.class_names)
    classes = [1] if k == 2 else list(range(k))
    keys: dict[int, int | None] = {1: None} if k == 2 else {index: index for index in classes}
    values: dict[Key, float] = {}
    for index in classes:
        is_class, is_called, own = truth == index, called == index, score[:, index]
        of_two = np.stack([1 - own, own], axis=1)
        one: dict[str, float] = {
            "auroc": reference.roc_auc_score(is_class, own),
            "average_precision": reference.average_precision_score(is_class, own),
            "sensitivity": reference.recall_score(is_class, is_called),
            "specificity": reference.recall_score(~is_class, ~is_called),
            "ppv": reference.precision_score(is_class, is_called),
            "npv": reference.precision_score(~is_class, ~is_called),
            "accuracy": reference.accuracy_score(is_class, is_called),
            "balanced_accuracy": reference.balanced_accuracy_score(is_class, is_called),
            "f1": reference.f1_score(is_class, is_called),
            "mcc": reference.matthews_corrcoef(is_class, is_called),
            "kappa": reference.cohen_kappa_score(is_class, is_called),
            "log_loss": -np.log(
                np.clip(of_two[np.arange(len(truth)), is_class.astype(int)], 1.2e-7, 1)
            ).mean(),
            "brier": reference.brier_score_loss(is_class, own),
            "calibration_error": of_event(truth, score, index),
        }
        values |= {Key(name, keys[index]): value for name, value in one.items()}
    if k == 2:
        return values
    for name in ("auroc", "average_precision", "sensitivity", "specificity", "ppv", "npv", "f1"):
        values[Key(name)] = float(np.mean([values[Key(name, index)] for index in classes]))
    overall: dict[str, Callable[..., float]] = {
        "accuracy": reference.accuracy_score,
        "balanced_accuracy": reference.balanced_accuracy_score,
        "mcc": reference.matthews_corrcoef,
        "kappa": reference.cohen_kappa_score,
    }
    values |= {Key(name): function(truth, called) for name, function in overall.items()}
    one_hot = np.eye(k)[truth]
    values[Key("auroc_micro")] = reference.roc_auc_score(one_hot.ravel(), score.ravel())
    values[Key("log_loss")] = -np.log(np.clip(score[np.arange(len(truth)), truth], 1.2e-7, 1)).mean()
    values[Key("brier")] = ((score - one_hot) ** 2).sum(axis=1).mean()
    values[Key("calibration_error")] = of_answer(truth, score)
    return values


@pytest.mark.parametrize(("k", "threshold"), [(2, 0.4), (3, (0.3, 0.5, 0.5))])
def test_every_resample_of_every_metric_is_that_of_its_images(
    k: int, threshold: float | tuple[float, ...]
) -> None:
    found = draw(k)
    judge, groups, called = Judge(found, seed=SEED), Groups(found), decide(found, threshold)
    draws = next(resamples(groups.n, N_RESAMPLES, np.random.default_rng(SEED)))
    counts = draws[:N_PLAIN].T.astype(float)
    drawn = {key: value[:N_PLAIN] for key, value in judge.drawn.items()}
    drawn |= of_answers(groups, cells_of(groups, called), [counts])
    n_undefined = 0
    for place in range(N_PLAIN):
        images = np.repeat(np.arange(found.n_samples), draws[place][groups.of])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn warns where a class is never called
            expected = plain(found.take(images), called[images])
        for key, value in expected.items():
            mine = float(drawn[key][place])
            n_undefined += np.isnan(mine)  # 0 of 0, for which scikit-learn puts 0
            assert mine == pytest.approx(value, rel=1e-5, abs=1e-6) or np.isnan(mine), key
    assert n_undefined <= 2


@pytest.mark.parametrize("k", [2, 4])
def test_the_values_are_those_of_the_images_and_the_ends_those_of_the_resamples(k: int) -> None:
    found = draw(k)
    judge = Judge(found, seed=SEED)
    evaluation, expected = judge.at(0.5), plain(found, decide(found))
    for name, metric in evaluation.metrics.items():
        assert metric.value == pytest.approx(expected[Key(name)], rel=1e-5)
    for index, metrics in enumerate(evaluation.per_class.values()):
        for name, metric in metrics.items():
            assert metric.value == pytest.approx(expected[Key(name, index)], rel=1e-5)
    area = evaluation.metrics["auroc"]
    ends = np.nanquantile(judge.drawn[Key("auroc")], [0.025, 0.975])
    assert (area.low, area.high) == (pytest.approx(ends[0]), pytest.approx(ends[1]))


def test_a_judge_gives_at_each_threshold_what_a_fresh_evaluation_gives() -> None:
    found = draw(2)
    judge = Judge(found, seed=3)
    for threshold in (0.2, 0.5, 0.2):
        assert judge.at(threshold) == evaluate(found, threshold=threshold, seed=3)
    assert judge.at(0.2).metrics["auroc"] == judge.at(0.9).metrics["auroc"]
    assert judge.at(0.2).metrics["kappa"] != judge.at(0.9).metrics["kappa"]
