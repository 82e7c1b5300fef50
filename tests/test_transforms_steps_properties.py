"""What every step promises for any image, and that the story of a pixel ends where the network begins."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.images.records import MedicalImage
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing import final_extent, image_part, to_input, trace
from core.transforms.preprocessing.following import follow
from core.transforms.preprocessing.picture import Picture
from core.transforms.preprocessing.pipeline import apply_step
from core.transforms.preprocessing.stored_values import start
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep

IMAGE_STEPS = [name for name, spec in PREPROCESSING_STEPS.items() if spec.stage == "image"]
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def parameters_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw allowed parameters of a step from its own schema."""
    properties = PREPROCESSING_STEPS[name].parameters.model_json_schema().get("properties", {})
    drawn = {field: _value(schema) for field, schema in properties.items()}
    if name == "resize":
        drawn["size"] = st.integers(16, 40)
    if name == "resample":
        drawn["spacing_mm"] = st.floats(0.2, 5)
    return st.fixed_dictionaries(drawn)


def _value(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if schema["type"] == "boolean":
        return st.booleans()
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    if schema["type"] == "integer":
        return st.integers(low, schema["maximum"])
    return st.floats(low, schema["maximum"])


@st.composite
def images(draw: st.DrawFn) -> MedicalImage:
    """Flat, one-pixel, huge-valued, colour, inverted images and ordinary ones, with and without spacing."""
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    generator = np.random.default_rng(draw(st.integers(0, 99)))
    kind = draw(st.sampled_from(["uint8", "uint16", "int16", "float32", "huge", "flat", "colour"]))
    values: NDArray[Any] = generator.integers(0, 256, (height, width)).astype(np.uint8)
    if kind == "colour":
        values = generator.integers(0, 256, (height, width, 3)).astype(np.uint8)
    elif kind == "huge":
        values = generator.choice(np.array([-3.4e38, -1, 0, 1e-38, 3.4e38], np.float32), (height, width))
    elif kind == "flat":
        values = np.full((height, width), draw(st.sampled_from([0, 7, 255])), dtype=np.uint8)
    elif kind != "uint8":
        values = generator.integers(0, 4096, (height, width)).astype(kind)
    low, high = float(values.min()), float(values.max())
    return MedicalImage(
        values,
        (0.0, 255.0) if kind in ("uint8", "colour", "flat") else (low, max(high, low + 1)),
        inverted=draw(st.booleans()) and kind != "colour",
        modality=draw(st.sampled_from([None, "CT", "DX", "MG", "MR"])),
        pixel_spacing_mm=draw(st.sampled_from([None, (0.5, 0.5), (2.0, 0.7)])),
    )


@st.composite
def pipelines(draw: st.DrawFn) -> Preprocessing:
    """A pipeline whose order is right: steps in any unit, grey levels, steps on them, tensor steps."""
    any_unit = [name for name in IMAGE_STEPS if PREPROCESSING_STEPS[name].takes == "any" and name != "window"]
    before = [name for name in any_unit if name != "percentile_clip"]
    names = draw(st.lists(st.sampled_from(before), max_size=2))
    names.append(draw(st.sampled_from(["window", "percentile_clip"])))
    names += draw(st.lists(st.sampled_from([name for name in IMAGE_STEPS if name != "window"]), max_size=3))
    names.append("channels")
    names += draw(st.lists(st.sampled_from(["normalise", "standardise"]), max_size=2))
    return Preprocessing(
        steps=tuple(PreprocessingStep(name=name, parameters=draw(parameters_of(name))) for name in names)
    )


def grey(image: MedicalImage) -> Picture:
    return apply_step(start(image), PreprocessingStep(name="percentile_clip"))


@pytest.mark.parametrize("name", IMAGE_STEPS)
@quick
@given(data=st.data())
def test_a_step_keeps_its_promises_for_any_image(name: str, data: st.DataObject) -> None:
    image = data.draw(images())
    step = PreprocessingStep(name=name, parameters=data.draw(parameters_of(name)))
    before = start(image) if name in ("window", "percentile_clip") else grey(image)
    after = apply_step(before, step)
    assert after.pixels.dtype == np.float32
    assert after.pixels.flags.c_contiguous
    assert np.isfinite(after.pixels).all()
    assert 0 <= after.pixels.min() <= after.pixels.max() <= 1
    if PREPROCESSING_STEPS[name].keeps_geometry:
        assert (after.pixels.shape[:2], after.frame) == (before.pixels.shape[:2], before.frame)
    np.testing.assert_array_equal(apply_step(before, step).pixels, after.pixels)


@pytest.mark.parametrize("name", [name for name in IMAGE_STEPS if PREPROCESSING_STEPS[name].takes == "any"])
@quick
@given(data=st.data())
def test_a_step_before_the_window_stays_in_the_range_of_the_image(name: str, data: st.DataObject) -> None:
    image = data.draw(images())
    step = PreprocessingStep(name=name, parameters=data.draw(parameters_of(name)))
    after = apply_step(start(image), step)
    assert np.isfinite(after.pixels).all()
    if not PREPROCESSING_STEPS[name].makes_grey_levels:
        low, high = start(image).pixels.min(), start(image).pixels.max()
        black = image.value_range[1 if image.inverted else 0]  # of the border that "pad" adds
        assert min(low, black) <= after.pixels.min()
        assert after.pixels.max() <= max(high, black)


@settings(max_examples=60, deadline=None)
@given(image=images(), preprocessing=pipelines(), data=st.data())
def test_the_story_of_a_pixel_ends_with_the_network_s_number(
    image: MedicalImage, preprocessing: Preprocessing, data: st.DataObject
) -> None:
    channels = image_part(image, preprocessing).shape[0]
    one = (0.4,) * channels
    statistics = ChannelStatistics(mean=one, std=(0.2,) * channels, low=(0.0,) * channels, high=one)
    inputs = to_input(image, preprocessing, statistics)
    assert np.isfinite(inputs).all()
    height, width = image.values.shape[:2]
    row, column = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    story = follow(trace(image, preprocessing, statistics), row, column)
    assert all(str(step.sum) for step in story)
    last = story[-1]
    if last.row is None or last.column is None:
        assert last.after == ()
        assert "cut off" in {str(step.sum) for step in story}
    else:
        np.testing.assert_array_equal(last.after, inputs[:, last.row, last.column])


@settings(max_examples=50, deadline=None)
@given(image=images(), preprocessing=pipelines())
def test_the_frame_says_where_on_the_image_the_pixels_lie(
    image: MedicalImage, preprocessing: Preprocessing
) -> None:
    extent = final_extent(image, preprocessing)
    assert extent.top < extent.bottom
    assert extent.left < extent.right
    pads = any(step.parameters.get("fit") == "pad" for step in preprocessing.steps)
    if not pads:
        assert min(extent.top, extent.left) >= -1e-9
        assert max(extent.bottom, extent.right) <= 1 + 1e-9


def test_a_pixel_that_a_crop_cuts_off_is_told_by_the_step_that_did_it() -> None:
    image = MedicalImage(np.full((40, 40), 100, np.uint8), (0, 255))
    steps = (
        PreprocessingStep(name="window"),
        PreprocessingStep(name="crop_borders", parameters={"left": 25}),
        PreprocessingStep(name="gaussian"),
    )
    one = ChannelStatistics(mean=(0.0,), std=(1.0,), low=(0.0,), high=(1.0,))
    story = follow(trace(image, Preprocessing(steps=steps), one), 20, 3)
    assert [(step.name, str(step.sum)) for step in story if not step.after] == [
        ("crop_borders", "cut off"),
        ("gaussian", "cut off"),
        ("quantise", "cut off"),
    ]
