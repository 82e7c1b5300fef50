"""The pipeline as a whole: its order, its quantisation, its statistics, what reaches the network."""

from typing import Any

import numpy as np
import pytest

from core.errors import InvalidValueError, UnknownNameError
from core.images.records import MedicalImage, Window
from core.transforms.preprocessing import (
    channel_statistics,
    default_preprocessing,
    fit_statistics,
    image_part,
    quantise,
    rescales,
    to_input,
    trace,
    unit,
    uses_own_statistics,
)
from core.transforms.preprocessing.picture import Picture
from core.transforms.preprocessing.pipeline import apply_step
from core.transforms.preprocessing.stored_values import start
from core.transforms.records import AugmentationStep, ChannelStatistics, Preprocessing, PreprocessingStep


def pipeline(*steps: str | tuple[str, dict[str, Any]]) -> Preprocessing:
    named = [(step, {}) if isinstance(step, str) else step for step in steps]
    return Preprocessing(
        steps=tuple(PreprocessingStep(name=name, parameters=values) for name, values in named)
    )


def film(seed: int = 0, shape: tuple[int, ...] = (20, 24)) -> MedicalImage:
    values = np.random.default_rng(seed).integers(0, 4096, shape).astype(np.uint16)
    return MedicalImage(values, value_range=(0, 4095), windows=(Window(center=2000, width=3000),))


UNIT = ChannelStatistics(mean=(0.0,), std=(1.0,), low=(0.0,), high=(1.0,))


def test_the_default_is_window_channels_resize_standardise() -> None:
    default = default_preprocessing(48, 3)
    assert [step.name for step in default.steps] == ["window", "channels", "resize", "standardise"]
    assert default.steps[1].parameters == {"n_channels": 3}
    assert default.steps[2].parameters["size"] == 48


def test_image_part_is_16_bit_channels_first() -> None:
    pixels = image_part(film(), default_preprocessing(16, 3))
    assert pixels.shape == (3, 16, 16)
    assert pixels.dtype == np.uint16


def test_quantisation_is_wrong_by_half_a_step_at_most() -> None:
    pixels = np.concatenate([np.linspace(0, 1, 200_001), [0.5 / 65535, 1 - 0.5 / 65535]]).astype(np.float32)
    # + 2 ** -24: unit() answers in float32, whose own rounding just below 1 is that much
    assert np.abs(unit(quantise(pixels)).astype(np.float64) - pixels).max() <= 1 / 131070 + 2**-24
    np.testing.assert_array_equal(quantise(np.array([0, 1], np.float32)), [0, 65535])


def test_quantising_twice_changes_nothing() -> None:
    every = np.arange(65536, dtype=np.uint16)
    np.testing.assert_array_equal(quantise(unit(every)), every)


def test_standardise_gives_mean_0_and_standard_deviation_1_on_what_it_was_fitted_on() -> None:
    default = default_preprocessing(16, 1)
    films = [film(seed) for seed in range(12)]
    fitted = fit_statistics((unit(image_part(image, default)) for image in films), default)
    inputs = np.stack([to_input(image, default, fitted) for image in films])
    assert inputs.dtype == np.float32
    assert inputs.mean(dtype=np.float64) == pytest.approx(0, abs=1e-6)
    assert inputs.std(dtype=np.float64) == pytest.approx(1, abs=1e-6)


