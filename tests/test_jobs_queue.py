"""The order of the queue and its places: changed by hand, kept through kills, one run a GPU."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import InvalidValueError, StateError
from core.jobs import control, places
from core.jobs.queue import move, queue_view
from core.jobs.status import effective_state, read_status
from core.workspace import ROOT
from tests.processes import kill_worker, until

KIND = "test"
TWO_GPUS = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb)
"""
ONE_CUT_UP = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa)
  MIG 3g.20gb     Device  0: (UUID: MIG-1111)
  MIG 3g.20gb     Device  1: (UUID: MIG-2222)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb)
"""


@pytest.fixture
def make_job(home: Path) -> Iterator[Callable[..., Path]]:
    """Start a sleeper and wait until it works or waits; what still works at the end is killed by its id."""
    folders = []

    def make(name: str, plan: str = "hold", module: str = "tests.workers.sleeper") -> Path:
        folder = home / "work" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan").write_text(plan)
        folders.append(folder)
        control.start(folder, module=module, kind=KIND)
        until(lambda: effective_state(folder) == "running" or read_status(folder).message is not None)
        return folder

    yield make
    for folder in folders:
        kill_worker(folder)


def waiting() -> list[tuple[str, int]]:
    return [(entry.name, entry.position) for entry in queue_view(KIND) if entry.is_waiting]


def stop(folder: Path) -> None:
    control.request_stop(folder)
    assert control.wait(folder, seconds=60) == "stopped"


def test_the_queue_tells_who_runs_where_and_who_waits_at_which_place(make_job: Callable[..., Path]) -> None:
    folders = [make_job(name) for name in ("c", "b", "a")]
    seen = [(entry.name, entry.place, entry.position, entry.is_waiting) for entry in queue_view(KIND)]
    assert seen == [("c", "cpu", 0, False), ("b", "cpu", 1, True), ("a", "cpu", 2, True)]
    assert [entry.folder for entry in queue_view(KIND)] == folders
    assert queue_view(KIND)[0].since == read_status(folders[0]).started_at
    assert queue_view(KIND)[1].since == read_status(folders[1]).launched_at
    assert queue_view("other") == []


def test_who_is_moved_to_the_front_runs_next(make_job: Callable[..., Path], home: Path) -> None:
    first, second, _third, fourth = (make_job(name) for name in ("first", "second", "third", "fourth"))
    move(KIND, "fourth", to=1)
    assert waiting() == [("fourth", 1), ("second", 2), ("third", 3)]
    move(KIND, "fourth", to=2)
    assert waiting() == [("second", 1), ("fourth", 2), ("third", 3)]
    make_job("fifth")  # who comes later stands behind all whose order was chosen
    assert waiting()[-1] == ("fifth", 4)
    stop(first)
    until(lambda: effective_state(second) == "running")
    until(lambda: str(read_status(fourth).message) == "Waiting: 1 ahead.")
    stop(second)
    until(lambda: effective_state(fourth) == "running")
    events = home / "work" / "events.txt"
    until(lambda: events.read_text().split() == ["first", "second", "fourth"])


def test_a_chosen_order_outlives_the_kill_of_whoever_chose_it_and_of_those_who_wait(
    make_job: Callable[..., Path],
) -> None:
    first, second, third, fourth = (make_job(name) for name in ("first", "second", "third", "fourth"))
    script = (
        "import os, signal; from core.jobs.queue import move\n"
        f"move({KIND!r}, 'fourth', to=1); os.kill(os.getpid(), signal.SIGKILL)"
    )
    mover = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=os.environ, check=False)
    assert mover.returncode == -signal.SIGKILL
    kill_worker(second)
    assert waiting() == [("fourth", 1), ("third", 2)]
    kill_worker(fourth)
    stop(first)
    until(lambda: effective_state(third) == "running")


def test_a_move_that_makes_no_sense_is_refused(make_job: Callable[..., Path]) -> None:
    make_job("first")
    make_job("second")
    with pytest.raises(InvalidValueError, match="^There is no place 2 in the queue: choose 1 to 1.$"):
        move(KIND, "second", to=2)
    with pytest.raises(StateError, match="^'first' does not wait for its turn"):
        move(KIND, "first", to=1)


def test_an_order_that_somebody_spoiled_by_hand_is_no_order(
    make_job: Callable[..., Path], home: Path
) -> None:
    for name in ("first", "second", "third"):
        make_job(name)
    for spoiled in ("{", '{"a": 1}', "[1, null]", json.dumps(["nobody.ticket"])):
        (home / "jobs" / "queue" / KIND / "order.json").write_text(spoiled)
        assert waiting() == [("second", 1), ("third", 2)]


def test_two_gpus_take_two_runs_and_the_cpu_another(
    make_job: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    gpu = "tests.workers.gpu_sleeper"
    runs = [make_job(name, module=gpu) for name in ("one", "two", "three")]
    make_job("four")
    seen = {entry.name: (entry.place, entry.position) for entry in queue_view(KIND)}
    assert {seen["one"][0], seen["two"][0]} == {"cuda:0", "cuda:1"}
    assert seen["three"] == ("cuda", 1)
    assert seen["four"] == ("cpu", 0)
    asked = {seen[run.name][0]: (run / "visible").read_text() for run in runs[:2]}
    assert asked == {"cuda:0": "4", "cuda:1": "7"}


@pytest.mark.parametrize(
    ("visible", "gpus"),
    [("0", ("0",)), ("2, 3", ("2", "3")), ("", ()), ("-1", ()), ("1,-1,2", ("1",)), ("GPU-aa", ("GPU-aa",))],
)
def test_visible_gpus_are_those_that_cuda_would_see(
    monkeypatch: pytest.MonkeyPatch, visible: str, gpus: tuple[str, ...]
) -> None:
    monkeypatch.setattr(places, "_torch_has_cuda", lambda: True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert places.gpus() == gpus
    assert places.work_place("auto") == ("cuda:0" if gpus else "cpu")


def test_gpus_are_listed_with_their_parts() -> None:
    assert places.parse_gpus(TWO_GPUS) == ("GPU-aaaa", "GPU-bbbb")
    assert places.parse_gpus(ONE_CUT_UP) == ("MIG-1111", "MIG-2222", "GPU-bbbb")
    assert places.parse_gpus("No devices were found") == ()


def test_a_torch_without_cuda_has_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_torch_has_cuda", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert places.gpus() == ()


def test_auto_is_the_gpu_of_an_apple(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "gpus", tuple)
    monkeypatch.setattr(places.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(places.platform, "machine", lambda: "arm64")
    assert places.resource_of("auto") == "mps"
    assert places.resource_of("cpu") == "cpu"
    assert places.places_of("mps") == ("mps",)


def test_the_cpu_has_as_many_places_as_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_JOBS", "3")
    assert places.places_of("cpu") == ("cpu", "cpu", "cpu")
    assert len(places.places_of("cuda")) == max(1, len(places.gpus()))
