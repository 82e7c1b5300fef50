"""What blocks hand on, on networks made by hand, and the pictures that are made of it."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.images.drawing import BLUE, ORANGE
from core.models.build import build_model
from core.models.catalog import MODELS
from core.models.feature_maps import as_maps, block_maps
from core.models.map_pictures import (
    STRIP,
    colour_bar,
    filter_sheet,
    map_sheet,
    over_picture,
    share_of_zeros,
    strongest_maps,
)


class TwoBlocks(nn.Module):
    """Doubles, then takes 3 away without negative numbers (in place), then halves the side."""

    def __init__(self) -> None:
        super().__init__()
        self.twice = nn.Conv2d(1, 1, 1, bias=False)
        self.less = nn.Conv2d(1, 1, 1)
        self.cut = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(2)
        self.answer = nn.Linear(4, 2)
        with torch.no_grad():
            self.twice.weight.fill_(2)
            self.less.weight.fill_(1)
            self.less.bias.fill_(-3)

    def forward(self, x: Tensor) -> Tensor:
        return self.answer(self.pool(self.cut(self.less(self.twice(x)))).flatten(1))  # type: ignore[no-any-return]


PICTURE = torch.arange(16, dtype=torch.float32).reshape(1, 1, 4, 4) / 4
BLOCKS = (("twice",), ("less",))


def test_each_block_is_what_the_next_one_is_given():
    first, second = block_maps(TwoBlocks(), PICTURE, BLOCKS, "answer")
    values = PICTURE[0].numpy()
    np.testing.assert_array_equal(first, 2 * values)
    # after ReLU and pooling: the head is given a list, so its maps are what the list was made of
    np.testing.assert_array_equal(second, np.maximum(2 * values - 3, 0)[:, 1::2, 1::2])


def test_modes_weights_and_hooks_are_as_before():
    network = TwoBlocks().train()
    network.cut.eval()
    before = {name: module.training for name, module in network.named_modules()}
    block_maps(network, PICTURE, BLOCKS, "answer")
    assert {name: module.training for name, module in network.named_modules()} == before
    assert all(not module._forward_hooks and not module._forward_pre_hooks for module in network.modules())


def test_a_picture_that_does_not_fit_leaves_no_hook_either():
    network = TwoBlocks()
    with pytest.raises(RuntimeError):
        block_maps(network, torch.zeros(1, 2, 4, 4), BLOCKS, "answer")
    assert all(not module._forward_hooks and not module._forward_pre_hooks for module in network.modules())


def test_small_cnn_gives_its_pooled_maps():
    network = build_model("small_cnn", n_classes=2, n_channels=1).eval()
    picture = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    found = block_maps(network, picture, MODELS["small_cnn"].blocks, "classifier")
    inner = picture
    for block, maps in zip(network.blocks, found, strict=True):
        inner = block(inner)
        np.testing.assert_array_equal(maps, inner[0].detach().numpy())


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("digit_cnn", [(32, 26, 26), (64, 12, 12), (1, 4, 32)]),
        ("mlp", [(1, 8, 32), (1, 4, 32)]),
        ("row_gru", [(1, 28, 128)]),
    ],
)
def test_lists_and_rows_are_pictures_too(name, shapes):
    spec = MODELS[name]
    network = build_model(name, n_classes=2, n_channels=1)
    picture = torch.zeros(1, 1, spec.usual_size, spec.usual_size)
    assert [maps.shape for maps in block_maps(network, picture, spec.blocks, spec.head[0])] == shapes


def test_tokens_lie_where_their_squares_are():
    tokens = torch.arange(5 * 2).reshape(5, 2)  # the first one is no square of the image
    assert as_maps(tokens)[0].tolist() == [[2, 4], [6, 8]]
    assert as_maps(tokens[1:])[1].tolist() == [[3, 5], [7, 9]]
    assert as_maps(torch.zeros(7, 3)).shape == (1, 7, 3)


def test_the_strongest_maps_come_first():
    maps = np.stack([np.full((2, 2), value, dtype=np.float32) for value in (1, -5, 0, 3)])
    assert strongest_maps(maps, 3) == [1, 3, 0]
    assert share_of_zeros(maps) == 0.25


def test_a_sheet_has_equal_cells_and_one_scale_of_colours():
    maps = np.stack([np.full((4, 4), value, dtype=np.float32) for value in (2, -2, 0)])
    sheet = map_sheet(maps, [0, 1, 2], strongest=2.0, n_columns=2, side=40)
    assert sheet.shape == (2 * (40 + STRIP + 6), 2 * 46, 3)
    assert tuple(sheet[23, 23]) == ORANGE
    assert tuple(sheet[23, 46 + 23]) == BLUE
    assert tuple(sheet[46 + STRIP + 23, 23]) == (24, 24, 24)  # zero is dark


def test_what_is_strong_covers_the_picture_and_what_is_not_leaves_it():
    picture = np.array([[0.0, 1.0], [0.0, 1.0]], dtype=np.float32)
    nothing = over_picture(picture, np.zeros((2, 2), np.float32), 1.0, side=2)
    assert nothing[..., 0].tolist() == [[0, 255], [0, 255]]
    full = over_picture(picture, np.ones((2, 2), np.float32), 1.0, side=2)
    assert full[0, 0].tolist() == [round(0.85 * value) for value in ORANGE]


def test_the_colour_bar_begins_at_nothing_unless_there_is_less():
    assert tuple(colour_bar(signed=False)[0, 0]) == (24, 24, 24)
    assert tuple(colour_bar(signed=True)[0, 0]) == BLUE
    assert tuple(colour_bar(signed=True)[0, -1]) == ORANGE


def test_a_weight_of_zero_is_grey_and_colours_stay_apart():
    grey = np.array([[[[-1.0, 0.0], [0.5, 1.0]]]], dtype=np.float32)  # (1, 1, 2, 2)
    sheet = filter_sheet(grey, n_columns=1, strongest=1.0, side=2)
    assert sheet[3:5, 3:5, 0].tolist() == [[1, 128], [192, 255]]
    red = np.zeros((1, 3, 2, 2), dtype=np.float32)
    red[0, 0] = 1
    assert filter_sheet(red, n_columns=1, strongest=1.0, side=2)[3, 3].tolist() == [255, 128, 128]
