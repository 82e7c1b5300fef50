"""Grey levels, facts and pictures of an image, against counts by hand."""

import numpy as np
import pytest

from core.images.display import to_unit
from core.images.drawing import (
    ORANGE,
    centre_of,
    contact_sheet,
    cut_patch,
    draw_image,
    mark_pixel,
    outline,
    resample,
    signed_picture,
    stretch,
)
from core.images.facts import facts_of
from core.images.levels import CT_WINDOWS, count_levels, window_limits
from core.images.records import MedicalImage, Window


def make(values, low=0.0, high=255.0, **known) -> MedicalImage:
    return MedicalImage(values=np.array(values), value_range=(low, high), **known)


def test_each_value_is_counted_once():
    image = make(np.array([[0, 1, 1], [2, 255, 255]], dtype=np.uint8))
    levels = count_levels(image, most_bins=256)
    assert levels.counts.shape == (1, 256)
    assert levels.counts[0, [0, 1, 2, 255]].tolist() == [1, 2, 1, 2]
    assert levels.edges[:2].tolist() == [-0.5, 0.5]


def test_more_values_than_bins_share_a_bin_and_none_is_lost():
    image = make(np.arange(4096, dtype=np.uint16).reshape(64, 64), high=4095.0)
    levels = count_levels(image, most_bins=128)
    assert set(levels.counts[0].tolist()) == {32}
    assert levels.counts.sum() == 4096


def test_the_channels_of_a_colour_image_are_counted_apart():
    image = make(np.stack([np.full((2, 2), value, dtype=np.uint8) for value in (10, 20, 30)], axis=2))
    levels = count_levels(image, most_bins=256)
    assert levels.counts.shape[0] == 3
    assert [int(row.argmax()) for row in levels.counts] == [10, 20, 30]


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT"])
def test_the_limits_of_a_window_are_where_black_and_white_begin(function):
    window = Window(center=40, width=400, function=function)
    black, white = window_limits(make(np.zeros((1, 1), dtype=np.int16)), window)
    shown = to_unit(make(np.array([[black, white]], dtype=np.float32)), window)
    assert shown.tolist() == [[0.0, 1.0]]


def test_what_lies_outside_the_window_is_told_as_a_share():
    image = make(np.array([[-1000, -161, 0, 240]], dtype=np.int16), low=-1000.0, high=240.0)
    levels = count_levels(image, CT_WINDOWS["Soft tissue"])  # black up to -160, white from 239
    assert (levels.share_black, levels.share_white) == (0.5, 0.25)


def test_monochrome1_changes_black_and_white():
    image = make(np.array([[0, 1, 255, 255]], dtype=np.uint8), inverted=True)
    levels = count_levels(image, Window(center=128, width=200))
    assert (levels.share_black, levels.share_white) == (0.5, 0.5)
    assert levels.black > levels.white


def test_an_even_image_has_a_histogram():
    assert count_levels(make(np.full((2, 2), 7.5, dtype=np.float32), low=7.5, high=7.5)).counts.sum() == 4


@pytest.mark.parametrize(
    ("dtype", "low", "high", "bits"),
    [("uint8", 0, 255, 8), ("uint16", 0, 4095, 12), ("int16", -1024, 3071, 16), ("uint16", 3, 900, 16)],
)
def test_bits_are_those_that_the_range_of_values_needs(dtype, low, high, bits):
    image = make(np.array([[low, high]], dtype=dtype), low=low, high=high)
    assert facts_of(image).bits == bits


def test_bits_that_the_file_tells_come_first():
    assert facts_of(make(np.zeros((1, 2), dtype=np.uint16), high=4095.0, bits_stored=10)).bits == 10


def test_ct_windows_are_radiologys_usual_ones():
    ends = {name: window_limits(make([[0]]), window) for name, window in CT_WINDOWS.items()}
    assert ends == {
        "Lung": (-1350.0, 149.0),
        "Soft tissue": (-160.0, 239.0),
        "Bone": (-500.0, 1299.0),
        "Brain": (0.0, 79.0),
    }


