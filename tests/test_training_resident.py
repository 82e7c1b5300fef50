"""Pixels on a GPU: the same grey levels in fewer bytes, and only where they leave room to train in."""

import dataclasses

import numpy as np
import pytest
import torch

from core.training.config import parse_config
from core.training.pipeline import Inputs, PreparedData, generator, made_ahead
from core.training.resident import brought, fits, packed, unpacked
from core.transforms.preprocessing import channel_statistics, default_preprocessing, unit
from core.transforms.records import AugmentationStep

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
ALL_LEVELS = np.arange(65536, dtype=np.uint16).reshape(4, 1, 128, 128)
EIGHT_BIT = (np.arange(256, dtype=np.uint16) * 257).reshape(4, 1, 8, 8)


@pytest.mark.parametrize(
    ("levels", "dtype"), [(ALL_LEVELS, torch.int16), (EIGHT_BIT, torch.uint8)], ids=["16 bits", "8 bits"]
)
def test_every_grey_level_comes_back_to_the_bit(levels: np.ndarray, dtype: torch.dtype) -> None:
    small = packed(torch.from_numpy(levels))
    assert small.dtype == dtype
    assert np.array_equal(unpacked(small).numpy(), unit(levels))
    assert np.array_equal(unpacked(torch.from_numpy(levels)).numpy(), unit(levels))


def test_one_pixel_of_16_bits_is_enough_to_keep_16() -> None:
    levels = np.zeros((1500, 1, 2, 2), np.uint16)
    levels[-1, 0, 1, 1] = 258
    assert packed(torch.from_numpy(levels)).dtype == torch.int16


def test_the_network_gets_the_same_from_packed_pixels() -> None:
    data = prepared(ALL_LEVELS)
    small = dataclasses.replace(data, pixels=packed(data.pixels))
    steps = (AugmentationStep(name="rotate"), AugmentationStep(name="contrast"))
    one, other = (
        Inputs(some, steps, CPU).training(data.rows["train"], generator(0, 1, 1)) for some in (data, small)
    )
    assert torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1])


def test_at_most_half_of_the_free_memory_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 4000))
    assert fits(500, CUDA)
    assert not fits(501, CUDA)


def test_pixels_that_do_not_fit_stay_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2 * ALL_LEVELS.nbytes - 1, 0))
    data = prepared(ALL_LEVELS)
    assert data.on(CUDA) is data
    assert data.on(CPU) is data


def test_nothing_is_copied_that_is_there_already() -> None:
    values = torch.arange(3)
    assert brought(values, CPU) is values


@pytest.mark.parametrize("size", [8, 512], ids=["small: several at a time", "large: one at a time"])
@pytest.mark.parametrize("first", [1, 3, 20])
def test_inputs_made_ahead_are_those_made_one_by_one(size: int, first: int) -> None:
    config = parse_config({"dataset": "any", "seed": 5})
    batches = [torch.arange(2) + number for number in range(20)]
    made: list[int] = []

    def make(rows: torch.Tensor, draws: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        made.append(int(rows[0]))
        return torch.rand(2, 1, size, size, generator=draws), rows

    together = list(made_ahead(make, batches, config, epoch=2, first=first))
    expected = [make(batches[n - 1], generator(5, 2, n)) for n in range(first, 21)]
    assert len(together) == len(expected)
    for (inputs, rows), (others, same) in zip(together, expected, strict=True):
        assert torch.equal(inputs, others)
        assert torch.equal(rows, same)


def test_small_inputs_alone_are_made_ahead() -> None:
    config = parse_config({"dataset": "any"})
    made: list[int] = []

    def make(rows: torch.Tensor, draws: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        made.append(len(made) + 1)
        side = int(rows)
        return torch.zeros(1, side, side), rows

    def made_before_each(side: int) -> list[int]:
        made.clear()
        return [len(made) for _ in made_ahead(make, [torch.tensor(side)] * 20, config, epoch=1)]

    assert made_before_each(8) == [1, *[17] * 16, *[20] * 3]
    assert made_before_each(1024) == list(range(1, 21))  # 4 MB each


def prepared(levels: np.ndarray) -> PreparedData:
    rows = torch.arange(len(levels))
    return PreparedData(
        pixels=torch.from_numpy(levels),
        labels=rows % 2,
        rows={"train": rows, "val": rows[:0], "test": rows[:0]},
        statistics=channel_statistics(unit(levels).transpose(1, 0, 2, 3)),
        preprocessing=default_preprocessing(levels.shape[-1], 1),
    )
