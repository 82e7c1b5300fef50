"""Layers gathered into blocks: nothing lost, and each block told by what it does."""

from functools import cache

import pytest
import torch

from core.language import language
from core.models.build import build_model
from core.models.catalog import MODELS
from core.models.describe import describe
from core.models.stages import KIND_TITLES, gathered, kind_title, shape_words, stages


@cache
def layers_of(name):
    spec = MODELS[name]
    with torch.device("meta"):
        network = build_model(name, n_classes=2, n_channels=1)
    return describe(network, (1, spec.usual_size, spec.usual_size))


def test_small_cnn_has_three_blocks_and_a_head():
    first, *_, last = found = stages(layers_of("small_cnn"), MODELS["small_cnn"].blocks)
    assert [stage.output_shape for stage in found] == [(16, 32, 32), (32, 16, 16), (64, 8, 8), (2,)]
    assert first.modules == ("blocks.0",)
    assert first.kinds == (("Conv2d", 1), ("BatchNorm2d", 1), ("ReLU", 1), ("MaxPool2d", 1))
    assert first.n_parameters == 16 * 9 + 2 * 16
    assert first.multiply_adds == 64 * 64 * 16 * 9
    assert (first.side, first.n_channels, first.receptive_field) == (32, 16, (4, 4))
    assert (last.side, last.n_channels, last.receptive_field, last.modules) == (1, 2, None, ())
    assert not first.adds and not first.joins
    assert first.summary == "Convolution, Max pooling"


@pytest.mark.parametrize("name", MODELS)
def test_every_layer_of_every_network_is_in_one_block_and_has_a_name(name):
    spec, layers = MODELS[name], layers_of(name)
    parts = list(gathered(layers, spec.blocks))
    assert [layer for _, members in parts for layer in members] == layers
    assert [modules for modules, _ in parts] == [*spec.blocks, ()]
    found = stages(layers, spec.blocks)
    assert found[-1].output_shape == (2,)
    assert sum(stage.n_parameters for stage in found) == sum(layer.n_parameters for layer in layers)
    assert len(found) <= 14
    assert {layer.kind for layer in layers} <= set(KIND_TITLES)


def test_shortcuts_and_branches_are_told_apart():
    def hints(name):
        found = stages(layers_of(name), MODELS[name].blocks)
        return any(stage.adds for stage in found), any(stage.joins for stage in found)

    assert hints("resnet18") == (True, False)
    assert hints("googlenet") == hints("densenet121") == (False, True)
    assert hints("vgg11") == (False, False)


def test_tokens_are_a_square():
    block = stages(layers_of("vit_b_16"), MODELS["vit_b_16"].blocks)[1]
    assert block.output_shape == (197, 768)
    assert (block.side, block.n_channels) == (14, 768)  # 14 x 14 squares and the token that answers
    assert shape_words(block.output_shape) == "197 tokens of 768 numbers"
    assert block.adds


def test_learned_places_and_tokens_are_no_shortcuts():
    layers = layers_of("vit_b_16")
    first = stages(layers, MODELS["vit_b_16"].blocks)[0]
    assert not first.adds and not first.joins
    learned = {layer.kind: layer.n_parameters for layer in layers if layer.kind.startswith("Learned")}
    assert learned == {"LearnedToken": 768, "LearnedAddition": 197 * 768}


def test_names_of_kinds_are_translated():
    with language("pseudo"):
        assert kind_title("Conv2d") == "⟦Convolution⟧"
    assert kind_title("Unheard") == "Unheard"
