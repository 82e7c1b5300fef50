"""Checkpoints are written behind the training's back: whole, in order, the newest wins, errors come back."""

import errno
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import JobStoppedError
from core.jobs import control
from core.jobs.status import JobStatus, now, read_status, write_status
from core.jobs.worker import Job, work
from core.runs.checkpoints import keep_epoch, load_last, remove_unfinished
from core.training import disk, launch, saving, worker
from core.training.config import parse_config
from core.training.saving import Saver, snapshot
from tests.processes import until
from tests.tiny_dataset import write_tiny


@pytest.fixture
def job(home: Path) -> Iterator[Job]:
    folder = home / "run"
    folder.mkdir()
    write_status(folder, JobStatus(kind="test", state="queued", created_at=now(), launched_at=now()))
    with work(folder) as job:
        job.wait_for_turn()
        yield job


class Gate:
    """Holds the writing thread until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self.opened.wait(30)


def full(*_: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_training_does_after_a_save_is_not_in_it(job: Job) -> None:
    weight = torch.ones(3)
    gate = Gate()
    with Saver(job.folder, job) as saver:
        saver.put(job.folder / "first", gate, 1)
        saver.save({"model": {"weight": weight}, "list": [weight], "progress": {"step": 1}})
        weight += 1
        gate.opened.set()
        saver.flush()
        state = load_last(job.folder)
        assert state is not None
        assert torch.equal(state["model"]["weight"], torch.ones(3))
        assert torch.equal(state["list"][0], torch.ones(3))


def test_training_does_not_wait_for_the_disk(job: Job) -> None:
    gate = Gate()
    with Saver(job.folder, job) as saver:
        saver.put(job.folder / "slow", gate, 1)
        saver.save({"step": 1})
        assert load_last(job.folder) is None  # and yet we are here
        gate.opened.set()
        saver.flush()
        assert load_last(job.folder) == {"step": 1}


def test_files_are_written_in_order_and_of_two_for_the_same_the_newer_alone(job: Job) -> None:
    written: list[str] = []
    gate = Gate()
    with Saver(job.folder, job) as saver:
        saver.put(job.folder / "first", gate, 1)
        assert gate.reached.wait(30)
        for name, text in [("last", "last 1"), ("best", "best 1"), ("last", "last 2"), ("kept", "kept 1")]:
            saver.put(job.folder / name, lambda text=text: written.append(text), 1)  # type: ignore[misc]
        gate.opened.set()
        saver.flush()
    assert written == ["best 1", "last 2", "kept 1"]


def test_what_is_kept_of_an_epoch_is_written_before_its_last_state(job: Job) -> None:
    written: list[str] = []

    def also(taken: saving.Snapshot) -> None:
        saver.put(job.folder / "best", lambda: written.append("best"), taken.n_bytes)

    with Saver(job.folder, job) as saver:
        original = saving.save_last
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(saving, "save_last", lambda *values: (written.append("last"), original(*values)))
            saver.save({"step": 1}, also)
            saver.flush()
    assert written == ["best", "last"]


def test_with_too_many_copies_in_memory_training_waits(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "_MOST_WAITING", 1)
    gate = Gate()
    with Saver(job.folder, job) as saver:
        saver.put(job.folder / "first", gate, 1)
        assert gate.reached.wait(30)
        saver.put(job.folder / "second", lambda: None, 1)
        opener = threading.Timer(0.05, gate.opened.set)
        opener.start()
        saver.put(job.folder / "third", lambda: None, 1)  # cannot return before the gate is open
        assert gate.opened.is_set()


def test_an_error_of_the_background_is_raised_in_the_training(job: Job) -> None:
    def refuse() -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with Saver(job.folder, job) as saver:
        saver.put(job.folder / "file", refuse, 1)
        with pytest.raises(PermissionError):
            saver.flush()
        with pytest.raises(PermissionError):
            saver.check()


def test_a_full_disk_pauses_the_job_until_there_is_room(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LOOK_SECONDS", 0.01)
    states: list[tuple[str, str]] = []
    attempts = iter([True, True, False])

    def write() -> None:
        if next(attempts):
            full()

    pause = Job.pause

    def paused(self: Job, message: Any) -> None:
        pause(self, message)
        states.append((read_status(job.folder).state, str(message)))

    monkeypatch.setattr(Job, "pause", paused)
    with Saver(job.folder, job) as saver:
        saver.put(job.folder / "file", write, 3_000_000)
        saver.flush()
    assert states[0][0] == "paused"
    assert states[0][1].startswith("The disk is full: 4 MB are needed, ")
    assert read_status(job.folder).state == "running"


def test_a_job_that_waits_for_room_can_be_stopped(job: Job) -> None:
    with Saver(job.folder, job) as saver:
        saver.put(job.folder / "file", full, 1)
        (job.folder / "stop").touch()
        with pytest.raises(JobStoppedError):
            saver.flush()
        assert read_status(job.folder).state == "paused"


def test_at_the_end_everything_is_written_though_nobody_flushed(job: Job) -> None:
    with pytest.raises(ZeroDivisionError), Saver(job.folder, job) as saver:
        saver.save({"step": 1})
        raise ZeroDivisionError
    assert load_last(job.folder) == {"step": 1}
    until(lambda: not any(thread.name == "saver" for thread in threading.enumerate()))


def test_a_copy_knows_its_size_and_keeps_what_a_state_dict_carries_along() -> None:
    network = torch.nn.BatchNorm1d(4)
    taken = snapshot({"model": network.state_dict()})
    assert taken.n_bytes == 4 * 4 * 4 + 8  # weight, bias, mean and variance of 4 float32 each; a counter
    assert taken.state["model"]._metadata == network.state_dict()._metadata  # type: ignore[attr-defined]


def test_the_last_state_is_another_name_of_the_epoch_that_is_kept(job: Job) -> None:
    kept = job.folder / "epochs" / "1.pt"
    state = {"weights": torch.arange(3.0)}

    def keep(taken: saving.Snapshot) -> Path:
        saver.put(kept, lambda: keep_epoch(job.folder, 1, taken.on_cpu()), taken.n_bytes)
        return kept

    with Saver(job.folder, job) as saver:
        saver.save(state, keep)
        saver.flush()
        assert kept.samefile(job.folder / "last.pt")
        saver.save({"weights": torch.zeros(3)})  # in its place, and not into the same bytes
        saver.flush()
    assert torch.load(kept, weights_only=True)["weights"].tolist() == [0, 1, 2]
    last = load_last(job.folder)
    assert last is not None
    assert last["weights"].tolist() == [0, 0, 0]


def test_a_disk_without_second_names_gets_a_second_file(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = job.folder / "epochs" / "1.pt"

    def refuse(*_: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    with Saver(job.folder, job) as saver:
        saver.save({"weights": torch.arange(3.0)}, lambda taken: kept)
        saver.flush()
    last = load_last(job.folder)
    assert last is not None
    assert last["weights"].tolist() == [0, 1, 2]
    assert [path.name for path in job.folder.glob(".last*")] == []


def test_what_a_kill_left_half_written_is_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "epochs").mkdir()
    own = [".last.pt.k2dcpf2w", ".best.safetensors.a_b0c1d2", "epochs/.4.pt.k2dcpf2w"]
    others = [
        ".notes.last.pt",
        ".last.pt.mine",
        ".config.json.k2dcpf2w",
        "last.pt",
        "epochs/4.pt",
        "epochs/.DS_Store",
    ]
    for name in own + others:
        (tmp_path / name).touch()
    remove_unfinished(tmp_path)
    assert sorted(
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()
    ) == sorted(others)


def test_a_run_that_goes_on_removes_what_its_killed_worker_left(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny()
    run = launch.launch(
        parse_config({"dataset": "tiny", "epochs": 1, "image_size": 16, "device": "cpu", "threads": 1})
    )
    left = run.folder / ".last.pt.k2dcpf2w"
    left.write_bytes(bytes(1000))
    worker.main(run.folder)
    assert run.state == "completed"
    assert not left.exists()
