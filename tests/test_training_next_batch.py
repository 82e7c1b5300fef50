"""The next batch is, to the bit, what the training loop gives the network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.datasets.splits import make_split
from core.datasets.store import open_dataset
from core.errors import InvalidValueError
from core.jobs import control
from core.training import launch, worker
from core.training.config import TrainingConfig, parse_config
from core.training.engine import Engine
from core.training.next_batch import next_batch
from core.training.pipeline import Inputs, prepare
from core.transforms.preprocessing import default_preprocessing
from tests.tiny_dataset import write_tiny


def fed_by_the_loop(config: TrainingConfig, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the training itself go through two epochs here; return what each step was given."""
    fed: list[Any] = []

    def step(self: Engine, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        fed.append((inputs.numpy().copy(), targets.numpy().copy()))
        return torch.tensor(1.0)

    monkeypatch.setattr(Engine, "step", step)
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    run = launch.launch(config)
    worker.main(run.folder)
    assert run.state == "completed"
    return fed


@pytest.mark.parametrize("balance", ["plain", "over-sampling", "under-sampling"])
def test_it_is_to_the_bit_what_the_training_loop_feeds(
    home: Path, monkeypatch: pytest.MonkeyPatch, balance: str
) -> None:
    write_tiny(n_images=44, n_classes=3)
    values = {"dataset": "tiny", "image_size": 16, "batch_size": 8, "seed": 3, "balance": balance}
    config = parse_config({**values, "device": "cpu", "threads": 1, "epochs": 2})
    fed = fed_by_the_loop(config, monkeypatch)
    n = len(fed) // 2
    for epoch, batch in [(1, 1), (1, n), (2, 1), (2, n)]:
        mine = next_batch(open_dataset("tiny"), config, epoch=epoch, batch=batch)
        inputs, targets = fed[(epoch - 1) * n + batch - 1]
        assert mine.inputs.tobytes() == inputs.tobytes()
        np.testing.assert_array_equal(mine.targets, targets)
        assert mine.n_batches == n


def test_its_pictures_are_those_of_its_samples(home: Path) -> None:
    write_tiny(n_images=44, n_classes=3)
    dataset = open_dataset("tiny")
    config = parse_config({"dataset": "tiny", "image_size": 16, "augmentations": []})
    batch = next_batch(dataset, config, epoch=1, batch=1)
    split = make_split(dataset.samples, config.split)
    data = prepare(dataset, split, default_preprocessing(16, 1))
    inputs, labels = Inputs(data, (), torch.device("cpu")).evaluation(torch.from_numpy(batch.sample_ids))
    np.testing.assert_array_equal(batch.inputs, inputs.numpy())
    np.testing.assert_array_equal(batch.labels, labels.numpy())
    assert set(split.set_index("sample_id").loc[batch.sample_ids, "split"]) == {"train"}


def test_a_batch_that_is_not_there_is_refused_in_a_sentence(home: Path) -> None:
    write_tiny(n_images=44)
    config = parse_config({"dataset": "tiny", "image_size": 16})
    with pytest.raises(InvalidValueError) as refused:
        next_batch(open_dataset("tiny"), config, epoch=1, batch=99)
    assert str(refused.value) == "There is no batch 99: an epoch has 2. Choose batch 1 to 2."