def test_fitted_statistics_are_those_of_all_pixels_of_each_channel() -> None:
    pictures = np.random.default_rng(1).random((7, 3, 5, 6), dtype=np.float32)
    fitted = fit_statistics(pictures, default_preprocessing(16, 3))
    by_channel = pictures.astype(np.float64).transpose(1, 0, 2, 3).reshape(3, -1)
    np.testing.assert_allclose(fitted.mean, by_channel.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(fitted.std, by_channel.std(axis=1), rtol=1e-10)
    np.testing.assert_array_equal(fitted.low, by_channel.min(axis=1))
    np.testing.assert_array_equal(fitted.high, by_channel.max(axis=1))


def test_normalise_per_image_gives_each_image_its_own_black_and_white() -> None:
    own = pipeline("window", ("normalise", {"per": "image", "low": -1}))
    for seed in range(3):
        pixels = to_input(film(seed), own, UNIT)
        assert (pixels.min(), pixels.max()) == pytest.approx((-1, 1), abs=1e-6)


def test_standardise_per_image_gives_each_image_mean_0_and_standard_deviation_1() -> None:
    own = pipeline("window", ("standardise", {"per": "image"}))
    pixels = to_input(film(), own, UNIT)
    assert (pixels.mean(), pixels.std()) == pytest.approx((0, 1), abs=1e-5)
    assert uses_own_statistics(own)
    assert not uses_own_statistics(default_preprocessing(16, 1))


def test_normalise_per_image_before_standardise_per_data_set_is_not_undone() -> None:
    # Fitted on pixels as they were before "per image", the two would cancel to plain standardising.
    both = pipeline("window", ("normalise", {"per": "image"}), "standardise")
    films = [film(0), MedicalImage(film(1).values // 4, value_range=(0, 4095))]
    fitted = fit_statistics((unit(image_part(image, both)) for image in films), both)
    stretched = [unit(image_part(image, both)) for image in films]
    stretched = [(pixels - pixels.min()) / (pixels.max() - pixels.min()) for pixels in stretched]
    mean, std = np.mean(stretched), np.std(stretched)
    for image, pixels in zip(films, stretched, strict=True):
        np.testing.assert_allclose(to_input(image, both, fitted), (pixels - mean) / std, atol=2e-6)


def test_normalise_to_minus_1_before_standardise_changes_nothing_but_rounding() -> None:
    plain, both = (
        pipeline("window", "standardise"),
        pipeline("window", ("normalise", {"low": -1}), "standardise"),
    )
    inputs = []
    for steps in (plain, both):
        fitted = fit_statistics([unit(image_part(film(), steps))], steps)
        inputs.append(to_input(film(), steps, fitted))
    np.testing.assert_allclose(inputs[0], inputs[1], atol=2e-6)


def test_a_second_standardise_finds_nothing_left_to_do() -> None:
    first, second = rescales(
        pipeline("window", "standardise", "standardise"),
        ChannelStatistics(mean=(0.4,), std=(0.2,), low=(0.0,), high=(1.0,)),
        UNIT,
    )
    assert (first.scale[0], first.offset[0]) == pytest.approx((5, -2))
    assert (second.scale[0], second.offset[0]) == pytest.approx((1, 0), abs=1e-6)


@pytest.mark.parametrize("shape", [(20, 24), (20, 24, 3)])
def test_the_trace_ends_with_what_the_network_gets(shape: tuple[int, ...]) -> None:
    image = MedicalImage(film(0, shape).values.astype(np.uint8), value_range=(0, 255), inverted=False)
    steps = pipeline(
        "window", "channels", ("resize", {"size": 16}), ("normalise", {"per": "image"}), "standardise"
    )
    found = trace(image, steps, UNIT)
    expected = ["input", "window", "channels", "resize", "quantise", "normalise", "standardise"]
    assert [step.name for step in found] == expected
    np.testing.assert_array_equal(found[0].values.squeeze(), image.values)
    np.testing.assert_array_equal(found[-1].values.transpose(2, 0, 1), to_input(image, steps, UNIT))
    assert all(step.values.dtype == np.float32 for step in found)
    assert all(str(step.formula) for step in found)


def test_a_step_that_is_switched_off_is_skipped_and_keeps_its_place() -> None:
    off = Preprocessing(
        steps=(
            PreprocessingStep(name="window"),
            PreprocessingStep(name="resize", parameters={"size": 16}, enabled=False),
            PreprocessingStep(name="standardise"),
        )
    )
    assert to_input(film(), off, UNIT).shape == (1, 20, 24)
    assert [step.name for step in off.active("image")] == ["window"]
    assert len(off.steps) == 3


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        (
            ["resize", "channels"],
            "'channels' works on grey levels from 0 to 1, and until then the values have the scanner's units:"
            " put 'window' or 'percentile_clip' before it.",
        ),
        (
            ["window", "standardise", "resize"],
            "'resize' changes the picture, and 'standardise' has already rescaled it for the network: move it"
            " before 'standardise'.",
        ),
        (
            ["window", "resize", "window"],
            "'window' turns the scanner's values into grey levels, and 'window' has done that already: leave"
            " one of them out.",
        ),
    ],
)
def test_a_wrong_order_is_refused(steps: list[str], text: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        pipeline(*steps)
    assert str(refused.value) == text


def test_a_window_that_is_switched_off_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="^No step turns the scanner's values into grey levels: "):
        Preprocessing(steps=(PreprocessingStep(name="window", enabled=False),))


@pytest.mark.parametrize(
    ("name", "parameters", "text"),
    [
        ("resize", {"size": 8}, "'size' of the step 'resize' is not right: it must be at least 16."),
        ("resize", {"size": "big"}, "'size' of the step 'resize' is not right: it must be a whole number."),
        ("resize", {"sise": 32}, "'sise' of the step 'resize' is not right: there is no such field."),
        ("window", {"width": 1}, "'width' of the step 'window' is not right: it must be more than 1.0."),
        (
            "normalise",
            {"per": "day"},
            "'per' of the step 'normalise' is not right: choose one of 'range', 'image'.",
        ),
    ],
)
def test_a_wrong_parameter_is_refused_in_one_sentence(
    name: str, parameters: dict[str, Any], text: str
) -> None:
    with pytest.raises(InvalidValueError) as refused:
        PreprocessingStep(name=name, parameters=parameters)
    assert str(refused.value) == text


def test_an_unknown_step_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError) as refused:
        PreprocessingStep(name="windows")
    assert str(refused.value) == "There is no preprocessing step 'windows'. Did you mean 'window'?"
    with pytest.raises(UnknownNameError) as refused:
        AugmentationStep(name="xyz")
    assert str(refused.value).startswith("There is no augmentation 'xyz'. Choose one of: flip_horizontal, ")


