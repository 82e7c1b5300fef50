"""Each preprocessing step against numbers worked out by hand."""

from typing import Any

import numpy as np
import pytest

from core.images.records import MedicalImage, Window
from core.language import Message
from core.transforms.preprocessing.colour import channels
from core.transforms.preprocessing.geometry import resize
from core.transforms.preprocessing.grey_levels import window
from core.transforms.preprocessing.network_range import normalise, standardise
from core.transforms.preprocessing.parameters import (
    ChannelsParameters,
    NormaliseParameters,
    ResizeParameters,
    StandardiseParameters,
    WindowParameters,
)
from core.transforms.preprocessing.picture import Frame, Picture
from core.transforms.records import ChannelStatistics


def ct(values: list[float], **more: Any) -> MedicalImage:
    """One row of Hounsfield units."""
    return MedicalImage(np.array([values], dtype=np.int16), value_range=(-1024, 3071), modality="CT", **more)


def windowed(image: MedicalImage, **parameters: Any) -> list[float]:
    pixels = image.values.astype(np.float32)[:, :, None]
    start = Picture(pixels, image, is_grey_levels=False, frame=Frame(), formula=Message(text=""))
    result = window(start, WindowParameters(**parameters)).pixels
    assert result.dtype == np.float32
    return [round(float(value), 6) for value in result[0, :, 0]]


def picture(pixels: Any) -> Picture:
    array = np.asarray(pixels, dtype=np.float32)
    array = array if array.ndim == 3 else array[:, :, None]
    image = MedicalImage(np.zeros(array.shape[:2], np.uint8), value_range=(0, 255))
    return Picture(array, image, is_grey_levels=True, frame=Frame(), formula=Message(text=""))


def resized(pixels: Any, **parameters: Any) -> np.ndarray:
    return resize(picture(pixels), ResizeParameters(**parameters)).pixels


def test_manual_window_is_ps3_3_c_11_2_1_2_1_linear() -> None:
    # c = 40, w = 400: black up to c - 0.5 - 399 / 2 = -160, white from 239; in between (x - 39.5) / 399 + 0.5
    values = windowed(ct([-1024, -160, -159, 40, 239, 240, 3071]), mode="manual", center=40, width=400)
    assert values == [0, 0, round(1 / 399, 6), round(0.5 / 399 + 0.5, 6), 1, 1, 1]


def test_the_window_of_the_file_is_used_with_its_own_function() -> None:
    image = ct([-5, 0, 5], windows=(Window(center=0, width=10, function="LINEAR_EXACT"),))
    assert windowed(image) == [0, 0.5, 1]
    sigmoid = ct([-10, 0, 10], windows=(Window(center=0, width=40, function="SIGMOID"),))
    assert windowed(sigmoid) == [round(1 / (1 + np.e), 6), 0.5, round(1 / (1 + 1 / np.e), 6)]


def test_file_and_full_mean_all_values_where_there_is_no_window() -> None:
    image = ct([-1024, 1023.5, 3071])
    expected = [0, round((1023 + 1024) / 4095, 6), 1]
    assert windowed(image, mode="file") == windowed(image, mode="full") == expected


def test_full_ignores_the_window_of_the_file() -> None:
    image = ct([-1024, 3071], windows=(Window(center=0, width=10),))
    assert windowed(image, mode="full") == [0, 1]


@pytest.mark.parametrize("mode", ["file", "full", "manual"])
def test_monochrome1_is_inverted_in_every_mode(mode: str) -> None:
    positive = ct([-200, 0, 100, 2000])
    negative = ct([-200, 0, 100, 2000], inverted=True)
    there = windowed(positive, mode=mode)
    assert windowed(negative, mode=mode) == pytest.approx([1 - value for value in there], abs=1e-6)


def test_the_formula_tells_the_inversion() -> None:
    image = ct([0], inverted=True)
    pixels = image.values.astype(np.float32)[:, :, None]
    start = Picture(pixels, image, is_grey_levels=False, frame=Frame(), formula=Message(text=""))
    formula = str(window(start, WindowParameters(mode="manual", center=40, width=400)).formula)
    assert (
        formula == "1 - [(value - (-160)) / (239 - (-160)), kept within 0 and 1]: low values are white here"
    )


