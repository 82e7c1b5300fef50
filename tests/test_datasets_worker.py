"""An import as a job: it ends whole, stopped or failed, and leaves no names of files."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.datasets import worker
from core.datasets.importing import ImportOptions
from core.datasets.store import open_dataset
from core.datasets.worker import start_import, take_report
from core.errors import NameTakenError
from core.jobs.control import request_stop, tail_log, wait
from core.jobs.queue import turn
from core.jobs.status import JobStatus, now, read_status, write_status
from core.language import Message


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for n in range(8):
        path = folder / ("sick", "well")[n % 2] / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4), n, np.uint8)).save(path)
    (folder / "sick" / "Miller^Anna.png").write_text("torn")
    return folder


@pytest.mark.usefixtures("home")
def test_an_import_runs_in_a_process_of_its_own(source: Path) -> None:
    folder = start_import(source, ImportOptions(name="new"))
    assert wait(folder, seconds=60) == "completed", (folder / "log.txt").read_text()
    assert read_status(folder).progress == 1
    assert open_dataset("new").info.n_images == 8
    report = take_report(folder)
    assert report is not None
    assert [skipped.ordinal for skipped in report.skipped] == [5]
    with pytest.raises(NameTakenError):
        start_import(source, ImportOptions(name="new"))


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_no_name_of_the_source_is_on_the_disk_afterwards(home: Path, source: Path) -> None:
    options = ImportOptions(name="new", patient_pattern=r"(Miller|\d)")
    folder = start_import(source.rename(source.with_name("Miller")), options)
    assert wait(folder, seconds=60) == "completed", tail_log(folder)
    report = take_report(folder)
    assert report is not None
    assert [(skipped.ordinal, skipped.file) for skipped in report.skipped] == [(5, "")]
    assert not (folder / worker.REQUEST).exists()
    assert b"Miller" not in everything_below(home)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"patient_pattern": "person"}, "The pattern '…' fits no file name, for example '…'."),
        ({"labels_csv": "Miller.csv"}, "There is no table '…', neither in the folder nor here."),
    ],
)
def test_a_refusal_names_nothing_of_the_source(
    home: Path, source: Path, options: dict[str, str], text: str
) -> None:
    for path in source.rglob("*.png"):
        path.rename(path.with_name(f"Miller-{path.name}"))
    folder = start_import(source, ImportOptions.model_validate({"name": "new", **options}))
    assert wait(folder, seconds=60) == "failed", tail_log(folder)
    assert str(read_status(folder).error) == text
    assert not (folder / worker.REQUEST).exists()
    assert b"Miller" not in everything_below(home)


def put_request(home: Path, source: Path) -> Path:
    """A job that waits for a worker."""
    folder = home / "jobs" / "import-new-0"
    folder.mkdir(parents=True)
    request = worker.ImportRequest(path=source, options=ImportOptions(name="new"))
    (folder / worker.REQUEST).write_text(request.model_dump_json())
    write_status(folder, JobStatus(kind="import", state="queued", created_at=now(), launched_at=now()))
    return folder


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (ZeroDivisionError("Miller^Anna"), "Something went wrong inside Lightbox"),
        (OSError(errno.ENOSPC, "No space left on device", "/Miller.png"), "(No space left on device)"),
    ],
)
def test_a_fault_is_told_without_its_words(
    home: Path,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
    said: str,
) -> None:
    """In this process, so that a fault can be put in."""

    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(worker, "import_path", fail)
    folder = put_request(home, source)
    worker.main(folder)
    assert read_status(folder).state == "failed"
    assert said in str(read_status(folder).error)
    assert "Miller" not in caplog.text + str(read_status(folder).error)


def test_seconds_left_follow_from_the_share_done(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 130.0])  # begun, and at a quarter
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    said: list[float | None] = []

    class Listener:
        def report(self, _share: float, _message: Message, *, seconds_left: float | None) -> None:
            said.append(seconds_left)

    report = worker._reporting(Listener())  # type: ignore[arg-type]
    report(0.0, Message(text="..."))
    report(0.25, Message(text="..."))
    assert said == [None, 90.0]


def test_a_killed_import_keeps_its_request_for_a_day(home: Path, source: Path) -> None:
    folder = put_request(home, source)
    status = read_status(folder).model_copy(update={"state": "running", "claimed_at": now()})
    write_status(folder, status)
    worker.forget_requests()
    assert (folder / worker.REQUEST).exists()
    os.utime(folder / worker.REQUEST, (0, 0))
    worker.forget_requests()
    assert not (folder / worker.REQUEST).exists()


@pytest.mark.usefixtures("home")
def test_a_refusal_is_the_error_of_the_job(tmp_path: Path) -> None:
    folder = start_import(tmp_path / "nothing", ImportOptions(name="new"))
    assert wait(folder, seconds=60) == "failed"
    assert "There is nothing at" in str(read_status(folder).error)
    assert take_report(folder) is None


def test_a_stop_before_its_turn_leaves_nothing(home: Path, source: Path) -> None:
    with turn("import", "another", waiting=lambda _n_ahead: None):  # so that the new one has to wait
        folder = start_import(source, ImportOptions(name="new"))
        request_stop(folder)
        assert wait(folder, seconds=60) == "stopped"
    assert not list((home / "datasets").glob("*"))
