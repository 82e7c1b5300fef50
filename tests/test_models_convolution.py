"""A convolution by hand against torch."""

import numpy as np
import pytest
import torch

from core.models.convolution import KERNELS, convolve, max_pool, pool_at, relu, run_block, step_at


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
