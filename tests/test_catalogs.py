"""One contract for each catalog: what every entry must do, whoever adds it.

That of AUGMENTATIONS goes on in test_catalogs_augmentations.py.
"""

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import BaseModel
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.datasets.catalog import DATASETS
from core.explanation.attribution import explain
from core.explanation.catalog import EXPLAINERS
from core.images.records import MedicalImage
from core.models.build import build_model
from core.models.catalog import MODELS
from core.models.describe import describe, n_parameters
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.transforms.catalog import AUGMENTATIONS, PREPROCESSING_STEPS
from core.transforms.preprocessing import default_preprocessing, image_part, to_input
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep
from core.workspace import SAMPLE_DATA

CATALOGS: dict[str, dict[str, Any]] = {
    "MODELS": MODELS,
    "PREPROCESSING_STEPS": PREPROCESSING_STEPS,
    "AUGMENTATIONS": AUGMENTATIONS,
    "EXPLAINERS": EXPLAINERS,
    "DATASETS": DATASETS,
}
ENTRIES = [(catalog, name) for catalog, entries in CATALOGS.items() for name in entries]
TEXTS = ("title", "summary", "description", "strength", "weakness", "caution", "reads")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


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


# Networks ------------------------------------------------------------------------------------------------


ALL_MODELS = list(MODELS)


def images(n: int, n_channels: int, size: int) -> Tensor:
    return torch.rand(n, n_channels, size, size, generator=generator(1))


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", ALL_MODELS)
def test_a_network_takes_its_smallest_size_forward_and_back(
    name: str, n_classes: int, n_channels: int
) -> None:
    model = build_model(name, n_classes=n_classes, n_channels=n_channels)
    batch = images(4, n_channels, MODELS[name].smallest_size)
    logits = model.train()(batch)
    assert logits.shape == (4, n_classes)
    assert logits.dtype == torch.float32
    nn.functional.cross_entropy(logits, torch.arange(4) % n_classes).backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert bool(torch.isfinite(parameter.grad).all()), parameter_name
    assert max(float(parameter.grad.abs().max()) for parameter in model.parameters()) > 0


@pytest.mark.parametrize("name", ALL_MODELS)
def test_a_network_gives_the_same_answer_twice_in_eval_mode(name: str) -> None:
    model = build_model(name, n_classes=2, n_channels=1).eval()
    batch = images(3, 1, 64)
    with torch.no_grad():
        assert torch.equal(model(batch), model(batch))
        torch.testing.assert_close(model(batch)[:1], model(batch[:1]), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ALL_MODELS)
def test_a_network_comes_back_from_its_file(name: str, tmp_path: Path) -> None:
    model = build_model(name, n_classes=2, n_channels=1, seed=1).eval()
    save_file(dict(model.state_dict()), tmp_path / "weights.safetensors")
    other = build_model(name, n_classes=2, n_channels=1, seed=2).eval()
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    batch = images(2, 1, 64)
    with torch.no_grad():
        assert torch.equal(model(batch), other(batch))


@pytest.mark.parametrize("name", ALL_MODELS)
def test_a_seed_decides_the_first_weights_and_the_global_state_is_put_back(name: str) -> None:
    before = torch.get_rng_state()
    one, same, other = (build_model(name, n_classes=2, n_channels=1, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    for mine, theirs in zip(one.parameters(), same.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    assert any(
        not torch.equal(mine, theirs)
        for mine, theirs in zip(one.parameters(), other.parameters(), strict=True)
    )


@pytest.mark.parametrize("name", ALL_MODELS)
def test_a_network_learns_eight_images_by_heart(name: str) -> None:
    model = build_model(name, n_classes=2, n_channels=1).train()
    batch, labels = images(8, 1, max(32, MODELS[name].smallest_size)), torch.arange(8) % 2
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(200):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(batch), labels)
        loss.backward()
        optimizer.step()
        if float(loss.detach()) < 0.01:
            break
    assert float(loss.detach()) < 0.1
    with torch.no_grad():
        for _ in range(50):  # batch norm's running statistics follow the weights with a delay
            model(batch)
        model.eval()
        assert torch.equal(model(batch).argmax(dim=1), labels)


@pytest.mark.parametrize("name", ALL_MODELS)
def test_the_layer_that_grad_cam_reads_is_there_and_gives_maps(name: str) -> None:
    model = build_model(name, n_classes=2, n_channels=1).eval()
    shapes = []
    hook = model.get_submodule(MODELS[name].grad_cam_layer).register_forward_hook(
        lambda module, inputs, output: shapes.append(tuple(output.shape))
    )
    with torch.no_grad():
        model(images(1, 1, 64))
    hook.remove()
    [(batch, channels, height, width)] = shapes
    assert batch == 1
    assert channels > 1
    assert height == width >= 2


@pytest.mark.parametrize("name", ALL_MODELS)
def test_a_network_can_be_described_layer_by_layer(name: str) -> None:
    model = build_model(name, n_classes=3, n_channels=1)
    layers = describe(model, (1, 64, 64))
    assert layers[-1].output_shape == (3,)
    by_name = {layer.name: layer.n_parameters for layer in layers}  # a layer that is used twice counts once
    assert sum(by_name.values()) == n_parameters(model)
    assert all(layer.multiply_adds > 0 for layer in layers if layer.kind in ("Conv2d", "Linear"))


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
    return LoadedModel(build_model(name, n_classes=2, n_channels=n_channels).eval(), card)


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("model", ALL_MODELS)
@pytest.mark.parametrize("name", EXPLAINERS)
def test_an_explainer_answers_on_the_input_grid_and_leaves_the_network_as_it_was(
    name: str, model: str, n_channels: int
) -> None:
    loaded = loaded_model(model, n_channels)
    size = max(32, MODELS[model].smallest_size)
    inputs = np.random.default_rng(0).normal(size=(n_channels, size, size)).astype(np.float32)
    before = {key: value.clone() for key, value in loaded.model.state_dict().items()}
    answer = explain(loaded, inputs, name, 1, steps=(8,))
    assert (answer.method, answer.target, answer.class_name) == (name, 1, "finding")
    assert answer.values.shape == (size, size)
    assert answer.values.dtype == np.float32
    assert np.isfinite(answer.values).all()
    assert answer.signed == EXPLAINERS[name].signed
    if not answer.signed:
        assert answer.values.min() >= 0
    np.testing.assert_array_equal(explain(loaded, inputs, name, 1, steps=(8,)).values, answer.values)
    assert not loaded.model.training
    for key, value in loaded.model.state_dict().items():
        assert torch.equal(value, before[key]), key
    for module in loaded.model.modules():
        assert not module._forward_hooks
        assert not module._backward_hooks
        assert not module._forward_pre_hooks
    assert all(parameter.grad is None for parameter in loaded.model.parameters())


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
