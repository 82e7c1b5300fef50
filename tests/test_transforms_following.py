"""One pixel's way through the steps: its place, its sums, and that the sums are right."""

from dataclasses import replace

import numpy as np
import pytest

from core.images.records import MedicalImage, Window
from core.language import Message, language
from core.transforms.preprocessing import default_preprocessing, trace
from core.transforms.preprocessing.following import follow, shown_number
from core.transforms.preprocessing.geometry import resize
from core.transforms.preprocessing.parameters import ResizeParameters
from core.transforms.preprocessing.picture import Frame, Picture
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep

STATISTICS = ChannelStatistics(mean=(0.5,), std=(0.25,), low=(0.0,), high=(1.0,))


def story(image, preprocessing, row, column, statistics=STATISTICS):
    steps = trace(image, preprocessing, statistics)
    return {step.name: step for step in follow(steps, row, column)}


def grey(values, **known) -> MedicalImage:
    return MedicalImage(values=values, value_range=(0.0, 255.0), **known)


def test_each_sum_gives_the_value_that_follows():
    values = np.zeros((32, 32), dtype=np.uint8)
    values[10:12, 20:22] = 51
    told = story(grey(values), default_preprocessing(16, 1), 10, 21)
    assert str(told["window"].sum) == "(51 - 0) / (255 - 0), kept within 0 and 1"
    assert told["window"].after == pytest.approx((0.2,))
    assert (told["resize"].row, told["resize"].column) == (5, 10)
    expected = "one new pixel stands for 2 x 2 old ones, and is summed from 4 x 4: 0 to 0.2000"
    assert str(told["resize"].sum) == expected
    before = shown_number(told["quantise"].after[0])
    assert str(told["standardise"].sum) == f"({before} - 0.5) / 0.25"
    assert told["standardise"].after[0] == pytest.approx((told["quantise"].after[0] - 0.5) / 0.25, abs=1e-6)


def test_what_is_told_is_what_the_trace_holds():
    generator = np.random.default_rng(0)
    image = grey(generator.integers(0, 256, (40, 28), dtype=np.uint8))
    preprocessing = default_preprocessing(16, 1)
    steps = trace(image, preprocessing, STATISTICS)
    for told, step in zip(follow(steps, 39, 27), steps, strict=True):
        assert told.after == pytest.approx(tuple(step.values[told.row, told.column]))
        assert (told.low, told.high) == (step.values.min(), step.values.max())
    assert (told.row, told.column) == (15, 15)


def test_numbers_are_kept_as_they_are_stored_then_as_floats_then_as_16_bits():
    told = story(grey(np.zeros((16, 16), dtype=np.uint8)), default_preprocessing(16, 1), 0, 0)
    kept = [step.dtype for step in told.values()]
    assert kept == ["uint8", "float32", "float32", "float32", "uint16", "float32"]


def test_a_window_in_hounsfield_units_is_told_by_its_ends():
    image = MedicalImage(
        values=np.full((16, 16), -60, dtype=np.int16),
        value_range=(-1024, 3071),
        windows=(Window(center=40, width=400),),
        modality="CT",
    )
    told = story(image, default_preprocessing(16, 1), 3, 3)["window"]
    assert str(told.sum) == "(-60 - (-160)) / (239 - (-160)), kept within 0 and 1"
    assert told.after == pytest.approx((100 / 399,))


def test_monochrome1_is_told():
    told = story(
        grey(np.full((16, 16), 51, dtype=np.uint8), inverted=True), default_preprocessing(16, 1), 0, 0
    )
    assert str(told["window"].sum).startswith("1 - [(51 - 0) / (255 - 0)")
    assert told["window"].after == pytest.approx((0.8,))


def test_colour_becomes_grey_with_three_factors():
    values = np.zeros((16, 16, 3), dtype=np.uint8)
    values[..., 0], values[..., 1] = 255, 51
    told = story(grey(values), default_preprocessing(16, 1), 0, 0)
    assert str(told["channels"].sum) == "0.299 x 1 + 0.587 x 0.2000 + 0.114 x 0"
    assert told["channels"].after == pytest.approx((0.299 + 0.587 * 0.2,))
    assert str(told["window"].sum).startswith("red: (255 - 0)")


