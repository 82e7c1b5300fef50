"""Each optimizer against its rule worked out by hand, on f(w) = w^2 / 2, whose gradient is w itself."""

import math
from typing import Any

import pytest
import torch
from torch import nn

from core.training.config import parse_config
from core.training.optimizers import build_optimizer, welcome_unfrozen

RATE, DECAY = 0.1, 0.01


def path(n_steps: int = 2, **changes: Any) -> list[float]:
    """Return where the weight is after each step from 2.0."""
    config = parse_config({"dataset": "tiny", "learning_rate": RATE, "weight_decay": DECAY, **changes})
    weight = nn.Parameter(torch.tensor(2.0, dtype=torch.float64))
    optimizer = build_optimizer([weight], config, torch.device("cpu"))
    places = []
    for _ in range(n_steps):
        optimizer.zero_grad()
        (weight**2 / 2).backward()
        optimizer.step()
        places.append(weight.item())
    return places


def by_rule(rule: Any, n_steps: int = 2) -> list[float]:
    """Return the places of a rule: (weight, gradient with decay, memory, step) -> the next weight."""
    weight, memory, places = 2.0, [0.0, 0.0], []
    for step in range(1, n_steps + 1):
        weight = rule(weight, weight + DECAY * weight, memory, step)
        places.append(weight)
    return places


def sgd(w: float, g: float, memory: list[float], step: int) -> float:
    return w - RATE * g


def momentum(w: float, g: float, memory: list[float], step: int) -> float:
    memory[0] = 0.9 * memory[0] + g
    return w - RATE * memory[0]


def nesterov(w: float, g: float, memory: list[float], step: int) -> float:
    memory[0] = 0.9 * memory[0] + g
    return w - RATE * (g + 0.9 * memory[0])


def rmsprop(w: float, g: float, memory: list[float], step: int) -> float:
    memory[0] = 0.99 * memory[0] + 0.01 * g**2
    return w - RATE * g / (math.sqrt(memory[0]) + 1e-8)


def adagrad(w: float, g: float, memory: list[float], step: int) -> float:
    memory[0] += g**2
    return w - RATE * g / (math.sqrt(memory[0]) + 1e-10)


def adam(w: float, g: float, memory: list[float], step: int) -> float:
    memory[:] = 0.9 * memory[0] + 0.1 * g, 0.999 * memory[1] + 0.001 * g**2
    mean, square = memory[0] / (1 - 0.9**step), memory[1] / (1 - 0.999**step)
    return w - RATE * mean / (math.sqrt(square) + 1e-8)


def adamw(w: float, g: float, memory: list[float], step: int) -> float:
    return adam(w * (1 - RATE * DECAY), g - DECAY * w, memory, step)  # arXiv:1711.05101: decay apart


@pytest.mark.parametrize("rule", [sgd, momentum, nesterov, rmsprop, adagrad, adam, adamw])
def test_three_steps_are_those_of_the_rule(rule: Any) -> None:
    assert path(3, optimizer=rule.__name__) == pytest.approx(by_rule(rule, 3), rel=1e-12)


def test_the_first_two_steps_of_plain_descent_and_momentum_in_numbers() -> None:
    assert path(optimizer="sgd", weight_decay=0) == pytest.approx([1.8, 1.62])
    # velocity 2, then 0.9 x 2 + 1.8 = 3.6
    assert path(optimizer="momentum", weight_decay=0) == pytest.approx([1.8, 1.44])
    # 2 - 0.1 (2 + 1.8); then velocity 1.8 + 1.62 = 3.42, and 1.62 - 0.1 (1.62 + 3.078)
    assert path(optimizer="nesterov", weight_decay=0) == pytest.approx([1.62, 1.1502])


def test_the_first_step_of_adagrad_and_adam_is_as_long_as_the_rate() -> None:
    for name in ("adagrad", "adam", "adamw"):
        assert path(1, optimizer=name, weight_decay=0) == pytest.approx([1.9])


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_without_momentum_it_is_plain_descent(name: str) -> None:
    assert path(3, optimizer=name, momentum=0.0) == path(3, optimizer="sgd")


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw"])
def test_a_parameter_without_a_gradient_stays_and_leaves_no_memory(name: str) -> None:
    config = parse_config({"dataset": "tiny", "optimizer": name, "weight_decay": 0.5})
    moving, frozen = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2), requires_grad=False)
    optimizer = build_optimizer([moving, frozen], config, torch.device("cpu"))
    before = {key: value.clone() for key, value in optimizer.state.get(frozen, {}).items()}
    for _ in range(3):
        optimizer.zero_grad()
        (moving * frozen).sum().backward()
        optimizer.step()
    assert frozen.tolist() == [1, 1]
    assert moving.tolist() != [1, 1]
    after = optimizer.state.get(frozen, {})
    assert after.keys() == before.keys()  # adagrad makes room for its sum at once
    assert all(torch.equal(after[key], before[key]) for key in before)


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
@pytest.mark.parametrize("fused", [False, True])
def test_a_parameter_that_is_unfrozen_begins_as_if_alone(name: str, fused: bool) -> None:
    """Its first steps are those of the rule from the start, whatever momentum others have by then."""
    config = parse_config(
        {"dataset": "tiny", "optimizer": name, "learning_rate": RATE, "weight_decay": DECAY}
    )
    early, late = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.tensor(2.0), requires_grad=False)
    optimizer = build_optimizer([early, late], config, torch.device("cpu"))
    optimizer.param_groups[0]["fused"] = fused
    for step in range(5):
        if step == 3:
            late.requires_grad_()
            welcome_unfrozen(optimizer)
        optimizer.zero_grad()
        ((early**2 + late**2) / 2).backward()
        optimizer.step()
    assert late.item() == pytest.approx(by_rule(globals()[name], 2)[-1], rel=1e-6)


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw"])
def test_a_first_step_that_the_scaler_skips_leaves_no_trace(name: str) -> None:
    """Memory that nobody wrote into is filled with NaN here, so that whoever reads it is found out."""
    config = parse_config({"dataset": "tiny", "learning_rate": RATE, "weight_decay": 0.0, "optimizer": name})

    def moved(*gradients: float) -> float:
        weight = nn.Parameter(torch.tensor([2.0]))
        optimizer, scaler = (
            build_optimizer([weight], config, torch.device("cpu")),
            torch.amp.GradScaler("cpu"),
        )
        welcome_unfrozen(optimizer)
        for gradient in gradients:
            optimizer.zero_grad()
            scaler.scale((weight * gradient).sum()).backward()  # type: ignore[no-untyped-call]
            scaler.step(optimizer)
            scaler.update()
        return weight.item()

    torch.use_deterministic_algorithms(True)
    try:
        assert moved(math.inf, 1.0) == moved(1.0) != 2.0
    finally:
        torch.use_deterministic_algorithms(False)
