"""Cells of the confusion matrix: every image is in exactly one, and the order is that of confidence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from core.evaluation.cells import Cell, cell_shares, confidence, count_cells, described, places_of
from core.evaluation.decisions import decide
from core.evaluation.mistakes import list_mistakes
from core.runs.predictions import Predictions

NAMES = ("a", "b", "<i>c</i>")


def predicted(y_true, y_score, *, names=None):
    score = np.asarray(y_score, dtype=np.float32)
    names = names or tuple(f"class {code}" for code in range(score.shape[1]))
    return Predictions(
        y_true=np.asarray(y_true, dtype=np.int64),
        logits=np.log(np.maximum(score, 1e-6)),
        y_score=score,
        sample_ids=np.arange(len(score)) * 10,
        patient_ids=None,
        class_names=names,
        positive_class=names[-1] if len(names) == 2 else None,
    )


@st.composite
def judged(draw):
    """Predictions of 2 to 40 classes with repeated scores, and a threshold: one, or one a class."""
    k = draw(st.sampled_from([2, 2, 3, 5, 40]))
    n = draw(st.integers(0, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    score = rng.integers(1, 5, (n, k)).astype(np.float64)
    one = st.sampled_from([0.0, 0.25, 0.5, 0.99, 1.0])
    threshold = draw(one) if k == 2 else tuple(draw(one) for _ in range(k))
    return predicted(rng.integers(0, k, n), score / score.sum(axis=1, keepdims=True)), threshold


@settings(max_examples=80, deadline=None)
@given(judged())
def test_every_image_is_in_exactly_one_cell_and_the_matrix_counts_them(case):
    predictions, threshold = case
    counts = count_cells(predictions, threshold)
    found = [
        (Cell(truth, called), places_of(predictions, threshold, kind="cell", cell=Cell(truth, called)))
        for truth, called in np.ndindex(counts.shape)
    ]
    assert all(len(places) == counts[cell.truth, cell.called] for cell, places in found)
    everywhere = np.concatenate([places for _, places in found])
    assert sorted(everywhere.tolist()) == list(range(predictions.n_samples))
    wrong = np.concatenate([places for cell, places in found if cell.truth != cell.called])
    assert sorted(wrong.tolist()) == sorted(places_of(predictions, threshold, kind="errors").tolist())


@settings(max_examples=40, deadline=None)
@given(judged())
def test_the_surest_come_first_and_the_least_sure_are_the_same_backwards(case):
    predictions, threshold = case
    sure = confidence(predictions, threshold)
    assert np.all((sure >= 0) & (sure <= 1))
    for kind in ("errors", "all"):
        assert np.all(np.diff(sure[places_of(predictions, threshold, kind=kind)]) <= 0)
    assert np.all(np.diff(sure[places_of(predictions, threshold, kind="least_sure")]) >= 0)


def test_the_matrix_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    predictions = predicted(rng.integers(0, 5, 300), rng.dirichlet(np.ones(5), 300))
    theirs = confusion_matrix(predictions.y_true, decide(predictions), labels=range(5))
    assert count_cells(predictions).tolist() == theirs.tolist()
    for by, normalize in (("row", "true"), ("column", "pred")):
        theirs = confusion_matrix(predictions.y_true, decide(predictions), normalize=normalize)
        assert np.allclose(cell_shares(count_cells(predictions), by), theirs)


def test_shares_of_nothing_are_nothing():
    counts = np.array([[0, 0], [3, 1]])
    assert cell_shares(counts, "row").tolist() == [[0, 0], [0.75, 0.25]]
    assert cell_shares(counts, "column").tolist() == [[0, 0], [1, 1]]
    assert cell_shares(counts, "count").tolist() == [[0, 0], [1, 1 / 3]]
    assert cell_shares(np.zeros((2, 2), dtype=int), "count").tolist() == [[0, 0], [0, 0]]


def test_a_threshold_for_each_class_changes_what_is_called_and_how_surely():
    predictions = predicted([0, 1], [[0.6, 0.3, 0.1], [0.5, 0.4, 0.1]], names=NAMES)
    assert confidence(predictions) == pytest.approx([0.6, 0.5])
    # 0.6 / 0.8 = 0.75 and 0.3 / 0.2 = 1.5 and 0.1 / 0.5 = 0.2: the second, with 1.5 of 2.45
    threshold = (0.8, 0.2, 0.5)
    assert confidence(predictions, threshold)[0] == pytest.approx(1.5 / 2.45)
    (mistake,) = list_mistakes(predictions, threshold)
    assert (mistake.sample_id, mistake.called_class, mistake.is_right) == (0, "b", False)
    assert mistake.probability == pytest.approx(0.3)


def test_only_what_is_asked_for_is_described():
    predictions = predicted([0, 1, 1], [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    first, second = described(predictions, np.array([2, 1]))
    assert (first.sample_id, first.is_right, round(first.probability, 2)) == (20, True, 0.7)
    assert (second.sample_id, second.is_right, second.called_class) == (10, False, "class 0")
