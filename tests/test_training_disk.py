"""A full disk pauses a run, whatever it was about to write, and nothing is lost or torn."""

import errno
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from core.jobs import control
from core.jobs import worker as jobs_worker
from core.jobs.reserve import RESERVE, Reserve, is_full
from core.jobs.status import JobStatus, now, read_status, write_status
from core.jobs.worker import Job, work
from core.runs import checkpoints
from core.runs.metrics import append_metrics, read_metrics
from core.runs.records import RunEvent, StepMetrics
from core.runs.store import Run
from core.training import disk, environment, launch, loop, recording, worker
from core.training.config import parse_config
from core.workspace import ROOT
from tests.tiny_dataset import write_tiny

NO_DISK = 3  # how tests.workers.small_disk_trainer ends where nothing can be mounted
CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 3,
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
}
Train = Callable[..., Run]


BEFORE_THE_LINES = ("cut_metrics", "write_text")
WAITED = re.compile(r"The disk was full: the run waited \d+ s for room and went on by itself\.")


def events(run: Run) -> list[tuple[str, str]]:
    """Return what happened to a run, and how it is said."""
    found = [line for line in read_metrics(run.folder).lines if isinstance(line, RunEvent)]
    return [(line.what, str(line.message)) for line in found]


def full() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (full(), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (
            RuntimeError("[enforce fail at inline_container.cc:672] . PytorchStreamWriter failed writing"),
            True,
        ),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (OSError("[Errno 28] Error writing bytes to file. Detail: [errno 28] No space left on device"), True),
    ],
)
def test_a_full_disk_is_told_from_other_errors(error: BaseException, expected: bool) -> None:
    assert is_full(error) == expected


