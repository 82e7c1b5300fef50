"""What can be chosen of an explanation is heeded, and what makes no sense is refused in one sentence."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import Tensor, nn

from core.errors import InvalidValueError
from core.explanation.attribution import explain
from core.explanation.catalog import EXPLAINERS
from core.explanation.layers import cam_layers
from core.explanation.methods.paths import integrated_gradients
from core.explanation.methods.starts import baseline_of
from core.explanation.passes import estimated_passes
from core.explanation.question import Watched
from core.explanation.settings import ExplainSettings
from core.explanation.validity import table
from core.explanation.validity.records import Validity
from core.language import Message
from core.models.build import build_model
from core.models.catalog import MODELS
from tests.explained import LinearModel, ask, draw, load

CHANGED = {
    "baseline": "blur",
    "n_steps": 7,
    "window": 0.5,
    "stride": 1.0,
    "cells": "superpixels",
    "n_cells": 9,
    "n_samples": 5,
    "noise": 0.5,
    "layer": "blocks.0",
    "seed": 3,
}
CHOICES = [
    (name, field) for name, spec in EXPLAINERS.items() for field in spec.settings if field != "seconds"
]


@pytest.mark.parametrize(("method", "field"), CHOICES)
def test_a_setting_that_a_method_names_changes_its_map(method: str, field: str) -> None:
    one = ExplainSettings(n_cells=16, n_samples=20, n_steps=12)
    other = one.model_copy(update={field: CHANGED[field]})
    first, second = (
        explain(load(), draw(), method, 1, settings=settings).values for settings in (one, other)
    )
    assert not np.array_equal(first, second)


def test_the_starts_are_what_they_are_called() -> None:
    inputs = torch.from_numpy(draw())[None]
    question = ask(LinearModel(torch.zeros(1, 1, 32, 32)), inputs.clone())
    found = {}
    for name in ("zeros", "black", "mean", "blur"):
        object.__setattr__(question, "settings", ExplainSettings(baseline=name))
        found[name] = baseline_of(question)
    assert not found["zeros"].any()
    assert_allclose(found["black"], float(inputs.min()))  # nobody said what black is
    assert_allclose(found["mean"], float(inputs.mean()), rtol=1e-5)
    assert float(found["blur"].std()) < 0.15 * float(inputs.std())
    assert_allclose(found["blur"].mean(), inputs.mean(), atol=0.1)
    object.__setattr__(question, "settings", ExplainSettings(baseline="black"))
    object.__setattr__(question, "black", torch.full((1, 1, 1, 1), -2.0))
    assert_allclose(baseline_of(question), -2)


def test_black_is_what_the_network_gets_of_a_black_pixel() -> None:
    """The card standardises with mean and standard deviation 0.5: black is -1."""
    loaded, inputs = load(), np.full((1, 32, 32), -1, dtype=np.float32)
    settings = ExplainSettings(baseline="black", n_steps=5)
    answer = explain(loaded, inputs, "integrated_gradients", 1, settings=settings)
    assert not answer.values.any()  # the way from black to black


def test_chosen_steps_are_kept_and_the_time_budget_ends_the_raising() -> None:
    class Bend(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(x.sum(dim=(1, 2, 3)) - 0.97)[:, None]

    inputs = torch.full((1, 1, 2, 2), 0.25)
    chosen = integrated_gradients(ask(Bend(), inputs, settings=ExplainSettings(n_steps=5)))
    assert (chosen.n_steps, len(chosen.notes)) == (5, 2)
    hurried = ask(Bend(), inputs, steps=(5, 10_000_000), settings=ExplainSettings(seconds=1e-3))
    answer = integrated_gradients(hurried)
    assert answer.n_steps == 5
    assert "More steps would have taken longer than the time budget of 0.001 s." in map(str, answer.notes)


@pytest.mark.parametrize("method", [name for name, spec in EXPLAINERS.items() if len(spec.settings) > 1])
def test_the_passes_are_about_as_many_as_were_told(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, asked = ExplainSettings(n_steps=20, n_samples=20, n_cells=16, window=0.25), []
    passes = Watched.__call__
    monkeypatch.setattr(Watched, "__call__", lambda self, x: (asked.append(len(x)), passes(self, x))[1])
    explain(load(), draw(), method, 1, settings=settings)
    told = estimated_passes(method, settings, 32)
    assert told <= sum(asked) <= 2 * told  # GradientSHAP also asks for the score of each start


def test_the_usual_numbers_of_passes() -> None:
    usual = {name: estimated_passes(name, ExplainSettings(), 224) for name in EXPLAINERS}
    assert usual == {
        "saliency": 1, "input_x_gradient": 1, "smoothgrad": 50, "integrated_gradients": 50,
        "gradient_shap": 50, "deeplift": 2, "guided_backprop": 1, "guided_grad_cam": 2, "grad_cam": 1,
        "occlusion": 170, "feature_ablation": 50, "lime": 490,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "settings", "sentence"),
    [
        (
            "occlusion",
            {"window": 0.01},
            "A window of 0.01 of 32 pixels is smaller than a pixel. Choose a larger one.",
        ),
        ("grad_cam", {"layer": "nowhere"}, "'small_cnn' has no layer 'nowhere'. Choose one of: blocks.0, "),
        (
            "grad_cam",
            {"layer": "classifier"},
            "This layer gives no maps that could be laid over an image. Choose an earlier one.",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_one_sentence(method, settings, sentence) -> None:
    with pytest.raises(InvalidValueError) as refused:
        explain(load(), draw(), method, 1, settings=ExplainSettings(**settings))
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("method", ["feature_ablation", "lime"])
def test_cells_below_a_pixel_are_refused(method: str) -> None:
    with pytest.raises(InvalidValueError, match="400 cells on 16 x 16 pixels are smaller than a pixel"):
        explain(load(), draw(size=16), method, 1, settings=ExplainSettings(n_cells=400))


@pytest.mark.parametrize("model", MODELS)
def test_the_layers_that_can_be_read_end_with_the_usual_one(model: str) -> None:
    layers, usual = cam_layers(model), MODELS[model].grad_cam_layer
    assert (layers == ()) == (usual is None)
    assert layers[-1:] == ((usual,) if usual else ())
    assert len(set(layers)) == len(layers)


@pytest.mark.parametrize(
    "model",
    [
        name if name in ("small_cnn", "resnet18") else pytest.param(name, marks=pytest.mark.slow)
        for name in MODELS
    ],
)
def test_every_layer_named_gives_a_map(model: str) -> None:
    side = max(64, MODELS[model].smallest_size)
    network = build_model(model, n_classes=3, n_channels=1, image_size=side, seed=1).eval()
    loaded = load("small_cnn")
    card = loaded.card.model_copy(update={"model": model})
    for layer in cam_layers(model):
        settings = ExplainSettings(layer=layer)
        answer = explain(type(loaded)(network, card), draw(size=side), "grad_cam", 1, settings=settings)
        assert answer.values.shape == (side, side)
        sentence = "A grid of one place says nothing of where: choose an earlier layer."
        assert (sentence in map(str, answer.notes)) == (answer.grid == (1, 1)), layer


def test_what_the_table_does_not_offer_is_refused_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    import core.explanation.attribution as attribution

    pair = Validity(
        method="saliency", model="small_cnn", status="not offered", reason=Message(text="It was raining.")
    )
    monkeypatch.setattr(attribution, "validity_of", lambda *_pair: pair)
    with pytest.raises(InvalidValueError) as refused:
        explain(load(), draw(), "saliency", 1)
    assert str(refused.value) == "Saliency is not offered for Small CNN. It was raining."
    assert explain(load(), draw(), "saliency", 1, regardless=True).values.any()


@pytest.mark.parametrize("status", ["valid", "repaired"])
def test_a_repaired_copy_is_told_where_the_table_asks_for_one(
    status, monkeypatch: pytest.MonkeyPatch
) -> None:
    import core.explanation.attribution as attribution

    pair = Validity(method="deeplift", model="small_cnn", status=status)
    monkeypatch.setattr(attribution, "validity_of", lambda *_pair: pair)
    said = [str(note) for note in explain(load(), draw(), "deeplift", 1).notes]
    sentence = "Computed on a repaired copy of the network, which gives the same answers."
    assert (sentence in said) == (status == "repaired")
    assert table.validity_of("no", "pair") is None
