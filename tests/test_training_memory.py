"""Too little memory: a batch is worked on in parts, as if it had been so from the start; a run goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from core.errors import LightboxError
from core.jobs import control
from core.language import Message
from core.models.catalog import MODELS
from core.runs.checkpoints import load_last
from core.runs.metrics import read_metrics
from core.runs.records import RunEvent
from core.runs.store import Run
from core.training import launch, memory, worker
from core.training.config import parse_config
from core.training.engine import Engine, build_engine
from core.training.memory import CarefulStep, is_shortage, on_device
from core.training.pipeline import Inputs, PreparedData
from core.training.steps import logits_of
from tests.tiny_dataset import write_tiny
from tests.workers import hungry

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "model": hungry.PLAIN,
    "epochs": 3,
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
    "dropout": 0.3,
    "augmentations": [],
}


@pytest.fixture(autouse=True)
def networks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, spec in hungry.SPECS.items():
        monkeypatch.setitem(MODELS, name, spec)
    monkeypatch.setattr(hungry, "most", 10**9)


def engine(**changes: Any) -> Engine:
    return build_engine(parse_config({**CONFIG, **changes}), n_classes=2, n_channels=1, n_batches=4)


def batch(n: int = 8) -> tuple[Tensor, Tensor]:
    draws = torch.Generator().manual_seed(1)
    return torch.rand(n, 1, 16, 16, generator=draws), torch.arange(n) % 2


def weights(engine: Engine) -> list[Tensor]:
    return [value.clone() for value in engine.model.state_dict().values()]


@pytest.mark.parametrize("model", [hungry.PLAIN, hungry.WITH_NORM])
@pytest.mark.parametrize("error", ["cuda", "cpu"])
def test_a_step_that_finds_no_memory_is_the_step_in_parts_to_the_bit(
    monkeypatch: pytest.MonkeyPatch, model: str, error: str
) -> None:
    """Dropout draws and the means of batch norm of the failed attempts are undone."""
    monkeypatch.setattr(hungry, "error", error)
    in_parts = engine(model=model)
    in_parts.parts = 4
    expected_loss = in_parts.step(*batch())
    careful, notes = engine(model=model), []
    monkeypatch.setattr(hungry, "most", 2)  # 8 and 4 at once are too many
    loss = CarefulStep(careful, notes.append)(*batch())
    assert careful.parts == 4
    assert torch.equal(loss, expected_loss)
    assert all(map(torch.equal, weights(careful), weights(in_parts)))
    assert [note.values["parts"] for note in notes] == [2, 4]
    assert ("Batch norm" in str(notes[-1])) == (model == hungry.WITH_NORM)


def test_without_batch_norm_and_dropout_parts_are_the_whole_batch_but_for_rounding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = engine(dropout=0.0, optimizer="sgd")
    whole.step(*batch())
    careful = engine(dropout=0.0, optimizer="sgd")
    monkeypatch.setattr(hungry, "most", 3)
    CarefulStep(careful, lambda text: None)(*batch())
    for mine, theirs in zip(weights(careful), weights(whole), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-7)


@pytest.mark.parametrize(("model", "fewest"), [(hungry.PLAIN, 1), (hungry.WITH_NORM, 2)])
def test_where_not_even_the_fewest_images_fit_the_run_ends_with_what_to_try(
    monkeypatch: pytest.MonkeyPatch, model: str, fewest: int
) -> None:
    monkeypatch.setattr(hungry, "most", fewest)
    CarefulStep(engine(model=model), lambda text: None)(*batch())
    monkeypatch.setattr(hungry, "most", fewest - 1)
    with pytest.raises(LightboxError) as ended:
        CarefulStep(engine(model=model), lambda text: None)(*batch())
    assert str(ended.value).startswith(f"The memory is too small for '{model}' even with as few images")
    assert "Try smaller images (now 16 pixels) or a smaller network" in str(ended.value)


def test_a_shortage_while_the_weights_move_is_not_tried_again() -> None:
    careful, notes = engine(), []
    step = CarefulStep(careful, notes.append)

    def run_out(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    careful.optimizer.register_step_pre_hook(run_out)
    with pytest.raises(LightboxError, match="^The memory is too small for"):
        step(*batch())
    assert (notes, careful.parts) == ([], 1)


def test_a_stop_between_two_parts_leaves_the_state_of_before_the_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    careful = engine(model=hungry.WITH_NORM)
    careful.parts = 4
    before, chance = weights(careful), torch.get_rng_state()
    looks = iter([False, False, True])

    def look() -> None:
        if next(looks):
            raise InterruptedError

    step = CarefulStep(careful, lambda text: None, look)
    with pytest.raises(InterruptedError):
        step(*batch())
    assert all(map(torch.equal, weights(careful), before))
    assert torch.equal(torch.get_rng_state(), chance)
    assert all(parameter.grad is None for parameter in careful.model.parameters())


def test_other_errors_are_no_shortage(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_shortage(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="shape"):
        CarefulStep(engine(), lambda text: None)(torch.rand(8, 3, 16, 16), torch.zeros(8, dtype=torch.int64))


def test_what_the_cpu_allocator_says_is_a_shortage() -> None:
    with pytest.raises(RuntimeError) as refused:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_shortage(refused.value)


class Pictures:
    def evaluation(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        return torch.rand(40, 1, 16, 16, generator=torch.Generator().manual_seed(2))[rows], rows % 2

    def training(self, rows: Tensor, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        raise NotImplementedError


def test_evaluation_goes_on_with_fewer_images_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = engine()
    expected = logits_of(asked, Pictures(), torch.arange(40))
    monkeypatch.setattr(hungry, "most", 5)
    found = memory.logits_with_room(asked, Pictures(), torch.arange(40), n_pixels=256, look=lambda: None)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    monkeypatch.setattr(hungry, "most", 0)
    with pytest.raises(LightboxError, match="^The memory is too small for"):
        memory.logits_with_room(asked, Pictures(), torch.arange(40), n_pixels=256, look=lambda: None)


def test_images_that_do_not_fit_on_the_device_stay_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: PreparedData, device: torch.device) -> PreparedData:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(PreparedData, "on", refuse)
    data = object.__new__(PreparedData)
    notes: list[Message] = []
    assert on_device(data, torch.device("cuda"), notes.append) is data
    assert [str(note) for note in notes] == [
        "The images do not fit on the device: each batch is brought there by itself."
    ]


Train = Callable[..., Run]


@pytest.fixture
def train(home: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny()

    def train(**changes: Any) -> Run:
        run = launch.launch(parse_config({**CONFIG, **changes}))
        worker.main(run.folder)
        return run

    return train


def test_a_run_records_its_shortage_and_goes_on_in_parts_after_a_resume(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hungry, "most", 4)
    run = train()
    assert run.state == "completed"
    events = [line for line in read_metrics(run.folder).lines if isinstance(line, RunEvent)]
    assert [(event.what, event.step) for event in events] == [("memory", 1)]
    assert str(events[0].message).startswith("The memory is too small for 8 images at once: each batch is")
    state = load_last(run.folder)
    assert state is not None
    assert state["parts"] == 2


def test_inputs_that_find_no_room_beside_the_images_send_those_to_the_cpu(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, in the middle of an epoch; the run is the undisturbed one all the same."""
    expected = train()
    on, n = PreparedData.on, 0

    def resident(self: PreparedData, device: torch.device) -> PreparedData:
        there = on(self, device)
        return PreparedData(**vars(there))  # another object, as on a GPU

    training = Inputs.training

    def short(self: Inputs, *values: Any) -> tuple[Tensor, Tensor]:
        nonlocal n
        n += 1
        if n == 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return training(self, *values)

    monkeypatch.setattr(PreparedData, "on", resident)
    monkeypatch.setattr(Inputs, "training", short)
    run = train()
    assert run.state == "completed", run.status.error
    assert (run.folder / "best.safetensors").read_bytes() == (
        expected.folder / "best.safetensors"
    ).read_bytes()
    events = [line for line in read_metrics(run.folder).lines if isinstance(line, RunEvent)]
    assert len(events) == 1
    assert str(events[0].message).startswith("The images made the device's memory too small")


def test_the_memory_in_use_is_in_every_line(train: Train) -> None:
    used = [line.memory_bytes for line in read_metrics(train().folder).lines if line.kind == "step"]
    assert used
    assert all(n is not None and 1e7 < n < 1e11 for n in used)