@pytest.fixture
def train(home: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    monkeypatch.setattr(disk, "LOOK_SECONDS", 0.001)
    write_tiny()

    def train(**changes: Any) -> Run:
        run = launch.launch(parse_config({**CONFIG, **changes}))
        worker.main(run.folder)
        return run

    return train


WRITES = [
    (recording, "append_metrics"),
    (recording, "cut_metrics"),
    (environment, "write_text"),
    (loop, "keep_epoch"),
    (loop, "save_weights"),
    ("core.training.saving", "save_last"),
    ("core.runs.predictions", "write_predictions"),
]


@pytest.mark.parametrize(("module", "name"), WRITES, ids=[name for _, name in WRITES])
def test_whatever_a_run_writes_waits_for_room_and_the_run_is_the_undisturbed_one(
    train: Train, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    """Each write fails twice before it works, and the first until the run has said that it waits."""
    policy = "none" if name == "save_last" else "all"  # last.pt is another name of an epoch that is kept
    expected = train(keep_epochs=policy)
    target = sys.modules[module] if isinstance(module, str) else module
    write, n, paused = getattr(target, name), 0, []

    def failing(*values: Any, **more: Any) -> Any:
        nonlocal n
        n += 1
        if n % 3 != 0 or not paused:  # the thread that saves could else be done before the training looks
            raise full()
        return write(*values, **more)

    pause = Job.pause

    def recorded(self: Job, message: Any) -> None:
        pause(self, message)
        paused.append(read_status(self.folder).state)

    monkeypatch.setattr(target, name, failing)
    monkeypatch.setattr(Job, "pause", recorded)
    run = train(keep_epochs=policy)
    assert run.state == "completed", run.status.error
    assert set(paused) == {"paused"}
    assert (run.folder / "best.safetensors").read_bytes() == (
        expected.folder / "best.safetensors"
    ).read_bytes()
    assert [line.val_loss for line in run.epochs] == [line.val_loss for line in expected.epochs]
    told = events(run)
    assert bool(told) == (name not in BEFORE_THE_LINES)
    assert all(what == "disk" and WAITED.fullmatch(text) for what, text in told)
    assert sorted(path.name for path in run.folder.iterdir()) == sorted(
        path.name for path in expected.folder.iterdir()
    )


def test_a_run_that_waits_for_room_can_be_stopped(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = []

    def failing(folder: Path, line: Any) -> None:
        folders.append(folder)
        (folder / "stop").touch()
        raise full()

    monkeypatch.setattr(recording, "append_metrics", failing)
    assert train().state == "stopped"
    assert len(folders) == 1


@pytest.mark.parametrize("line", [1, 3, 8], ids=["the first", "amid an epoch", "the last of an epoch"])
def test_a_line_that_a_stop_kept_from_the_disk_is_written_on_resume(
    train: Train, monkeypatch: pytest.MonkeyPatch, line: int
) -> None:
    """With momentum and a rate of its own for each step, which the line tells."""
    values = {"optimizer": "momentum", "batch_size": 2}
    expected, n = train(**values), 0

    def failing(folder: Path, what: Any) -> None:
        nonlocal n
        n += 1
        if n >= line:
            (folder / "stop").touch()
            raise full()
        append_metrics(folder, what)

    with monkeypatch.context() as patch:
        patch.setattr(recording, "append_metrics", failing)
        run = train(**values)
    assert run.state == "stopped"
    launch.resume(run.run_id)
    worker.main(run.folder)
    assert lines_of(run) == lines_of(expected)


def lines_of(run: Run) -> list[dict[str, Any]]:
    """Return the lines of a run without the machine's times."""
    dumped = [line.model_dump() for line in read_metrics(run.folder).lines]
    return [
        {
            name: value
            for name, value in line.items()
            if name not in ("seconds", "images_per_second", "memory_bytes")
        }
        for line in dumped
    ]


def test_a_line_that_does_not_fit_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = StepMetrics(step=1, epoch=0.1, loss=1, learning_rate=1, images_per_second=1, seconds=1)
    append_metrics(tmp_path, line)
    before = (tmp_path / "metrics.jsonl").read_bytes()
    original = Path.open

    class Short:
        """A file on a disk with ten bytes left."""

        def __init__(self, file: Any) -> None:
            self.file, self.name = file, file.name

        def __enter__(self) -> "Short":
            return self

        def __exit__(self, *error: object) -> None:
            self.file.close()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

        def write(self, content: bytes) -> int:
            return int(self.file.write(content[:10]))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda *values, **more: Short(original(*values, **more)))
        with pytest.raises(OSError, match="No space left on device") as refused:
            append_metrics(tmp_path, line.model_copy(update={"step": 2}))
    assert is_full(refused.value)
    assert (tmp_path / "metrics.jsonl").read_bytes() == before
    assert len(read_metrics(tmp_path).lines) == 1


def test_the_state_is_said_with_the_room_that_was_kept_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk without room: writing works only while the reserve is not there."""
    folder = home / "job"
    folder.mkdir()
    write_status(folder, JobStatus(kind="test", state="queued", created_at=now(), launched_at=now()))

    def write(where: Path, status: JobStatus) -> None:
        if (where / RESERVE).exists():
            raise full()
        write_status(where, status)

    with work(folder) as job:
        job.wait_for_turn()
        job.keep_reserve()
        assert (folder / RESERVE).stat().st_blocks * 512 >= 64 * 1024
        monkeypatch.setattr(jobs_worker, "write_status", write)
        job.pause(disk.missing_room(folder, 5_000_000))
        status = read_status(folder)
        assert (status.state, status.message and status.message.values["needed"]) == ("paused", 6)
        assert (folder / RESERVE).exists()  # taken again
    assert read_status(folder).state == "completed"
    assert not (folder / RESERVE).exists()


def test_a_reserve_that_finds_no_room_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int) -> None:
        raise full()

    monkeypatch.setattr("core.jobs.reserve.os.fsync", refuse)
    Reserve(tmp_path).hold()
    assert list(tmp_path.iterdir()) == []


def test_what_safetensors_says_becomes_an_error_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors import SafetensorError

    from tests.test_runs_checkpoints import CARD

    def refuse(*_: Any) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(checkpoints, "save_file", refuse)
    with pytest.raises(OSError, match="No space left") as refused:
        checkpoints.save_best(tmp_path, torch.nn.Linear(1, 1), CARD)
    assert refused.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_run_that_fills_a_real_disk_waits_and_is_the_undisturbed_run(tmp_path: Path) -> None:
    """A small disk in a mount namespace of its own: however this ends, nothing stays mounted."""
    home = tmp_path / "small"
    home.mkdir()
    own_mounts = ["unshare", "--mount", "--propagation", "private"]
    may_mount = shutil.which(own_mounts[0]) is not None and (
        subprocess.run([*own_mounts, "true"], check=False, capture_output=True).returncode == 0
    )
    if not may_mount:
        pytest.skip("no small disk can be mounted here: that takes Linux and the rights of an administrator")
    command = [*own_mounts, sys.executable, "-m", "tests.workers.small_disk_trainer", str(home)]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, timeout=400)
    if done.returncode == NO_DISK:
        pytest.skip("no small disk can be mounted here")
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert found["ends"] == ["completed", "completed", "stopped", "completed"]
    assert found["told"]["state"] == "paused"
    assert found["told"]["message"].startswith("The disk is full: ")
    assert not found["told"]["torn"]
    assert found["runs"]["waited"] == found["runs"]["whole"] == found["runs"]["stopped"]
    assert found["runs"]["whole"]["reserve"] is False
