"""Jobs as real processes: the queue, a stop, a kill, a failure, a server that dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import InvalidValueError, StateError
from core.jobs import control
from core.jobs.places import n_slots
from core.jobs.status import effective_state, is_locked, read_status
from core.workspace import ROOT
from tests.processes import kill_worker, until

SLEEPER = "tests.workers.sleeper"


@pytest.fixture
def make_job(home: Path) -> Iterator[Callable[..., Path]]:
    """Start a sleeper with a plan; whatever still works at the end is killed by its id."""
    folders = []

    def make(name: str, plan: str, kind: str = "test") -> Path:
        folder = home / "work" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan").write_text(plan)
        folders.append(folder)
        control.start(folder, module=SLEEPER, kind=kind)
        return folder

    yield make
    for folder in folders:
        kill_worker(folder)


def is_running(folder: Path) -> bool:
    return effective_state(folder) == "running"


def is_waiting(folder: Path) -> bool:
    return read_status(folder).message is not None


def test_a_job_runs_from_queued_to_completed(make_job: Callable[..., Path]) -> None:
    folder = make_job("one", "finish")
    assert read_status(folder).state == "queued"
    assert control.wait(folder, seconds=60) == "completed"
    status = read_status(folder)
    assert (status.kind, status.progress, status.error) == ("test", 1.0, None)
    assert status.created_at == status.launched_at
    assert status.started_at is not None
    assert status.finished_at is not None
    assert status.launched_at <= status.started_at <= status.finished_at
    until(lambda: not is_locked(folder))


def test_one_slot_is_given_in_the_order_of_asking(make_job: Callable[..., Path], home: Path) -> None:
    first = make_job("c-first", "hold")
    until(lambda: is_running(first))
    second = make_job("b-second", "hold")
    until(lambda: is_waiting(second))
    third = make_job("a-third", "finish")
    until(lambda: is_waiting(third))
    assert str(read_status(second).message) == "Waiting: 1 ahead."
    assert str(read_status(third).message) == "Waiting: 2 ahead."
    control.request_stop(first)
    until(lambda: is_running(second))
    assert read_status(third).state == "queued"
    until(lambda: str(read_status(third).message) == "Waiting: 1 ahead.")
    control.request_stop(second)
    assert control.wait(third, seconds=60) == "completed"
    assert (home / "work" / "events.txt").read_text().split() == ["c-first", "b-second", "a-third"]


def test_kinds_do_not_wait_for_each_other(make_job: Callable[..., Path]) -> None:
    training = make_job("training", "hold", kind="training")
    until(lambda: is_running(training))
    assert control.wait(make_job("import", "finish", kind="import"), seconds=60) == "completed"
    assert is_running(training)


def test_two_slots_work_side_by_side(make_job: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_JOBS", "2")
    folders = [make_job(name, "hold") for name in ("one", "two")]
    until(lambda: all(is_running(folder) for folder in folders))


def test_a_waiting_job_can_be_stopped(make_job: Callable[..., Path], home: Path) -> None:
    first = make_job("first", "hold")
    until(lambda: is_running(first))
    second = make_job("second", "finish")
    until(lambda: is_waiting(second))
    control.request_stop(second)
    assert control.wait(second, seconds=60) == "stopped"
    assert is_running(first)
    assert (home / "work" / "events.txt").read_text().split() == ["first"]
    assert list((home / "jobs" / "queue" / "test").glob("*.ticket")) == []


def test_a_killed_waiting_job_holds_up_nobody(make_job: Callable[..., Path]) -> None:
    first = make_job("first", "hold")
    until(lambda: is_running(first))
    second = make_job("second", "hold")
    until(lambda: is_waiting(second))
    third = make_job("third", "finish")
    until(lambda: is_waiting(third))
    kill_worker(second)
    assert effective_state(second) == "interrupted"
    control.request_stop(first)
    assert control.wait(third, seconds=60) == "completed"


def test_a_stop_before_the_worker_is_up_is_not_lost(make_job: Callable[..., Path], home: Path) -> None:
    folder = make_job("early", "hold")
    control.request_stop(folder)
    assert control.wait(folder, seconds=60) == "stopped"
    assert not (home / "work" / "events.txt").exists()


def test_a_job_that_was_stopped_starts_again_without_its_old_stop(make_job: Callable[..., Path]) -> None:
    folder = make_job("again", "hold")
    created_at = read_status(folder).created_at
    control.request_stop(folder)
    assert control.wait(folder, seconds=60) == "stopped"
    make_job("again", "finish")
    assert control.wait(folder, seconds=60) == "completed"
    assert read_status(folder).created_at == created_at


def test_kill_9_is_told_from_running_by_the_lock(make_job: Callable[..., Path]) -> None:
    folder = make_job("killed", "hold")
    until(lambda: is_running(folder))
    kill_worker(folder)
    assert read_status(folder).state == "running"
    assert effective_state(folder) == "interrupted"
    make_job("killed", "finish")
    assert control.wait(folder, seconds=60) == "completed"


def test_an_unforeseen_exception_is_one_sentence_and_a_traceback_in_the_log(
    make_job: Callable[..., Path],
) -> None:
    folder = make_job("broken", "fail")
    assert control.wait(folder, seconds=60) == "failed"
    text = "Something went wrong inside Lightbox; the last lines of the log say what."
    assert str(read_status(folder).error) == text
    assert "Traceback" in control.tail_log(folder)
    assert control.tail_log(folder, 1) == "ZeroDivisionError: nobody foresaw this"


def test_an_error_of_our_own_is_shown_in_its_own_words(make_job: Callable[..., Path]) -> None:
    folder = make_job("refused", "refuse")
    assert control.wait(folder, seconds=60) == "failed"
    assert str(read_status(folder).error) == "size cannot be 3."
    assert "Traceback" not in control.tail_log(folder)


def test_a_worker_that_never_comes_up_is_interrupted_after_a_while(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.status._START_GRACE_SECONDS", 1.0)
    folder = home / "work" / "nowhere"
    folder.mkdir(parents=True)
    control.start(folder, module="tests.workers.there_is_no_such_module", kind="test")
    assert effective_state(folder) == "queued"
    until(lambda: effective_state(folder) == "interrupted")
    assert "No module named" in control.tail_log(folder)


def test_launching_twice_is_refused(make_job: Callable[..., Path]) -> None:
    folder = make_job("once", "hold")
    with pytest.raises(StateError, match="^'once' is already queued or running.$"):
        control.start(folder, module=SLEEPER, kind="test")
    until(lambda: is_running(folder))
    with pytest.raises(StateError, match="^'once' is already queued or running.$"):
        control.start(folder, module=SLEEPER, kind="test")


def test_a_second_worker_on_the_same_folder_leaves_the_first_alone(make_job: Callable[..., Path]) -> None:
    folder = make_job("shared", "hold")
    until(lambda: is_running(folder))
    script = (
        "import sys, core.jobs.worker as w; w._LOCK_SECONDS = 0.1\n"
        "from pathlib import Path\n"
        "with w.work(Path(sys.argv[1])): pass"
    )
    second = subprocess.run(
        [sys.executable, "-c", script, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    expected = "StateError: 'shared' is already being worked on; wait for it to end, or stop it first."
    assert second.stderr.strip().endswith(expected)
    assert is_running(folder)


def test_stopping_what_does_not_run_is_refused(make_job: Callable[..., Path]) -> None:
    folder = make_job("done", "finish")
    control.wait(folder, seconds=60)
    with pytest.raises(StateError, match="^'done' is not running: it is completed.$"):
        control.request_stop(folder)
    assert not (folder / "stop").exists()


def test_a_job_outlives_the_server_that_started_it(home: Path) -> None:
    folder = home / "work" / "orphan"
    folder.mkdir(parents=True)
    (folder / "plan").write_text("hold")
    script = (
        "import sys, time; from pathlib import Path; from core.jobs import control\n"
        f"control.start(Path(sys.argv[1]), module='{SLEEPER}', kind='test'); time.sleep(60)"
    )
    server = subprocess.Popen([sys.executable, "-c", script, str(folder)], cwd=ROOT, start_new_session=True)
    try:
        until(lambda: (folder / "status.json").exists() and is_running(folder))
        os.killpg(server.pid, signal.SIGKILL)  # everything of the server's session, as a closed terminal does
        server.wait(timeout=10)
        time.sleep(0.2)
        assert is_running(folder)
        control.request_stop(folder)
        assert control.wait(folder, seconds=60) == "stopped"
    finally:
        kill_worker(folder)


def test_active_jobs_are_those_alive_oldest_first(make_job: Callable[..., Path]) -> None:
    first = make_job("z-first", "hold")
    until(lambda: is_running(first))
    second = make_job("a-second", "hold")
    ended = make_job("ended", "finish", kind="other")
    control.wait(ended, seconds=60)
    assert [job.job_id for job in control.active_jobs()] == ["z-first", "a-second"]
    kill_worker(first)
    assert [job.job_id for job in control.active_jobs()] == ["a-second"]
    assert control.view(second).status.kind == "test"


def test_jobs_of_one_name_and_two_kinds_are_both_seen(make_job: Callable[..., Path], home: Path) -> None:
    one = make_job("same", "hold", kind="import")
    other = home / "elsewhere" / "same"
    other.mkdir(parents=True)
    (other / "plan").write_text("hold")
    control.start(other, module=SLEEPER, kind="training")
    try:
        assert {job.folder for job in control.active_jobs()} == {one, other}
    finally:
        until(lambda: is_running(other))
        kill_worker(other)


def test_a_number_of_slots_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_JOBS", "many")
    with pytest.raises(InvalidValueError) as refused:
        n_slots()
    assert str(refused.value) == "LIGHTBOX_JOBS must be a whole number, not 'many'."
