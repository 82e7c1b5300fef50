"""Neighbours against scikit-learn, and what makes one a leak."""

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from core.errors import InvalidValueError
from core.evaluation.neighbours import nearest, training_neighbours

ROWS = pd.DataFrame(
    {
        "sample_id": [0, 1, 2, 3],
        "label": ["a", "b", "a", "b"],
        "patient_id": ["p0", "p1", None, "p3"],
        "file": ["x", "y", "z", "w"],
    }
)
BANK = np.array([[1.0, 0.0], [1.0, 0.1], [1.0, 0.2], [0.0, 1.0]])


def row(sample_id, patient, file):
    return pd.Series({"sample_id": sample_id, "patient_id": patient, "file": file})


@pytest.mark.parametrize("distance", ["cosine", "euclidean"])
@pytest.mark.parametrize(("m", "n", "d", "k"), [(7, 50, 12, 5), (1, 3, 4, 5), (30, 400, 3, 8)])
def test_neighbours_are_those_of_scikit_learn(distance, m, n, d, k):
    rng = np.random.default_rng(1)
    asked, bank = rng.normal(size=(m, d)).astype(np.float32), rng.normal(size=(n, d)).astype(np.float32)
    indices, distances = nearest(asked, bank, k, distance=distance)
    theirs = NearestNeighbors(n_neighbors=min(k, n), metric=distance, algorithm="brute")
    expected, places = theirs.fit(bank.astype(float)).kneighbors(asked.astype(float))
    assert indices.tolist() == places.tolist()
    assert np.allclose(distances, expected, atol=1e-6)


def test_neighbours_do_not_depend_on_how_many_are_asked_at_once(monkeypatch):
    rng = np.random.default_rng(2)
    asked, bank = rng.normal(size=(23, 6)), rng.normal(size=(40, 6))
    whole = nearest(asked, bank, 3)
    monkeypatch.setattr("core.evaluation.neighbours._MOST_AT_ONCE", 100)
    parts = nearest(asked, bank, 3)
    assert whole[0].tolist() == parts[0].tolist()


def test_a_picture_is_its_own_nearest_and_what_is_no_number_is_never_near():
    bank = np.array([[1.0, 0.0], [0.0, 0.0], [np.nan, 1.0], [3.0, 4.0]])
    indices, distances = nearest(np.array([[6.0, 8.0]]), bank, 4)
    assert indices.tolist() == [[3, 0, 1, 2]]
    assert distances[0].tolist() == pytest.approx([0, 0.4, 1, np.inf])
    indices, distances = nearest(np.array([[3.0, 4.0]]), bank, 2, distance="euclidean")
    assert indices[0, 0] == 3
    assert distances[0].tolist() == pytest.approx([0, np.sqrt(20)])


def test_no_training_image_means_no_neighbour_and_other_shapes_are_refused():
    indices, distances = nearest(np.ones((2, 3)), np.ones((0, 3)), 5)
    assert indices.shape == distances.shape == (2, 0)
    with pytest.raises(InvalidValueError, match="Neighbours are looked for"):
        nearest(np.ones((2, 3)), np.ones((4, 2)), 5)


def test_who_was_learned_from_is_named_and_an_image_is_not_its_own_neighbour():
    found = training_neighbours(np.array([1.0, 0.0]), BANK, ROWS, of=row(0, "p1", "z"), k=5)
    assert [(one.sample_id, one.label) for one in found] == [(1, "b"), (2, "a"), (3, "b")]
    assert [(one.same_patient, one.same_picture) for one in found] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert [one.is_leak for one in found] == [True, True, False]


def test_an_unknown_patient_is_nobody_s():
    found = training_neighbours(np.array([1.0, 0.0]), BANK, ROWS, of=row(9, None, "q"))
    assert len(found) == 4
    assert not any(one.is_leak for one in found)


def test_a_number_and_a_patient_of_another_data_set_mean_somebody_else_but_pixels_are_pixels():
    of = row(0, "p1", "x")
    found = training_neighbours(np.array([1.0, 0.0]), BANK, ROWS, of=of, same_dataset=False)
    assert [one.sample_id for one in found] == [0, 1, 2, 3]
    assert [one.same_picture for one in found] == [True, False, False, False]
    assert not any(one.same_patient for one in found)
