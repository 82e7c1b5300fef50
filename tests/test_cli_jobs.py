"""`jobs`, `jobs move`, `resume --all`: who runs where, in which order, what goes on after a restart."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.jobs import control
from core.jobs.status import write_status
from core.runs.store import Run
from core.training import launch
from core.training.config import parse_config
from tests.processes import kill_worker, queue_sleepers
from tests.test_cli import Command, command
from tests.tiny_dataset import write_tiny

assert command  # a fixture


@pytest.fixture
def three(home: Path) -> Iterator[list[Path]]:
    """Three jobs in the queue of the trainings: one at work, two that wait."""
    folders = queue_sleepers(home, launch.KIND, "one", "two", "three")
    yield folders
    for folder in folders:
        kill_worker(folder)


def test_jobs_tells_place_and_position_and_move_changes_them(command: Command, three: list[Path]) -> None:
    rows = command("jobs", "--json").record["jobs"]
    assert [(row["name"], row["state"], row["place"], row["position"]) for row in rows] == [
        ("one", "running", "cpu", None),
        ("two", "queued", "cpu", 1),
        ("three", "queued", "cpu", 2),
    ]
    moved = command("jobs", "move", "three", "1", "--json").record["jobs"]
    assert [(row["name"], row["position"]) for row in moved] == [("one", None), ("three", 1), ("two", 2)]
    refused = command("jobs", "move", "one", "1")
    assert (refused.code, refused.err) == (
        2,
        "'one' does not wait for its turn, so it has no place in the queue.\n",
    )
    assert command("jobs", "move", "two", "0").code == 2


@pytest.fixture
def make(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Run]:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny()

    def make() -> Run:
        run = launch.launch(parse_config({"dataset": "tiny"}))
        gone = run.status.model_copy(update={"state": "running", "claimed_at": "2026-01-01"})
        write_status(run.folder, gone)
        return run

    return make


def test_resume_all_names_what_goes_on_and_what_cannot(
    command: Command, make: Callable[[], Run], home: Path
) -> None:
    assert command("resume", "--all", "--json").record == {"resumed": [], "refused": []}
    old = make()
    (home / "datasets" / "tiny").rename(home / "gone")
    write_tiny(n_images=40)
    new = make()
    answer = command("resume", "--all", "--json")
    reason = f"The data set 'tiny' has changed since '{old.run_id}' began; start a new run instead."
    assert (answer.code, answer.record) == (
        1,
        {
            "resumed": [{"name": new.run_id, "state": "queued"}],
            "refused": [{"name": old.run_id, "reason": reason}],
        },
    )


@pytest.mark.parametrize("words", [(), ("one", "--all")])
def test_resume_takes_a_run_or_all(command: Command, words: tuple[str, ...]) -> None:
    refused = command("resume", *words)
    assert (refused.code, refused.err) == (2, "Name a run to resume, or use --all; not both.\n")
