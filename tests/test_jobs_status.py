"""What a job says of itself: written in one step, told true by the lock, safe to read from many sides."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from core.errors import JobStoppedError
from core.jobs import control
from core.jobs.status import JobState, JobStatus, effective_state, is_locked, now, read_status, write_status
from core.jobs.worker import work


def make_status(state: JobState = "queued", *, launched_at: str | None = None) -> JobStatus:
    moment = launched_at or now()
    return JobStatus(kind="test", state=state, created_at=moment, launched_at=moment)


LONG_AGO = "2020-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("said", "is_held", "launched_at", "true"),
    [
        ("queued", False, None, "queued"),  # the process is on its way up
        ("queued", False, LONG_AGO, "interrupted"),
        ("queued", True, LONG_AGO, "queued"),
        ("running", True, LONG_AGO, "running"),
        ("running", False, None, "interrupted"),
        ("paused", True, LONG_AGO, "paused"),
        ("paused", False, LONG_AGO, "interrupted"),
        ("completed", False, LONG_AGO, "completed"),
        ("stopped", False, LONG_AGO, "stopped"),
        ("failed", False, LONG_AGO, "failed"),
        ("completed", True, LONG_AGO, "completed"),  # the last word is written before the lock is let go
    ],
)
def test_the_state_is_what_the_status_and_the_lock_say_together(
    tmp_path: Path, said: JobState, is_held: bool, launched_at: str | None, true: str
) -> None:
    write_status(tmp_path, make_status(said, launched_at=launched_at))
    lock = FileLock(tmp_path / "lock")
    lock.acquire()
    if not is_held:
        lock.release()
    assert effective_state(tmp_path) == true
    lock.release()


def test_the_last_word_of_a_worker_is_not_mistaken_for_an_interruption(tmp_path: Path) -> None:
    stale = make_status("running")
    write_status(tmp_path, make_status("completed"))  # written after `stale` was read
    assert effective_state(tmp_path, stale) == "completed"


def test_the_lock_is_free_to_any_number_of_readers_at_once(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    with ThreadPoolExecutor(2) as pool:
        seen = list(pool.map(lambda _: is_locked(tmp_path), range(400)))
    assert not any(seen)


def test_the_held_lock_is_held_for_every_reader(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock"), ThreadPoolExecutor(2) as pool:
        assert all(pool.map(lambda _: is_locked(tmp_path), range(50)))


def test_a_look_at_the_lock_leaves_no_file_behind(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_never_sees_a_torn_status(tmp_path: Path) -> None:
    write_status(tmp_path, make_status())
    done = threading.Event()

    def write() -> None:
        for number in range(200):
            write_status(tmp_path, make_status().model_copy(update={"progress": number / 200}))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while not done.is_set():
        seen.append(read_status(tmp_path).progress)
    writer.join()
    assert seen == sorted(seen)
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]


def test_a_reader_of_the_lock_does_not_keep_a_worker_out(home: Path) -> None:
    folder = home / "job"
    folder.mkdir()
    write_status(folder, make_status())
    (folder / "lock").touch()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            is_locked(folder)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for _ in range(20):
            write_status(folder, make_status())
            with work(folder):
                pass
            assert read_status(folder).state == "completed"
    finally:
        stop.set()
        reader.join()


def test_what_is_raised_inside_decides_the_end(home: Path) -> None:
    folder = home / "job"
    folder.mkdir()
    write_status(folder, make_status())
    with work(folder) as job:
        job.report(0.5)
        raise JobStoppedError
    status = read_status(folder)
    assert (status.state, status.progress, status.error) == ("stopped", 0.5, None)


def test_progress_stays_between_0_and_1(home: Path) -> None:
    folder = home / "job"
    folder.mkdir()
    write_status(folder, make_status())
    with work(folder) as job:
        job.report(-0.5)
        assert read_status(folder).progress == 0.0
        job.report(1.5, seconds_left=0.0)
        assert read_status(folder).progress == 1.0


def test_the_tail_of_the_log_is_its_last_lines(tmp_path: Path) -> None:
    assert control.tail_log(tmp_path) == ""
    (tmp_path / "log.txt").write_bytes(b"".join(b"line %d\n" % n for n in range(20_000)) + b"caf\xe9")
    assert control.tail_log(tmp_path, 3) == "line 19998\nline 19999\ncaf�"
