"""The moving parts: optimizer steps by hand, the schedule in closed form, a state that comes back whole."""

import copy
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.training import engine
from core.training.config import parse_config
from core.training.engine import Engine, build_engine

WEIGHT = np.array([[0.1, -0.2], [0.3, 0.4]])
INPUTS = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, 1.0]])
LABELS = np.array([0, 1, 1])


def linear(*args: Any, **more: Any) -> nn.Module:
    model = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor(WEIGHT))
    return model


def make_engine(monkeypatch: pytest.MonkeyPatch, *, n_batches: int = 10, **changes: Any) -> Engine:
    monkeypatch.setattr(engine, "build_model", linear)
    weights = changes.pop("class_weights", None)
    config = parse_config(
        {"dataset": "tiny", "device": "cpu", "schedule": "constant", "epochs": 1, **changes}
    )
    return build_engine(config, n_classes=2, n_channels=1, n_batches=n_batches, class_weights=weights)


def batch() -> tuple[Tensor, Tensor]:
    return torch.tensor(INPUTS, dtype=torch.float32), torch.tensor(LABELS)


def loss_and_gradient(weight: np.ndarray) -> tuple[float, np.ndarray]:
    """Cross-entropy of the linear network and its gradient: (softmax - one-hot)' x / n."""
    logits = INPUTS @ weight.T
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(3), LABELS]).mean()
    return float(loss), (probabilities - np.eye(2)[LABELS]).T @ INPUTS / 3


