"""The training configuration: ranges, dotted changes and differences, refusals in one sentence."""

from typing import Any

import pytest

from core.errors import InvalidValueError, UnknownNameError
from core.language import language
from core.training.config import (
    TrainingConfig,
    differences,
    parse_config,
    resolved_preprocessing,
    with_changes,
)

BASE = parse_config({"dataset": "tiny"})
WINDOW, CHANNELS, RESIZE = {"name": "window"}, {"name": "channels"}, {"name": "resize"}


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("epochs", 0, "epochs cannot be 0: it must be at least 1."),
        ("epochs", 501, "epochs cannot be 501: it must be at most 500."),
        ("epochs", "many", "epochs cannot be many: it must be a whole number."),
        ("epochs", 1.5, "epochs cannot be 1.5: it must be a whole number."),
        ("learning_rate", -1, "learning_rate cannot be -1: it must be at least 1e-06."),
        ("learning_rate", float("nan"), "learning_rate cannot be nan: it must be a number."),
        ("learning_rate", float("inf"), "learning_rate cannot be inf: it must be a number."),
        ("image_size", 50, "image_size cannot be 50: it must be a multiple of 4."),
        (
            "optimizer",
            "lion",
            "optimizer cannot be lion: choose one of 'sgd', 'momentum', 'nesterov', 'rmsprop', 'adagrad',"
            " 'adam', 'adamw'.",
        ),
        ("pretrained", "perhaps", "pretrained cannot be perhaps: it must be true or false."),
        ("augmentations", 3, "augmentations cannot be 3: it must be a list."),
        ("split", 3, "split cannot be 3: it must be a group of fields with their values."),
        ("dataset", None, "dataset cannot be None: it must be a text."),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(field: str, value: Any, text: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        parse_config({"dataset": "tiny", field: value})
    assert str(refused.value) == text


def test_a_missing_data_set_is_said() -> None:
    with pytest.raises(InvalidValueError, match="^dataset is not right: it is missing.$"):
        parse_config({})


def test_an_unknown_field_or_network_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="^There is no field 'epoch'. Did you mean 'epochs'"):
        parse_config({"dataset": "tiny", "epoch": 3})
    with pytest.raises(UnknownNameError, match="^There is no network 'resnet_18'. Did you mean 'resnet18'"):
        parse_config({"dataset": "tiny", "model": "resnet_18"})


def test_a_network_that_cannot_take_the_size_is_refused() -> None:
    text = "^resnet18 needs images of at least 32 pixels; image_size is 16.$"
    with pytest.raises(InvalidValueError, match=text):
        parse_config({"dataset": "tiny", "model": "resnet18", "image_size": 16})


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([WINDOW, CHANNELS], "cannot use .*: add the step 'resize'.$"),
        ([WINDOW, RESIZE], "needs the preprocessing step 'channels': "),
        ([WINDOW, CHANNELS, {"name": "resize", "enabled": False}], "cannot use .*: add the step 'resize'.$"),
    ],
)
def test_preprocessing_that_leaves_images_unlike_each_other_is_refused(
    steps: list[dict[str, Any]], reason: str
) -> None:
    with pytest.raises(InvalidValueError, match=f"^Training {reason}"):
        parse_config({"dataset": "tiny", "preprocessing": {"steps": steps}})


def test_a_dot_reaches_into_a_part() -> None:
    changed = with_changes(BASE, {"split.seed": 7, "epochs": 3, "split.scheme": "80/10/10"})
    assert (changed.split.seed, changed.epochs, changed.split.scheme) == (7, 3, "80/10/10")
    assert (BASE.split.seed, BASE.epochs) == (0, 20)


def test_preprocessing_can_be_set_where_there_was_none() -> None:
    steps = [WINDOW, CHANNELS, RESIZE]
    changed = with_changes(BASE, {"preprocessing.steps": steps})
    assert changed.preprocessing is not None
    assert [step.name for step in changed.preprocessing.steps] == ["window", "channels", "resize"]


@pytest.mark.parametrize(
    "name", ["split.sede", "epoch", "split.seed.more", "augmentations.0.name", "no.where", ""]
)
def test_a_change_of_what_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(UnknownNameError, match=f"^There is no field '{name}'"):
        with_changes(BASE, {name: 1})


def test_a_changed_value_is_checked_too() -> None:
    with pytest.raises(InvalidValueError, match="^split.seed cannot be -1: it must be at least 0.$"):
        with_changes(BASE, {"split.seed": -1})


def test_differences_are_the_fields_that_differ_by_dotted_name() -> None:
    other = with_changes(BASE, {"epochs": 3, "split.seed": 7, "augmentations": []})
    found = differences(BASE, other)
    assert set(found) == {"epochs", "split.seed", "augmentations"}
    assert found["epochs"] == (20, 3)
    assert found["split.seed"] == (0, 7)
    assert found["augmentations"][1] == []
    assert differences(BASE, BASE) == {}


def test_image_size_sets_the_resize_step() -> None:
    steps = [WINDOW, CHANNELS, {"name": "resize", "parameters": {"size": 100, "interpolation": "area"}}]
    config = parse_config({"dataset": "tiny", "image_size": 48, "preprocessing": {"steps": steps}})
    resolved = resolved_preprocessing(config, 1)
    expected = {"size": 48, "interpolation": "area", "antialias": True, "fit": "stretch"}
    assert resolved.steps[2].parameters == expected
    assert resolved_preprocessing(BASE, 3).steps[1].parameters == {"n_channels": 3}


def test_image_size_sets_the_last_resize_step_alone() -> None:
    first, last = ({"name": "resize", "parameters": {"size": size}} for size in (256, 100))
    off = {"name": "resize", "parameters": {"size": 30}, "enabled": False}
    steps = [WINDOW, CHANNELS, first, last, off]
    config = parse_config({"dataset": "tiny", "image_size": 48, "preprocessing": {"steps": steps}})
    sizes = [step.parameters["size"] for step in resolved_preprocessing(config, 1).steps[2:]]
    assert sizes == [256, 48, 30]


def test_a_config_comes_back_from_json() -> None:
    assert TrainingConfig.model_validate_json(BASE.model_dump_json()) == BASE


def test_every_field_has_a_title_and_a_help_text() -> None:
    for name, field in TrainingConfig.model_fields.items():
        assert field.title, name
        assert field.description, name
        assert field.description.endswith("."), name


def test_a_refusal_can_be_translated_whole() -> None:
    with pytest.raises(InvalidValueError) as refused:
        parse_config({"dataset": "tiny", "epochs": 0})
    with language("pseudo"):
        assert str(refused.value) == "⟦epochs cannot be 0: ⟦it must be at least 1⟧.⟧"
