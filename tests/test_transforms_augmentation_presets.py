"""Presets, strengths and old names: what a form and a stored config ask for."""

from typing import Any

import pytest

from core.errors import UnknownNameError
from core.runs.store import open_run
from core.training.config import default_augmentations, parse_config
from core.transforms.augmentation.catalog import AUGMENTATIONS
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from core.transforms.augmentation.strength import at_strength, is_neutral
from core.transforms.records import AugmentationStep


def step(name: str, **parameters: Any) -> AugmentationStep:
    return AugmentationStep(name=name, parameters=parameters)


def names(preset: str) -> list[str]:
    return [step.name for step in AUGMENTATION_PRESETS[preset].steps]


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_strength_goes_from_nothing_to_what_was_chosen_to_the_end_of_the_range(name: str) -> None:
    chosen = AugmentationStep(name=name)
    assert at_strength(chosen, 1) == chosen
    assert is_neutral(at_strength(chosen, 0))
    assert not is_neutral(chosen)
    far = at_strength(chosen, 1000)
    assert AugmentationStep.model_validate(far.model_dump()) == far  # in range


def test_strength_moves_a_parameter_on_a_straight_line() -> None:
    assert at_strength(step("rotate", degrees=20), 0.5).parameters["degrees"] == 10
    assert at_strength(step("rotate", degrees=20), 2).parameters["degrees"] == 40
    assert at_strength(step("rotate", degrees=20), 20).parameters["degrees"] == 180
    crop = at_strength(step("crop", smallest=0.8, aspect=1.5), 0.5).parameters
    assert crop == {"smallest": pytest.approx(0.9), "aspect": pytest.approx(1.25)}
    assert at_strength(step("elastic", displacement=0.04, points=6), 0.5).parameters == {
        "displacement": 0.02,
        "points": 6,
    }


def test_the_neutral_values_of_an_entry_are_in_its_range() -> None:
    for name, spec in AUGMENTATIONS.items():
        assert is_neutral(step(name, **spec.neutral)), name


def test_a_preset_is_filed_under_its_name_with_a_reason() -> None:
    assert list(AUGMENTATION_PRESETS) == ["none", "light", "x-ray", "microscopy"]
    for name, preset in AUGMENTATION_PRESETS.items():
        assert preset.name == name
        assert preset.title
        assert preset.reason.endswith(".")
        assert not any(is_neutral(one) for one in preset.steps)


def test_films_are_never_mirrored_and_slides_are_turned_any_way() -> None:
    assert names("none") == []
    for preset in ("light", "x-ray"):
        assert not {"flip_horizontal", "flip_vertical", "elastic", "mixup", "cutmix"} & set(names(preset))
    assert {"flip_horizontal", "flip_vertical", "rotate"} <= set(names("microscopy"))
    assert next(one for one in AUGMENTATION_PRESETS["microscopy"].steps if one.name == "rotate").parameters[
        "degrees"
    ] == pytest.approx(180)


def test_the_x_ray_preset_is_what_a_training_does_unless_told() -> None:
    assert parse_config({"dataset": "tiny"}).augmentations == default_augmentations()
    assert default_augmentations() == AUGMENTATION_PRESETS["x-ray"].steps


@pytest.mark.parametrize(
    ("stored", "brightness", "contrast"),
    [
        ({}, 0.2, 0.15),  # what the step did unless told
        ({"brightness": 0.2, "contrast": 0.3}, 0.4, 0.3),
        ({"brightness": 0.5, "contrast": 0.9}, 0.9, 0.9),
        ({"brightness": 0.0, "contrast": 0.0}, 0.0, 0.0),
    ],
)
def test_a_stored_brightness_contrast_opens_as_the_two_steps_of_today(
    stored: dict[str, float], brightness: float, contrast: float
) -> None:
    values = [{"name": "rotate"}, {"name": "brightness_contrast", "parameters": stored}, {"name": "crop"}]
    opened = parse_config({"dataset": "tiny", "augmentations": values}).augmentations
    assert [one.name for one in opened] == ["rotate", "brightness", "contrast", "crop"]
    assert opened[1].parameters == {"change": brightness}
    assert opened[2].parameters == {"change": contrast}


def test_a_step_that_never_was_is_still_refused() -> None:
    with pytest.raises(UnknownNameError, match="brightness_contrst"):
        parse_config({"dataset": "tiny", "augmentations": [{"name": "brightness_contrst"}]})


def test_the_run_that_ships_opens() -> None:
    assert "contrast" in [one.name for one in open_run("demo-phantoms").config.augmentations]
