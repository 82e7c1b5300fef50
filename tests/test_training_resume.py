"""kill -9 and stop, then resume: the same losses and weights, to the bit, as a run that nothing disturbed.

Real worker processes on the CPU with one thread, augmentation, AdamW and a cosine schedule.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from core.errors import StateError
from core.jobs import control
from core.models.catalog import MODELS
from core.runs.checkpoints import load_last
from core.runs.metrics import read_metrics
from core.runs.records import EpochMetrics
from core.runs.store import Run
from core.training import launch
from core.training.config import TrainingConfig, parse_config
from tests.processes import until
from tests.tiny_dataset import write_tiny
from tests.workers import disturbed_trainer, trainer

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 6,
    "batch_size": 4,
    "image_size": 64,
    "optimizer": "adamw",
    "schedule": "cosine",
    "device": "cpu",
    "threads": 1,
    "seed": 5,
    "augmentations": [
        {
            "name": name
        }  # one of each kind: places, a mirror image, grey levels, a field of noise, mixed labels
        for name in ("flip_horizontal", "rotate", "crop", "brightness", "gaussian_noise", "mixup")
    ],
}
TIMES = {"images_per_second", "seconds", "memory_bytes"}  # the machine's, not the run's


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home with the tiny data set for the whole module: its runs do not disturb each other."""
    folder = tmp_path_factory.mktemp("home")
    before = os.environ.get("LIGHTBOX_HOME")
    os.environ["LIGHTBOX_HOME"] = str(folder)
    MODELS[trainer.NAME] = trainer.SPEC
    write_tiny()
    yield folder
    del MODELS[trainer.NAME]
    if before is None:
        del os.environ["LIGHTBOX_HOME"]
    else:
        os.environ["LIGHTBOX_HOME"] = before


def finish(run: Run) -> Run:
    assert control.wait(run.folder, seconds=120) == "completed", control.tail_log(run.folder)
    return run


@pytest.fixture(scope="module")
def undisturbed(shared_home: Path) -> Run:
    return finish(launch.launch(parse_config(CONFIG)))


@pytest.fixture(scope="module")
def undisturbed_dropout(shared_home: Path) -> Run:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "WORKER", "tests.workers.trainer")
        return finish(launch.launch(dropout_config()))


def dropout_config() -> TrainingConfig:
    return parse_config({**CONFIG, "model": trainer.NAME, "epochs": 3})