@pytest.mark.parametrize(("fit", "place"), [("stretch", (0, 8)), ("pad", (4, 8)), ("crop", (0, 8))])
def test_the_pixel_is_found_again_whatever_the_fit(fit, place):
    values = np.zeros((16, 32), dtype=np.uint8)
    values[0, 16] = 255
    steps = (
        PreprocessingStep(name="window"),
        PreprocessingStep(name="resize", parameters={"size": 16, "fit": fit, "interpolation": "area"}),
    )
    told = story(grey(values), Preprocessing(steps=steps), 0, 16)["resize"]
    assert (told.row, told.column) == place
    assert told.after[0] == told.high > 0


def test_a_pixel_that_a_crop_cuts_off_is_gone():
    steps = (
        PreprocessingStep(name="window"),
        PreprocessingStep(name="resize", parameters={"size": 16, "fit": "crop"}),
    )
    told = story(grey(np.zeros((16, 32), dtype=np.uint8)), Preprocessing(steps=steps), 3, 2)
    assert told["resize"].row is None
    assert told["resize"].after == told["quantise"].after == ()
    assert str(told["quantise"].sum) == "cut off"


def test_the_words_of_a_sum_are_translated_and_its_numbers_are_not():
    told = story(grey(np.full((16, 16), 51, dtype=np.uint8)), default_preprocessing(16, 1), 0, 0)
    with language("pseudo"):
        assert str(told["window"].sum) == "⟦(51 - 0) / (255 - 0), kept within 0 and 1⟧"


def told_of(name: str, parameters: dict, values: np.ndarray, row: int, column: int, **known) -> str:
    steps = (PreprocessingStep(name="window"), PreprocessingStep(name=name, parameters=parameters))
    n = 3 if values.ndim == 3 else 1
    statistics = ChannelStatistics(mean=(0.0,) * n, std=(1.0,) * n, low=(0.0,) * n, high=(1.0,) * n)
    return str(story(grey(values, **known), Preprocessing(steps=steps), row, column, statistics)[name].sum)


def test_a_ct_is_told_from_the_stored_value_on():
    """The issue's own example: stored value 1103, slope 1, intercept -1024."""
    image = MedicalImage(
        values=np.full((16, 16), 1103 - 1024, dtype=np.int16),
        value_range=(-1024, 3071),
        windows=(Window(center=40, width=400, function="LINEAR_EXACT"),),
        modality="CT",
        rescale=(1.0, -1024.0),
    )
    told = story(image, default_preprocessing(16, 1), 3, 3)
    assert str(told["input"].sum) == "stored value 1103 x 1.0 - 1024 = 79 HU"
    assert str(told["window"].sum) == "(79 - (-160)) / (240 - (-160)), kept within 0 and 1"
    assert told["window"].after == pytest.approx((239 / 400,))


@pytest.mark.parametrize(
    ("rescale", "modality", "text"),
    [
        ((0.5, 10.0), "PT", "stored value 138 x 0.5 + 10 = 79"),
        ((1.0, 0.0), "CT", "as stored"),
        (None, "CT", "in Hounsfield units, as kept here"),
        (None, "DX", "as stored"),
    ],
)
def test_only_what_is_known_of_the_stored_value_is_told(rescale, modality, text):
    image = MedicalImage(np.full((16, 16), 79, np.int16), (0, 255), modality=modality, rescale=rescale)
    assert str(story(image, default_preprocessing(16, 1), 3, 3)["input"].sum) == text


