"""The map of neighbours: who is near stays near, and it is the same each time."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from core.statistics.neighbour_map import MOST_CASES, neighbour_map


def groups(n: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Three groups far apart in 80 dimensions."""
    rng = np.random.default_rng(0)
    middles = rng.normal(scale=8, size=(3, 80))
    of = np.repeat(np.arange(3), n)
    return middles[of] + rng.normal(size=(3 * n, 80)), of


def test_each_case_stands_among_those_of_its_group():
    features, of = groups()
    places = neighbour_map(features)
    between = np.linalg.norm(places[:, None] - places[None], axis=2) + np.diag(np.full(len(of), np.inf))
    assert np.array_equal(of[between.argmin(axis=1)], of)
    assert trustworthiness(features, places, n_neighbors=4) > 0.8


def test_the_same_seed_gives_the_same_map_around_its_middle():
    features, _ = groups(5)
    places = neighbour_map(features, seed=3)
    assert np.array_equal(places, neighbour_map(features, seed=3))
    assert np.allclose(places.mean(axis=0), 0, atol=1e-6)
    assert np.sqrt((places**2).sum(axis=1).mean()) == pytest.approx(1)


@pytest.mark.parametrize(
    "features", [np.zeros((0, 4)), np.ones((3, 4)), np.zeros((20, 4)), np.full((9, 2), np.nan)]
)
def test_a_map_of_next_to_nothing_has_all_cases_in_it(features):
    places = neighbour_map(features)
    assert places.shape == (len(features), 2)
    assert np.isfinite(places).all()


def test_more_than_can_be_waited_for_is_refused():
    with pytest.raises(ValueError, match="too long"):
        neighbour_map(np.zeros((MOST_CASES + 1, 2)))
