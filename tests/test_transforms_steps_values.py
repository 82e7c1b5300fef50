"""Preprocessing steps against OpenCV, scikit-image (both for tests alone) and closed forms."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import exposure, filters

from core.errors import InvalidValueError
from core.images.records import MedicalImage, Window
from core.transforms.preprocessing.histogram import count, otsu
from core.transforms.preprocessing.picture import Picture
from core.transforms.preprocessing.pipeline import apply_step
from core.transforms.preprocessing.stored_values import start
from core.transforms.preprocessing.window_presets import WINDOW_PRESETS
from core.transforms.records import PreprocessingStep

cv2.setNumThreads(1)
Array = NDArray[Any]


def noise(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def smooth(height: int, width: int) -> NDArray[np.float32]:
    """A picture with slopes, an edge and a little noise, from 0 to 1."""
    rows, columns = np.mgrid[0:height, 0:width]
    picture = np.sin(rows / 9) * np.cos(columns / 7) + (columns > width / 2) + 0.2 * noise(height, width)
    return ((picture - picture.min()) / (picture.max() - picture.min())).astype(np.float32)


def grey(pixels: Array, **known: Any) -> Picture:
    """A picture that is already in grey levels."""
    image = MedicalImage(np.zeros(pixels.shape[:2], np.uint8), (0, 255), **known)
    whole = pixels if pixels.ndim == 3 else pixels[:, :, None]
    begun = start(image)
    return begun.after(whole, begun.formula, is_grey_levels=True)


def done(name: str, pixels: Array, **parameters: Any) -> Array:
    result = apply_step(grey(pixels), PreprocessingStep(name=name, parameters=parameters)).pixels
    assert result.dtype == np.float32
    return result if pixels.ndim == 3 else result[:, :, 0]


def image_done(name: str, image: MedicalImage, **parameters: Any) -> Picture:
    return apply_step(start(image), PreprocessingStep(name=name, parameters=parameters))


# Grey levels ---------------------------------------------------------------------------------------------


def test_invert_and_gamma_are_their_formulas() -> None:
    pixels = noise(9, 11)
    np.testing.assert_array_equal(done("invert", pixels), 1 - pixels)
    np.testing.assert_allclose(done("gamma", pixels, gamma=2), pixels**2, atol=1e-7)
    np.testing.assert_allclose(done("gamma", pixels, gamma=0.5), np.sqrt(pixels), atol=1e-7)
    np.testing.assert_array_equal(done("gamma", pixels, gamma=1), pixels)


def test_percentiles_become_black_and_white() -> None:
    values = np.arange(101, dtype=np.int16).reshape(1, 101) * 10 - 500  # percentile p is 10 p - 500
    clipped = image_done("percentile_clip", MedicalImage(values, (-1024, 3071)), low=10, high=90)
    expected = np.clip((values[0] + 400) / 800, 0, 1)
    np.testing.assert_allclose(clipped.pixels[0, :, 0], expected, atol=1e-6)
    assert clipped.is_grey_levels
    assert str(clipped.formula) == "(value - (-400)) / (400 - (-400)), kept within 0 and 1"


def test_percentiles_turn_monochrome1_round_once() -> None:
    values = np.arange(101, dtype=np.int16).reshape(1, 101)
    image = MedicalImage(values, (0, 100), inverted=True)
    clipped = image_done("percentile_clip", image, low=0, high=100)
    np.testing.assert_allclose(clipped.pixels[0, :, 0], 1 - values[0] / 100, atol=1e-6)
    again = apply_step(clipped, PreprocessingStep(name="percentile_clip", parameters={"low": 0, "high": 100}))
    np.testing.assert_array_equal(again.pixels, clipped.pixels)


def test_a_ct_preset_is_its_window() -> None:
    values = np.array([[-1350, -600, 150, 2000]], dtype=np.int16)
    image = MedicalImage(values, (-1024, 3071), modality="CT", windows=(Window(center=0, width=10),))
    found = image_done("window", image, mode="preset", preset="ct_lung").pixels[0, :, 0]
    np.testing.assert_allclose(found, np.clip((values[0] + 1350) / 1499, 0, 1), atol=1e-6)


def test_a_preset_for_another_modality_leaves_the_image_its_own_window_and_says_so() -> None:
    values = np.arange(11, dtype=np.uint16).reshape(1, 11) * 100
    for modality, reason in (
        ("DX", "the preset CT lung is not for DX"),
        (None, "the preset CT lung needs values in a known unit, and this image does not say what it is"),
    ):
        image = MedicalImage(values, (0, 1000), modality=modality)
        found = image_done("window", image, mode="preset", preset="ct_lung")
        np.testing.assert_allclose(found.pixels[0, :, 0], values[0] / 1000, atol=1e-6)
        formula = "(value - 0) / (1000 - 0), kept within 0 and 1"
        assert str(found.formula) == f"{reason}, so its own window: {formula}"


def test_a_radiograph_preset_is_its_own_1st_and_99th_percentile() -> None:
    values = np.arange(101, dtype=np.uint16).reshape(1, 101)
    for modality in ("DX", "CR", None):
        found = image_done(
            "window", MedicalImage(values, (0, 4095), modality=modality), mode="preset", preset="radiograph"
        )
        np.testing.assert_allclose(found.pixels[0, :, 0], np.clip((values[0] - 1.0) / 98, 0, 1), atol=1e-6)


def test_an_mr_preset_goes_from_the_darkest_to_the_99_8th_percentile_of_what_is_above_the_mean() -> None:
    values = np.zeros((100, 100), dtype=np.uint16)
    values[:50] = 100
    values[:10, :50] = np.arange(500).reshape(10, 50) + 100  # 100 to 599
    above = values[values > values.mean()]
    found = image_done("window", MedicalImage(values, (0, 4095), modality="MR"), mode="preset", preset="mr")
    white = np.percentile(above, 99.8)
    np.testing.assert_allclose(found.pixels[:, :, 0], np.clip(values / white, 0, 1), atol=1e-5)


def test_a_mammogram_preset_looks_at_the_breast_alone_also_when_it_is_stored_inverted() -> None:
    values = np.full((40, 40), 50, dtype=np.uint16)
    values[:, 20:] = np.linspace(1000, 2000, 800).reshape(40, 20)
    breast = values[:, 20:]
    low, high = np.percentile(breast, (1, 99.8))
    expected = np.clip((values - low) / (high - low), 0, 1)
    for inverted in (False, True):
        stored = 4095 - values if inverted else values
        image = MedicalImage(stored.astype(np.uint16), (0, 4095), modality="MG", inverted=inverted)
        found = image_done("window", image, mode="preset", preset="mammogram").pixels[:, :, 0]
        if not inverted:
            np.testing.assert_allclose(found, expected, atol=1e-5)
        assert found[:, :20].max() == 0
        assert 0 < np.median(found[:, 20:]) < 1


def test_every_preset_can_be_chosen_and_every_choice_is_there() -> None:
    for name in WINDOW_PRESETS:
        PreprocessingStep(name="window", parameters={"mode": "preset", "preset": name})
    with pytest.raises(InvalidValueError):
        PreprocessingStep(name="window", parameters={"mode": "preset", "preset": "ct_moon"})


# Contrast ------------------------------------------------------------------------------------------------


def test_equalise_is_scikit_image_s_on_a_picture_from_0_to_1() -> None:
    pixels = smooth(61, 47) ** 2
    np.testing.assert_allclose(done("equalise", pixels), exposure.equalize_hist(pixels), atol=2e-5)


def test_equalise_by_half_is_half_way() -> None:
    pixels = smooth(30, 30)
    whole = done("equalise", pixels)
    np.testing.assert_allclose(done("equalise", pixels, strength=0.5), (pixels + whole) / 2, atol=1e-6)
    np.testing.assert_allclose(done("equalise", pixels, strength=0), pixels, atol=1e-7)


@pytest.mark.parametrize("clip_limit", [1.0, 2.0, 10.0, 40.0])
@pytest.mark.parametrize(("shape", "tiles"), [((64, 64), 8), ((96, 120), 4), ((61, 83), 8), ((50, 50), 1)])
def test_clahe_is_opencv_s_on_8_bit_values(shape: tuple[int, int], tiles: int, clip_limit: float) -> None:
    """Within 1.5 grey levels: OpenCV rounds each tile's curve to 8 bits, and then the blend of four."""
    stored = np.rint(smooth(*shape) * 255).astype(np.uint8)
    reference = cv2.createCLAHE(clipLimit=clip_limit, tileGridSize=(tiles, tiles)).apply(stored)
    found = done("clahe", stored.astype(np.float32) / 255, tiles=tiles, clip_limit=clip_limit)
    assert np.abs(found * 255 - reference).max() <= 1.5


