"""What a sweep may vary, and which settings it tries: the fields' own ranges, each point once."""

import itertools
from typing import Any

import numpy as np
import pytest

from core.errors import InvalidValueError, UserError
from core.experiments.sweeps.points import (
    config_of,
    grid_points,
    grid_values,
    random_points,
    sift,
    without_effect,
)
from core.experiments.sweeps.records import SweepRequest, checked_request
from core.experiments.sweeps.space import Dimension, field_range, sweepable_fields
from core.training.config import TrainingConfig, parse_config, unchecked_config
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from tests.sweeping import CONFIG, OPTIMIZERS, RATES, request_of

BASE = parse_config(CONFIG)


def schema_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = TrainingConfig.model_json_schema()["properties"][name]
    return next((part for part in found.get("anyOf", []) if part.get("type") != "null"), found)


@pytest.mark.parametrize("name", sweepable_fields())
def test_a_range_is_the_fields_own(name: str) -> None:
    found, schema = field_range(name), schema_of(name)
    if found.kind == "choice":
        known = schema.get("enum", [False, True] if schema["type"] == "boolean" else found.choices)
        assert list(found.choices) == list(known)
        return
    assert found.kind == ("int" if schema["type"] == "integer" else "float")
    assert found.low == schema.get("exclusiveMinimum", schema.get("minimum"))
    assert found.high == schema.get("exclusiveMaximum", schema.get("maximum"))
    assert found.low_is_out == ("exclusiveMinimum" in schema)
    assert found.multiple_of == schema.get("multipleOf", 1)


def test_the_metric_the_data_the_machine_and_the_seed_are_not_varied() -> None:
    assert not {"best_by", "dataset", "device", "threads", "seed"} & set(sweepable_fields())
    with pytest.raises(InvalidValueError, match="A sweep does not vary 'seed'"):
        field_range("seed")
    with pytest.raises(UserError, match="Did you mean 'learning_rate'"):
        field_range("learning_rat")


@pytest.mark.parametrize(
    ("dimension", "sentence"),
    [
        (Dimension(field="learning_rate", kind="float", low=1e-4, high=3.0), "learning_rate cannot be 3.0"),
        (Dimension(field="learning_rate", kind="float", low=0.1, high=0.1), "the first must be less"),
        (Dimension(field="weight_decay", kind="float", low=0, high=0.1, log=True), "must begin above 0"),
        (Dimension(field="image_size", kind="int", low=16, high=64, step=6), "image_size cannot be 22"),
        (Dimension(field="batch_size", kind="int", low=4.5, high=8), "batch_size cannot be 4.5"),
        (Dimension(field="optimizer", kind="choice", choices=("adam", "lion")), "optimizer cannot be lion"),
        (Dimension(field="optimizer", kind="float", low=0, high=1), "give its values one by one"),
        (Dimension(field="optimizer", kind="choice", choices=()), "needs values to try"),
        (Dimension(field="focal_alpha", kind="float", low=0.0, high=0.5), "focal_alpha cannot be 0.0"),
        (Dimension(field="model", kind="choice", choices=("small_cnn", "hal")), "no network 'hal'"),
    ],
)
def test_a_value_that_the_field_does_not_allow_is_refused_in_one_sentence(
    dimension: Dimension, sentence: str
) -> None:
    with pytest.raises(UserError) as refused:
        checked_request(request_of(space=(dimension,)))
    assert sentence in str(refused.value)


def test_a_grid_has_every_combination_once_with_both_ends() -> None:
    space = (
        RATES.model_copy(update={"points": 4}),
        OPTIMIZERS,
        Dimension(field="batch_size", kind="int", low=4, high=16, step=4, points=9),
    )
    found = [tuple(point.values()) for point in grid_points(space)]
    rates = [1e-4, 1e-3, 1e-2, 0.1]
    assert found == list(itertools.product(rates, ("adam", "sgd"), (4, 8, 12, 16)))
    size = Dimension(field="image_size", kind="int", low=16, high=510, step=4, points=3)
    assert grid_values(size) == (16, 264, 508)  # on the field's steps


def test_a_grid_takes_as_many_trials_as_it_has_points() -> None:
    wanted = request_of(sampler="grid", space=(RATES, OPTIMIZERS), n_trials=6)
    assert len(checked_request(wanted).points) == 6
    with pytest.raises(InvalidValueError, match="has 6 points that can be trained: it takes 6 trials, not 7"):
        checked_request(wanted.model_copy(update={"n_trials": 7}))
    many = tuple(
        Dimension(field=name, kind="float", low=0.1, high=0.4, points=12)
        for name in ("label_smoothing", "dropout", "weight_decay")
    )
    with pytest.raises(InvalidValueError, match="This grid has 1728 points; 500 trials are the most"):
        checked_request(wanted.model_copy(update={"space": many}))