def test_two_steps_of_sgd_with_momentum_and_weight_decay_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    moving = make_engine(monkeypatch, optimizer="momentum", learning_rate=0.1, weight_decay=0.01)
    weight, velocity = WEIGHT, np.zeros((2, 2))
    for _ in range(2):
        loss, gradient = loss_and_gradient(weight)
        velocity = 0.9 * velocity + gradient + 0.01 * weight
        weight = weight - 0.1 * velocity
        assert float(moving.step(*batch())) == pytest.approx(loss, abs=1e-6)
    np.testing.assert_allclose(next(moving.model.parameters()).detach().numpy(), weight, atol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_loss_of_mixed_targets_is_the_mixed_loss(monkeypatch: pytest.MonkeyPatch, precision: str) -> None:
    targets = torch.tensor([[0.7, 0.3], [0.0, 1.0], [0.25, 0.75]])
    logits = INPUTS @ WEIGHT.T
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -(targets.numpy() * log_probabilities).sum(axis=1).mean()
    moving = make_engine(monkeypatch, precision=precision)
    assert float(moving.step(batch()[0], targets)) == pytest.approx(
        expected, abs=1e-6 if precision == "float32" else 5e-3
    )


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_one_step_of_adam_by_hand(monkeypatch: pytest.MonkeyPatch, optimizer: str) -> None:
    moving = make_engine(monkeypatch, optimizer=optimizer, learning_rate=0.1, weight_decay=0.01)
    moving.step(*batch())
    _, gradient = loss_and_gradient(WEIGHT)
    if (
        optimizer == "adam"
    ):  # adds the decay to the gradient; adamw (arXiv:1711.05101) shrinks the weights apart
        gradient = gradient + 0.01 * WEIGHT
        expected = WEIGHT - 0.1 * gradient / (np.abs(gradient) + 1e-8)
    else:
        expected = WEIGHT * (1 - 0.1 * 0.01) - 0.1 * gradient / (np.abs(gradient) + 1e-8)
    np.testing.assert_allclose(next(moving.model.parameters()).detach().numpy(), expected, atol=1e-5)


def test_the_rate_of_a_step_is_set_before_it_and_ends_at_0(monkeypatch: pytest.MonkeyPatch) -> None:
    moving = make_engine(monkeypatch, schedule="cosine", learning_rate=0.2, n_batches=8, weight_decay=0)
    moving.begin_epoch(1)
    rates = []
    for _ in range(9):
        rates.append(moving.learning_rate)
        moving.step(*batch())
    assert rates == pytest.approx([0.1 * (1 + math.cos(math.pi * step / 8)) for step in range(9)], abs=1e-12)
    assert rates[4] == pytest.approx(0.1)
    assert rates[8] == pytest.approx(0, abs=1e-12)


def test_the_loss_of_a_step_is_left_on_the_device_and_holds_no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    loss = make_engine(monkeypatch).step(*batch())
    assert (loss.shape, loss.dtype, loss.requires_grad) == ((), torch.float32, False)


@pytest.mark.parametrize("parts", [2, 3, 5])
@pytest.mark.parametrize("loss", [{}, {"loss": "focal", "label_smoothing": 0.1}])
def test_parts_give_the_gradient_and_the_loss_of_the_whole_batch(
    monkeypatch: pytest.MonkeyPatch, parts: int, loss: dict[str, Any]
) -> None:
    """Seven images in parts of different sizes: a mean of the parts' means would be another gradient."""
    draws = torch.Generator().manual_seed(0)
    inputs, labels = torch.randn(7, 2, generator=draws), torch.tensor([0, 1, 1, 1, 0, 1, 0])
    gradients, losses = [], []
    for n in (1, parts):
        weights = torch.tensor([0.4, 3.0])
        moving = make_engine(monkeypatch, optimizer="sgd", class_weights=weights, **loss)
        moving.parts = n
        losses.append(float(moving.step(inputs, labels)))
        gradients.append(next(moving.model.parameters()).grad)
    assert losses[1] == pytest.approx(losses[0], rel=1e-6)
    torch.testing.assert_close(gradients[1], gradients[0], atol=1e-6, rtol=1e-6)


def test_more_parts_than_images_are_as_many_as_images(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, apart = make_engine(monkeypatch), make_engine(monkeypatch)
    apart.parts = 64
    assert float(apart.step(*batch())) == pytest.approx(float(whole.step(*batch())), rel=1e-6)


@pytest.mark.parametrize(("clip", "length"), [(0.01, 0.01), (100.0, None), (0.0, None)])
def test_a_gradient_is_shortened_to_the_length_asked_for_and_a_short_one_is_left(
    monkeypatch: pytest.MonkeyPatch, clip: float, length: float | None
) -> None:
    moving = make_engine(monkeypatch, optimizer="sgd", learning_rate=1.0, weight_decay=0, gradient_clip=clip)
    moving.step(*batch())
    gradient = loss_and_gradient(WEIGHT)[1]
    expected = gradient if length is None else gradient * length / np.linalg.norm(gradient)
    moved = next(moving.model.parameters()).detach().numpy() - WEIGHT
    np.testing.assert_allclose(moved, -expected, atol=1e-6)


def test_a_plateau_lowers_the_rate_and_a_resumed_one_knows_how_long_it_has_lasted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plateau = {"schedule": "plateau", "plateau_patience": 1, "rate_factor": 0.5, "learning_rate": 0.2}
    moving = make_engine(monkeypatch, epochs=9, n_batches=1, **plateau)
    rates = []
    for epoch, score in enumerate([0.5, 0.5, 0.5, 0.6, 0.6, 0.6], start=1):
        moving.begin_epoch(epoch)
        rates.append(moving.learning_rate)
        moving.step(*batch())
        moving.end_epoch(score)
        state = copy.deepcopy(moving.state())
        moving = make_engine(monkeypatch, epochs=9, n_batches=1, **plateau)  # every epoch is resumed
        moving.restore(state)
    assert rates == pytest.approx([0.2, 0.2, 0.2, 0.1, 0.1, 0.1])
    assert moving.learning_rate == pytest.approx(0.05)


def test_a_run_from_before_there_were_stages_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last.pt holds torch's own schedule and the best loss; the step and the rate follow from them."""
    one, other = (
        make_engine(monkeypatch, schedule="cosine", optimizer="adamw", learning_rate=0.2) for _ in range(2)
    )
    for _ in range(4):
        one.step(*batch())
    state = copy.deepcopy(one.state())
    for name in ("n_steps", "plateau", "parts", "mps_rng"):
        del state[name]
    best = {"best_val_loss": 0.4, "best_epoch": 2, "epoch": 3, "step": 4}
    progress = {name: value for name, value in state["progress"].items() if name != "best_score"} | best
    schedule = {"base_lrs": [0.2], "last_epoch": 4, "_step_count": 5, "_last_lr": [one.learning_rate]}
    other.restore({**state, "progress": progress, "schedule": {**schedule, "lr_lambdas": [None]}})
    assert (other.n_steps, other.parts, other.progress.best_score) == (4, 1, -0.4)
    assert other.learning_rate == one.learning_rate
    assert [float(one.step(*batch())) for _ in range(3)] == [float(other.step(*batch())) for _ in range(3)]


def test_logits_are_in_eval_mode_float32_and_leave_no_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    moving = make_engine(monkeypatch)
    logits = moving.logits(batch()[0])
    assert (logits.dtype, logits.requires_grad, moving.model.training) == (torch.float32, False, False)
    np.testing.assert_allclose(logits.numpy(), INPUTS @ WEIGHT.T, atol=1e-6)
    moving.step(*batch())
    assert moving.model.training


def test_bfloat16_moves_about_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = make_engine(monkeypatch, optimizer="sgd", learning_rate=0.1)
    rough = make_engine(monkeypatch, optimizer="sgd", learning_rate=0.1, precision="bfloat16")
    assert (exact.precision, rough.precision) == ("float32", "bfloat16")
    exact.step(*batch())
    rough.step(*batch())
    mine, theirs = next(rough.model.parameters()), next(exact.model.parameters())
    assert mine.dtype == torch.float32
    torch.testing.assert_close(mine, theirs, atol=1e-3, rtol=0)
    assert not torch.equal(mine, theirs)


def test_a_restored_state_goes_on_as_if_nothing_had_been(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_dropout(*args: Any, **more: Any) -> nn.Module:
        return nn.Sequential(nn.Dropout(0.5), linear())

    changes = {"schedule": "cosine", "optimizer": "adamw"}
    monkeypatch.setattr(engine, "build_model", with_dropout)
    config = parse_config({"dataset": "tiny", "device": "cpu", **changes})
    one, other = (build_engine(config, n_classes=2, n_channels=1, n_batches=10) for _ in range(2))
    for _ in range(3):
        one.step(*batch())
    one.progress.step = 3
    state = copy.deepcopy(one.state())  # as through a file: the engines share no tensor
    other.restore(state)
    assert other.progress == one.progress
    losses = []
    for moving in (one, other):
        torch.set_rng_state(state["rng"])
        losses.append([float(moving.step(*batch())) for _ in range(4)])
    assert losses[0] == losses[1]
    assert one.learning_rate == other.learning_rate
