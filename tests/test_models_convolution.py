"""A convolution by hand against torch, and a network's stages."""

import numpy as np
import pytest
import torch

from core.language import language
from core.models.build import build_model
from core.models.convolution import KERNELS, convolve, max_pool, pool_at, relu, run_block, step_at
from core.models.describe import describe
from core.models.stages import KIND_TITLES, kind_title, stages


@pytest.fixture
def picture():
    return np.random.default_rng(0).normal(size=(9, 7)).astype(np.float32)


@pytest.mark.parametrize("name", KERNELS)
def test_a_map_is_what_torch_makes_of_it(name, picture):
    weights = KERNELS[name].values
    expected = torch.nn.functional.conv2d(
        torch.from_numpy(picture)[None, None], torch.from_numpy(weights)[None, None], padding=1
    )
    np.testing.assert_allclose(convolve(picture, weights), expected[0, 0].numpy(), atol=1e-5)


def test_each_place_is_the_sum_of_nine_products(picture):
    weights = KERNELS["sharpen"].values
    output = convolve(picture, weights)
    for row, column in [(0, 0), (4, 3), (8, 6)]:
        step = step_at(picture, weights, row, column)
        assert step.total == pytest.approx(float((step.pixels * step.weights).sum()), abs=1e-5)
        assert step.total == pytest.approx(float(output[row, column]), abs=1e-5)


def test_a_corner_sees_zeros_outside(picture):
    pixels = step_at(picture, KERNELS["blur"].values, 0, 0).pixels
    assert (pixels[0] == 0).all() and (pixels[:, 0] == 0).all()
    assert pixels[1, 1] == picture[0, 0]


def test_an_edge_answers_by_its_direction():
    step = np.zeros((8, 8), dtype=np.float32)
    step[:, 4:] = 1
    assert convolve(step, KERNELS["vertical_edge"].values)[3, 4] == 3
    assert convolve(step, KERNELS["horizontal_edge"].values)[3, 4] == 0
    assert run_block(step, KERNELS["vertical_edge"].values).strongest_place[1] in (3, 4)


def test_relu_and_pooling_are_those_of_torch(picture):
    block = run_block(picture, KERNELS["vertical_edge"].values)
    tensor = torch.from_numpy(block.output)[None]
    assert torch.equal(torch.from_numpy(relu(block.output)), tensor.relu()[0])
    pooled = torch.nn.functional.max_pool2d(tensor.relu(), 2)[0]
    assert torch.equal(torch.from_numpy(max_pool(block.rectified)), pooled)
    assert block.pooled.shape == (4, 3)


def test_the_four_numbers_of_a_place_give_its_pooled_number(picture):
    block = run_block(picture, KERNELS["blur"].values)
    assert pool_at(block.rectified, 5, 2).max() == block.pooled[2, 1]


def test_layers_of_one_shape_are_one_stage():
    layers = describe(build_model("small_cnn", n_classes=2, n_channels=1), (1, 64, 64))
    found = stages(layers)
    assert [stage.output_shape for stage in found] == [
        (16, 64, 64), (16, 32, 32), (32, 32, 32), (32, 16, 16), (64, 16, 16), (64, 8, 8), (2,),
    ]  # fmt: skip
    assert found[0].kinds == ("Conv2d", "BatchNorm2d", "ReLU")
    assert found[0].n_parameters == 16 * 9 + 2 * 16
    assert found[0].multiply_adds == 64 * 64 * 16 * 9
    assert sum(stage.n_layers for stage in found) == len(layers)
    assert (found[1].side, found[-1].side, found[-1].n_channels) == (32, 1, 2)


@pytest.mark.parametrize("name", ["small_cnn", "resnet18"])
def test_each_kind_of_layer_has_a_name_that_is_translated(name):
    layers = describe(build_model(name, n_classes=2, n_channels=1), (1, 64, 64))
    assert {layer.kind for layer in layers} <= set(KIND_TITLES)
    with language("pseudo"):
        assert kind_title("Conv2d") == "⟦Convolution⟧"
    assert kind_title("GELU") == "GELU"
