"""What augmentations do to lesions, against squares whose fate is known by hand."""

import numpy as np
import pytest
import torch

from core.datasets.store import open_dataset
from core.errors import StateError
from core.experiments.lesion_records import LesionRequest
from core.experiments.lesions import draw_fates, measure_lesions
from core.experiments.rose import Lesions, find_lesions, ring_around, rose_k
from core.statistics.intervals import wilson
from core.statistics.shares import share_by_group
from core.transforms.records import AugmentationStep
from tests.tiny_dataset import write_tiny

SIDE = 64


class QuietJob:
    """A job that nobody stops."""

    def report(self, done: float, message: object) -> None:
        """Do nothing."""

    def check_stop(self) -> None:
        """Go on."""


def square(top: int, left: int, side: int = 10) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    mask[top : top + side, left : left + side] = True
    return mask


def lesions(mask: np.ndarray, *, contrast: float = 0.2, noise: float = 0.02, n: int = 8) -> Lesions:
    """Return the same square n times, on grey with noise."""
    picture = 0.4 + contrast * mask + noise * np.random.default_rng(0).standard_normal((n, SIDE, SIDE))
    ring = ring_around(mask, mask)
    masks, rings = (torch.from_numpy(one).float().expand(n, 1, SIDE, SIDE) for one in (mask, ring))
    pictures = torch.from_numpy(picture[:, None]).float().clamp(0, 1)
    return Lesions(pictures, masks, rings, np.arange(n), np.arange(n), n)


def fates(found: Lesions, name: str, **parameters: float):
    steps = (AugmentationStep(name=name, parameters=parameters),)
    return draw_fates(found, np.arange(len(found.groups)), steps, seed=1)


def test_k_of_a_square_is_contrast_times_root_of_area_over_noise() -> None:
    mask = square(20, 30)
    ring = ring_around(mask, mask)
    picture = np.full((SIDE, SIDE), 0.4)
    picture[ring] += np.where(np.arange(ring.sum()) % 2, 0.02, -0.02)  # sd 0.02 where it is even
    picture[mask] = 0.5
    spread = picture[ring].std()
    tensors = (torch.from_numpy(one).float()[None, None] for one in (picture, mask, ring))
    k = rose_k(*tensors, torch.tensor([100.0]))
    assert k == pytest.approx((0.5 - picture[ring].mean()) * 10 / spread, rel=1e-5)
    assert k == pytest.approx(50, rel=0.02)  # 0.1 x 10 / 0.02


def test_k_is_infinite_without_noise_zero_without_contrast_and_unknown_without_a_ring() -> None:
    mask = square(20, 30)
    ring = ring_around(mask, mask)
    flat, standing = np.full((SIDE, SIDE), 0.4), np.where(mask, 0.5, 0.4)
    none = np.zeros_like(ring)

    def k(picture: np.ndarray, around: np.ndarray) -> float:
        tensors = (torch.from_numpy(one).float()[None, None] for one in (picture, mask, around))
        return float(rose_k(*tensors, torch.tensor([100.0]))[0])

    assert k(standing, ring) > 1e6
    assert k(flat, ring) == 0
    assert np.isnan(k(standing, none))


def test_a_ring_is_as_wide_as_the_lesion_and_leaves_other_lesions_out() -> None:
    mask, other = square(20, 20), square(20, 33)
    ring = ring_around(mask, mask | other)
    assert not (ring & (mask | other)).any()
    rows, _columns = np.nonzero(ring)
    width = np.sqrt(100 / np.pi)  # 5.6: from 1 to 6.6 pixels away
    assert rows.min() == 20 - int(1 + width)
    assert not ring[19, 25]  # the rim is left out


def test_a_lesion_in_the_corner_is_pushed_out_by_a_large_shift_and_never_by_a_flip() -> None:
    corner = lesions(square(0, 0, side=6), n=64)
    shifted = fates(corner, "translate", distance=0.25)
    assert 0 < shifted.pushed_out.mean() < 1
    stays = shifted.left >= 0.999
    assert stays.any()
    assert fates(corner, "flip_horizontal", probability=1.0).left == pytest.approx(np.ones(64))


def test_a_lesion_in_the_middle_stays_in_the_picture_whatever_the_zoom() -> None:
    for name, parameters in (("crop", {"smallest": 0.6}), ("scale", {}), ("rotate", {"degrees": 45})):
        left = fates(lesions(square(27, 27), n=32), name, **parameters).left
        assert left == pytest.approx(np.ones(32), abs=0.08), name


