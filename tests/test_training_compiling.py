"""Steps are compiled where measured times say that it pays, and the run that began so goes on so."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from core.errors import StateError
from core.runs.store import Run
from core.training import compiling
from core.training.compiling import Times, by_times, decide, decided
from core.training.config import parse_config
from core.training.engine import Engine, build_engine

TIMES = Times(compile_seconds=10.0, plain_seconds=0.1, compiled_seconds=0.06)


def engine(**changes: Any) -> Engine:
    config = parse_config({"dataset": "any", "device": "cpu", "image_size": 16, "batch_size": 4, **changes})
    return build_engine(config, n_classes=2, n_channels=1, n_batches=5)


def run_of(recorded: bool | None) -> Run:
    environment = None if recorded is None else SimpleNamespace(compiled=recorded)
    return cast(Run, SimpleNamespace(environment=environment, run_id="a-run"))


@pytest.fixture
def no_compiling(monkeypatch: pytest.MonkeyPatch) -> list[nn.Module]:
    """Let a network stand for its compiled version; return what was compiled."""
    compiled: list[nn.Module] = []

    def pretend(model: nn.Module) -> Callable[[Tensor], Any]:
        compiled.append(model)
        return model

    monkeypatch.setattr(compiling, "_compiled", pretend)
    monkeypatch.setattr(compiling, "has_compiler", lambda device: True)
    return compiled


def test_it_pays_from_where_the_steps_win_back_two_compilations() -> None:
    assert TIMES.gain_seconds(500) == pytest.approx(0.0)  # 500 x 0.04 s = 2 x 10 s
    assert by_times(TIMES, n_steps=501).is_compiled
    assert not by_times(TIMES, n_steps=499).is_compiled
    assert by_times(TIMES, n_steps=499, is_wanted=True).is_compiled


def test_slower_compiled_steps_never_pay() -> None:
    slower = Times(compile_seconds=0.0, plain_seconds=0.1, compiled_seconds=0.2)
    assert not by_times(slower, n_steps=10**9).is_compiled


def test_the_reason_has_the_numbers() -> None:
    decision = by_times(TIMES, n_steps=600)
    assert decision.reason is not None
    assert str(decision.reason) == (
        "Steps are compiled: measured, 600 steps of 60 instead of 100 ms win back the 20 s that compiling"
        " takes."
    )


@pytest.mark.parametrize("asked", ["off", "auto"])
def test_on_a_cpu_nothing_is_tried_unless_asked_for(asked: str, no_compiling: list[nn.Module]) -> None:
    decision = decide(engine(compile=asked), n_steps=10**9, n_channels=1)
    assert decision == compiling.Decision(is_compiled=False)
    assert not no_compiling


def test_without_a_compiler_the_run_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling.shutil, "which", lambda name: None)
    decision = decide(engine(compile="on"), n_steps=1, n_channels=1)
    assert not decision.is_compiled
    assert str(decision.reason) == "Steps are not compiled: no compiler was found on this machine."
    with pytest.raises(StateError, match="'a-run' began with compiled steps"):
        decided(run_of(recorded=True), engine(), n_channels=1)


def test_measuring_leaves_the_engine_and_chance_as_they_were(
    home: Path, no_compiling: list[nn.Module]
) -> None:
    one = engine(compile="on", dropout=0.5)
    before = {name: value.clone() for name, value in one.model.state_dict().items()}
    chance = torch.get_rng_state()
    assert decide(one, n_steps=1, n_channels=1).is_compiled
    assert torch.equal(torch.get_rng_state(), chance)
    assert all(torch.equal(value, before[name]) for name, value in one.model.state_dict().items())
    assert all(weights.grad is None for weights in one.model.parameters())
    assert one.model not in no_compiling


def test_what_was_measured_is_kept_for_the_next_run(home: Path, no_compiling: list[nn.Module]) -> None:
    decide(engine(compile="on"), n_steps=1, n_channels=1)
    ((key, times),) = json.loads((home / "compile_times.json").read_text()).items()
    assert key.startswith("small_cnn | 16 | 4 | float32 | cpu | ")
    assert Times.model_validate(times).plain_seconds > 0
    decide(engine(compile="on"), n_steps=1, n_channels=1)
    assert len(no_compiling) == 1
    (home / "compile_times.json").write_text("[]")
    decide(engine(compile="on"), n_steps=1, n_channels=1)
    assert len(no_compiling) == 2


@pytest.mark.parametrize("recorded", [True, False])
def test_a_run_goes_on_as_it_began(recorded: bool, no_compiling: list[nn.Module]) -> None:
    one = engine(compile="off" if recorded else "on")
    assert decided(run_of(recorded=recorded), one, n_channels=1) is None
    assert (one.compiled is not None) is recorded


def test_steps_run_the_compiled_network_and_validation_the_plain_one() -> None:
    one, seen = engine(), []

    class Compiled:
        def __call__(self, inputs: Tensor) -> Any:
            seen.append(len(inputs))
            return one.model(inputs)

        def __len__(self) -> int:  # as torch's own: nobody may ask whether it is true
            raise TypeError

    one.compiled = Compiled()
    one.begin_epoch(1)
    one.step(torch.rand(4, 1, 16, 16), torch.arange(4) % 2)
    one.logits(torch.rand(3, 1, 16, 16))
    assert seen == [4]


@pytest.mark.slow
def test_compiled_steps_learn_the_same(home: Path) -> None:
    one, other = engine(compile="off"), engine(compile="on")
    decided(run_of(None), other, n_channels=1)
    if other.compiled is None:
        pytest.skip("torch cannot compile here")
    inputs, targets = torch.rand(4, 1, 16, 16), torch.arange(4) % 2
    for trained in (one, other):
        trained.begin_epoch(1)
    for _ in range(3):
        losses = [trained.step(inputs, targets) for trained in (one, other)]
        torch.testing.assert_close(*losses, rtol=1e-3, atol=1e-4)
