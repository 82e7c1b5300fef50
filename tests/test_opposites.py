"""The smallest blurred region that flips an answer, and where two maps differ, in closed form."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from core.explanation.differing import compare_maps
from core.explanation.opposites import Ask, Opposite, smallest_flip
from core.explanation.records import Attribution
from core.transforms.preprocessing.picture import Extent

_SIDE = 32


def _call(probabilities: NDArray[np.floating]) -> NDArray[np.int64]:
    return probabilities.argmax(axis=1).astype(np.int64)


def _checkerboard() -> NDArray[np.float32]:
    rows, columns = np.indices((_SIDE, _SIDE))
    return ((rows + columns) % 2).astype(np.float32)[None]  # blurred it is 0.5 nearly everywhere


def _looks_at(patch: tuple[slice, slice]) -> Ask:
    """Return a network that says 1 while the contrast inside a patch is more than half of what it was."""

    def ask(inputs: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
        contrast = np.array([np.abs(one[0][patch] - 0.5).mean() for one in inputs])
        return np.stack([np.zeros_like(contrast), 40 * (contrast - 0.25)], axis=1).astype(np.float32)

    return ask


def _found(patch: tuple[slice, slice]) -> Opposite:
    return smallest_flip(_checkerboard(), _looks_at(patch), _call)


def test_the_region_is_half_of_the_patch_that_decides() -> None:
    patch = (slice(8, 16), slice(20, 28))  # 64 of 1024 pixels; half of its contrast must go
    found = _found(patch)
    assert (found.called_before, found.called_after) == (1, 0)
    assert found.mask is not None
    inside = np.zeros((_SIDE, _SIDE), dtype=np.bool_)
    inside[patch] = True
    assert found.mask[~inside].sum() == 0  # all that does not matter was given back
    assert 32 <= found.mask.sum() <= 36  # cells of 2 x 2, and a blur that leaves a little
    assert found.before[1] > 0.99
    assert found.after[1] < 0.5


def test_only_the_region_is_changed() -> None:
    found = _found((slice(0, 6), slice(0, 6)))
    assert found.mask is not None
    assert (found.changed[0] == found.inputs[0])[~found.mask].all()
    assert (found.changed[0] != found.inputs[0])[found.mask].all()


_CORNERS = ((slice(0, 4), slice(0, 4)), (slice(28, 32), slice(28, 32)))


def test_corners_that_each_matter_are_blurred_together() -> None:
    def ask(inputs: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
        kept = np.array([sum(np.abs(one[0][part] - 0.5).mean() for part in _CORNERS) for one in inputs])
        return np.stack([np.zeros_like(kept), 40 * (kept - 0.3)], axis=1).astype(np.float32)

    found = smallest_flip(_checkerboard(), ask, _call)  # from 1.0 to below 0.3: one corner leaves 0.5
    assert found.shape == "cells"
    assert found.mask is not None
    assert found.mask[:4, :4].any()
    assert found.mask[28:, 28:].any()
    assert found.mask.sum() <= 32


def test_an_answer_that_heeds_no_detail_is_not_flipped() -> None:
    def ask(inputs: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.tile(np.array([[0.0, 1.0]], dtype=np.float32), (len(list(inputs)), 1))

    found = smallest_flip(_checkerboard(), ask, _call)
    assert found.mask is None
    assert found.area == 0
    assert found.called_after == found.called_before == 1
    assert found.n_tried > 100
    assert found.n_flips == 0


def test_a_search_can_be_stopped() -> None:
    class Stop(Exception):
        pass

    def progress(fraction: float) -> None:
        raise Stop

    with pytest.raises(Stop):
        smallest_flip(_checkerboard(), _looks_at((slice(0, 8), slice(0, 8))), _call, progress=progress)


def _map(values: NDArray[np.floating], extent: Extent | None = None) -> Attribution:
    return Attribution(
        method="saliency",
        target=0,
        class_name="a",
        values=values.astype(np.float32),
        signed=True,
        grid=(values.shape[0], values.shape[1]),
        extent=extent or Extent(),
    )


def test_a_map_does_not_differ_from_itself_however_strong() -> None:
    values = np.random.default_rng(0).random((9, 9))
    same = compare_maps(_map(values), _map(100 * values), (9, 9))
    assert np.abs(same.difference).max() < 1e-8
    assert same.correlation == pytest.approx(1)
    assert same.common == pytest.approx(1)


def test_maps_of_two_corners_have_nothing_in_common() -> None:
    one, other = np.zeros((9, 9)), np.zeros((9, 9))
    one[0, 0], other[8, 4] = 5, 1
    found = compare_maps(_map(one), _map(other), (9, 9))
    assert found.common == 0
    assert (found.difference[0, 0], found.difference[8, 4]) == (1, -1)
    assert (found.first_more, found.second_more) == ("upper left", "lower middle")


def test_one_strong_place_is_named_before_much_that_is_faint() -> None:
    one = np.full((30, 30), 0.2)
    one[4:8, 4:8] = 5  # 80 of its 257
    found = compare_maps(_map(one), _map(np.ones((30, 30))), (30, 30))
    assert found.first_more == "upper left"
    assert found.second_more != "upper left"


def test_half_in_common_by_hand() -> None:
    one, other = np.array([[1.0, 1.0, 0.0]]), np.array([[0.0, 1.0, 1.0]])
    found = compare_maps(_map(one), _map(other), (1, 3))
    assert found.common == pytest.approx(0.5)
    assert found.correlation == pytest.approx(-0.5)  # ranks 2.5, 2.5, 1 and 1, 2.5, 2.5


def test_only_what_both_saw_is_compared() -> None:
    left = Extent(top=0, left=0, bottom=1, right=0.5)
    found = compare_maps(_map(np.ones((4, 2)), left), _map(np.ones((4, 4))), (4, 4))
    assert np.isnan(found.difference[:, 2:]).all()
    assert (found.difference[:, :2] == 0).all()
    assert found.correlation is None  # even maps have no ranks


def test_an_empty_map_has_nothing_in_common_to_count() -> None:
    found = compare_maps(_map(np.zeros((6, 6))), _map(np.eye(6)), (6, 6))
    assert found.common is None
    assert found.first_more is None
    assert found.second_more is not None
