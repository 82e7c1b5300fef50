"""The charts of spectra and profiles: what they draw stands where the numbers say."""

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.figures.line_profile import ProfileCurve, line_profile_figure
from core.figures.spectrum import radial_figure, spectrum_picture
from core.figures.theme import alt_of
from core.images.line_profile import Width
from core.images.spectrum import radial_profile, spectrum_of
from core.images.test_patterns import line_pattern


def pixels_of(figure):
    content = figure.data[0].source.removeprefix("data:image/png;base64,")
    return np.asarray(Image.open(BytesIO(base64.b64decode(content))))


def drawn(spectrum, **more):
    return spectrum_picture(spectrum, title="Before", unit="line pairs/mm", reach=spectrum.limits, **more)


@pytest.mark.parametrize("size", [100, 255, 600])
def test_the_bright_dots_of_a_cosine_stand_at_its_frequency(size):
    """Also where several frequencies share a cell: then within half of one."""
    spectrum = spectrum_of(line_pattern(size, frequency=0.2), spacing=(0.5, 0.5), hann=False)
    figure = drawn(spectrum)
    shown, image = pixels_of(figure), figure.data[0]
    assert max(shown.shape) <= 256
    rows, columns = np.nonzero(shown > 240)
    assert image.y0 + rows * image.dy == pytest.approx(0, abs=0.51 * image.dy)
    assert sorted({round(float(at), 9) for at in image.x0 + columns * image.dx}) == pytest.approx(
        [-0.4, 0.4], abs=0.51 * image.dx
    )


def test_both_nyquist_limits_are_frames_on_axes_that_two_pictures_can_share():
    figure = drawn(spectrum_of(np.eye(64), spacing=(0.5, 0.25)), inner=(0.5, 1))
    frames = [(shape.x1, shape.y1) for shape in figure.layout.shapes]
    assert frames == [(2, 1), (1, 0.5)]
    assert figure.layout.xaxis.range[1] > 2
    assert figure.layout.yaxis.range[0] > 1  # the first row of the picture is on top
    assert "1 down and 2 across, in line pairs/mm" in alt_of(figure)


def test_a_picture_without_detail_is_drawn_all_the_same():
    assert pixels_of(drawn(spectrum_of(np.zeros((32, 32))))).max() == 0


def two_profiles(spacing):
    pixels = np.random.default_rng(1).normal(size=(64, 64))
    spectra = [spectrum_of(pixels), spectrum_of(pixels[::2, ::2], spacing=spacing)]
    return [(radial_profile(spectrum), spectrum) for spectrum in spectra]


def test_what_is_too_fine_is_shaded_between_both_limits():
    figure = radial_figure(*two_profiles((2, 2)), title="t", unit="line pairs/pixel", power="p")
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == [(0.25, 0.5)]
    lines = {trace.name: trace.x for trace in figure.data[2:]}
    assert lines == {"Nyquist limit after: 0.25": (0.25, 0.25), "Nyquist limit before: 0.5": (0.5, 0.5)}
    assert figure.layout.xaxis.title.text == "Frequency (line pairs/pixel)"


def test_one_limit_is_drawn_where_nothing_becomes_coarser():
    figure = radial_figure(*two_profiles((1, 1)), title="t", unit="u", power="p")
    assert not figure.layout.shapes
    assert [trace.name for trace in figure.data] == ["before", "after", "Nyquist limit before: 0.5"]


def test_a_profile_without_any_power_leaves_an_empty_chart():
    flat = spectrum_of(np.zeros((32, 32)))
    pair = (radial_profile(flat), flat)
    figure = radial_figure(pair, pair, title="t", unit="u", power="p")
    assert np.isnan(np.array(figure.data[0].y, dtype=float)).all()


def test_each_step_has_a_panel_with_its_unit_over_the_same_distances():
    distances = np.linspace(0, 12, 5)
    width = Width("peak", 3, 7.5, 2, 2)
    curves = [
        ProfileCurve("Stored", "HU", np.array([0, 4, 1, 0, 0.0]), width),
        ProfileCurve("Last", "value", np.full(5, np.nan)),
    ]
    figure = line_profile_figure(curves, distances, in_mm=True)
    assert [note.text for note in figure.layout.annotations] == ["Stored", "Last"]
    titles = [figure.layout.yaxis.title.text, figure.layout.yaxis2.title.text]
    assert titles == ["HU", "value"]
    assert figure.layout.xaxis2.title.text == "Distance from the start of the line (mm)"
    assert figure.data[1].text[1] == "<b>4.5 mm</b>"
    assert figure.data[1].x == (3, 5.25, 7.5)
    assert alt_of(figure) == "The values along a line of 12 mm. Stored: from 0 to 4."