def test_contrast_of_colour_changes_the_brightness_and_keeps_the_differences_between_colours() -> None:
    pixels = (0.4 + 0.1 * noise(32, 32, 3)).astype(np.float32)
    for name in ("equalise", "clahe"):
        found = done(name, pixels)
        inside = ((found > 0) & (found < 1)).all(axis=2)
        assert inside.mean() > 0.3
        before, after = pixels[inside], found[inside]
        np.testing.assert_allclose(after[:, 0] - after[:, 1], before[:, 0] - before[:, 1], atol=1e-6)


# Filters -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.5, 8.0])
def test_gaussian_is_scikit_image_s_and_opencv_s_with_the_edge_s_value_going_on(sigma: float) -> None:
    pixels = noise(50, 70)
    found = done("gaussian", pixels, sigma=sigma)
    side = 2 * round(4 * sigma) + 1
    np.testing.assert_allclose(found, filters.gaussian(pixels, sigma, mode="nearest"), atol=1e-6)
    reference = cv2.GaussianBlur(pixels, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(found, reference, atol=1e-5)


@pytest.mark.parametrize("size", [3, 5])
def test_median_is_opencv_s(size: int) -> None:
    pixels = noise(40, 53)
    np.testing.assert_array_equal(done("median", pixels, size=size), cv2.medianBlur(pixels, size))


def test_median_of_7_is_opencv_s_on_8_bit_values() -> None:
    stored = np.random.default_rng(0).integers(0, 256, (40, 53)).astype(np.uint8)
    found = done("median", stored.astype(np.float32) / 255, size=7)
    np.testing.assert_array_equal(np.rint(found * 255), cv2.medianBlur(stored, 7))


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize(("space", "difference"), [(0.5, 0.05), (1.5, 0.1), (2.5, 0.5)])
def test_bilateral_is_opencv_s(space: float, difference: float, n_channels: int) -> None:
    """Within 0.0005: OpenCV reads its exponential from a table."""
    pixels = np.stack([smooth(40, 50), noise(40, 50), smooth(50, 40).T], axis=2)
    pixels = pixels if n_channels == 3 else pixels[:, :, 0].copy()
    found = done("bilateral", pixels, sigma_space=space, sigma_range=difference)
    side = 2 * int(np.ceil(2 * space)) + 1
    reference = cv2.bilateralFilter(pixels, side, difference, space, borderType=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(found, reference, atol=5e-4)


def test_unsharp_is_scikit_image_s_away_from_the_border() -> None:
    """Scikit-image mirrors the picture at its edge, where here the edge's own value goes on."""
    pixels = smooth(60, 60)
    found = done("unsharp", pixels, sigma=2, amount=1.5)
    reference = filters.unsharp_mask(pixels, radius=2, amount=1.5)
    inner = (slice(8, -8), slice(8, -8))
    np.testing.assert_allclose(found[inner], reference[inner], atol=1e-5)
    assert (found.min(), found.max()) == (0, 1)


def test_gaussian_and_median_stay_in_the_image_s_own_units() -> None:
    values = np.random.default_rng(0).integers(-1024, 3072, (20, 20)).astype(np.int16)
    image = MedicalImage(values, (-1024, 3071), modality="CT")
    reference = filters.gaussian(values.astype(np.float64), 1, mode="nearest", preserve_range=True)
    np.testing.assert_allclose(image_done("gaussian", image).pixels[:, :, 0], reference, atol=1e-2)
    assert not image_done("median", image).is_grey_levels


# Geometry ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(64, 64), (48, 48), (100, 100), (77, 51)])
def test_area_is_opencv_s_inter_area(shape: tuple[int, int]) -> None:
    """Also where a new pixel covers a part of an old one: 100 to 32, 77 x 51 to 32."""
    pixels = noise(*shape)
    reference = cv2.resize(pixels, (32, 32), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(done("resize", pixels, size=32, interpolation="area"), reference, atol=1e-5)


def test_bilinear_without_antialias_is_opencv_s_inter_linear() -> None:
    pixels = noise(50, 70)
    found = done("resize", pixels, size=32, antialias=False)
    reference = cv2.resize(pixels, (32, 32), interpolation=cv2.INTER_LINEAR)
    inner = (slice(1, -1), slice(1, -1))
    np.testing.assert_allclose(found[inner], reference[inner], atol=1e-5)


def test_otsu_is_scikit_image_s() -> None:
    generator = np.random.default_rng(0)
    for scale in (1.0, 1000.0):
        values = np.concatenate([generator.normal(0.2, 0.05, 4000), generator.normal(0.7, 0.1, 2000)]) * scale
        assert otsu(values) == pytest.approx(filters.threshold_otsu(values), rel=1e-6)


def test_counting_is_numpy_s_histogram() -> None:
    values = noise(100, 100)
    np.testing.assert_array_equal(count(values, 0.0, 1.0), np.histogram(values, 256, (0, 1))[0])


def test_borders_are_cut_by_their_percent_rounded_down() -> None:
    pixels = noise(50, 33)
    found = done("crop_borders", pixels, top=10, right=20, bottom=5, left=0)
    np.testing.assert_array_equal(found, pixels[5:48, :27])  # 2.5 and 6.6 pixels are 2 and 6


def test_the_body_is_the_largest_bright_region_with_its_margin() -> None:
    pixels = np.zeros((100, 80), dtype=np.float32)
    pixels[20:60, 30:70] = 0.8  # 40 x 40
    pixels[90:95, 0:5] = 1.0  # a marker: brighter, smaller
    np.testing.assert_array_equal(done("crop_body", pixels, margin=0), pixels[20:60, 30:70])
    np.testing.assert_array_equal(done("crop_body", pixels, margin=10), pixels[16:64, 26:74])
    np.testing.assert_array_equal(done("crop_body", pixels, margin=25), pixels[10:70, 20:80])


def test_without_a_body_nothing_is_cut_off() -> None:
    for pixels in (np.full((50, 50), 0.3, dtype=np.float32), np.zeros((50, 50), dtype=np.float32)):
        np.testing.assert_array_equal(done("crop_body", pixels), pixels)
    speck = np.zeros((50, 50), dtype=np.float32)
    speck[3, 4] = 1  # one pixel of 2500: less than 1 %
    np.testing.assert_array_equal(done("crop_body", speck), speck)


def test_resampling_gives_the_spacing_and_keeps_the_extent() -> None:
    image = MedicalImage(np.zeros((60, 80), np.uint8), (0, 255), pixel_spacing_mm=(0.5, 0.25))
    found = image_done("resample", image, spacing_mm=1.0)
    assert found.pixels.shape == (30, 20, 1)  # 30 mm x 20 mm
    assert found.frame.spacing_mm(image) == (1.0, 1.0)
    other = image_done("resample", image, spacing_mm=0.7)  # 42.86 x 28.57 pixels
    assert other.pixels.shape == (43, 29, 1)
    assert other.frame.spacing_mm(image) == pytest.approx((30 / 43, 20 / 29))


def test_resampling_after_a_resize_knows_the_spacing_that_it_left() -> None:
    image = MedicalImage(np.zeros((64, 64), np.uint8), (0, 255), pixel_spacing_mm=(0.5, 0.5))
    half = image_done("resize", image, size=32)
    found = apply_step(half, PreprocessingStep(name="resample", parameters={"spacing_mm": 2.0}))
    assert found.pixels.shape == (16, 16, 1)


def test_an_image_of_unknown_spacing_is_left_alone_and_that_is_told() -> None:
    image = MedicalImage(np.arange(12, dtype=np.uint8).reshape(3, 4), (0, 255))
    found = image_done("resample", image)
    np.testing.assert_array_equal(found.pixels[:, :, 0], image.values)
    assert str(found.formula) == "unchanged: its spacing is not known"


def test_a_spacing_that_makes_a_giant_is_refused() -> None:
    image = MedicalImage(np.zeros((100, 300), np.uint8), (0, 255), pixel_spacing_mm=(10.0, 10.0))
    with pytest.raises(InvalidValueError) as refused:
        image_done("resample", image, spacing_mm=0.1)
    assert str(refused.value) == (
        "The step 'Resample to a spacing' would make 30000 x 10000 pixels of an image of 300 x 100; at most"
        " 4096 a side are made: choose a larger spacing than 0.1 mm."
    )


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "area", "lanczos"])
def test_values_at_the_end_of_float32_are_resized_without_infinities(
    interpolation: str, antialias: bool
) -> None:
    values = np.array([[1e-38, 3.4e38], [-3.4e38, 3.4e38]], dtype=np.float32)
    image = MedicalImage(values, (-3.4e38, 3.4e38))
    found = image_done("resize", image, size=16, interpolation=interpolation, antialias=antialias).pixels
    assert (found.min(), found.max()) == (values.min(), values.max())