def launch_disturbed(config: TrainingConfig, point: str, action: str) -> Run:
    """Launch a run whose worker dies at a point of its metrics, or waits there until it is asked to stop."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "WORKER", "tests.workers.disturbed_trainer")
        patch.setenv(disturbed_trainer.VARIABLE, f"{point}:{action}")
        return launch.launch(config)


def killed(config: TrainingConfig, point: str) -> Run:
    """Return a run whose worker was killed with signal 9 at a point of its metrics."""
    run = launch_disturbed(config, point, "die")
    assert control.wait(run.folder, seconds=120) == "interrupted", control.tail_log(run.folder)
    assert disturbed_trainer.POINTS[point]((run.folder / "metrics.jsonl").read_text())
    return run


def lines(run: Run) -> list[dict[str, Any]]:
    text = (run.folder / "metrics.jsonl").read_text()
    return [
        {name: value for name, value in json.loads(line).items() if name not in TIMES}
        for line in text.splitlines()
    ]


def assert_same_bits(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            assert_same_bits(one[name], other[name])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert_same_bits(mine, theirs)
    else:
        assert one == other


def assert_same_run(run: Run, expected: Run) -> None:
    """All that a run leaves but its times: losses, weights, optimizer, random state, predictions, card."""
    assert lines(run) == lines(expected)
    for name in ("best.safetensors", "predictions/tiny.val.parquet"):
        assert (run.folder / name).read_bytes() == (expected.folder / name).read_bytes()
    assert_same_bits(load_last(run.folder), load_last(expected.folder))
    assert run.card.model_copy(update={"run": expected.run_id}) == expected.card
    kept = sorted(path.name for path in (expected.folder / "epochs").iterdir())
    assert sorted(path.name for path in (run.folder / "epochs").iterdir()) == kept
    for name in kept:
        mine, theirs = (
            torch.load(folder / "epochs" / name, weights_only=True)
            for folder in (run.folder, expected.folder)
        )
        assert_same_bits(mine, theirs)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("early", marks=pytest.mark.slow),
        "mid_epoch",
        pytest.param("after_an_epoch_line", marks=pytest.mark.slow),
    ],
)
def test_kill_9_then_resume_gives_the_undisturbed_run_to_the_bit(point: str, undisturbed: Run) -> None:
    run = killed(undisturbed.config, point)
    assert len(run.epochs) < CONFIG["epochs"]
    assert not (run.folder / "predictions").exists()
    launch.resume(run.run_id)
    assert_same_run(finish(run), undisturbed)


def test_stop_ends_within_one_batch_and_resume_gives_the_undisturbed_run(undisturbed: Run) -> None:
    run = launch_disturbed(undisturbed.config, "mid_epoch", "wait")
    at_the_point = disturbed_trainer.POINTS["mid_epoch"]
    path = run.folder / "metrics.jsonl"
    until(lambda: path.exists() and at_the_point(path.read_text()), seconds=120)
    step_before = read_metrics(run.folder).lines[-1].step
    launch.stop(run.run_id)
    assert control.wait(run.folder, seconds=60) == "stopped"
    state = load_last(run.folder)
    assert state is not None
    assert state["progress"]["batch"] > 0  # saved in the middle of an epoch
    assert state["progress"]["step"] == step_before
    assert not (run.folder / "predictions").exists()
    launch.resume(run.run_id)
    assert_same_run(finish(run), undisturbed)


@pytest.mark.slow  # in one process: test_training_resume_property.py
def test_dropout_resumes_to_the_bit_from_a_save_in_the_middle_of_an_epoch(
    undisturbed_dropout: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = killed(dropout_config(), "second_epoch")
    state = load_last(run.folder)
    assert state is not None
    assert state["progress"]["batch"] > 0
    monkeypatch.setattr(launch, "WORKER", "tests.workers.trainer")
    launch.resume(run.run_id)
    assert_same_run(finish(run), undisturbed_dropout)


def test_an_undisturbed_run_leaves_what_the_design_says(undisturbed: Run) -> None:
    present = {path.name for path in undisturbed.folder.iterdir()}
    assert present == {
        "config.json",
        "split.parquet",
        "env.json",
        "metrics.jsonl",
        "status.json",
        "lock",
        "log.txt",
        "last.pt",
        "epochs",
        "best.safetensors",
        "model.json",
        "predictions",
        "replay",
    }
    epochs = undisturbed.epochs
    assert [line.epoch for line in epochs] == list(range(1, 7))
    best = min(epochs, key=lambda line: line.val_loss)
    assert undisturbed.card.best_epoch == best.epoch
    assert undisturbed.card.metrics["val"]["log_loss"].value == best.val_loss
    assert sorted(int(path.stem) for path in (undisturbed.folder / "epochs").iterdir()) == [1, 2, 3, 4, 5, 6]
    assert undisturbed.environment is not None
    assert (undisturbed.environment.threads, undisturbed.environment.device) == (1, "cpu")


def test_the_last_learning_rate_of_a_cosine_is_0_and_the_curve_is_its_formula(undisturbed: Run) -> None:
    assert undisturbed.epochs[-1].learning_rate == pytest.approx(0, abs=1e-12)
    n_train = launch.split_counts(undisturbed)["train"]
    n_steps = CONFIG["epochs"] * -(-n_train // CONFIG["batch_size"])
    assert undisturbed.epochs[-1].step == n_steps
    for line in read_metrics(undisturbed.folder).lines:
        done = line.step if isinstance(line, EpochMetrics) else line.step - 1
        expected = 0.003 * 0.5 * (1 + torch.cos(torch.tensor(torch.pi * done / n_steps, dtype=torch.float64)))
        assert line.learning_rate == pytest.approx(float(expected), abs=1e-9)


def test_the_weights_that_ship_are_those_of_the_best_epoch(undisturbed: Run) -> None:
    kept = torch.load(undisturbed.folder / "epochs" / f"{undisturbed.card.best_epoch}.pt", weights_only=True)[
        "model"
    ]
    assert_same_bits(load_file(undisturbed.folder / "best.safetensors"), dict(kept))


def test_the_worker_never_predicts_the_test_split(undisturbed: Run) -> None:
    names = [path.name for path in (undisturbed.folder / "predictions").iterdir()]
    assert names == ["tiny.val.parquet"]
    assert set(undisturbed.card.metrics) == {"val"}
    assert launch.split_counts(undisturbed)["test"] > 0


def test_the_thread_count_of_a_run_is_kept_when_it_goes_on(undisturbed: Run) -> None:
    from core.training.environment import set_threads

    before = torch.get_num_threads()
    try:
        assert set_threads(undisturbed) == 1
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.slow
def test_seconds_go_on_where_they_were_after_a_resume(shared_home: Path) -> None:
    run = killed(parse_config(CONFIG), "mid_epoch")
    finish(launch.resume(run.run_id))
    seconds = [line.seconds for line in read_metrics(run.folder).lines]
    assert seconds == sorted(seconds)


def test_the_device_and_the_precision_of_a_run_are_kept_when_it_goes_on(
    undisturbed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.training.environment import as_recorded

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    loose = undisturbed.request.model_copy(
        update={"config": undisturbed.config.model_copy(update={"device": "auto"})}
    )
    run = Run(undisturbed.run_id, undisturbed.folder)
    run.__dict__["request"] = loose
    assert (as_recorded(run).device, as_recorded(run).precision) == ("cpu", "float32")


def test_a_run_whose_device_is_gone_says_so(undisturbed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.training.environment import as_recorded

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    on_cuda = undisturbed.environment.model_copy(update={"device": "cuda"})  # type: ignore[union-attr]
    monkeypatch.setattr(Run, "environment", on_cuda)
    with pytest.raises(StateError) as refused:
        as_recorded(undisturbed)
    assert str(refused.value) == (
        f"'{undisturbed.run_id}' began on a cuda device, and there is none here:"
        " resume it there, or start anew."
    )


@pytest.mark.slow
@pytest.mark.parametrize("balance", ["over-sampling", "under-sampling", "class weights"])
def test_a_run_that_balances_uneven_classes_resumes_to_the_bit(shared_home: Path, balance: str) -> None:
    if not (shared_home / "datasets" / "uneven").exists():  # in train three of the first class to one
        write_tiny("uneven", splits=("train", "val", "train", "train", "train", "test"))
    config = parse_config({**CONFIG, "dataset": "uneven", "epochs": 3, "batch_size": 2, "balance": balance})
    expected = finish(launch.launch(config))
    run = finish(launch.resume(killed(config, "second_epoch").run_id))
    assert lines(run) == lines(expected)
    assert_same_bits(load_last(run.folder), load_last(expected.folder))
