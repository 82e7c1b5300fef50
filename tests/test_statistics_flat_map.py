"""The flat map against scikit-learn's principal components and scipy's Procrustes."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from sklearn.decomposition import PCA

from core.statistics.flat_map import aligned, flat_map


def features(m: int, n_features: int) -> np.ndarray:
    draw = np.random.default_rng(4)
    return draw.normal(size=(m, n_features)) * np.linspace(3, 0.1, n_features) + 7


@pytest.mark.parametrize(("m", "n_features"), [(40, 8), (12, 64), (30, 2), (2, 5)])  # both ways to multiply
def test_it_is_the_plane_of_the_first_two_principal_components(m: int, n_features: int) -> None:
    values = features(m, n_features)
    found = flat_map(values)
    theirs = PCA(n_components=2, svd_solver="full")
    scores = theirs.fit_transform(values)
    np.testing.assert_allclose(np.abs(found.places * found.spread), np.abs(scores), atol=1e-6)
    if m > 2:
        assert found.kept_share == pytest.approx(theirs.explained_variance_ratio_.sum())
    assert np.sqrt((found.places**2).sum(axis=1).mean()) == pytest.approx(1)


def test_a_map_is_turned_as_scipy_turns_it() -> None:
    before, now = flat_map(features(40, 8)).places, np.random.default_rng(1).normal(size=(40, 2))
    turn, _ = orthogonal_procrustes(now, before)
    np.testing.assert_allclose(aligned(now, before), now @ turn, atol=1e-12)


def test_a_map_that_was_only_turned_or_mirrored_comes_back() -> None:
    before = flat_map(features(25, 6)).places
    mirror = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]]) @ np.diag([1, -1])
    np.testing.assert_allclose(aligned(before @ mirror, before), before, atol=1e-12)


@pytest.mark.parametrize(
    "values", [np.ones((5, 3)), np.full((4, 2), np.nan), np.zeros((3, 0)), np.zeros((0, 3)), np.ones((1, 4))]
)
def test_features_that_say_nothing_put_all_cases_in_the_middle(values: np.ndarray) -> None:
    found = flat_map(values)
    assert found.places.shape == (len(values), 2)
    assert not found.places.any()
    assert (found.spread, found.kept_share) == (0, 0)


def test_one_feature_lies_on_a_line() -> None:
    found = flat_map(np.array([[1.0], [2.0], [6.0]]))
    assert not found.places[:, 1].any()
    assert found.kept_share == pytest.approx(1)
    np.testing.assert_allclose(np.sort(found.places[:, 0] * found.spread), np.sort([-2, -1, 3]), atol=1e-12)