def test_grey_from_colour_is_the_luma_of_bt_601() -> None:
    pure = picture([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]])
    grey = channels(pure, ChannelsParameters(n_channels=1)).pixels
    assert grey.shape == (1, 4, 1)
    assert grey[0, :, 0] == pytest.approx([0.299, 0.587, 0.114, 1.0], abs=1e-6)


def test_colour_from_grey_is_the_grey_value_three_times() -> None:
    grey = np.random.default_rng(0).random((3, 4), dtype=np.float32)
    colour = channels(picture(grey), ChannelsParameters(n_channels=3)).pixels
    np.testing.assert_array_equal(colour, np.stack([grey] * 3, axis=2))


@pytest.mark.parametrize("n_channels", [1, 3])
def test_the_right_number_of_channels_is_left_alone(n_channels: int) -> None:
    pixels = np.random.default_rng(0).random((3, 4, n_channels), dtype=np.float32)
    result = channels(picture(pixels), ChannelsParameters(n_channels=n_channels))
    np.testing.assert_array_equal(result.pixels, pixels)
    assert str(result.formula) == "unchanged"


INTERPOLATIONS = ["nearest", "bilinear", "bicubic", "area", "lanczos"]


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("shape", [(40, 40), (9, 33), (16, 16), (7, 5)])
@pytest.mark.parametrize("fit", ["stretch", "crop"])
def test_an_even_picture_stays_even(
    interpolation: str, antialias: bool, shape: tuple[int, int], fit: str
) -> None:
    result = resized(np.full(shape, 0.7), size=16, interpolation=interpolation, antialias=antialias, fit=fit)
    assert result.shape == (16, 16, 1)
    np.testing.assert_allclose(result, 0.7, atol=1e-6)


def test_half_the_size_by_area_is_the_mean_of_each_four_pixels() -> None:
    pixels = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    expected = pixels.reshape(16, 2, 16, 2).mean(axis=(1, 3))
    result = resized(pixels, size=16, interpolation="area")[:, :, 0]
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_half_the_size_bilinear_with_antialias_weighs_four_by_four_pixels_as_a_triangle() -> None:
    # Centres lie 0.5 and 1.5 old pixels away, the triangle reaches 2: weights 1, 3, 3, 1 over 8.
    pixels = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    weights = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64
    result = resized(pixels, size=16)[:, :, 0]
    for row, column in [(1, 1), (7, 4), (14, 14)]:
        patch = pixels[2 * row - 1 : 2 * row + 3, 2 * column - 1 : 2 * column + 3]
        assert result[row, column] == pytest.approx(float((patch * weights).sum()), abs=1e-6)


