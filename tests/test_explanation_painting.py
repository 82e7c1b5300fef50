"""Painting a region out: nothing changes outside, values keep their range, each way does what it says."""

import numpy as np
import pytest

from core.errors import InvalidValueError
from core.explanation.painting import HOWS, painted
from core.images.records import MedicalImage, Window


def image_of(values, **facts):
    return MedicalImage(values, (float(values.min()), float(values.max())), **facts)


def box(shape, top, bottom, left, right):
    mask = np.zeros(shape, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


@pytest.fixture
def noise():
    return np.random.default_rng(7).integers(-1000, 2000, (60, 80)).astype(np.int16)  # Hounsfield units


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32"])
def test_an_even_image_stays_as_it_is(how, dtype):
    image = image_of(np.full((40, 30), 37, dtype=dtype))
    after = painted(image, box((40, 30), 5, 30, 3, 20), how)
    assert after.values.dtype == image.values.dtype
    assert np.array_equal(after.values, image.values)


@pytest.mark.parametrize("how", HOWS)
def test_outside_no_value_changes_and_inside_they_keep_to_those_of_the_image(noise, how):
    window = Window(center=40, width=400)
    image = image_of(noise, windows=(window,), modality="CT", rescale=(1.0, -1000.0))
    before, mask = noise.copy(), box((60, 80), 10, 35, 8, 30) | box((60, 80), 50, 60, 70, 80)
    after = painted(image, mask, how)
    assert np.array_equal(noise, before)  # the image itself
    assert after.values.dtype == np.int16
    assert np.array_equal(after.values[~mask], noise[~mask])
    assert not np.array_equal(after.values[mask], noise[mask])
    assert after.values.min() >= noise.min()
    assert after.values.max() <= noise.max()
    assert (after.windows, after.modality, after.rescale) == ((window,), "CT", (1.0, -1000.0))


@pytest.mark.parametrize("how", HOWS)
def test_each_channel_of_a_colour_image_is_painted_like_a_grey_one(how):
    colours = np.random.default_rng(1).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    mask = box((40, 50), 8, 22, 4, 18)
    after = painted(image_of(colours), mask, how).values
    for channel in range(3):
        grey = painted(image_of(colours[..., channel]), mask, how).values
        assert np.array_equal(after[..., channel], grey)


def test_the_mean_is_that_of_the_ring_around_and_not_of_the_image():
    values = np.zeros((100, 100), dtype=np.float32)
    values[20:60, 20:60] = 8  # around the region, 5 pixels wide and more, all is 8
    values[30:50, 30:50] = 100
    after = painted(image_of(values), box((100, 100), 30, 50, 30, 50), "mean").values
    assert np.allclose(after[32:48, 32:48], 8)
    assert after[30, 40] == pytest.approx(
        100 + (8 - 100) / 2
    )  # half the paint in the outermost of two pixels


def test_each_part_of_a_region_has_the_mean_of_its_own_ring():
    values = np.zeros((100, 100), dtype=np.float32)
    values[:, 50:] = 10
    values[40:60, 10:30], values[40:60, 70:90] = 99, 99
    mask = box((100, 100), 40, 60, 10, 30) | box((100, 100), 40, 60, 70, 90)
    after = painted(image_of(values), mask, "mean").values
    assert np.allclose(after[42:58, 12:28], 0)
    assert np.allclose(after[42:58, 72:88], 10)


def test_an_image_that_is_painted_out_as_a_whole_becomes_its_mean():
    values = np.arange(100, dtype=np.float32).reshape(10, 10)
    after = painted(image_of(values), np.ones((10, 10), dtype=bool), "mean").values
    assert np.allclose(after, 49.5)


def test_a_copy_is_the_other_side_turned_over():
    values = np.tile(np.arange(100, dtype=np.float32), (100, 1))
    after = painted(image_of(values), box((100, 100), 30, 60, 10, 40), "copy").values
    assert np.array_equal(after[32:58, 12:38], values[32:58, ::-1][:, 12:38])  # column c shows column 99 - c


def test_a_region_across_the_middle_is_copied_from_the_nearest_place_that_is_free():
    values = np.tile(np.arange(100, dtype=np.float32)[:, None], (1, 100))  # each row its number
    after = painted(image_of(values), box((100, 100), 40, 60, 30, 70), "copy").values
    assert set(np.unique(after[42:58, 32:68] - values[42:58, 32:68])) in ({20.0}, {-20.0})


def test_a_blur_of_a_ramp_is_the_ramp_and_of_a_point_takes_it_away():
    ramp = np.tile(np.linspace(0, 1000, 101, dtype=np.float32), (101, 1))
    mask = box((101, 101), 40, 61, 40, 61)
    assert np.allclose(painted(image_of(ramp), mask, "blur").values, ramp, atol=0.5)
    point = np.zeros((101, 101), dtype=np.float32)
    point[50, 50] = 1000
    after = painted(image_of(point), mask, "blur").values
    assert after.max() == pytest.approx(1000 / (2 * np.pi * 11**2), rel=0.05)  # sigma = depth = 11 pixels


def test_a_wide_blur_on_the_reduced_picture_is_the_blur_itself():
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(3)
    values = (1000 * gaussian_filter(rng.standard_normal((240, 240)), 3)).astype(np.float32)
    mask = box((240, 240), 70, 170, 60, 160)  # 50 pixels deep: reduced 12 times
    after = painted(image_of(values), mask, "blur").values[80:160, 70:150]
    exact = gaussian_filter(values.astype(np.float64), 50, mode="nearest", truncate=3)[80:160, 70:150]
    assert np.abs(after - exact).max() < 0.05 * values.std()


@pytest.mark.parametrize("how", HOWS)
def test_a_thin_line_and_a_single_pixel_are_painted_in_full(how):
    values = np.zeros((50, 50), dtype=np.float32)
    values[25, 10], values[25, 30] = 100, 100
    after = painted(image_of(values), box((50, 50), 25, 26, 10, 11) | box((50, 50), 25, 26, 28, 35), how)
    assert after.values.max() < 20  # a blur spreads what there was; nothing of it stays in its place


def test_an_empty_region_changes_nothing(noise):
    assert np.array_equal(painted(image_of(noise), np.zeros((60, 80), dtype=bool), "blur").values, noise)


def test_a_mask_of_another_shape_is_refused(noise):
    with pytest.raises(InvalidValueError, match="The region is 60 × 80 pixels large and the image 80 × 60"):
        painted(image_of(noise), np.zeros((80, 60), dtype=bool), "blur")
