"""One contract for each catalog: what every entry must do, whoever adds it.

That of MODELS goes on in test_catalogs_models.py, that of AUGMENTATIONS in test_catalogs_augmentations.py.
"""

import inspect
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import BaseModel

from core.datasets.catalog import DATASETS
from core.errors import InvalidValueError
from core.explanation.attribution import explain
from core.explanation.catalog import EXPLAINERS
from core.explanation.settings import ExplainSettings
from core.explanation.validity.table import validity_of
from core.images.records import MedicalImage
from core.models.build import build_model
from core.models.catalog import MODELS
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.transforms.catalog import AUGMENTATIONS, PREPROCESSING_STEPS
from core.transforms.preprocessing import default_preprocessing, image_part, to_input
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep
from core.workspace import SAMPLE_DATA
from tests.networks import size_of

CATALOGS: dict[str, dict[str, Any]] = {
    "MODELS": MODELS,
    "PREPROCESSING_STEPS": PREPROCESSING_STEPS,
    "AUGMENTATIONS": AUGMENTATIONS,
    "EXPLAINERS": EXPLAINERS,
    "DATASETS": DATASETS,
}
ENTRIES = [(catalog, name) for catalog, entries in CATALOGS.items() for name in entries]
TEXTS = ("title", "summary", "description", "strength", "weakness", "caution", "reads")


@pytest.mark.parametrize(("catalog", "name"), ENTRIES)
def test_an_entry_is_filed_under_its_own_name_and_says_what_it_is(catalog: str, name: str) -> None:
    entry = CATALOGS[catalog][name]
    assert entry.name == name
    assert name.isidentifier()
    for field in TEXTS:
        text = getattr(entry, field, "-")
        assert text.strip() == text != "", field
        if field not in ("title",) and text != "-":
            assert text.endswith("."), field


@pytest.mark.parametrize(("catalog", "name"), ENTRIES)
def test_the_builder_of_an_entry_is_a_public_function(catalog: str, name: str) -> None:
    module, _, function = CATALOGS[catalog][name].builder.partition(":")
    built = getattr(import_module(module), function)
    assert callable(built)
    assert inspect.getdoc(built)
    assert not function.startswith("_")


@pytest.mark.parametrize(
    ("name", "spec"),
    [*PREPROCESSING_STEPS.items(), *AUGMENTATIONS.items()],
    ids=lambda value: str(value)[:20],
)
def test_every_parameter_has_a_default_in_its_range_a_title_and_a_help_text(name: str, spec: Any) -> None:
    parameters: type[BaseModel] = spec.parameters
    assert parameters.model_validate(parameters().model_dump()) == parameters()
    for field, info in parameters.model_fields.items():
        assert info.title, field
        assert info.description, field
        assert info.description.endswith("."), field


# Preprocessing -------------------------------------------------------------------------------------------

STATISTICS = {
    n: ChannelStatistics(mean=(0.4,) * n, std=(0.2,) * n, low=(0.0,) * n, high=(1.0,) * n) for n in (1, 3)
}


def medical_image(n_channels: int) -> MedicalImage:
    shape = (40, 56) if n_channels == 1 else (40, 56, 3)
    values = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    return MedicalImage(values, value_range=(0, 255))


@pytest.mark.parametrize("name", PREPROCESSING_STEPS)
def test_a_step_says_where_it_comes_from_and_bounds_every_number(name: str) -> None:
    spec = PREPROCESSING_STEPS[name]
    assert spec.source
    for field, schema in spec.parameters.model_json_schema().get("properties", {}).items():
        if schema.get("type") in ("number", "integer") and not {"enum", "const"} & set(schema):
            assert {"minimum", "exclusiveMinimum"} & set(schema), field
            assert {"maximum", "exclusiveMaximum"} & set(schema), field


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("name", PREPROCESSING_STEPS)
def test_a_step_works_with_its_defaults_on_grey_and_colour(name: str, n_channels: int) -> None:
    spec, image = PREPROCESSING_STEPS[name], medical_image(n_channels)
    names = ("window",) if name == "window" else ("window", name)
    steps = Preprocessing(steps=tuple(PreprocessingStep(name=step) for step in names))
    pixels = image_part(image, steps)
    assert pixels.dtype == np.uint16
    assert pixels.ndim == 3
    assert pixels.shape[0] in (1, 3)
    result = to_input(image, steps, STATISTICS[pixels.shape[0]])
    assert result.dtype == np.float32
    assert result.shape == pixels.shape
    assert np.isfinite(result).all()
    if spec.stage == "image":
        assert 0 <= result.min() < result.max() <= 1
    np.testing.assert_array_equal(result, to_input(image, steps, STATISTICS[pixels.shape[0]]))


