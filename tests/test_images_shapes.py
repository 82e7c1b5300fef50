"""Lesion measures against closed forms, and against scikit-image where pixels are square."""

import numpy as np
import pytest
from skimage.measure import perimeter_crofton, regionprops

from core.errors import InvalidValueError
from core.images.shapes import count_regions, largest_region, measure_lesion

SPACINGS = [(1.0, 1.0), (0.5, 0.5), (0.4, 0.8), (1.5, 0.6)]


def ellipse(half_axes_mm, spacing_mm, turn=0.0, side_mm=120):
    """A mask of an ellipse whose half axes lie along (rows, columns), turned by `turn`."""
    rows = (np.arange(int(side_mm / spacing_mm[0])) + 0.5) * spacing_mm[0] - side_mm / 2 + 0.21
    columns = (np.arange(int(side_mm / spacing_mm[1])) + 0.5) * spacing_mm[1] - side_mm / 2 - 0.13
    y, x = np.meshgrid(rows, columns, indexing="ij")
    along, across = y * np.cos(turn) + x * np.sin(turn), x * np.cos(turn) - y * np.sin(turn)
    return (along / half_axes_mm[0]) ** 2 + (across / half_axes_mm[1]) ** 2 < 1


def rectangle(rows, columns):
    mask = np.zeros((rows + 9, columns + 11), dtype=bool)
    mask[4 : 4 + rows, 5 : 5 + columns] = True
    return mask


@pytest.mark.parametrize("spacing_mm", SPACINGS)
def test_a_circle_has_its_area_diameter_and_roundness_one(spacing_mm):
    measures = measure_lesion(ellipse((20, 20), spacing_mm), spacing_mm)
    assert measures.area_mm2 == pytest.approx(np.pi * 400, rel=0.01)
    assert measures.longest_diameter_mm == pytest.approx(40, abs=max(spacing_mm))
    assert measures.equivalent_diameter_mm == pytest.approx(40, rel=0.005)
    assert measures.perimeter_mm == pytest.approx(2 * np.pi * 20, rel=0.015)
    assert measures.roundness == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("spacing_mm", SPACINGS)
@pytest.mark.parametrize("turn", [0.0, 0.4, np.pi / 4, 1.3])
def test_an_ellipse_keeps_its_measures_however_it_lies(spacing_mm, turn):
    a, b = 30.0, 15.0
    measures = measure_lesion(ellipse((a, b), spacing_mm, turn), spacing_mm)
    # Ramanujan's second approximation, right to 1e-7 here
    h = ((a - b) / (a + b)) ** 2
    perimeter = np.pi * (a + b) * (1 + 3 * h / (10 + np.sqrt(4 - 3 * h)))
    assert measures.area_mm2 == pytest.approx(np.pi * a * b, rel=0.01)
    assert measures.longest_diameter_mm == pytest.approx(2 * a, abs=1.5 * max(spacing_mm))
    assert measures.perimeter_mm == pytest.approx(perimeter, rel=0.03)
    assert measures.roundness == pytest.approx(4 * np.pi * np.pi * a * b / perimeter**2, abs=0.05)


def test_a_rectangle_is_measured_between_the_middles_of_its_pixels_sides():
    rows, columns, spacing_mm = 60, 30, (0.5, 0.8)
    measures = measure_lesion(rectangle(rows, columns), spacing_mm)
    height, width = rows * spacing_mm[0], columns * spacing_mm[1]
    assert measures.area_mm2 == pytest.approx(height * width)
    assert measures.equivalent_diameter_mm == pytest.approx(2 * np.sqrt(height * width / np.pi))
    inner = max(np.hypot(height, width - spacing_mm[1]), np.hypot(height - spacing_mm[0], width))
    assert measures.longest_diameter_mm == pytest.approx(inner)
    assert measures.perimeter_mm == pytest.approx(2 * (height + width), rel=0.04)
    assert measures.n_pixels == 1800


def test_a_line_of_pixels_is_as_long_as_it_is_and_far_from_round():
    measures = measure_lesion(rectangle(1, 40), (1.0, 0.7))
    assert measures.longest_diameter_mm == pytest.approx(28.0)
    assert measures.roundness < 0.2


def test_a_single_pixel_is_as_wide_as_a_pixel():
    measures = measure_lesion(rectangle(1, 1), (0.5, 0.5))
    assert (measures.area_mm2, measures.longest_diameter_mm) == (0.25, 0.5)


def test_square_pixels_are_measured_as_scikit_image_does():
    generator = np.random.default_rng(3)
    angle = np.linspace(0, 2 * np.pi, 400)
    for _each in range(4):
        waves = 1 + 0.25 * np.cos(3 * angle + generator.uniform(0, 6)) + 0.1 * np.cos(5 * angle)
        y, x = np.mgrid[-60:60, -60:60]
        mask = np.hypot(x, y) < 35 * np.interp(np.arctan2(y, x) % (2 * np.pi), angle, waves)
        theirs, ours = regionprops(mask.astype(np.uint8))[0], measure_lesion(mask, (1.0, 1.0))
        assert ours.area_mm2 == theirs.area
        assert ours.longest_diameter_mm == pytest.approx(
            theirs.feret_diameter_max, abs=1
        )  # theirs: of the hull
        assert ours.equivalent_diameter_mm == pytest.approx(theirs.equivalent_diameter_area)
        assert ours.perimeter_mm == pytest.approx(perimeter_crofton(mask, directions=4), rel=0.03)


def test_measures_grow_with_the_spacing():
    mask = ellipse((20, 12), (1.0, 1.0))
    one, three = measure_lesion(mask, (1.0, 1.0)), measure_lesion(mask, (3.0, 3.0))
    assert three.area_mm2 == pytest.approx(9 * one.area_mm2)
    assert three.longest_diameter_mm == pytest.approx(3 * one.longest_diameter_mm)
    assert three.roundness == pytest.approx(one.roundness)


def test_a_lesion_at_the_border_is_not_joined_with_the_other_side():
    mask = np.zeros((20, 20), dtype=bool)
    mask[:6, :6] = True
    inside = np.roll(mask, (7, 7), axis=(0, 1))
    assert measure_lesion(mask, (1.0, 1.0)) == measure_lesion(inside, (1.0, 1.0))


def test_the_largest_of_several_regions_is_chosen():
    mask = rectangle(4, 4)
    mask[0, 0] = True
    assert count_regions(mask) == 2
    assert largest_region(mask).sum() == 16
    assert largest_region(rectangle(3, 3)).sum() == 9


def test_an_empty_mask_and_an_impossible_spacing_are_refused():
    with pytest.raises(InvalidValueError, match="no pixel is marked"):
        measure_lesion(np.zeros((4, 4), dtype=bool), (1.0, 1.0))
    with pytest.raises(InvalidValueError, match=r"A pixel cannot measure 1\.0 x 0\.0 mm"):
        measure_lesion(rectangle(2, 2), (1.0, 0.0))
