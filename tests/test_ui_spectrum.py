"""The line and the spectrum on a page: what is said in words is what the numbers are."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.images.records import MedicalImage
from core.transforms.preprocessing import channel_statistics, image_part, trace, unit
from core.transforms.records import Preprocessing, PreprocessingStep
from tests.screens import shows, texts


def _script(section, steps, image):
    from ui.preprocessing.line_view import line_section
    from ui.preprocessing.spectrum_view import spectrum_section
    from ui.session import use_language

    use_language()
    {"line": line_section, "spectrum": spectrum_section}[section](steps, image, key="t", simulated=True)


def look(section, image, *, level="basic", size=32, antialias=False, **session):
    """Show a section for an image that is windowed and resized to a square."""
    fine = {"size": size, "interpolation": "bilinear" if antialias else "nearest", "antialias": antialias}
    preprocessing = Preprocessing(
        steps=(
            PreprocessingStep(name="window", parameters={"mode": "full"}),
            PreprocessingStep(name="resize", parameters=fine),
            PreprocessingStep(name="standardise", parameters={"per": "image"}),
        )
    )
    statistics = channel_statistics(unit(image_part(image, preprocessing)))
    steps = trace(image, preprocessing, statistics)
    app = AppTest.from_function(_script, args=(section, steps, image), default_timeout=60)
    app.session_state["level"], app.session_state["language"] = level, "en"
    for key, value in session.items():
        app.session_state[key.replace("_", "-")] = value
    return app.run()


def waves(frequency, *, side=64, **facts):
    """Lines across and a coarser pattern down, each with half of the variance."""
    rows, columns = np.mgrid[:side, :side]
    both = np.cos(2 * np.pi * frequency * columns) + np.cos(2 * np.pi * rows / 16)
    return MedicalImage((1000 + 400 * both).astype(np.float32), (200.0, 1800.0), **facts)


def bump(**facts):
    """A round spot with a sigma of 4 pixels in the middle."""
    rows, columns = np.mgrid[:65, :65] - 32
    return MedicalImage(
        (1000 * np.exp(-(rows**2 + columns**2) / 32)).astype(np.float32), (0, 1000.0), **facts
    )


def test_a_spot_has_the_width_of_its_gaussian_in_millimetres_before_and_after():
    """2.355 x 4 pixels x 0.5 mm = 4.71 mm; the line from column 8 to 56 is 24 mm long."""
    app = look("line", bump(pixel_spacing_mm=(0.5, 0.5)), size=65)
    assert not app.exception
    assert shows(app, "The line is **24 mm** long.")
    said = [text for text in texts(app) if "half of its height" in text]
    assert len(said) == 2
    assert all("one bright peak, **4.7" in text for text in said)


def test_the_length_is_told_with_the_spacing_along_the_line():
    """From row 32 straight down to row 62: 30 rows of 0.8 mm."""
    places = {
        "t_line_start_row": 32,
        "t_line_start_column": 32,
        "t_line_end_row": 62,
        "t_line_end_column": 32,
    }
    app = look("line", bump(pixel_spacing_mm=(0.8, 0.5)), **places)
    assert shows(app, "The line is **24 mm** long.")


def test_without_a_spacing_the_length_is_in_pixels_and_said_to_be():
    app = look("line", bump())
    assert shows(app, "The line is 48 pixels long; how many millimetres is not known.")


def test_two_ends_on_one_pixel_are_one_sentence():
    places = {f"t_line_{end}_{axis}": 5 for end in ("start", "end") for axis in ("row", "column")}
    app = look("line", bump(), **places)
    assert not app.exception
    assert [info.value for info in app.info] == ["Both ends lie on one pixel: move one of them."]


def test_waves_have_no_width():
    app = look("line", waves(0.1))
    assert shows(app, "not exactly one peak or edge on this line, so no width is told")


def test_basic_shows_three_controls_at_most_and_full_lets_the_steps_be_chosen():
    assert [len(look("line", bump()).get(kind)) for kind in ("slider", "multiselect", "toggle")] == [0, 0, 0]
    basic = look("spectrum", waves(0.3))
    assert [len(basic.get(kind)) for kind in ("button_group", "slider", "toggle", "selectbox")] == [
        1,
        1,
        1,
        0,
    ]
    app = look("line", bump(), level="full")
    assert [len(app.get(kind)) for kind in ("multiselect", "slider")] == [1, 2]
    chosen = app.multiselect[0].select(1).run()
    assert not chosen.exception
    assert shows(chosen, "1. Window")


def test_the_finest_line_pair_is_two_pixels_wide():
    app = look("spectrum", waves(0.3, pixel_spacing_mm=(0.7, 0.7), modality="DX"))
    assert not app.exception
    assert shows(
        app,
        "**As stored**: 0.7 mm between pixel centres, so the finest line pair that these pixels can hold is"
        " **1.4 mm** wide (0.714 line pairs/mm).",
    )
    assert shows(app, "**After all steps**: 1.4 mm between pixel centres")
    assert shows(app, "the spacing usually holds at the detector")


def test_a_slice_is_no_projection_and_an_unknown_spacing_is_said():
    app = look("spectrum", waves(0.3, pixel_spacing_mm=(0.7, 0.35), modality="CT"))
    assert not shows(app, "at the detector. In the body")
    assert shows(app, "The pixels are not square: 0.7 mm down, 0.35 mm across.")
    assert shows(look("spectrum", waves(0.3)), "The image does not say how large its pixels are")


@pytest.mark.parametrize(("frequency", "share"), [(20 / 64, "50.00%"), (12 / 64, "0.00%")])
def test_the_share_that_is_too_fine_is_told_with_a_closed_form(frequency, share):
    """Half of the variance is in the lines; the pixels after hold 0.25 line pairs/pixel."""
    app = look("spectrum", waves(frequency), level="full")
    app.toggle(key="t-spectrum-hann").set_value(False).run()
    assert shows(app, f"{share} of the variance before was finer")


def test_without_antialias_all_variance_stays_though_half_of_it_has_no_room():
    app = look("spectrum", waves(20 / 64), level="full")
    app.toggle(key="t-spectrum-hann").set_value(False).run()
    said = next(text for text in texts(app) if text.startswith("After the step"))
    assert "**100.00%** of the variance is left" in said
    assert "it would be **50.00%**" in said


def test_lines_fold_to_the_frequency_of_the_formula():
    app = look("spectrum", waves(0.3), t_sampling_pattern="lines")
    assert shows(app, "**|0.3 − 1 × 0.25| = 0.05** line pairs/pixel")
    assert shows(app, "come back: **100.00%**")
    app.slider(key="t-sampling-factor-8").set_value(8).run()
    assert shows(app, "**|0.3 − 2 × 0.125| = 0.05** line pairs/pixel")


def test_coarse_lines_stay_what_they_are():
    app = look("spectrum", waves(0.3), level="full", t_sampling_pattern="lines")
    app.slider(key="t-sampling-frequency").set_value(0.1).run()
    assert shows(app, "The new pixels hold up to 0.125 line pairs/pixel")


def test_oblique_lines_fold_in_both_directions():
    app = look("spectrum", waves(0.3), level="full", t_sampling_pattern="lines")
    app.slider(key="t-sampling-angle").set_value(90).run()
    assert shows(app, "They fold: **|0.3 − 1 × 0.25| = 0.05** line pairs/pixel")
    app.slider(key="t-sampling-angle").set_value(30).run()  # 0.3 sin 30° = 0.15, 0.3 cos 30° = 0.26
    assert shows(app, "across **|0.26 − 1 × 0.25| = 0.00981**, down **|0.15 − 1 × 0.25| = 0.1** line pairs")


def test_antialias_takes_most_of_what_would_fold():
    app = look("spectrum", waves(0.3))
    app.toggle(key="t-sampling-antialias").set_value(True).run()
    said = next(text for text in texts(app) if "come back" in text)
    folded = float(said.rsplit("**", 2)[1].rstrip("%"))
    assert 0 < folded < 10
    assert shows(app, "A simple average is no perfect filter")


@pytest.mark.parametrize("shape", [(16, 16), (20, 300), (40, 40, 3)])
@pytest.mark.parametrize("section", ["line", "spectrum"])
def test_small_oblong_and_coloured_images_are_shown_too(section, shape):
    pixels = np.random.default_rng(4).integers(0, 255, shape, dtype=np.uint8)
    app = look(section, MedicalImage(pixels, (0, 255)), size=16, t_sampling_pattern="image")
    assert not app.exception
    assert not app.error


def test_an_image_of_one_value_is_shown_too():
    flat = MedicalImage(np.full((64, 64), 9, np.uint8), (0, 255))
    assert not look("line", flat).exception
    app = look("spectrum", flat, t_sampling_pattern="image")
    assert not app.exception
    assert shows(app, "**0.00%** of the picture's variance")


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (40, 1), (3, 3)])
def test_an_image_that_is_too_small_for_a_spectrum_is_told_so(height, width):
    image = MedicalImage(np.arange(height * width, dtype=np.uint8).reshape(height, width), (0, 255.0))
    app = look("spectrum", image, level="full", t_sampling_pattern="image")
    assert not app.exception
    assert any("too small to leave pixels out of it: 6 down" in info.value for info in app.info)
    assert any("has no spectrum" in info.value for info in app.info) == (min(height, width) == 1)
