"""The loop and the worker around it, run inside the test: what is written down, and how a run ends."""

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from core.errors import InvalidValueError, StateError
from core.jobs import control
from core.jobs.status import effective_state, read_status
from core.runs.metrics import read_metrics
from core.runs.predictions import predictions_path, read_predictions
from core.runs.records import StepMetrics
from core.runs.store import Run, list_runs
from core.training import launch, loop, recording, worker
from core.training.config import parse_config
from core.training.engine import Engine, Progress
from core.training.pipeline import Inputs
from core.training.recording import Recorder
from tests.processes import kill_worker, until, worker_of
from tests.tiny_dataset import write_tiny

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 3,
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
}
Train = Callable[..., Run]


@pytest.fixture
def train(home: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Launch a run and work on it here, in the test's own process."""
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)

    def train(**changes: Any) -> Run:
        run = launch.launch(parse_config({**CONFIG, **changes}))
        worker.main(run.folder)
        return run

    return train


def record_steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, int]]:
    """Return a list that will hold the loss and the size of each batch."""
    steps: list[tuple[float, int]] = []
    original = Engine.step

    def step(self: Engine, inputs: Tensor, labels: Tensor) -> Tensor:
        loss = original(self, inputs, labels)
        steps.append((float(loss), len(labels)))
        return loss

    monkeypatch.setattr(Engine, "step", step)
    return steps


