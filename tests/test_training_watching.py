"""The loss is watched: no number ends a run, a run that goes astray ends, a noisy one does not."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from core.jobs import control
from core.runs.checkpoints import load_last
from core.runs.records import StepMetrics
from core.runs.store import Run
from core.training import launch, loop, worker
from core.training.config import parse_config
from core.training.engine import Engine
from core.training.watching import Divergence, has_finite_weights
from tests.tiny_dataset import write_tiny

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 4,
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
}
Train = Callable[..., Run]


@pytest.fixture
def train(home: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny(n_images=90)

    def train(**changes: Any) -> Run:
        run = launch.launch(parse_config({**CONFIG, **changes}))
        worker.main(run.folder)
        return run

    return train


def line(step: int, loss: float) -> StepMetrics:
    return StepMetrics(step=step, epoch=0.0, loss=loss, learning_rate=0.1, images_per_second=1.0, seconds=1.0)


def fed(losses: list[float], *, n_batches: int, group: int, n_classes: int = 2) -> list[bool]:
    divergence = Divergence(n_classes, n_batches)
    said = []
    for number, loss in enumerate(losses, start=1):
        divergence.add(line(number * group, loss))
        said.append(divergence.is_there())
    return said


def test_a_loss_that_stays_ten_times_as_high_for_an_epoch_is_a_divergence() -> None:
    said = fed([0.7] * 8 + [7.1] * 9, n_batches=80, group=10)
    assert said == [False] * 15 + [True] * 2  # the eighth group of the second epoch fills one


def test_a_spike_that_comes_down_within_the_epoch_is_none() -> None:
    assert not any(fed([0.7] * 8 + [50.0] + [0.7] * 8, n_batches=80, group=10))


def test_a_loss_that_began_near_0_may_rise_to_what_guessing_costs() -> None:
    limit = 3 * math.log(10)
    assert not any(fed([0.01] * 8 + [limit - 0.01] * 16, n_batches=80, group=10, n_classes=10))
    assert any(fed([0.01] * 8 + [limit + 0.01] * 16, n_batches=80, group=10, n_classes=10))


def test_few_batches_an_epoch_are_looked_at_over_32_steps() -> None:
    said = fed([0.7] * 2 + [100.0] * 40, n_batches=3, group=1)
    assert said.index(True) == 32  # of the last 32 steps all but one are high


NOISY: list[dict[str, Any]] = [
    {"loss": "focal", "augmentations": [{"name": "mixup"}], "schedule": "one-cycle", "learning_rate": 0.05},
    {"batch_size": 2, "learning_rate": 0.03, "optimizer": "momentum", "balance": "class weights"},
    {"label_smoothing": 0.3, "optimizer": "rmsprop", "learning_rate": 0.01},
]


@pytest.mark.parametrize("changes", NOISY, ids=["focal mixup one-cycle", "batches of two", "smoothed"])
def test_a_noisy_run_is_left_alone(train: Train, changes: dict[str, Any]) -> None:
    run = train(epochs=8, **changes)
    assert run.state == "completed", run.status.error


def test_too_high_a_learning_rate_is_ended_with_what_to_try(train: Train) -> None:
    run = train(epochs=60, learning_rate=1.0, optimizer="momentum", momentum=0.99, schedule="constant")
    assert run.state == "failed"
    text = str(run.status.error)
    assert "with learning_rate=1." in text
    assert text.endswith("start a new run with learning_rate=0.1.")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_weights_that_are_no_numbers_are_ever_saved(
    train: Train, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    """The weights break in the third epoch while the loss looks well; a save is tried after each step."""
    monkeypatch.setattr(loop, "_SAVE_SECONDS", 0.0)
    step = Engine.step

    def breaking(self: Engine, *batch: torch.Tensor) -> torch.Tensor:
        loss = step(self, *batch)
        if self.n_steps == 20:
            next(self.model.parameters()).data[0] = value
        return loss

    monkeypatch.setattr(Engine, "step", breaking)
    run = train()
    assert run.state == "failed"
    assert "The loss is no longer a number at step 20, with learning_rate=0.003." in str(run.status.error)
    state = load_last(run.folder)
    assert state is not None
    assert state["progress"]["step"] == 19
    assert all(bool(torch.isfinite(one).all()) for one in state["model"].values())
    assert run.card.best_epoch <= 2


def test_the_step_that_lost_its_loss_is_named_though_it_is_looked_at_later(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = 0

    def step(self: Engine, *batch: torch.Tensor) -> torch.Tensor:
        nonlocal n
        n += 1
        return torch.tensor(math.nan if n == 10 else 0.5)

    monkeypatch.setattr(Engine, "step", step)
    run = train(batch_size=2)
    assert str(run.status.error).startswith("The loss is no longer a number at step 10, ")
    assert n == 12  # a group is three of the 31 steps


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_one_number_of_a_network_is_enough(value: float) -> None:
    network = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.BatchNorm1d(3))
    assert has_finite_weights(network)
    network[1].running_var[1] = value
    assert not has_finite_weights(network)


def test_large_weights_are_numbers_too() -> None:
    network = torch.nn.Linear(3, 3)
    network.weight.data.fill_(3e38)  # their squares are not
    assert has_finite_weights(network)