def test_equal_seeds_draw_equal_points_and_others_do_not() -> None:
    one, again = (checked_request(request_of(space=(RATES, OPTIMIZERS))).points for _number in range(2))
    assert one == again
    assert checked_request(request_of(space=(RATES, OPTIMIZERS), seed=1)).points != one


def test_a_log_range_is_drawn_evenly_in_its_decades() -> None:
    drawn = [point["learning_rate"] for point in itertools.islice(random_points((RATES,), 0), 3000)]
    decades = np.histogram(np.log10(np.array(drawn, dtype=float)), bins=(-4, -3, -2, -1))[0]
    assert decades == pytest.approx([1000, 1000, 1000], abs=130)  # five standard deviations
    batch = Dimension(field="batch_size", kind="int", low=1, high=1024, log=True)
    sizes = [int(point["batch_size"]) for point in itertools.islice(random_points((batch,), 0), 3000)]
    assert min(sizes) == 1
    assert np.mean(np.array(sizes) <= 32) == pytest.approx(0.5, abs=0.1)


def test_few_settings_are_each_drawn_once_and_no_more_than_there_are() -> None:
    space = (OPTIMIZERS, Dimension(field="batch_size", kind="int", low=4, high=6))
    points = checked_request(request_of(space=space, n_trials=6)).points
    assert sorted(points, key=str) == sorted(grid_points(space), key=str)
    for sampler in ("random", "tpe"):
        with pytest.raises(InvalidValueError, match="only 6 different settings: try at most 6, not 7"):
            checked_request(request_of(space=space, n_trials=7, sampler=sampler))


def test_what_cannot_be_trained_is_left_out_and_the_reason_is_known() -> None:
    batch = Dimension(field="batch_size", kind="int", low=1, high=3)
    found = sift(grid_points((batch,)), BASE, None)
    assert [point["batch_size"] for point in found.points] == [2, 3]
    assert found.n_impossible == 1
    assert "batch norm" in str(found.reason)
    warm = Dimension(field="warmup_epochs", kind="float", low=5, high=9)
    with pytest.raises(InvalidValueError, match="None of these settings can be trained: Warm-up takes"):
        checked_request(request_of(space=(warm,)))


def test_settings_that_differ_only_in_a_field_without_effect_are_tried_once() -> None:
    momentum = Dimension(field="momentum", kind="float", low=0.5, high=0.9, points=2)
    both = OPTIMIZERS.model_copy(update={"choices": ("adam", "momentum")})
    found = sift(grid_points((both, momentum)), BASE, None)
    assert [tuple(point.values()) for point in found.points] == [
        ("adam", 0.5),
        ("momentum", 0.5),
        ("momentum", 0.9),
    ]
    assert found.n_alike == 1


@pytest.mark.parametrize(
    ("changes", "field", "is_idle"),
    [
        ({"optimizer": "nesterov"}, "momentum", False),
        ({"optimizer": "adam"}, "momentum", True),
        ({"loss": "focal"}, "focal_gamma", False),
        ({"schedule": "plateau"}, "rate_factor", False),
        ({"schedule": "cosine"}, "rate_factor", True),
        ({"head_epochs": 1}, "fine_tuning_factor", False),
        ({"head_epochs": 1, "unfreeze": "nothing"}, "fine_tuning_factor", True),
        ({"schedule": "one-cycle"}, "warmup_epochs", True),
    ],
)
def test_which_fields_have_no_effect(changes: dict[str, Any], field: str, is_idle: bool) -> None:
    assert (field in without_effect(unchecked_config(CONFIG | changes))) == is_idle


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"space": ()}, "varies 1 to 6 settings, not 0"),
        ({"space": (RATES, RATES)}, "'learning_rate' is varied twice"),
    ],
)
def test_a_space_of_nothing_or_with_a_field_twice_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidValueError, match=sentence):
        checked_request(request_of(**changes))


def test_a_request_comes_back_from_its_file_as_it_was() -> None:
    space = (RATES, OPTIMIZERS, Dimension(field="pretrained", kind="choice", choices=(False, True)))
    request = checked_request(request_of(space=space[:2]))
    assert SweepRequest.model_validate_json(request.model_dump_json()) == request
    found = Dimension.model_validate_json(space[2].model_dump_json()).choices
    assert found == (False, True)
    assert type(found[0]) is bool


def test_augmentation_is_varied_by_its_presets() -> None:
    presets = Dimension(field="augmentations", kind="choice", choices=tuple(AUGMENTATION_PRESETS))
    request = checked_request(request_of(space=(presets,), sampler="grid", n_trials=4))
    steps = [config_of(request.config, point).augmentations for point in request.points]
    assert steps == [preset.steps for preset in AUGMENTATION_PRESETS.values()]
    assert steps[0] == ()


def test_an_augmentation_that_is_no_preset_is_refused() -> None:
    presets = Dimension(field="augmentations", kind="choice", choices=("none", "rotate"))
    with pytest.raises(UserError, match="'rotate'.*none, light, x-ray, microscopy"):
        checked_request(request_of(space=(presets,)))
