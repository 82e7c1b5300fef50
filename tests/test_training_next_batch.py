"""The next batch is, to the bit, what the training loop gives the network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.datasets.splits import make_split
from core.datasets.store import open_dataset
from core.errors import InvalidValueError
from core.training import loop
from core.training.config import TrainingConfig, parse_config
from core.training.engine import build_engine
from core.training.next_batch import next_batch
from core.training.pipeline import Inputs, batches_an_epoch, prepare
from core.transforms.preprocessing import default_preprocessing
from tests.tiny_dataset import write_tiny


def fed_by_the_loop(config: TrainingConfig, home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the training loop itself go through two epochs; return what each step was given."""
    dataset = open_dataset("tiny")
    data = prepare(dataset, make_split(dataset.samples, config.split), default_preprocessing(16, 1))
    engine = build_engine(config, n_classes=3, n_channels=1, n_batches=batches_an_epoch(data, config))
    fed: list[Any] = []

    def step(inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        fed.append((inputs.numpy().copy(), targets.numpy().copy()))
        return torch.tensor(1.0)

    monkeypatch.setattr(engine, "step", step)
    training = _Training(config, home, engine, data)
    for _epoch in range(2):
        loop._train_epoch(training)
        engine.progress.epoch, engine.progress.batch = engine.progress.epoch + 1, 0
    return fed


class _Training:
    """What `_train_epoch` reads of a Training, without a job and without a network that learns."""

    def __init__(self, config: TrainingConfig, folder: Path, engine: Any, data: Any) -> None:
        self.run = self.job = self
        self.config, self.folder, self.engine, self.data = config, folder, engine, data
        self.inputs = Inputs(data, config.augmentations, engine.device)
        self.began = self.group_began = self.saved_at = self.resumed_at = self.seconds_before = 0.0
        self.saved_at = float("inf")
        self.images_seen = 0

    def report(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""

    def should_stop(self) -> bool:
        """Go on."""
        return False


@pytest.mark.parametrize("balance", ["plain", "over-sampling", "under-sampling"])
def test_it_is_to_the_bit_what_the_training_loop_feeds(
    home: Path, monkeypatch: pytest.MonkeyPatch, balance: str
) -> None:
    write_tiny(n_images=44, n_classes=3)
    values = {"dataset": "tiny", "image_size": 16, "batch_size": 8, "seed": 3, "balance": balance}
    config = parse_config({**values, "device": "cpu"})
    fed = fed_by_the_loop(config, home, monkeypatch)
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
