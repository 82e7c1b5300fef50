"""Metrics against hand-worked tables, scikit-learn and a thousand matrices at a time."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics as reference

from core.statistics import metrics
from core.statistics.agreement import cohen_kappa

# Rows are the truth: 50 negative images (45 called so), 20 positive ones (16 found).
TABLE = np.array([[45, 5], [4, 16]])


def draw(n: int = 200, k: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    y_true = rng.integers(k, size=n)
    y_score = rng.dirichlet(np.ones(k), size=n)
    return y_true, y_score, y_score.argmax(axis=1)


def test_rows_of_the_matrix_are_the_truth() -> None:
    y_true, y_pred = np.array([0, 0, 1, 2]), np.array([0, 2, 1, 1])
    assert_array_equal(metrics.confusion_matrix(y_true, y_pred, 3), [[1, 0, 1], [0, 1, 0], [0, 1, 0]])


def test_proportions_of_a_table_worked_by_hand() -> None:
    worked = {
        metrics.accuracy(TABLE): (61, 70),
        metrics.sensitivity(TABLE, 1): (16, 20),
        metrics.specificity(TABLE, 1): (45, 50),
        metrics.positive_predictive_value(TABLE, 1): (16, 21),
        metrics.negative_predictive_value(TABLE, 1): (45, 49),
    }
    for proportion, (hits, n) in worked.items():
        assert (proportion.hits, proportion.n) == (hits, n)
        assert proportion.value == hits / n
    assert metrics.balanced_accuracy(TABLE) == pytest.approx((0.8 + 0.9) / 2)
    assert metrics.f1(TABLE, 1) == pytest.approx(32 / 41)


def test_the_other_class_as_positive_swaps_the_sides() -> None:
    assert metrics.sensitivity(TABLE, 0).value == metrics.specificity(TABLE, 1).value
    assert (
        metrics.positive_predictive_value(TABLE, 0).value == metrics.negative_predictive_value(TABLE, 1).value
    )


def test_metrics_of_three_classes_are_those_of_scikit_learn() -> None:
    y_true, y_score, y_pred = draw()
    matrix = metrics.confusion_matrix(y_true, y_pred, 3)
    assert_array_equal(matrix, reference.confusion_matrix(y_true, y_pred))
    assert_allclose(metrics.accuracy(matrix).value, reference.accuracy_score(y_true, y_pred))
    assert_allclose(metrics.balanced_accuracy(matrix), reference.balanced_accuracy_score(y_true, y_pred))
    assert_allclose(metrics.macro_f1(matrix), reference.f1_score(y_true, y_pred, average="macro"))
    recalls = reference.recall_score(y_true, y_pred, average=None)
    precisions = reference.precision_score(y_true, y_pred, average=None)
    for index in range(3):
        assert_allclose(metrics.sensitivity(matrix, index).value, recalls[index])
        assert_allclose(metrics.positive_predictive_value(matrix, index).value, precisions[index])
    assert_allclose(metrics.log_losses(y_true, y_score).mean(), reference.log_loss(y_true, y_score))
    assert_allclose(metrics.brier_scores(y_true, y_score).mean(), reference.brier_score_loss(y_true, y_score))


def test_brier_score_of_two_classes_is_that_of_scikit_learn() -> None:
    y_true, y_score, _ = draw(k=2)
    ours = metrics.brier_scores(y_true, y_score).mean()
    assert_allclose(ours, reference.brier_score_loss(y_true, y_score[:, 1]))


def test_a_coin_has_log_loss_ln_2_and_brier_score_one_quarter() -> None:
    y_true, y_score = np.array([0, 1, 1]), np.full((3, 2), 0.5, dtype=np.float32)
    assert_allclose(metrics.log_losses(y_true, y_score), np.log(2))
    assert_allclose(metrics.brier_scores(y_true, y_score), 0.25)


def test_a_certain_mistake_costs_much_but_not_infinitely_much() -> None:
    certain = np.array([[1, 0]], dtype=np.float32)
    assert_allclose(metrics.log_losses(np.array([1]), certain), -np.log(np.finfo(np.float32).eps))
    assert metrics.brier_scores(np.array([1]), certain) == 1


def test_a_class_without_images_has_no_sensitivity() -> None:
    matrix = np.array([[5, 1], [0, 0]])
    assert np.isnan(metrics.sensitivity(matrix, 1).value)
    assert np.isnan(metrics.balanced_accuracy(matrix))
    assert metrics.specificity(matrix, 1).value == pytest.approx(5 / 6)
    assert metrics.f1(matrix, 1) == 0


def test_no_images_at_all_give_nan_and_no_warning() -> None:
    matrix = metrics.confusion_matrix(np.zeros(0, dtype=int), np.zeros(0, dtype=int), 2)
    assert_array_equal(matrix, np.zeros((2, 2)))
    assert np.isnan(metrics.accuracy(matrix).value)
    assert np.isnan(metrics.f1(matrix, 1))


def test_a_stack_of_matrices_is_answered_one_by_one() -> None:
    stack = np.random.default_rng(0).integers(0, 9, size=(7, 3, 3))
    for index in range(7):
        assert metrics.accuracy(stack).value[index] == metrics.accuracy(stack[index]).value
        assert metrics.macro_f1(stack)[index] == metrics.macro_f1(stack[index])
        for name in ("sensitivity", "specificity", "positive_predictive_value", "negative_predictive_value"):
            of = getattr(metrics, name)
            assert of(stack, 2).value[index] == of(stack[index], 2).value


def test_kappa_of_the_published_table_of_two_judges() -> None:
    # 200 patients, three diagnoses: Cohen 1968, doi:10.1037/h0026256, table 1; he finds .492.
    table = np.array([[88, 10, 2], [14, 40, 6], [18, 10, 12]])
    assert cohen_kappa(table) == pytest.approx((0.70 - 0.41) / (1 - 0.41))
    assert round(float(cohen_kappa(table)), 3) == 0.492


def test_matthews_of_a_table_worked_by_hand() -> None:
    assert metrics.matthews_correlation(TABLE) == pytest.approx(
        (16 * 45 - 5 * 4) / np.sqrt(21.0 * 20 * 50 * 49)
    )


@pytest.mark.parametrize("k", [2, 3, 5])
def test_kappa_and_matthews_are_those_of_scikit_learn(k: int) -> None:
    y_true, _, y_pred = draw(k=k)
    matrix = metrics.confusion_matrix(y_true, y_pred, k)
    assert_allclose(cohen_kappa(matrix), reference.cohen_kappa_score(y_true, y_pred))
    assert_allclose(metrics.matthews_correlation(matrix), reference.matthews_corrcoef(y_true, y_pred))


def test_each_class_against_the_rest_is_the_table_of_that_question() -> None:
    y_true, _, y_pred = draw(k=4)
    folded = metrics.against_rest(metrics.confusion_matrix(y_true, y_pred, 4))
    assert_array_equal(folded, reference.multilabel_confusion_matrix(y_true, y_pred))
    for index in range(4):
        kappa = reference.cohen_kappa_score(y_true == index, y_pred == index)
        assert_allclose(cohen_kappa(folded)[index], kappa)
        assert_allclose(metrics.f1(folded, 1)[index], reference.f1_score(y_true == index, y_pred == index))


def test_agreement_of_one_class_alone_is_not_defined() -> None:
    alone = np.array([[0, 0], [0, 7]])
    assert np.isnan(cohen_kappa(alone))
    assert np.isnan(metrics.matthews_correlation(alone))