def test_a_step_knows_all_its_parameters_and_comes_back_from_json() -> None:
    step = PreprocessingStep(name="resize", parameters={"size": 32})
    assert step.parameters == {"size": 32, "interpolation": "bilinear", "antialias": True, "fit": "stretch"}
    steps = Preprocessing(steps=(PreprocessingStep(name="window"), step))
    assert Preprocessing.model_validate_json(steps.model_dump_json()) == steps


def test_channel_statistics_are_per_channel() -> None:
    pixels = np.stack([np.full((2, 2), 0.25), [[0.0, 1.0], [0.0, 1.0]]]).astype(np.float32)
    found = channel_statistics(pixels)
    assert (found.mean, found.std) == ((0.25, 0.5), (0.0, 0.5))
    assert (found.low, found.high) == ((0.25, 0.0), (0.25, 1.0))


def known_image(kind: str) -> MedicalImage:
    """Pictures made of whole numbers alone, the same on every machine."""
    rows, columns = np.mgrid[0:90, 0:70]
    grey = ((rows * 37 + columns * 91 + rows * columns * 3) % 4096).astype(np.uint16)
    if kind == "negative":
        return MedicalImage(grey, value_range=(0, 4095), inverted=True)
    if kind == "ct":
        hounsfield, lung = grey.astype(np.int16) - 1024, Window(center=-600, width=1500)
        return MedicalImage(hounsfield, value_range=(-1024, 3071), windows=(lung,), modality="CT")
    if kind == "colour":
        colours = np.stack([grey % 256, grey // 16, (rows * 2 + columns) % 256], axis=2)
        return MedicalImage(colours.astype(np.uint8), value_range=(0, 255))
    return MedicalImage(grey, value_range=(0, 4095), windows=(Window(center=2000, width=3000),))


@pytest.mark.parametrize(
    ("kind", "n_channels", "total", "some"),
    [
        ("film", 1, 34354549, [0, 28949, 35863, 51279]),
        ("negative", 1, 33526759, [63621, 36125, 31269, 19978]),
        ("ct", 3, 179619867, [19481, 42890, 65535, 65535]),
        ("colour", 1, 33515342, [9074, 28524, 33415, 41894]),
    ],
)
def test_the_default_gives_the_pixels_that_the_shipped_network_was_trained_on(
    kind: str, n_channels: int, total: int, some: list[int]
) -> None:
    """Numbers of the code that trained the demo run (d145f74); raise CODE_VERSION if they must change."""
    pixels = image_part(known_image(kind), default_preprocessing(32, n_channels)).astype(np.int64)
    # One of 65535 is the last bit of another machine's float.
    np.testing.assert_allclose(pixels[0, [0, 3, 16, 31], [0, 30, 17, 31]], some, atol=1)
    assert abs(int(pixels.sum()) - total) <= 20


@pytest.mark.parametrize(("n_given", "n_fitted"), [(1, 3), (3, 1)])
def test_another_number_of_channels_than_the_network_s_is_refused(n_given: int, n_fitted: int) -> None:
    image = film(0, (20, 24) if n_given == 1 else (20, 24, 3))
    one = (0.5,) * n_fitted
    fitted = ChannelStatistics(mean=one, std=one, low=one, high=one)
    for do in (to_input, trace):
        with pytest.raises(InvalidValueError) as refused:
            do(image, pipeline("window", "standardise"), fitted)
        assert str(refused.value) == (
            f"After the image steps this picture has {n_given} channel(s), and {n_fitted} are needed: the"
            " step 'channels' is missing or is set to another number."
        )


@pytest.mark.parametrize(
    ("gives", "text"),
    [
        (np.zeros((0, 24, 1)), "The step 'Invert' leaves nothing of an image of 24 x 20 pixels."),
        (np.full((20, 24, 1), np.nan), "The step 'Invert' makes values that are no numbers."),
        (np.full((20, 24, 1), np.inf), "The step 'Invert' makes values that are no numbers."),
    ],
)
def test_a_step_that_yields_nothing_or_no_numbers_is_named(
    monkeypatch: pytest.MonkeyPatch, gives: np.ndarray, text: str
) -> None:
    def broken(before: Picture, parameters: object) -> Picture:
        return before.after(gives, before.formula)

    monkeypatch.setattr("core.transforms.preprocessing.pipeline.resolve", lambda builder: broken)
    with pytest.raises(InvalidValueError) as refused:
        apply_step(start(film()), PreprocessingStep(name="invert"))
    assert str(refused.value) == text