def test_pixels_that_are_no_squares_are_stretched_and_none_is_lost():
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert stretch(picture, 1.0).shape == (2, 2, 3)
    assert stretch(picture, 2.0).shape == (4, 2, 3)
    assert stretch(picture, 0.5).shape == (2, 4, 3)


def test_facts_tell_size_spacing_and_window():
    image = make(
        np.zeros((10, 20), dtype=np.uint8),
        pixel_spacing_mm=(0.5, 0.25),
        windows=(Window(center=50, width=11),),
    )
    facts = facts_of(image)
    assert (facts.height, facts.width, facts.n_levels) == (10, 20, 1)
    assert facts.size_mm == (5.0, 5.0)
    assert (facts.black, facts.white) == (44.5, 54.5)


def test_an_outline_is_outside_its_mask():
    mask = np.zeros((9, 9), dtype=bool)
    mask[4, 4] = True
    line = outline(mask)
    assert not line[4, 4]
    assert line[4, 5] and line[4, 6] and not line[4, 7]


def test_a_small_image_is_enlarged_by_a_whole_factor_and_a_large_one_made_smaller():
    assert resample(np.zeros((10, 5, 3), dtype=np.uint8), 64).shape == (60, 30, 3)
    assert resample(np.zeros((100, 50, 3), dtype=np.uint8), 64).shape == (64, 32, 3)


def test_a_finding_is_outlined_in_orange_and_not_covered():
    mask = np.zeros((8, 8), dtype=bool)
    mask[3:5, 3:5] = True
    picture = draw_image(make(np.full((8, 8), 90, dtype=np.uint8)), mask=mask, side=64)
    is_orange = (picture == ORANGE).all(axis=2)
    assert is_orange.any()
    assert (picture[24:40, 24:40] == 90).all()
    assert not is_orange[24:40, 24:40].any()


def test_a_patch_at_the_border_is_moved_inside():
    image = make(np.arange(100, dtype=np.uint8).reshape(10, 10))
    patch = cut_patch(image, 0, 9, side=5)
    assert (patch.top, patch.left) == (0, 5)
    assert patch.values.tolist() == image.values[:5, 5:].tolist()
    assert patch.shown.tolist() == image.values[:5, 5:].tolist()


def test_the_centre_of_nothing_is_the_centre_of_the_image():
    mask = np.zeros((10, 20), dtype=bool)
    assert centre_of(mask, (10, 20)) == centre_of(None, (10, 20)) == (5, 10)
    mask[2, 3:6] = True
    assert centre_of(mask, (10, 20)) == (2, 4)


def test_a_contact_sheet_is_transparent_between_its_pictures():
    sheet = contact_sheet(np.full((3, 4, 4, 3), 9, dtype=np.uint8), n_columns=2, gap=2)
    assert sheet.shape == (10, 10, 4)
    assert sheet[:4, :4].reshape(-1, 4).tolist() == [[9, 9, 9, 255]] * 16
    assert sheet[4:6, :, 3].max() == 0 and sheet[6:, 6:, 3].max() == 0


def test_a_signed_picture_is_dark_at_zero_and_full_at_the_strongest():
    picture = signed_picture(np.array([[0.0, 2.0, -2.0]], dtype=np.float32), 2.0)
    assert picture[0, 0].tolist() == [24, 24, 24]
    assert tuple(picture[0, 1]) == ORANGE
    assert tuple(picture[0, 2]) == (0, 114, 178)


def test_a_marked_pixel_keeps_its_own_colour():
    picture = np.zeros((40, 40, 3), dtype=np.uint8)
    mark_pixel(picture, (4, 4), 1, 2)
    assert (picture[10:20, 20:30] == 0).all()
    assert tuple(picture[9, 25]) == ORANGE