def test_half_the_size_bilinear_without_antialias_is_the_mean_of_the_nearest_four() -> None:
    pixels = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    expected = pixels.reshape(16, 2, 16, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(resized(pixels, size=16, antialias=False)[:, :, 0], expected, atol=1e-6)


def test_a_quarter_of_the_size_without_antialias_leaves_most_pixels_out() -> None:
    pixels = np.zeros((64, 64), np.float32)
    pixels[::4, ::4] = 1  # never among the two nearest of a new centre, which lies at 1.5 of 0 to 3
    assert resized(pixels, size=16, antialias=False).max() == 0
    assert resized(pixels, size=16, interpolation="area").max() == pytest.approx(1 / 16)


def test_nearest_picks_old_values_and_makes_none() -> None:
    pixels = np.random.default_rng(0).random((48, 48)).astype(np.float32)
    result = resized(pixels, size=16, interpolation="nearest")[:, :, 0]
    np.testing.assert_array_equal(result, pixels[1::3, 1::3])
    np.testing.assert_array_equal(
        resized(pixels, size=96, interpolation="nearest")[:, :, 0], pixels.repeat(2, 0).repeat(2, 1)
    )


def test_overshoot_of_bicubic_and_lanczos_is_cut_to_0_and_1() -> None:
    edge = np.zeros((16, 16), np.float32)
    edge[:, 8:] = 1
    for interpolation in ("bicubic", "lanczos"):
        result = resized(edge, size=64, interpolation=interpolation)
        assert (result.min(), result.max()) == (0, 1)


def test_the_same_size_changes_nothing() -> None:
    pixels = np.random.default_rng(0).random((16, 16)).astype(np.float32)
    for interpolation in INTERPOLATIONS:
        for antialias in (True, False):
            result = resized(pixels, size=16, interpolation=interpolation, antialias=antialias)
            np.testing.assert_allclose(result[:, :, 0], pixels, atol=1e-6)


def test_pad_puts_the_whole_picture_between_black_borders() -> None:
    result = resized(np.ones((16, 8)), size=16, interpolation="nearest", fit="pad")[:, :, 0]
    np.testing.assert_array_equal(result[:, 4:12], 1)
    np.testing.assert_array_equal(result[:, :4], 0)
    np.testing.assert_array_equal(result[:, 12:], 0)


def test_crop_keeps_the_centre() -> None:
    pixels = np.arange(16 * 32, dtype=np.float32).reshape(16, 32) / 512
    result = resized(pixels, size=16, interpolation="nearest", fit="crop")[:, :, 0]
    np.testing.assert_array_equal(result, pixels[:, 8:24])


def test_channels_are_resized_by_themselves() -> None:
    pixels = np.random.default_rng(0).random((20, 30, 3)).astype(np.float32)
    result = resized(pixels, size=16)
    for channel in range(3):
        np.testing.assert_array_equal(result[:, :, channel], resized(pixels[:, :, channel], size=16)[:, :, 0])


def statistics(**values: float) -> ChannelStatistics:
    return ChannelStatistics(**{name: (value,) for name, value in values.items()})


FITTED = statistics(mean=0.4, std=0.2, low=0.0, high=1.0)
OWN = statistics(mean=0.5, std=0.1, low=0.25, high=0.75)


def test_standardise_divides_by_the_standard_deviation_not_the_variance() -> None:
    rescale = standardise(StandardiseParameters(), FITTED, OWN)
    assert 0.6 * rescale.scale[0] + rescale.offset[0] == pytest.approx((0.6 - 0.4) / 0.2)
    assert str(rescale.formula) == "(value - 0.4) / 0.2"


def test_standardise_per_image_uses_its_own_statistics() -> None:
    rescale = standardise(StandardiseParameters(per="image"), FITTED, OWN)
    assert 0.6 * rescale.scale[0] + rescale.offset[0] == pytest.approx((0.6 - 0.5) / 0.1, abs=1e-6)


def test_standardise_imagenet_is_torchvisions_numbers() -> None:
    fitted = ChannelStatistics(mean=(0.0,) * 3, std=(1.0,) * 3, low=(0.0,) * 3, high=(1.0,) * 3)
    rescale = standardise(StandardiseParameters(per="imagenet"), fitted, fitted)
    expected = (0.5 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    np.testing.assert_allclose(0.5 * rescale.scale + rescale.offset, expected, atol=1e-5)


def test_normalise_maps_black_and_white_to_the_range() -> None:
    for low in (0, -1):
        rescale = normalise(NormaliseParameters(low=low), FITTED, OWN)
        assert [float(x * rescale.scale[0] + rescale.offset[0]) for x in (0, 1)] == [low, 1]
        own = normalise(NormaliseParameters(low=low, per="image"), FITTED, OWN)
        assert [float(x * own.scale[0] + own.offset[0]) for x in (0.25, 0.75)] == pytest.approx([low, 1])
    assert str(own.formula) == "(value - 0.25) x 4 + -1"


@pytest.mark.parametrize("step", ["normalise", "standardise"])
def test_an_even_image_stays_finite(step: str) -> None:
    even = statistics(mean=0.3, std=0.0, low=0.3, high=0.3)
    if step == "normalise":
        rescale = normalise(NormaliseParameters(per="image"), even, even)
    else:
        rescale = standardise(StandardiseParameters(per="image"), even, even)
    assert abs(np.float32(0.3) * rescale.scale[0] + rescale.offset[0]) < 0.1