def test_a_step_that_looks_around_tells_what_it_saw():
    values = np.zeros((9, 9), dtype=np.uint8)
    values[3, 3:6] = 51  # 0.2
    values[4:, :] = 102  # 0.4
    told = told_of("median", {"size": 3}, values, 4, 4)
    assert told == "median of 9 values, 0.2000 to 0.4000: 0.4000 -> 0.4000"
    told = told_of("gaussian", {"sigma": 0.5}, np.full((9, 9), 255, np.uint8), 4, 4)
    assert told == "Gaussian mean of the 5 x 5 around it, 1 to 1: 1 -> 1"
    told = told_of("unsharp", {"sigma": 0.5, "amount": 2}, np.full((9, 9), 51, np.uint8), 4, 4)
    assert told == "0.2000 + 2 x (0.2000 - its blur 0.2000), kept within 0 and 1: 0.2000"
    assert told_of("invert", {}, values, 3, 3) == "1 - 0.2000"
    assert told_of("gamma", {"gamma": 2}, values, 3, 3) == "0.2000 to the power of 2"


def test_equalisation_tells_the_share_of_darker_pixels():
    values = np.zeros((10, 10), dtype=np.uint8)
    values[5:] = 255
    told = told_of("equalise", {}, values, 0, 0)
    assert told.startswith("50.0 % of the pixels are at most as bright: 0 -> 0.5")
    colour = np.stack([values] * 3, axis=2)
    told = told_of("equalise", {}, colour, 0, 0)
    assert told.startswith("brightness 50.0 % of the pixels are at most as bright: 0 -> 0.5")
    assert "red, green and blue change by 0.5" in told


def test_the_crops_tell_what_they_keep():
    values = np.zeros((40, 40), dtype=np.uint8)
    values[10:30, 20:40] = 204
    told = told_of("crop_borders", {"top": 10, "right": 0, "bottom": 0, "left": 25}, values, 20, 20)
    assert told == "value kept; rows 4 to 39 and columns 10 to 39 of 40 x 40"
    told = told_of("crop_body", {"margin": 0}, values, 20, 20)
    assert "is a body in rows 10 to 29 and columns 20 to 39 of 40 x 40" in told


def test_a_new_pixel_tells_of_the_old_ones_under_it():
    values = np.arange(32 * 32).reshape(32, 32) % 256
    told = told_of(
        "resample",
        {"spacing_mm": 2, "interpolation": "area"},
        values.astype(np.uint8),
        9,
        9,
        pixel_spacing_mm=(1.0, 1.0),
    )
    low, high = values[8, 8] / 255, values[9, 9] / 255
    assert (
        told == f"one new pixel stands for 2 x 2 old ones, and is summed from 2 x 2: {low:.4f} to {high:.4f}"
    )


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("interpolation", ["nearest", "area", "bilinear", "bicubic", "lanczos"])
def test_a_new_pixel_is_summed_from_the_old_ones_it_tells_of_and_from_no_others(
    interpolation: str, antialias: bool
) -> None:
    draw = np.random.default_rng(1)
    start = 0.4 + 0.2 * draw.random((50, 50, 1)).astype(np.float32)
    image = MedicalImage(np.zeros((50, 50), np.uint8), value_range=(0, 255))
    whole = Picture(start, image, is_grey_levels=True, frame=Frame(), formula=Message(text=""))
    parameters = ResizeParameters(size=20, interpolation=interpolation, antialias=antialias)
    before = resize(whole, parameters)
    assert before.tell is not None
    row, column = 26, 31
    new = before.frame.pixel_of(row, column)
    counts = np.zeros((50, 50), dtype=bool)
    for place in np.ndindex(50, 50):
        changed = start.copy()
        changed[place] += 0.3
        after = resize(replace(whole, pixels=changed), parameters)
        counts[place] = abs(float(after.pixels[new][0] - before.pixels[new][0])) > 1e-6
    rows, columns = (np.flatnonzero(counts.any(axis=axis)) for axis in (1, 0))
    told = before.tell(start, row, column)
    inside = start[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert (told.values["rows"], told.values["columns"]) == inside.shape[:2]
    assert told.values["low"] == f"{inside.min():.4f}"
    assert told.values["high"] == f"{inside.max():.4f}"