# Explainers ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def loaded_model(name: str, n_channels: int) -> LoadedModel:
    card = ModelCard(
        run="test",
        model=name,
        class_names=("clear", "finding"),
        positive_class="finding",
        n_channels=3 if n_channels == 3 else 1,
        preprocessing=default_preprocessing(32, n_channels),
        statistics=STATISTICS[n_channels],
        intended_use="",
        simulated=True,
        dataset="none",
        n_train_images=0,
        n_train_patients=None,
        best_epoch=1,
    )
    model = build_model(name, n_classes=2, n_channels=n_channels, image_size=size_of(name))
    return LoadedModel(model.eval(), card)


QUICK = ExplainSettings(n_steps=8, n_samples=6, n_cells=4, window=0.5, stride=1)
ONE_EACH = [
    ("small_cnn", 1),
    ("small_cnn", 3),
    *(pytest.param(name, 1, marks=pytest.mark.slow) for name in MODELS if name != "small_cnn"),
]


@pytest.mark.parametrize(("model", "n_channels"), ONE_EACH)
@pytest.mark.parametrize("name", EXPLAINERS)
def test_an_explainer_answers_on_the_input_grid_and_leaves_the_network_as_it_was(
    name: str, model: str, n_channels: int
) -> None:
    loaded, size = loaded_model(model, n_channels), size_of(model)
    inputs = np.random.default_rng(0).normal(size=(n_channels, size, size)).astype(np.float32)
    before = {key: value.clone() for key, value in loaded.model.state_dict().items()}
    pair = validity_of(name, model)
    is_refused = pair is not None and pair.status == "not offered"
    if is_refused or ("cam" in name and MODELS[model].grad_cam_layer is None):
        with pytest.raises(InvalidValueError, match=r"is not offered for|keeps no maps"):
            explain(loaded, inputs, name, 1)
        return
    answer = explain(loaded, inputs, name, 1, settings=QUICK)
    assert (answer.method, answer.target, answer.class_name) == (name, 1, "finding")
    assert answer.values.shape == (size, size)
    assert answer.values.dtype == np.float32
    assert np.isfinite(answer.values).all()
    assert answer.signed == EXPLAINERS[name].signed
    if not answer.signed:
        assert answer.values.min() >= 0
    np.testing.assert_array_equal(explain(loaded, inputs, name, 1, settings=QUICK).values, answer.values)
    assert not loaded.model.training
    for key, value in loaded.model.state_dict().items():
        assert torch.equal(value, before[key]), key
    for module in loaded.model.modules():
        assert not module._forward_hooks
        assert not module._backward_hooks
        assert not module._forward_pre_hooks
    assert all(parameter.grad is None for parameter in loaded.model.parameters())


@pytest.mark.parametrize("name", EXPLAINERS)
def test_an_explainer_names_settings_that_exist_and_its_paper(name: str) -> None:
    spec = EXPLAINERS[name]
    assert set(spec.settings) <= set(ExplainSettings.model_fields)
    assert "arXiv:" in spec.paper
    assert 2010 < spec.year < 2026


def test_three_explainers_are_shown_first() -> None:
    first = [name for name, spec in EXPLAINERS.items() if spec.shown_first]
    assert first == ["saliency", "integrated_gradients", "grad_cam"]


# Data sets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATASETS)
def test_a_data_set_that_says_it_ships_is_there_and_small_enough(name: str) -> None:
    archive = DATASETS[name].archive
    if archive is None:
        pytest.skip("it is made when asked for")
    assert 0 < (SAMPLE_DATA / archive).stat().st_size <= 8 * 1024 * 1024


@pytest.mark.parametrize("name", DATASETS)
def test_a_data_set_is_built_with_progress_and_a_way_to_stop(name: str) -> None:
    module, _, function = DATASETS[name].builder.partition(":")
    build: Callable[..., object] = getattr(import_module(module), function)
    assert {"progress", "should_stop"} & set(inspect.signature(build).parameters)
