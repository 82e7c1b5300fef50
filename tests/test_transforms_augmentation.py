"""Random changes of a batch: exact where they can be, drawn per image from the generator they are given."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from core.transforms.augmentation import geometric
from core.transforms.augmentation.batch import augment, augment_batch, draw_steps
from core.transforms.augmentation.catalog import AUGMENTATIONS
from core.transforms.augmentation.drawing import BatchShape
from core.transforms.augmentation.parameters import (
    CropParameters,
    ElasticParameters,
    FlipParameters,
    RotateParameters,
)
from core.transforms.augmentation.resampling import add_bend, affine_grid, resample
from core.transforms.augmentation.strength import at_strength
from core.transforms.records import AugmentationStep

CPU = torch.device("cpu")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(n: int = 8, channels: int = 1, size: int = 32, width: int | None = None) -> Tensor:
    return torch.rand(n, channels, size, width or size, generator=generator(7))


def step(name: str, **parameters: float) -> AugmentationStep:
    return AugmentationStep(name=name, parameters=parameters)


def turned(images: Tensor, degrees: float) -> Tensor:
    angle = torch.tensor(degrees).deg2rad()
    matrix = torch.tensor([[angle.cos(), -angle.sin(), 0], [angle.sin(), angle.cos(), 0], [0, 0, 1]])
    return resample(images, matrix.expand(len(images), 3, 3), [])


@pytest.mark.parametrize("size", [(28, 28), (50, 64), (33, 20)])
@pytest.mark.parametrize(("name", "axis"), [("flip_horizontal", 3), ("flip_vertical", 2)])
def test_a_certain_flip_is_numpys_flip_to_the_bit(size: tuple[int, int], name: str, axis: int) -> None:
    images = batch(3, 3, *size)
    flipped = augment(images, [step(name, probability=1)], generator())
    np.testing.assert_array_equal(flipped.numpy(), np.flip(images.numpy(), axis))


def test_flips_within_a_resampling_are_those_without() -> None:
    images = batch(64, size=28, width=20)
    flips = [step("flip_horizontal"), step("flip_vertical")]
    moved, mixed = (
        augment(images, [*flips, *more], generator(3)) for more in ((), (step("rotate", degrees=1e-5),))
    )
    np.testing.assert_allclose(mixed.numpy(), moved.numpy(), atol=2e-5)


def test_half_the_images_are_flipped_at_probability_one_half() -> None:
    shape = BatchShape(4000, 8, 8)
    signs = geometric.flip_horizontal(shape, FlipParameters(probability=0.5), generator())[:, 0, 0]
    assert set(signs.tolist()) == {-1.0, 1.0}
    assert 1850 < int((signs < 0).sum()) < 2150  # 4.7 standard deviations


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_is_numpys_rot90(quarters: int) -> None:
    images = batch(size=32)
    expected = np.rot90(images.numpy(), quarters, axes=(2, 3))
    np.testing.assert_allclose(turned(images, 90 * quarters).numpy(), expected, atol=1e-5)


def test_a_picture_that_is_not_square_is_turned_in_pixels() -> None:
    images = torch.zeros(1, 1, 21, 41)
    images[0, 0, 10, 25] = 1  # 5 pixels to the right of the middle
    quarter = turned(images, 90)  # anticlockwise: 5 pixels above the middle
    assert float(quarter[0, 0, 5, 20]) == pytest.approx(1, abs=1e-5)
    assert float(quarter.sum()) == pytest.approx(1, abs=1e-5)


def test_rotations_are_by_angles_up_to_the_largest_and_no_more() -> None:
    matrices = geometric.rotate(BatchShape(2000, 30, 20), RotateParameters(degrees=10), generator())
    angle = torch.rad2deg(torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    assert angle.abs().max() <= 10 + 1e-4
    assert angle.min() < -9.9
    assert angle.max() > 9.9
    assert abs(float(angle.mean())) < 0.7  # standard error 0.13
    identity = matrices[:, :2, :2] @ matrices[:, :2, :2].transpose(1, 2)
    torch.testing.assert_close(identity, torch.eye(2).expand_as(identity))


def test_a_rotation_is_the_one_of_scipy() -> None:
    smooth = ndimage.gaussian_filter(np.random.default_rng(0).random((33, 33)), 2).astype(np.float32)
    rotated = turned(torch.from_numpy(smooth)[None, None], 25)[0, 0].numpy()
    expected = ndimage.rotate(smooth, 25, order=1, reshape=False)
    np.testing.assert_allclose(rotated[8:-8, 8:-8], expected[8:-8, 8:-8], atol=1e-5)


def test_the_corners_that_a_rotation_brings_in_are_black() -> None:
    white = torch.ones(16, 1, 32, 32)
    result = augment(white, [step("rotate", degrees=180)], generator())
    corners = result[:, 0, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.min() == 0
    assert result[:, 0, 12:20, 12:20].min() > 0.999


def test_crops_lie_inside_the_image_and_keep_their_proportions_unless_told() -> None:
    shape = BatchShape(2000, 40, 80)
    for aspect in (1.0, 1.5):
        matrices = geometric.crop(shape, CropParameters(smallest=0.5, aspect=aspect), generator())
        width, height = matrices[:, 0, 0], matrices[:, 1, 1]  # fractions of the whole
        assert float((width / height).max()) <= aspect + 1e-5
        assert float((width / height).min()) >= 1 / aspect - 1e-5
        if aspect == 1:
            assert torch.equal(width, height)
            assert 0.5 <= width.min() < 0.51
            assert 0.99 < width.max() <= 1
        for size, fraction, offset in ((80, width, matrices[:, 0, 2]), (40, height, matrices[:, 1, 2])):
            assert bool(((offset / size).abs() + fraction / 2 <= 0.5 + 1e-6).all())
            assert (offset.min() < -0.15 * size) and (offset.max() > 0.15 * size)


def test_a_crop_of_a_ramp_is_a_gentler_ramp_of_its_part() -> None:
    size = 64
    ramp = ((torch.arange(size) + 0.5) / size).expand(4, 1, size, size)
    parameters = CropParameters(smallest=0.5)
    matrices = geometric.crop(BatchShape(4, size, size), parameters, generator(1))
    cropped = augment(ramp, [step("crop", smallest=0.5)], generator(1))
    for number in range(4):
        side, middle = float(matrices[number, 0, 0]), 0.5 + float(matrices[number, 0, 2]) / size
        expected = middle + side * (ramp[0, 0, 0] - 0.5)
        torch.testing.assert_close(cropped[number, 0, 10, 2:-2], expected[2:-2], atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [(28, 28), (17, 40)])
def test_the_grid_is_that_of_torch(size: tuple[int, int]) -> None:
    height, width = size
    matrices = torch.eye(3).repeat(5, 1, 1) + 0.3 * torch.randn(5, 3, 3, generator=generator(2))
    to_pixels = torch.tensor([width / 2, height / 2])
    theta = matrices[:, :2] / to_pixels[:, None]
    theta[:, :, :2] *= to_pixels
    expected = torch.nn.functional.affine_grid(theta, [5, 1, height, width], align_corners=False)
    torch.testing.assert_close(affine_grid(matrices, height, width, CPU), expected, atol=1e-5, rtol=1e-5)


def test_equal_control_points_shift_the_whole_picture() -> None:
    # B-splines add up to 1, so that a bend of equal control points is a shift: 3 pixels right, 2 up.
    images = batch(2, size=24, width=30)
    bend = torch.tensor([3.0, -2.0])[None, :, None, None].expand(2, 2, 7, 7)
    moved = resample(images, torch.eye(3).expand(2, 3, 3), [bend])
    np.testing.assert_allclose(moved[:, :, 2:, :-3].numpy(), images[:, :, :-2, 3:].numpy(), atol=1e-5)


def test_no_pixel_bends_further_than_its_control_points_and_neighbours_move_alike() -> None:
    shape = BatchShape(16, 60, 40)
    bend = geometric.elastic(shape, ElasticParameters(displacement=0.05, points=4), generator())
    assert 1.9 < float(bend.abs().max()) <= 2  # 0.05 of 40 pixels
    grid = torch.zeros(16, 60, 40, 2)
    add_bend(grid, bend)
    pixels = grid * torch.tensor([20.0, 30.0])
    assert 0.5 < float(pixels.abs().max()) <= 2
    assert float(pixels.diff(dim=2).abs().max()) < 0.5  # a field is 10 pixels wide: no fold, no jump


def test_geometric_changes_are_interpolated_once() -> None:
    # Two turns that cancel each other: interpolated twice, a picture of noise would be blurred.
    images = batch(size=33)
    there, back = (
        torch.tensor([[0.8, s * 0.6, 0], [-s * 0.6, 0.8, 0], [0, 0, 1]]).expand(8, 3, 3) for s in (1, -1)
    )
    once = resample(images, there @ back, [])
    twice = resample(resample(images, there, []), back, [])
    torch.testing.assert_close(once, images, atol=1e-5, rtol=0)
    assert float((twice - images)[:, :, 10:-10, 10:-10].abs().mean()) > 0.1


def test_geometric_changes_come_first_whatever_the_order_of_the_list() -> None:
    images = batch(n=1)
    turn, bright = step("rotate", degrees=40), step("brightness", change=0.5)
    one, other = (augment(images, steps, generator(1)) for steps in ([turn, bright], [bright, turn]))
    torch.testing.assert_close(one, other)


def test_changes_of_grey_level_are_done_in_the_order_of_the_list() -> None:
    images = batch(n=64)
    bright, hard = step("brightness", change=0.9), step("contrast", change=0.9)
    one, other = (augment(images, steps, generator(1)) for steps in ([bright, hard], [hard, bright]))
    assert not torch.allclose(one, other, atol=0.01)


def numbers(drawn: Any) -> list[float]:
    """What was drawn for a step, whatever the kind of step."""
    held = drawn if isinstance(drawn, Tensor) else getattr(drawn, "keywords", None) or vars(drawn)
    parts = [held] if isinstance(held, Tensor) else held.values()
    return [
        number for part in parts if part is not None for number in torch.as_tensor(part).flatten().tolist()
    ]


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_how_strong_a_step_is_changes_nothing_in_what_others_draw(name: str) -> None:
    steps = [step(other) for other in AUGMENTATIONS]
    with_nothing = [at_strength(one, 0) if one.name == name else one for one in steps]
    before, after = (draw_steps(some, BatchShape(8, 20, 30), generator(5)) for some in (steps, with_nothing))
    for (one, drawn), (_, drawn_after) in zip(before, after, strict=True):
        assert (numbers(drawn) == numbers(drawn_after)) == (one.name != name), one.name


def test_no_augmentation_is_the_same_tensor() -> None:
    images = batch()
    assert augment(images, [], generator()) is images


def test_the_input_is_left_as_it_was() -> None:
    images, masks = batch(), batch()
    before = images.clone()
    labels = torch.arange(8) % 2
    for name in AUGMENTATIONS:
        augment_batch(images, [step(name)], generator(), labels=labels, n_classes=2, masks=masks)
        assert torch.equal(images, before), name
        assert torch.equal(masks, before), name
    assert labels.tolist() == [0, 1] * 4


def test_nothing_is_drawn_from_the_global_state() -> None:
    state, numpy_state = torch.get_rng_state(), str(np.random.get_state())
    augment_batch(batch(), [step(name) for name in AUGMENTATIONS], generator())
    assert torch.equal(torch.get_rng_state(), state)
    assert str(np.random.get_state()) == numpy_state


def test_an_image_is_changed_the_same_whatever_stands_beside_it_in_the_batch() -> None:
    own = [step(name) for name, spec in AUGMENTATIONS.items() if spec.stage != "mixing"]
    images = batch()
    others = images.clone()
    others[1:] = 0
    one, other = augment(images, own, generator()), augment(others, own, generator())
    assert torch.equal(one[0], other[0])
