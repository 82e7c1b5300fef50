"""Random changes of a batch: exact where they can be, drawn per image from the generator they are given."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from core.transforms.augmentation import batch as augmentation
from core.transforms.augmentation.batch import augment
from core.transforms.augmentation.parameters import CropParameters, FlipParameters, RotateParameters
from core.transforms.records import AugmentationStep


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(n: int = 8, channels: int = 1, size: int = 32) -> Tensor:
    return torch.rand(n, channels, size, size, generator=generator(7))


def step(name: str, **parameters: float) -> AugmentationStep:
    return AugmentationStep(name=name, parameters=parameters)


def changed_by(matrix: list[list[float]], images: Tensor) -> Tensor:
    return augmentation._sample(images, torch.tensor([matrix] * len(images), dtype=torch.float32))


@pytest.mark.parametrize("size", [28, 32, 50, 64])
@pytest.mark.parametrize(("name", "axis"), [("flip_horizontal", 3), ("flip_vertical", 2)])
def test_a_certain_flip_is_numpys_flip(size: int, name: str, axis: int) -> None:
    images = batch(channels=3, size=size)
    flipped = augment(images, [step(name, probability=1)], generator())
    # The grid's float32 coordinates are a little off: in the pixels by less than one step of 16 bits.
    np.testing.assert_allclose(flipped.numpy(), np.flip(images.numpy(), axis), atol=1 / 65535)
    if size == 32:
        np.testing.assert_array_equal(flipped.numpy(), np.flip(images.numpy(), axis))


def test_half_the_images_are_flipped_at_probability_one_half() -> None:
    signs = augmentation.flip_horizontal(4000, FlipParameters(probability=0.5), generator())[:, 0, 0]
    assert set(signs.tolist()) == {-1.0, 1.0}
    assert 1850 < int((signs < 0).sum()) < 2150  # 4.7 standard deviations


def test_a_quarter_turn_is_numpys_rot90() -> None:
    images = batch(size=32)
    turned = changed_by([[0, -1, 0], [1, 0, 0], [0, 0, 1]], images)
    np.testing.assert_allclose(turned.numpy(), np.rot90(images.numpy(), axes=(2, 3)), atol=1e-6)


def test_rotations_are_by_angles_up_to_the_largest_and_no_more() -> None:
    matrices = augmentation.rotate(2000, RotateParameters(degrees=10), generator())
    angle = torch.rad2deg(torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    assert angle.abs().max() <= 10 + 1e-4
    assert angle.min() < -9.9
    assert angle.max() > 9.9
    assert abs(float(angle.mean())) < 0.7  # standard error 0.13
    identity = matrices[:, :2, :2] @ matrices[:, :2, :2].transpose(1, 2)
    torch.testing.assert_close(identity, torch.eye(2).expand_as(identity))


def test_a_rotation_is_the_one_of_scipy() -> None:
    smooth = ndimage.gaussian_filter(np.random.default_rng(0).random((33, 33)), 2).astype(np.float32)
    images = torch.from_numpy(smooth)[None, None]
    matrices = augmentation.rotate(1, RotateParameters(degrees=30), generator(3))
    angle = float(torch.rad2deg(torch.atan2(matrices[0, 1, 0], matrices[0, 0, 0])))
    rotated = augment(images, [step("rotate", degrees=30)], generator(3))[0, 0].numpy()
    expected = ndimage.rotate(smooth, angle, order=1, reshape=False)
    np.testing.assert_allclose(rotated[8:-8, 8:-8], expected[8:-8, 8:-8], atol=1e-5)


def test_the_corners_that_a_rotation_brings_in_are_black() -> None:
    white = torch.ones(16, 1, 32, 32)
    turned = augment(white, [step("rotate", degrees=180)], generator())
    corners = turned[:, 0, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.min() == 0
    assert turned[:, 0, 12:20, 12:20].min() > 0.999


def test_the_whole_image_is_the_largest_crop() -> None:
    images = batch(size=32)
    torch.testing.assert_close(augment(images, [step("crop", smallest=1)], generator()), images)


def test_crops_lie_inside_the_image() -> None:
    matrices = augmentation.crop(2000, CropParameters(smallest=0.5), generator())
    side = matrices[:, 0, 0]
    assert 0.5 <= side.min() < 0.51
    assert 0.99 < side.max() <= 1
    assert torch.equal(side, matrices[:, 1, 1])
    for axis in range(2):
        offset = matrices[:, axis, 2]
        assert bool((offset.abs() + side <= 1 + 1e-6).all())
        assert (offset.min() < -0.3) and (offset.max() > 0.3)


def test_a_crop_of_a_ramp_is_a_gentler_ramp_of_its_part() -> None:
    size = 64
    ramp = ((torch.arange(size) + 0.5) / size).expand(4, 1, size, size)
    matrices = augmentation.crop(4, CropParameters(smallest=0.5), generator(1))
    cropped = augment(ramp, [step("crop", smallest=0.5)], generator(1))
    for number in range(4):
        side, middle = float(matrices[number, 0, 0]), 0.5 + 0.5 * float(matrices[number, 0, 2])
        expected = middle + side * (ramp[0, 0, 0] - 0.5)
        torch.testing.assert_close(cropped[number, 0, 10, 2:-2], expected[2:-2], atol=1e-5, rtol=0)


def test_brightness_and_contrast_follow_their_formula() -> None:
    images = 0.4 + 0.2 * batch(n=64)
    drawn = augmentation.brightness_contrast(
        64, augmentation.BrightnessContrastParameters(brightness=0.1, contrast=0.5), generator(2)
    )
    assert drawn[:, 0].min() >= 0.5
    assert drawn[:, 0].max() <= 1.5
    assert drawn[:, 1].abs().max() <= 0.1
    changed = augment(images, [step("brightness_contrast", brightness=0.1, contrast=0.5)], generator(2))
    for image, result, (gain, bias) in zip(images, changed, drawn, strict=True):
        expected = (image - image.mean()) * gain + image.mean() + bias
        torch.testing.assert_close(result, expected)


def test_geometric_changes_are_interpolated_once() -> None:
    # A quarter turn and a flip are exact by themselves; as one matrix they stay so.
    images = batch(size=32)
    both = augment(
        images, [step("flip_horizontal", probability=1), step("flip_vertical", probability=1)], generator()
    )
    np.testing.assert_array_equal(both.numpy(), images.numpy()[:, :, ::-1, ::-1])


def test_no_augmentation_is_the_same_tensor() -> None:
    images = batch()
    assert augment(images, [], generator()) is images


def test_the_input_is_left_as_it_was() -> None:
    images = batch()
    before = images.clone()
    steps = [step("rotate", degrees=20), step("brightness_contrast"), step("flip_horizontal")]
    augment(images, steps, generator())
    assert torch.equal(images, before)


def test_nothing_is_drawn_from_the_global_state() -> None:
    state = torch.get_rng_state()
    steps = [AugmentationStep(name=name) for name in augmentation.AUGMENTATIONS]
    augment(batch(), steps, generator())
    assert torch.equal(torch.get_rng_state(), state)


def test_an_image_is_changed_the_same_whatever_stands_beside_it_in_the_batch() -> None:
    steps = [step("rotate", degrees=20), step("crop", smallest=0.5), step("brightness_contrast")]
    images = batch()
    others = images.clone()
    others[1:] = 0
    one, other = augment(images, steps, generator()), augment(others, steps, generator())
    assert torch.equal(one[0], other[0])
