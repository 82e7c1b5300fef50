"""Each augmentation is torchvision's operator with what was drawn, or has its moments in closed form.

Where ours differs on purpose the comparison says where: torchvision's rotate and affine sample at the same
places, its resized_crop repeats the edge of the part where ours sees the pixels beyond.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as reference

from core.transforms.augmentation import geometric, intensity
from core.transforms.augmentation.batch import augment, draw_steps
from core.transforms.augmentation.drawing import BatchShape
from core.transforms.augmentation.parameters import CropParameters, ElasticParameters
from core.transforms.augmentation.resampling import add_bend, resample
from core.transforms.records import AugmentationStep

BILINEAR = InterpolationMode.BILINEAR
SIZES = [(32, 32), (24, 40)]
KINDS = [(n_channels, size) for n_channels in (1, 3) for size in SIZES]
grey_and_colour_square_and_wide = pytest.mark.parametrize(("n_channels", "size"), KINDS)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(n: int, n_channels: int, size: tuple[int, int]) -> Tensor:
    return torch.rand(n, n_channels, *size, generator=generator(7))


def both(name: str, images: Tensor, **parameters: Any) -> tuple[Tensor, Any]:
    """Return the augmented images, and what was drawn for them."""
    step = AugmentationStep(name=name, parameters=parameters)
    shape = BatchShape(len(images), *images.shape[2:])
    ((_, drawn),) = draw_steps([step], shape, generator(3))
    return augment(images, [step], generator(3)), drawn


def pairs(images: Tensor, drawn: Any) -> Iterator[tuple[Tensor, Any]]:
    """Return each image with what was drawn for it."""
    return zip(images, drawn, strict=True)


def compare(results: Tensor, expected: list[Tensor], atol: float) -> None:
    assert len({result.numpy().tobytes() for result in results}) > 1
    torch.testing.assert_close(results, torch.stack(expected), atol=atol, rtol=0)


@grey_and_colour_square_and_wide
@pytest.mark.parametrize(("name", "axis"), [("flip_horizontal", 0), ("flip_vertical", 1)])
def test_flips(name: str, axis: int, n_channels: int, size: tuple[int, int]) -> None:
    images = pictures(8, n_channels, size)
    results, matrices = both(name, images)
    flip = (reference.horizontal_flip, reference.vertical_flip)[axis]
    flipped = matrices[:, axis, axis] < 0
    expected = [flip(image) if is_flipped else image for image, is_flipped in pairs(images, flipped)]
    compare(results, expected, atol=0)


@grey_and_colour_square_and_wide
def test_rotate(n_channels: int, size: tuple[int, int]) -> None:
    images = pictures(8, n_channels, size)
    results, matrices = both("rotate", images, degrees=180)
    angles = torch.rad2deg(torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0])).tolist()
    expected = [reference.rotate(image, angle, BILINEAR) for image, angle in pairs(images, angles)]
    compare(results, expected, atol=1e-4)


def affine(image: Tensor, **changed: Any) -> Tensor:
    given = {"angle": 0.0, "translate": [0.0, 0.0], "scale": 1.0, "shear": [0.0, 0.0]} | changed
    return reference.affine(image, interpolation=BILINEAR, **given)


@grey_and_colour_square_and_wide
def test_translate(n_channels: int, size: tuple[int, int]) -> None:
    images = pictures(8, n_channels, size)
    results, matrices = both("translate", images, distance=0.3)
    shifts = (-matrices[:, :2, 2]).tolist()  # to the right and down
    compare(
        results,
        [affine(image, translate=shift) for image, shift in pairs(images, shifts)],
        atol=1e-4,
    )


@grey_and_colour_square_and_wide
def test_scale(n_channels: int, size: tuple[int, int]) -> None:
    images = pictures(8, n_channels, size)
    results, matrices = both("scale", images, change=0.5)
    factors = (1 / matrices[:, 0, 0]).tolist()
    compare(
        results,
        [affine(image, scale=factor) for image, factor in pairs(images, factors)],
        atol=1e-4,
    )


@grey_and_colour_square_and_wide
def test_shear(n_channels: int, size: tuple[int, int]) -> None:
    images = pictures(8, n_channels, size)
    results, matrices = both("shear", images, degrees=30)
    angles = torch.rad2deg(torch.atan(torch.stack([matrices[:, 0, 1], matrices[:, 1, 0]], dim=1)))
    compare(
        results,
        [affine(image, shear=pair) for image, pair in pairs(images, angles.tolist())],
        atol=1e-4,
    )


@grey_and_colour_square_and_wide
def test_crop_inside_its_edge(n_channels: int, size: tuple[int, int]) -> None:
    images = pictures(1, n_channels, size)
    height, width = size
    top, left, rows, columns = 5, 3, 14, 20  # a part of whole pixels, as torchvision's are
    matrix = torch.eye(3)
    matrix[0, 0], matrix[1, 1] = columns / width, rows / height
    matrix[0, 2], matrix[1, 2] = left + (columns - width) / 2, top + (rows - height) / 2
    result = resample(images, matrix[None], [])
    expected = reference.resized_crop(images, top, left, rows, columns, list(size), antialias=False)
    down, across = (math.ceil(whole / part / 2) for whole, part in ((height, rows), (width, columns)))
    inner = (..., slice(down, -down), slice(across, -across))  # half a pixel of the part
    torch.testing.assert_close(result[inner], expected[inner], atol=1e-5, rtol=0)


def test_what_crop_draws_is_such_a_matrix() -> None:
    drawn = geometric.crop(BatchShape(50, 24, 40), CropParameters(smallest=0.5, aspect=1.5), generator())
    columns, rows = drawn[:, 0, 0] * 40, drawn[:, 1, 1] * 24
    left, top = drawn[:, 0, 2] + (40 - columns) / 2, drawn[:, 1, 2] + (24 - rows) / 2
    assert min(float(left.min()), float(top.min())) >= -1e-4
    assert float((left + columns).max()) <= 40 + 1e-4
    assert float((top + rows).max()) <= 24 + 1e-4
    zeros = torch.tensor([0.0, 0.0, 0.0, 0.0, 1.0])
    torch.testing.assert_close(
        drawn[:, [0, 1, 2, 2, 2], [1, 0, 0, 1, 2]], zeros.expand(50, 5), atol=0, rtol=0
    )


@grey_and_colour_square_and_wide
def test_elastic(n_channels: int, size: tuple[int, int]) -> None:
    images = pictures(8, n_channels, size)
    results, bend = both("elastic", images, displacement=0.1)
    parameters = ElasticParameters(displacement=0.1)
    assert torch.equal(bend, geometric.elastic(BatchShape(8, *size), parameters, generator(3)))
    displacement = torch.zeros(8, *size, 2)
    add_bend(displacement, bend)
    expected = [reference.elastic(image, one[None], BILINEAR) for image, one in pairs(images, displacement)]
    compare(results, expected, atol=1e-4)


@grey_and_colour_square_and_wide
@pytest.mark.parametrize(
    ("name", "drawn_name", "operator", "parameters"),
    [
        ("brightness", "factors", reference.adjust_brightness, {"change": 0.5}),
        ("contrast", "factors", reference.adjust_contrast, {"change": 0.5}),
        ("gamma", "exponents", reference.adjust_gamma, {"largest": 2}),
    ],
)
def test_grey_levels(
    name: str,
    drawn_name: str,
    operator: Any,
    parameters: dict[str, float],
    n_channels: int,
    size: tuple[int, int],
) -> None:
    images = pictures(8, n_channels, size)
    results, change = both(name, images, **parameters)
    drawn = change.keywords[drawn_name].tolist()
    assert max(drawn) - min(drawn) > 0.3
    compare(results, [operator(image, value) for image, value in pairs(images, drawn)], atol=1e-6)


@grey_and_colour_square_and_wide
@pytest.mark.parametrize("sigma", [0.4, 1.5])
def test_blur(sigma: float, n_channels: int, size: tuple[int, int]) -> None:
    images = pictures(8, n_channels, size)
    results, change = both("blur", images, sigma=sigma)
    kernel = [2 * change.keywords["radius"] + 1] * 2
    assert kernel[0] >= 6 * sigma
    sigmas = change.keywords["sigmas"].tolist()
    expected = [reference.gaussian_blur(image, kernel, [s, s]) for image, s in pairs(images, sigmas)]
    compare(results, expected, atol=1e-6)


@grey_and_colour_square_and_wide
def test_erase(n_channels: int, size: tuple[int, int]) -> None:
    images = pictures(16, n_channels, size)
    results, change = both("erase", images, area=0.4)
    expected = []
    for image, box in pairs(images, change.keywords["boxes"].int().tolist()):
        top, left, bottom, right = box
        black = torch.zeros(n_channels, bottom - top, right - left)
        expected.append(reference.erase(image, top, left, bottom - top, right - left, black))
    compare(results, expected, atol=0)


def test_boxes_cover_up_to_the_area_they_may() -> None:
    drawn = intensity.erase(
        BatchShape(2000, 40, 60), intensity.EraseParameters(area=0.3, aspect=2), generator()
    )
    top, left, bottom, right = drawn.keywords["boxes"].unbind(1)  # type: ignore[attr-defined]
    rows, columns = bottom - top, right - left
    area = (rows * columns / 2400).numpy()
    assert area.max() <= 0.3 * 1.06  # sides are rounded to whole pixels
    assert area.mean() == pytest.approx(0.15, abs=0.006)  # even between 0 and 0.3: standard error 0.002
    large = area > 0.1
    assert (rows / columns).numpy()[large].max() <= 2 * 1.07
    assert (rows / columns).numpy()[large].min() >= 0.5 / 1.07
    assert min(float(top.min()), float(left.min())) == 0
    assert (float(bottom.max()), float(right.max())) == (40, 60)


@pytest.mark.parametrize("grey", [0.2, 0.5, 0.75])
@pytest.mark.parametrize(
    ("name", "drawn_name", "parameter"),
    [("gaussian_noise", "deviations", "deviation"), ("poisson_noise", "noise", "noise")],
)
def test_noise_has_the_mean_and_the_variance_of_its_formula(
    name: str, drawn_name: str, parameter: str, grey: float
) -> None:
    images = torch.full((4, 1, 200, 200), grey)
    results, change = both(name, images, **{parameter: 0.05})
    amounts = torch.from_numpy(change.keywords[drawn_name]).double()
    # Gaussian: sigma everywhere. Poisson of N = 1 / noise^2 photons at white: variance grey / N.
    variance = amounts**2 * (1 if name == "gaussian_noise" else grey)
    n = 200 * 200
    mean_error = (results.double().mean(dim=(1, 2, 3)) - grey).abs() / (variance / n).sqrt()
    assert float(mean_error.max()) < 4
    ratio = results.double().var(dim=(1, 2, 3)) / variance
    np.testing.assert_allclose(ratio.numpy(), 1, atol=5 * math.sqrt(2 / n))


def test_black_has_no_photons_and_white_has_one_over_noise_squared() -> None:
    black, results = torch.zeros(4, 1, 50, 50), both("poisson_noise", torch.zeros(4, 1, 50, 50), noise=0.3)[0]
    assert torch.equal(results, black)
    # Against counted photons: 100 at white, a grey of 0.4.
    counted = np.random.default_rng(0).poisson(40, 200_000) / 100
    noisy = intensity._count_photons(
        torch.full((1, 1, 400, 500), 0.4), noise=torch.tensor([0.1]), field_seed=1
    )
    assert float(noisy.mean()) == pytest.approx(counted.mean(), abs=1e-3)
    assert float(noisy.std()) == pytest.approx(counted.std(), rel=0.01)


def test_noise_is_another_in_every_pixel_and_every_image() -> None:
    results, _ = both("gaussian_noise", torch.full((2, 1, 50, 50), 0.5), deviation=0.1)
    assert len(results[0].unique()) > 2000
    first, second = (image.flatten() for image in results)
    assert abs(float(torch.corrcoef(torch.stack([first, second]))[0, 1])) < 0.1