def test_a_lesion_that_is_cut_in_two_keeps_the_part_that_is_left() -> None:
    erased = fates(lesions(square(27, 27), n=256), "erase", area=0.5)
    assert ((erased.left > 0.02) & (erased.left < 0.98)).any()
    moved = erased.masks.sum((1, 2, 3)).numpy() / 100
    np.testing.assert_allclose(erased.left, moved, atol=1e-6)  # nothing was scaled


def test_noise_hides_a_faint_lesion_and_not_a_strong_one() -> None:
    faint, strong = (lesions(square(27, 27), contrast=c, n=32) for c in (0.02, 0.3))
    assert (faint.rose >= 5).all() and (strong.rose >= 5).all()
    for found, expected in ((faint, True), (strong, False)):
        drawn = fates(found, "gaussian_noise", deviation=0.3)
        assert drawn.hidden.any() == expected
        assert not drawn.pushed_out.any()


def test_lesions_are_the_connected_parts_of_a_mask_and_their_films_are_counted(home, films_in_small) -> None:
    films_in_small(12, 64)
    found = find_lesions(open_dataset("films"), n_films=4, image_size=64)
    assert found.n_films == len(set(found.sample_ids.tolist())) == 4
    dataset = open_dataset("films")
    for sample_id, mask in zip(found.sample_ids, found.masks[:, 0] > 0.5, strict=True):
        whole = dataset.lesion_mask(int(sample_id))
        assert whole is not None and not (mask.numpy() & ~whole).any()
        assert mask.sum() >= 9


def test_an_augmentation_that_does_nothing_loses_nothing(home, films_in_small) -> None:
    films_in_small(12, 64)
    revision = open_dataset("films").info.revision
    still = (
        AugmentationStep(name="rotate", parameters={"degrees": 0}),
        AugmentationStep(name="flip_horizontal", parameters={"probability": 0}),
    )
    request = LesionRequest(
        dataset="films", revision=revision, steps=still, n_films=6, n_draws=2, image_size=64
    )
    found = measure_lesions(request, QuietJob())  # type: ignore[arg-type]
    assert [loss.step for loss in found.losses] == ["rotate", "flip_horizontal", None]
    for loss in found.losses:
        assert loss.pushed_out.value == loss.hidden.value == 0
        assert loss.pushed_out.n == 2 * found.n_lesions
    assert found.examples == ()


def test_erasing_all_over_loses_lesions_and_shows_one(home, films_in_small) -> None:
    films_in_small(12, 64)
    revision = open_dataset("films").info.revision
    steps = (AugmentationStep(name="erase", parameters={"area": 0.5}),)
    request = LesionRequest(
        dataset="films", revision=revision, steps=steps, n_films=6, n_draws=16, image_size=64
    )
    found = measure_lesions(request, QuietJob())  # type: ignore[arg-type]
    assert len(found.losses) == 1
    loss = found.losses[0].pushed_out
    assert loss.value is not None and 0 < loss.value < 1
    assert loss.low is not None and loss.high is not None and loss.low <= loss.value <= loss.high
    assert "pushed out" in {example.why for example in found.examples}
    assert all(example.left < 0.5 for example in found.examples if example.why == "pushed out")


def test_a_data_set_without_lesions_or_changed_meanwhile_is_refused(home) -> None:
    info = write_tiny("tiny", n_images=8)
    request = LesionRequest(dataset="tiny", revision=info.revision, steps=(AugmentationStep(name="rotate"),))
    with pytest.raises(StateError) as none:
        measure_lesions(request, QuietJob())  # type: ignore[arg-type]
    assert str(none.value) == "No film of 'tiny' has a lesion to follow."
    with pytest.raises(StateError) as changed:
        measure_lesions(request.model_copy(update={"revision": "0"}), QuietJob())  # type: ignore[arg-type]
    assert str(changed.value) == "The data set 'tiny' has changed; ask again."


def test_a_share_is_a_mean_and_its_interval_draws_whole_patients() -> None:
    hits = np.repeat([1.0, 0.0], 50)
    one_each = share_by_group(hits, np.arange(100))
    of_ten = share_by_group(hits, np.arange(100) // 10)
    assert one_each.value == of_ten.value == 0.5
    assert (one_each.n, of_ten.n_groups) == (100, 10)
    widths = [share.high - share.low for share in (one_each, of_ten)]  # type: ignore[operator]
    assert widths[0] == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 100), rel=0.15)
    assert widths[1] == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 10), rel=0.2)


def test_a_share_of_none_or_all_has_wilsons_interval_on_the_patients() -> None:
    for hit in (0.0, 1.0):
        share = share_by_group(np.full(30, hit), np.arange(30) // 3)
        expected = wilson(int(10 * hit), 10, 0.95)
        assert (share.low, share.high) == (expected.low, expected.high)
    assert share_by_group(np.zeros(0), np.zeros(0, dtype=int)).value is None
