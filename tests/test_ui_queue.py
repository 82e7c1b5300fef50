"""The queue on the Runs page: who runs, who waits, and what a restart interrupted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.jobs import control
from core.jobs.queue import queue_view
from core.jobs.status import effective_state, write_status
from core.language import language as speaking
from core.training import launch
from core.training.config import parse_config
from tests.processes import kill_worker, queue_sleepers, until
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny
from ui.queue_view import place_title


@pytest.fixture
def three(home: Path) -> Iterator[list[Path]]:
    folders = queue_sleepers(home, launch.KIND, "one", "two", "three")
    yield folders
    for folder in folders:
        kill_worker(folder)


def test_an_empty_queue_is_folded_and_says_so(home: Path) -> None:
    app = open_page("runs", level="full")
    box = next(box for box in app.expander if box.label == "Queue: 0 at work, 0 waiting")
    assert not box.proto.expanded
    assert shows(app, "Nothing trains now, and nothing waits: a new run begins at once.")


def test_an_empty_queue_is_left_out_at_basic(home: Path) -> None:
    assert not [box for box in open_page("runs").expander if box.label.startswith("Queue")]


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_queue_tells_who_runs_where_and_who_waits(three: list[Path], language: str) -> None:
    app = open_page("runs", language=language)
    assert not app.exception
    with speaking(language):
        assert shows(app, place_title("cpu"))
    assert app.button(key="queue-two-up").disabled
    assert not app.button(key="queue-two-down").disabled
    assert app.button(key="queue-three-down").disabled
    assert "queue-one-up" not in [button.key for button in app.button]


def test_a_button_moves_a_run_to_the_front_and_another_stops_one(three: list[Path]) -> None:
    app = open_page("runs")
    app.button(key="queue-three-up").click().run()
    assert [entry.name for entry in queue_view(launch.KIND)] == ["one", "three", "two"]
    app.button(key="queue-one-stop").click().run()
    assert control.wait(three[0], seconds=60) == "stopped"
    until(lambda: effective_state(three[2]) == "running")


def test_what_was_interrupted_goes_on_by_one_click(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny()
    runs = []
    for _ in range(2):
        assert "queue-resume-all" not in [button.key for button in open_page("runs").button]  # none, one
        run = launch.launch(parse_config({"dataset": "tiny"}))
        gone = run.status.model_copy(update={"state": "running", "claimed_at": "2026-01-01"})
        write_status(run.folder, gone)
        runs.append(run)
    app = open_page("runs")
    assert app.button(key="queue-resume-all").label == "Go on with all (2)"
    app.button(key="queue-resume-all").click().run()
    assert not app.exception
    assert [run.state for run in runs] == ["queued", "queued"]
    assert "queue-resume-all" not in [button.key for button in app.button]


@pytest.mark.parametrize(
    ("place", "title"),
    [
        ("cpu", "the processor"),
        ("mps", "Apple's graphics card"),
        ("cuda", "a graphics card"),
        ("cuda:1", "graphics card 2"),
    ],
)
def test_places_are_said_in_words(place: str, title: str) -> None:
    assert place_title(place) == title
