"""Kappa: known from print, from scikit-learn, and at its ends."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from core.statistics.agreement import (
    cohen_kappa,
    fleiss_kappa,
    group_agreement,
    mean_pair_agreement,
    pair_agreement,
)
from core.statistics.metrics import confusion_matrix

# Fleiss 1971, table 1: 30 patients, six psychiatrists, five diagnoses.
FLEISS = """00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"""


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_fleiss_table_of_1971_has_the_kappa_in_print() -> None:
    counts = np.array([[int(digit) for digit in row] for row in FLEISS.split()])
    assert counts.sum(axis=0).tolist() == [26, 26, 30, 55, 43]  # as printed under the table
    assert (counts.sum(axis=1) == 6).all()
    assert float(fleiss_kappa(counts)) == pytest.approx(0.430, abs=0.0005)


def test_cohens_kappa_by_hand() -> None:
    # 50 applications: both yes 20, both no 15; agreement 0.70, by chance 0.5 x 0.6 + 0.5 x 0.4 = 0.50
    assert float(cohen_kappa(np.array([[20, 5], [10, 15]]))) == pytest.approx(0.40)


@pytest.mark.parametrize("k", [2, 5, 40])
def test_cohens_kappa_is_that_of_scikit_learn(rng: np.random.Generator, k: int) -> None:
    one, other = rng.integers(k, size=(2, 60))
    other[:30] = one[:30]
    expected = cohen_kappa_score(one, other)
    assert float(cohen_kappa(confusion_matrix(one, other, k))) == pytest.approx(expected)
    assert pair_agreement(one, other, k, level=0.95, seed=0).value == pytest.approx(expected)


def test_the_interval_holds_the_value_and_narrows_with_more_cases(rng: np.random.Generator) -> None:
    one = rng.integers(2, size=400)
    other = np.where(rng.random(400) < 0.2, 1 - one, one)
    few = pair_agreement(one[:20], other[:20], 2, level=0.95, seed=0)
    many = pair_agreement(one, other, 2, level=0.95, seed=0)
    assert few.interval.low < few.value < few.interval.high
    assert (few.interval.high - few.interval.low) > 2 * (many.interval.high - many.interval.low)


def test_the_interval_covers_the_true_kappa(rng: np.random.Generator) -> None:
    """Readers who err in one case of five, balanced classes: kappa 2 x 0.68 - 1 = 0.36."""
    hits = 0
    for seed in range(60):
        truth = rng.integers(2, size=60)
        one, other = (np.where(rng.random(60) < 0.2, 1 - truth, truth) for _ in range(2))
        interval = pair_agreement(one, other, 2, level=0.95, seed=seed).interval
        hits += interval.low <= 0.36 <= interval.high
    assert 52 <= hits <= 60  # 57 expected


def test_of_two_readers_the_mean_of_pairs_is_their_kappa(rng: np.random.Generator) -> None:
    answers = rng.integers(3, size=(2, 30))
    pair = pair_agreement(*answers, 3, level=0.9, seed=1)
    assert mean_pair_agreement(answers, 3, level=0.9, seed=1) == pair


def test_the_mean_of_pairs_is_the_mean(rng: np.random.Generator) -> None:
    answers = rng.integers(2, size=(3, 30))
    expected = np.mean([cohen_kappa_score(answers[i], answers[j]) for i, j in ((0, 1), (0, 2), (1, 2))])
    assert mean_pair_agreement(answers, 2, level=0.95, seed=0).value == pytest.approx(expected)


def test_readers_who_always_agree_have_one_and_no_interval() -> None:
    answers = np.array([[0, 1, 1, 0, 1]] * 3)
    for found in (
        group_agreement(answers, 2, level=0.95, seed=0),
        mean_pair_agreement(answers, 2, level=0.95, seed=0),
    ):
        assert found.value == 1
        assert not found.interval.is_defined


def test_one_class_for_every_case_leaves_kappa_undefined() -> None:
    answers = np.zeros((3, 10), dtype=np.int64)
    assert np.isnan(group_agreement(answers, 2, level=0.95, seed=0).value)
    assert np.isnan(pair_agreement(answers[0], answers[1], 2, level=0.95, seed=0).value)
