"""Areas of a thousand resamples at a time against plain sums, scikit-learn and arithmetic by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics as reference

from core.statistics.draws import Draws
from core.statistics.intervals import resamples
from core.statistics.precision_recall import average_precisions
from core.statistics.ranking import rank, weigh, weigh_auroc
from core.statistics.roc import auroc


def test_a_ranking_worked_by_hand() -> None:
    # Falling: 0.9 ill, 0.5 ill and healthy, 0.1 healthy: pairs 1, 1, 1/2, 1 of 4.
    truth, score = np.array([True, True, False, False]), np.array([0.9, 0.5, 0.5, 0.1])
    found = weigh(rank(truth, score, np.arange(4), n_groups=4), np.ones((4, 1)))
    assert found.auroc[0] == 3.5 / 4
    assert found.average_precision[0] == pytest.approx((1 + 2 / 3) / 2)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 6))
def test_any_weights_give_what_the_plain_sums_give(seed: int, n: int, n_levels: int) -> None:
    rng = np.random.default_rng(seed)
    truth, score = rng.random(n) < 0.4, rng.integers(n_levels, size=n) / n_levels
    groups, counts = rng.integers(5, size=n), rng.integers(4, size=(5, 7)).astype(float)
    ranking, weights = rank(truth, score, groups, n_groups=5), counts[groups].T
    found = weigh(ranking, counts)
    assert_allclose(found.auroc, auroc(truth, score, weights), rtol=1e-12)
    assert_allclose(found.average_precision, average_precisions(truth, score, weights), rtol=1e-12)
    assert_array_equal(weigh_auroc(ranking, counts), found.auroc)


def test_the_areas_are_those_of_scikit_learn_on_the_images_as_drawn() -> None:
    rng = np.random.default_rng(3)
    truth, score = rng.random(80) < 0.3, np.round(rng.random(80), 1)
    groups = rng.integers(20, size=80)
    counts = next(resamples(20, 5, rng)).T.astype(float)
    found = weigh(rank(truth, score, groups, n_groups=20), counts)
    for place in range(5):
        drawn = np.repeat(np.arange(80), counts[groups, place].astype(int))
        assert_allclose(found.auroc[place], reference.roc_auc_score(truth[drawn], score[drawn]))
        expected = reference.average_precision_score(truth[drawn], score[drawn])
        assert_allclose(found.average_precision[place], expected)


@pytest.mark.parametrize("truth", [[True, True], [False, False], []])
def test_an_area_of_one_side_alone_is_not_defined(truth: list[bool]) -> None:
    n = len(truth)
    ranking = rank(np.array(truth, dtype=bool), np.zeros(n), np.arange(n), n_groups=n)
    found = weigh(ranking, np.ones((n, 1)))
    assert np.isnan(found.auroc[0])
    assert np.isnan(weigh_auroc(ranking, np.ones((n, 1)))[0])
    assert np.isnan(found.average_precision[0]) == (not any(truth))


def test_draws_are_those_of_the_same_seed_in_blocks_of_any_width() -> None:
    expected = np.concatenate(list(resamples(30, 1000, np.random.default_rng(4)))).T
    for width in (0, 10_000, 1_000_000):
        blocks = list(Draws(30, 1000, seed=4, width=width).blocks())
        assert_array_equal(np.concatenate(blocks, axis=1), expected)
        assert max(block.shape[1] for block in blocks) <= 64
    assert list(Draws(0, 1000, seed=4).blocks()) == []


def test_draws_too_large_to_keep_are_made_again_the_same() -> None:
    large = Draws(200_000, 700, seed=1)
    first, again = next(large.blocks()), next(large.blocks())
    assert large.n_bytes == 0
    assert Draws(2_000, 700, seed=1).n_bytes == 1_400_000
    assert_array_equal(first, again)
    assert (first.sum(axis=0) == 200_000).all()
