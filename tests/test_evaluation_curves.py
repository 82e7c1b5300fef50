"""The curves of an evaluation, and where the decisions stand on them."""

import numpy as np
import pytest

from core.evaluation.curves import areas, bands, called, is_off, precision_recall_curves, roc_curves
from core.evaluation.report import evaluate
from core.runs.predictions import Predictions


def of(scores, y_true, names, positive=None):
    scores = np.asarray(scores, dtype=np.float32)
    return Predictions(
        y_true=np.asarray(y_true, dtype=np.int64),
        logits=np.log(np.maximum(scores, 1e-6)),
        y_score=scores,
        sample_ids=np.arange(len(scores)),
        patient_ids=None,
        class_names=names,
        positive_class=positive,
    )


def many(n=200, k=4):
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, k, n)
    scores = rng.dirichlet(np.ones(k), n) + np.eye(k)[y_true] * rng.random((n, 1))
    return of(scores / scores.sum(axis=1, keepdims=True), y_true, tuple("abcd"[:k]))


SCORE = np.random.default_rng(1).random(60).round(2)
TWO = of(
    np.stack([1 - SCORE, SCORE], axis=1), SCORE > 0.5 - 0.3 * np.cos(np.arange(60)), ("well", "ill"), "ill"
)


@pytest.mark.parametrize("threshold", [0.0, 0.123, 0.5, 0.77, 1.0])
def test_with_two_classes_the_decisions_stand_on_both_curves(threshold):
    point = called(evaluate(TWO, threshold=threshold))["ill"]
    assert not is_off(roc_curves(TWO)["ill"], point)
    curve = precision_recall_curves(TWO)["ill"]
    if np.isfinite(point.precision) and point.sensitivity in curve.recall:
        places = np.flatnonzero(curve.recall == point.sensitivity)
        assert point.precision <= curve.precision[places].max() + 1e-12


def test_the_most_probable_class_may_stand_off_its_curve():
    """Both are called 'a' or not by what the others get: at no threshold of 'a' alone are these the rates."""
    found = of([[0.4, 0.3, 0.3], [0.45, 0.55, 0.0]], [0, 1], ("a", "b", "c"))
    point = called(evaluate(found))["a"]
    assert (point.sensitivity, point.false_positive_rate, point.precision) == (1, 0, 1)
    assert is_off(roc_curves(found)["a"], point)


def test_the_rates_of_each_class_are_those_of_its_row_and_column():
    found = many()
    evaluation = evaluate(found, threshold=(0.2, 0.5, 0.5, 0.9))
    matrix = np.array(evaluation.confusion_matrix)
    for index, name in enumerate(found.class_names):
        point, hits = called(evaluation)[name], matrix[index, index]
        assert point.sensitivity == pytest.approx(hits / matrix[index].sum())
        assert point.precision == pytest.approx(hits / matrix[:, index].sum())
        others = matrix.sum() - matrix[index].sum()
        assert point.false_positive_rate == pytest.approx((matrix[:, index].sum() - hits) / others)


def test_what_nobody_is_or_is_called_has_no_rate():
    point = called(evaluate(of([[0.9, 0.1], [0.8, 0.2]], [0, 0], ("well", "ill"), "ill")))["ill"]
    assert np.isnan([point.sensitivity, point.precision]).all()
    assert point.false_positive_rate == 0


def test_every_curve_has_an_area_of_both_kinds_and_bands():
    found = many()
    evaluation = evaluate(found)
    assert set(roc_curves(found)) == set(precision_recall_curves(found)) == set(areas(evaluation))
    precisions = areas(evaluation, "average_precision")
    for name, curve in precision_recall_curves(found).items():
        area = float((np.diff(curve.recall, prepend=0) * curve.precision).sum())
        assert precisions[name].value == pytest.approx(area)
    around = bands(found, "b")
    assert around.roc is not None
    assert around.precision_recall is not None