def test_lines_are_means_over_the_images_they_stand_for(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny(n_images=90)  # 63 or so to train: batches of 7 and 8
    steps = record_steps(monkeypatch)
    run = train()
    lines = read_metrics(run.folder).lines
    done = 0
    for line in lines:
        if isinstance(line, StepMetrics):
            group = steps[done : line.step]
            assert line.loss == pytest.approx(sum(x * n for x, n in group) / sum(n for _, n in group))
            done = line.step
    assert done == len(steps)
    per_epoch = len(steps) // 3
    for number, epoch in enumerate(run.epochs):
        of_epoch = steps[number * per_epoch : (number + 1) * per_epoch]
        mean = sum(x * n for x, n in of_epoch) / sum(n for _, n in of_epoch)
        assert epoch.train_loss == pytest.approx(mean)
        assert epoch.step == (number + 1) * per_epoch
    assert lines[0].step == 1  # the first point of the curve is there at once


def test_the_epoch_line_is_what_the_stored_predictions_say(train: Train) -> None:
    write_tiny()
    run = train(keep_epochs="none")
    predictions = read_predictions(predictions_path(run.folder, "tiny", "val"))
    best = run.epochs[run.card.best_epoch - 1]
    logits = predictions.logits.astype(np.float64)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    n = len(predictions.y_true)
    assert best.val_loss == pytest.approx(-log_p[np.arange(n), predictions.y_true].mean(), abs=1e-6)
    assert best.val_accuracy == pytest.approx((logits.argmax(axis=1) == predictions.y_true).mean())
    assert best.val_auroc == pytest.approx(roc_auc_score(predictions.y_true, predictions.y_score[:, 1]))
    assert run.card.metrics["val"]["auroc"].n == n
    split = run.split().set_index("sample_id")
    assert set(split.loc[predictions.sample_ids, "split"]) == {"val"}
    assert sorted(predictions.sample_ids) == sorted(split.index[split["split"] == "val"])
    truth = [predictions.class_names[code] for code in predictions.y_true]
    assert split.loc[predictions.sample_ids, "label"].tolist() == truth


def test_three_classes_have_a_macro_auroc_and_no_positive_class(train: Train) -> None:
    write_tiny(n_classes=3, n_images=90)
    run = train()
    predictions = read_predictions(predictions_path(run.folder, "tiny", "val"))
    expected = roc_auc_score(
        predictions.y_true, predictions.y_score.astype(np.float64), multi_class="ovr", average="macro"
    )
    assert run.epochs[run.card.best_epoch - 1].val_auroc == pytest.approx(expected, abs=1e-6)
    assert run.card.positive_class is None


@pytest.mark.parametrize("patience", [1, 3])
def test_early_stopping_ends_so_many_epochs_after_the_best(train: Train, patience: int) -> None:
    write_tiny()
    run = train(epochs=60, patience=patience, learning_rate=0.03, schedule="constant")
    losses = [epoch.val_loss for epoch in run.epochs]
    best = int(np.argmin(losses)) + 1
    assert run.state == "completed"
    assert len(losses) == best + patience < 60
    assert run.card.best_epoch == best
    for number in range(patience, len(losses)):  # and not an epoch too late
        assert min(losses[number - patience : number]) <= min(losses[: number - patience], default=math.inf)


def test_a_run_without_patience_goes_to_its_last_epoch(train: Train) -> None:
    write_tiny()
    assert len(train(epochs=5, learning_rate=0.03, schedule="constant").epochs) == 5


NAN_TEXT = (
    "The loss is no longer a number at step {}, with learning_rate=0.003. What was saved before is kept, but"
    " resuming would end here again: start a new run with learning_rate=0.0003."
)


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny()
    losses = iter([0.7, 0.6, math.nan])
    monkeypatch.setattr(Engine, "step", lambda self, inputs, labels: torch.tensor(next(losses)))
    run = train()
    assert run.state == "failed"
    assert str(run.status.error) == NAN_TEXT.format(3)
    assert not run.has_model
    assert all(math.isfinite(line.loss) for line in read_metrics(run.folder).lines if line.kind == "step")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_validation_loss_that_is_no_number_is_never_the_best(
    train: Train, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    write_tiny()
    monkeypatch.setattr(
        Engine, "logits", lambda self, inputs: torch.tensor([[0.0, value]]).expand(len(inputs), 2)
    )
    run = train()
    assert run.state == "failed"
    assert str(run.status.error).startswith("The loss is no longer a number at step ")
    assert not run.has_model
    assert run.epochs == []


@pytest.mark.parametrize(
    ("policy", "small", "kept"),
    [
        ("all", False, [1, 2, 3, 4, 5]),
        ("none", True, []),
        ("auto", True, [1, 2, 3, 4, 5]),
        ("auto", False, [1, 2, 4]),
    ],
)
def test_epochs_are_kept_by_policy(
    train: Train, monkeypatch: pytest.MonkeyPatch, policy: str, small: bool, kept: list[int]
) -> None:
    monkeypatch.setattr(loop, "SMALL_NETWORK_BYTES", 10**9 if small else 0)
    write_tiny(n_images=20)
    run = train(epochs=5, keep_epochs=policy)
    assert sorted(int(path.stem) for path in (run.folder / "epochs").glob("*.pt")) == kept


def test_the_test_split_is_never_looked_at(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[int] = set()
    original = Inputs._pictures

    def pictures(self: Inputs, rows: Tensor) -> tuple[Tensor, Tensor]:
        seen.update(rows.tolist())
        return original(self, rows)

    monkeypatch.setattr(Inputs, "_pictures", pictures)
    write_tiny()
    run = train()
    split = run.split()
    assert seen == set(np.flatnonzero(split["split"] != "test"))
    assert [path.name for path in (run.folder / "predictions").iterdir()] == ["tiny.val.parquet"]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(train: Train) -> None:
    write_tiny()
    weights = [(train(seed=seed).folder / "best.safetensors").read_bytes() for seed in (1, 1, 2)]
    assert weights[0] == weights[1] != weights[2]


@pytest.mark.parametrize("n_channels", [1, 3])
def test_a_network_learns_what_the_tiny_data_set_shows(train: Train, n_channels: int) -> None:
    write_tiny(n_images=120, n_channels=n_channels)
    run = train(epochs=12, learning_rate=0.01, augmentations=[])
    assert run.state == "completed"
    assert run.epochs[-1].val_auroc is not None
    assert run.epochs[-1].val_auroc > 0.95
    assert run.card.n_channels == n_channels
    assert run.card.n_train_images == launch.split_counts(run)["train"]
    assert run.card.n_train_patients == run.card.n_train_images // 2
    assert run.card.preprocessing == run.config.preprocessing


def test_what_the_worker_did_not_foresee_is_one_sentence(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny()
    monkeypatch.setattr(loop, "_train_epoch", lambda training: 1 / 0)
    run = train()
    assert run.state == "failed"
    assert (
        str(run.status.error) == "Something went wrong inside Lightbox; the last lines of the log say what."
    )


def test_time_left_after_a_resume_counts_what_this_process_did(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny(n_images=20)
    run = train(epochs=8)
    said = []

    class Clock:
        moment = 100.0

        def monotonic(self) -> float:
            return self.moment

    class Job:
        def is_report_due(self) -> bool:
            return True

        def report(self, progress: float, message: object, *, seconds_left: float | None) -> None:
            said.append((progress, str(message), seconds_left))

    clock, engine = Clock(), SimpleNamespace(n_batches=2, progress=Progress(epoch=3, batch=1))
    monkeypatch.setattr(recording, "time", clock)
    recorder = Recorder(run, Job(), engine)  # type: ignore[arg-type]
    engine.progress.epoch, clock.moment = 4, 110.0
    recorder.report(lambda write: write())
    assert said == [(4.5 / 8, "Epoch 5 of 8", 35.0)]  # one epoch in 10 s, 3.5 to go


def test_an_empty_validation_split_is_refused_and_leaves_nothing_behind(home: Path) -> None:
    write_tiny(n_images=4, splits=("train", "test"))
    split = launch.make_split
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            launch, "make_split", lambda samples, config: split(samples, config).assign(split="train")
        )
        with pytest.raises(InvalidValueError) as refused:
            launch.launch(parse_config(CONFIG))
    expected = "The split of 'tiny' leaves no validation images. Choose another split or add images."
    assert str(refused.value) == expected
    assert not (home / "checkpoints").exists()
    assert [run for run in list_runs() if not run.is_shipped] == []


def test_a_launch_that_breaks_off_leaves_nothing_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path, module: str) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(control, "_launch", fail)
    write_tiny()
    with pytest.raises(OSError, match="no more processes"):
        launch.launch(parse_config(CONFIG))
    assert list((home / "checkpoints").iterdir()) == []
    assert control.active_jobs() == []


def test_pretrained_weights_that_there_are_none_of_are_refused(home: Path) -> None:
    write_tiny()
    with pytest.raises(InvalidValueError, match="^'small_cnn' has no pretrained weights"):
        launch.launch(parse_config({**CONFIG, "pretrained": True}))
    assert not (home / "checkpoints").exists()


def test_resuming_what_cannot_go_on_is_refused(train: Train, home: Path) -> None:
    write_tiny()
    run = train(epochs=1)
    with pytest.raises(StateError, match=f"^'{run.run_id}' has ended; start a new run from its settings"):
        launch.resume(run.run_id)
    control.start(run.folder, module=launch.WORKER, kind=launch.KIND)  # queued, and nobody works on it
    with pytest.raises(StateError, match=f"^'{run.run_id}' is already waiting.$"):
        launch.resume(run.run_id)
    control.request_stop(run.folder)
    worker.main(run.folder)
    assert run.state == "stopped"
    (home / "datasets" / "tiny").rename(home / "gone")
    write_tiny(n_images=60)
    with pytest.raises(StateError, match="^The data set 'tiny' has changed since"):
        launch.resume(run.run_id)


def test_a_worker_that_waits_has_not_loaded_torch(home: Path) -> None:
    write_tiny(n_images=20)
    holder = home / "work" / "holder"
    holder.mkdir(parents=True)
    (holder / "plan").write_text("hold")
    control.start(holder, module="tests.workers.sleeper", kind=launch.KIND)
    try:
        until(lambda: effective_state(holder) == "running")
        run = launch.launch(parse_config({**CONFIG, "epochs": 1}))
        until(lambda: read_status(run.folder).message is not None)
        process = worker_of(run.folder)
        assert process is not None
        assert "libtorch" not in Path(f"/proc/{process.pid}/maps").read_text()
        assert process.memory_info().rss < 150e6
        control.request_stop(holder)
        until(lambda: not process.is_running() or "libtorch" in Path(f"/proc/{process.pid}/maps").read_text())
        assert control.wait(run.folder, seconds=60) == "completed"
    finally:
        kill_worker(holder)
