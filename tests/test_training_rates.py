"""Schedules against those of torch, step by step, and the plateau against torch's."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

from core.training.config import TrainingConfig, parse_config
from core.training.rates import Plateau, planned_rates, rate_at

N_BATCHES, EPOCHS, RATE = 7, 6, 0.2
N_STEPS = N_BATCHES * EPOCHS


def config(**changes: Any) -> TrainingConfig:
    return parse_config({"dataset": "tiny", "epochs": EPOCHS, "learning_rate": RATE, **changes})


def rates(n_batches: int = N_BATCHES, **changes: Any) -> list[float]:
    made = config(**changes)
    return [rate_at(made, step, n_batches) for step in range(made.epochs * n_batches)]


def of_torch(build: Callable[[SGD], LRScheduler], n_steps: int = N_STEPS) -> list[float]:
    optimizer = SGD([nn.Parameter(torch.zeros(1))], lr=RATE)
    scheduler = build(optimizer)
    found = []
    for _ in range(n_steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def test_constant_stays() -> None:
    assert rates(schedule="constant") == rates(schedule="plateau") == [RATE] * N_STEPS


def test_cosine_is_torchs_and_ends_at_0() -> None:
    expected = of_torch(lambda optimizer: CosineAnnealingLR(optimizer, N_STEPS))
    assert rates(schedule="cosine") == pytest.approx(expected, rel=1e-9)
    assert rate_at(config(schedule="cosine"), N_STEPS, N_BATCHES) == pytest.approx(0, abs=1e-12)
    assert rate_at(config(schedule="cosine"), N_STEPS // 2, N_BATCHES) == pytest.approx(RATE / 2)


def test_step_is_torchs_with_a_step_every_so_many_epochs() -> None:
    expected = of_torch(lambda optimizer: StepLR(optimizer, 2 * N_BATCHES, gamma=0.5))
    assert rates(schedule="step", step_epochs=2, rate_factor=0.5) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("epochs", "n_batches"), [(6, 7), (1, 1), (1, 2), (1, 4), (3, 1), (100, 3)])
def test_one_cycle_is_torchs_with_its_defaults(epochs: int, n_batches: int) -> None:
    n = epochs * n_batches
    optimizer = SGD([nn.Parameter(torch.zeros(1))], lr=RATE, momentum=0.9)
    scheduler = OneCycleLR(optimizer, max_lr=RATE, total_steps=n, cycle_momentum=False)
    expected = []
    for step in range(n):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < n - 1:
            scheduler.step()
    assert rates(n_batches, schedule="one-cycle", epochs=epochs) == pytest.approx(expected, rel=1e-9)


def test_one_cycle_after_its_last_step_stays_at_its_end() -> None:
    assert rate_at(config(schedule="one-cycle"), N_STEPS, N_BATCHES) == pytest.approx(RATE / 25 / 1e4)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "step"])
def test_warm_up_rises_in_a_line_and_hands_over_to_the_schedule(schedule: str) -> None:
    n = 11  # 1.5 epochs of 7 batches are 10.5 steps

    def build(optimizer: SGD) -> LRScheduler:
        after: dict[str, Callable[[], LRScheduler]] = {
            "constant": lambda: StepLR(optimizer, 10**6),
            "cosine": lambda: CosineAnnealingLR(optimizer, N_STEPS - n),
            "step": lambda: StepLR(optimizer, 2 * N_BATCHES, gamma=0.1),
        }
        warm_up = LinearLR(optimizer, start_factor=0.01, total_iters=n)
        return SequentialLR(optimizer, [warm_up, after[schedule]()], milestones=[n])

    # Warm-up of 11 / 7 epochs, so that nothing depends on how a half is rounded.
    found = rates(schedule=schedule, warmup_epochs=11 / 7, step_epochs=2)
    assert found == pytest.approx(of_torch(build), rel=1e-6)
    assert found[0] == pytest.approx(0.01 * RATE)
    assert found[n] == pytest.approx(RATE)


def test_each_stage_has_the_schedule_for_itself_at_its_own_rate() -> None:
    found = rates(schedule="cosine", head_epochs=2, fine_tuning_factor=0.1)
    head, rest = found[: 2 * N_BATCHES], found[2 * N_BATCHES :]
    assert head == pytest.approx([RATE / 2 * (1 + math.cos(math.pi * n / 14)) for n in range(14)])
    assert rest == pytest.approx([RATE / 20 * (1 + math.cos(math.pi * n / 28)) for n in range(28)])


def test_the_head_alone_to_the_end_is_one_stage() -> None:
    assert rates(head_epochs=2, unfreeze="nothing") == rates()


@pytest.mark.parametrize("n_batches", [1, 7, 500])
def test_the_drawn_curve_is_the_rates_of_its_steps(n_batches: int) -> None:
    made = config(schedule="one-cycle", head_epochs=2)
    curve = planned_rates(made, n_batches)
    steps = np.round(curve.epochs * n_batches).astype(int)
    assert curve.rates.tolist() == [rate_at(made, int(step), n_batches) for step in steps]
    assert len(curve.epochs) <= 400
    assert {0, 2 * n_batches - 1, 2 * n_batches, 6 * n_batches - 1} <= set(steps.tolist())
    assert (np.diff(curve.epochs) > 0).all()


def plateau_of_torch(scores: list[float], patience: int, mode: Any) -> list[float]:
    optimizer = SGD([nn.Parameter(torch.zeros(1))], lr=RATE)
    scheduler = ReduceLROnPlateau(optimizer, mode=mode, factor=0.5, patience=patience, eps=0)
    found = []
    for score in scores:
        scheduler.step(score)
        found.append(optimizer.param_groups[0]["lr"])
    return found


@pytest.mark.parametrize("patience", [0, 1, 3])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_a_plateau_is_torchs(patience: int, mode: str) -> None:
    draws = np.random.default_rng(patience)
    drift = -5e-5 if mode == "min" else 5e-5  # better by about the threshold
    scores = (0.5 + np.cumsum(draws.normal(drift, 1e-4, 200))).tolist()
    plateau, found = Plateau(patience, 0.5), []
    for score in scores:
        plateau.see(-score if mode == "min" else score)
        found.append(RATE * plateau.factor)
    assert found == pytest.approx(plateau_of_torch(scores, patience, mode), rel=1e-9)
    assert 2 < len(set(found)) < 150  # it does lower, and not every time


def test_a_plateau_counts_epochs_without_a_score_and_takes_the_first_one() -> None:
    plateau = Plateau(1, 0.5)
    for score, factor in ((-math.inf, 1.0), (-math.inf, 0.5), (0.3, 0.5), (0.2, 0.5), (-math.inf, 0.25)):
        plateau.see(score)
        assert plateau.factor == factor
    assert plateau.best == 0.3


def test_a_score_a_little_better_is_no_better() -> None:
    plateau = Plateau(0, 0.5)
    for score in (0.8, 0.80007, 0.8001):  # 0.8 x (1 + 1e-4) = 0.80008
        plateau.see(score)
    assert (plateau.best, plateau.factor) == (0.8001, 0.5)
