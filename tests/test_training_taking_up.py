"""How a branch begins: the next step by hand, and what of the parent's state it does not take."""

import copy
import math
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import StateError
from core.training.engine import Engine
from core.training.taking_up import take_up
from tests.test_training_engine import WEIGHT, batch, loss_and_gradient, make_engine

N_BATCHES = 2
PARENT: dict[str, Any] = {
    "n_batches": N_BATCHES,
    "epochs": 4,
    "optimizer": "momentum",
    "learning_rate": 0.1,
    "weight_decay": 0.01,
}


def after_an_epoch(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Engine:
    """Return the parent's engine after its first epoch of two steps."""
    parent = make_engine(monkeypatch, **{**PARENT, **changes})
    for _ in range(N_BATCHES):
        parent.step(*batch())
    parent.progress.epoch, parent.progress.step = 1, N_BATCHES
    return parent


def branched(monkeypatch: pytest.MonkeyPatch, parent: Engine, **changes: Any) -> Engine:
    state = copy.deepcopy(parent.state())  # first: to build an engine seeds the global random state
    settings = {**PARENT, "schedule": parent.config.schedule, **changes}
    child = make_engine(monkeypatch, **settings)
    take_up(child, state, parent.config)
    return child


def by_hand(*, rate: float, decay: float, velocity_kept: bool = True) -> np.ndarray:
    """Return the weights after the parent's two steps and one of a branch with another rate and decay."""
    weight, velocity = WEIGHT, np.zeros((2, 2))
    for number in range(3):
        own = number == 2
        velocity = np.zeros((2, 2)) if own and not velocity_kept else velocity
        _loss, gradient = loss_and_gradient(weight)
        velocity = 0.9 * velocity + gradient + (decay if own else 0.01) * weight
        weight = weight - (rate if own else 0.1) * velocity
    return weight


def weights_of(engine: Engine) -> np.ndarray:
    return next(engine.model.parameters()).detach().numpy()


def test_rate_and_decay_are_the_branchs_and_the_momentum_is_the_parents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child = branched(monkeypatch, after_an_epoch(monkeypatch), learning_rate=0.02, weight_decay=0.5)
    child.step(*batch())
    np.testing.assert_allclose(weights_of(child), by_hand(rate=0.02, decay=0.5), atol=1e-6)


def test_another_optimizer_begins_without_what_the_old_one_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = after_an_epoch(monkeypatch, optimizer="adamw")
    child = branched(monkeypatch, parent, optimizer="momentum")
    assert all(not any(buffers.values()) for buffers in child.optimizer.state.values())
    same = branched(monkeypatch, parent, optimizer="adamw")
    (buffers,) = same.optimizer.state.values()
    (theirs,) = parent.optimizer.state.values()
    assert torch.equal(buffers["exp_avg_sq"], theirs["exp_avg_sq"])


@pytest.mark.parametrize("schedule", ["cosine", "step", "one-cycle"])
def test_the_schedule_stands_where_it_would_had_it_been_so_from_the_beginning(
    monkeypatch: pytest.MonkeyPatch, schedule: str
) -> None:
    child = branched(monkeypatch, after_an_epoch(monkeypatch), schedule=schedule, step_epochs=1, n_batches=6)
    assert child.n_steps == 6  # an epoch of the branch's own batches
    assert child.learning_rate == child.rates.at(6)


def test_a_plateau_goes_on_and_is_forgotten_by_other_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = after_an_epoch(monkeypatch, schedule="plateau")
    parent.plateau.best, parent.plateau.n_waited, parent.plateau.factor = -0.5, 2, 0.1
    same = branched(monkeypatch, parent)
    assert (same.plateau.best, same.plateau.n_waited, same.plateau.factor) == (-0.5, 2, 0.1)
    assert same.learning_rate == pytest.approx(0.01)
    by_another_metric = branched(monkeypatch, parent, best_by="auroc")
    assert (by_another_metric.plateau.best, by_another_metric.plateau.factor) == (-math.inf, 0.1)
    assert branched(monkeypatch, parent, schedule="constant").learning_rate == pytest.approx(0.1)
    assert branched(monkeypatch, after_an_epoch(monkeypatch), schedule="plateau").plateau.factor == 1


def test_chance_goes_on_unless_the_seed_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = after_an_epoch(monkeypatch)
    torch.rand(3)
    state = parent.state()["rng"]
    branched(monkeypatch, parent)
    assert torch.equal(torch.get_rng_state(), state)
    branched(monkeypatch, parent, seed=7)
    expected = torch.Generator().manual_seed(7).get_state()
    assert torch.equal(torch.get_rng_state(), expected)


def test_the_best_epoch_and_patience_count_from_the_branch_on(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = after_an_epoch(monkeypatch)
    parent.progress.best_score, parent.progress.best_epoch = 0.9, 1
    parent.progress.epochs_without_improvement, parent.progress.is_finished = 5, True
    progress = branched(monkeypatch, parent).progress
    assert (progress.best_score, progress.best_epoch) == (-math.inf, 0)
    assert (progress.epochs_without_improvement, progress.is_finished) == (0, False)
    assert (progress.epoch, progress.step) == (1, N_BATCHES)


def test_losses_of_two_kinds_are_not_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = after_an_epoch(monkeypatch)
    parent.progress.group_loss_sum, parent.progress.group_n_images = 3.0, 4
    assert branched(monkeypatch, parent).progress.group_n_images == 4
    assert branched(monkeypatch, parent, loss="focal").progress.group_n_images == 0


@pytest.mark.parametrize("spoil", ["model", "optimizer", "progress", "shape"])
def test_a_state_that_does_not_fit_is_one_sentence(monkeypatch: pytest.MonkeyPatch, spoil: str) -> None:
    parent = after_an_epoch(monkeypatch)
    state = copy.deepcopy(parent.state())
    if spoil == "shape":
        state["model"]["weight"] = torch.zeros(3, 3)
    else:
        del state[spoil]
    with pytest.raises(StateError, match="does not fit the network: start a new run from its settings"):
        take_up(make_engine(monkeypatch, **PARENT), state, parent.config)
