"""Values along a line against what a ramp, a Gaussian and a blurred edge have by formula."""

import numpy as np
import pytest
from scipy.special import erf, erfinv

from core.images.line_profile import Line, line_at, measure_width, n_samples, sample_line
from core.transforms.preprocessing.picture import Frame

RAMP = 10 * np.arange(20.0)[:, None] + np.arange(30.0)[None, :]


def axis(n=801, length=40.0):
    return np.linspace(0, length, n)


def test_the_profile_of_a_ramp_is_the_ramp():
    line = Line(2.5, 3.25, 7.5, 13.25)
    assert sample_line(RAMP, line, n=11) == pytest.approx(np.linspace(28.25, 88.25, 11))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_a_line_through_pixel_centres_gives_the_pixels(dtype):
    pixels = RAMP.astype(dtype)
    assert sample_line(pixels, Line(4, 0, 4, 29), n=30).tolist() == pixels[4].tolist()
    assert sample_line(pixels, Line(19, 29, 0, 29), n=20).tolist() == pixels[::-1, 29].tolist()


def test_outside_the_picture_there_is_nothing():
    values = sample_line(RAMP, Line(4, -2, 4, 2), n=9)
    assert np.isnan(values).tolist() == [True] * 3 + [False] * 6
    assert values[3] == 40  # the outer half of the first pixel
    assert np.isnan(sample_line(RAMP, Line(100, 0, 100, 5), n=4)).all()
    assert np.isnan(sample_line(RAMP, Line(-9, -9, -5, -5), n=4)).all()


def test_the_length_in_millimetres_with_pixels_that_are_not_square():
    """3 rows of 0.8 mm and 4 columns of 0.5 mm: the root of 2.4^2 + 2^2."""
    line = Line(1, 1, 4, 5)
    assert line.length() == 5
    assert line.length((0.8, 0.5)) == pytest.approx(3.1241, abs=1e-4)


def test_a_line_turns_about_its_middle():
    across, up = line_at(10, 20, angle_degrees=0, length=8), line_at(10, 20, angle_degrees=90, length=8)
    assert (across.row_from, across.column_from, across.row_to, across.column_to) == (10, 16, 10, 24)
    assert (up.row_from, up.column_from, up.row_to, up.column_to) == pytest.approx((14, 20, 6, 20))


def test_the_same_line_is_found_in_a_resized_and_cropped_picture():
    """A picture that begins 4 rows and 10 columns inside, its pixels 2 high and 5 wide."""
    line = Line(4.5, 12, 10.5, 27)
    seen = line.seen_in(top=4, left=10, down=2, across=5)
    assert (seen.row_from, seen.column_from, seen.row_to, seen.column_to) == (0, 0, 3, 3)
    blocks = RAMP[4:12, 10:30].reshape(4, 2, 4, 5).mean(axis=(1, 3))
    assert sample_line(blocks, seen, n=4) == pytest.approx(sample_line(RAMP, line, n=4))


def test_a_line_lies_over_the_pixels_that_the_frame_of_a_step_names():
    frame = Frame(top=-3, left=7, down=1.5, across=0.75)
    seen = Line(6, 9, 12, 21).seen_in(top=frame.top, left=frame.left, down=frame.down, across=frame.across)
    ends = [(seen.row_from, seen.column_from), (seen.row_to, seen.column_to)]
    assert [(round(row), round(column)) for row, column in ends] == [
        frame.pixel_of(6, 9),
        frame.pixel_of(12, 21),
    ]


def test_two_samples_a_pixel_and_no_more_than_a_screen_can_show():
    assert n_samples(Line(0, 0, 0, 10)) == 21
    assert n_samples(Line(0, 0, 5000, 0)) == 2048
    assert n_samples(Line(3, 3, 3, 3)) == 2


@pytest.mark.parametrize("sign", [1, -1])
def test_the_width_of_a_gaussian_at_half_its_height_is_2_355_sigma(sign):
    at = axis()
    width = measure_width(at, 500 + sign * 80 * np.exp(-((at - 18) ** 2) / (2 * 2.0**2)))
    assert width is not None
    assert width.kind == ("peak" if sign > 0 else "valley")
    assert width.length == pytest.approx(2 * np.sqrt(2 * np.log(2)) * 2, rel=1e-3)
    assert (width.start + width.end) / 2 == pytest.approx(18, abs=1e-3)
    assert width.low == pytest.approx(500 + sign * 40, rel=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_width_of_a_blurred_edge_is_2_563_sigma(sign):
    at = axis()
    width = measure_width(at, 100 + sign * 50 * erf((at - 22) / (2.0 * np.sqrt(2))))
    assert width is not None
    assert width.kind == "edge"
    assert width.length == pytest.approx(2 * np.sqrt(2) * erfinv(0.8) * 2, rel=1e-2)


def test_the_width_of_a_sharp_edge_is_what_bilinear_sampling_makes_of_it():
    """Between two pixels the values run straight: 10 to 90 per cent are 0.8 pixels."""
    pixels = np.zeros((5, 40))
    pixels[:, 20:] = 10
    line = Line(2, 2, 2, 37)
    at = np.linspace(0, 35, 701)
    width = measure_width(at, sample_line(pixels, line, n=701))
    assert width is not None
    assert width.length == pytest.approx(0.8, abs=1e-6)


def test_a_part_outside_the_picture_does_not_count():
    at = axis()
    values = np.exp(-((at - 18) ** 2) / 8)
    values[at > 38] = np.nan
    width = measure_width(at, values)
    assert width is not None
    assert width.length == pytest.approx(4.71, abs=0.01)


@pytest.mark.parametrize(
    "values",
    [
        np.full(801, 3.0),
        np.linspace(0, 1, 801) * 0 + np.sin(axis()),  # several peaks
        np.exp(-((axis() - 10) ** 2) / 8) + np.exp(-((axis() - 30) ** 2) / 8),
        np.random.default_rng(0).normal(size=801),
        np.full(801, np.nan),
        np.exp(-(axis() ** 2) / 200) * np.where(axis() > 20, 1, 0.2),
        np.interp(axis(), [0, 15, 18, 40], [10, 9.5, 3.5, 0]),
        np.exp(-((axis() - 20) ** 2) / 8) + 0.02 * axis(),
    ],
    ids=[
        "flat",
        "waves",
        "two peaks",
        "noise",
        "outside",
        "step down a slope",
        "edge, then a slope",
        "uneven",
    ],
)
def test_no_width_is_told_where_there_is_not_one_peak_or_edge(values):
    assert measure_width(axis(), values) is None
