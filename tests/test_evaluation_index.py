"""The index of all runs: what a line says, what is read for it, and what is kept."""

import json
from pathlib import Path

import pytest
from filelock import FileLock

from core.evaluation import index as module
from core.evaluation import run_line
from core.evaluation.index import RunIndex, index
from core.evaluation.run_row import BestMetric, RunRow
from core.runs import notes, store
from core.runs.metrics import append_metrics
from core.runs.records import CardMetric
from core.runs.store import list_runs
from core.runs.tail import last_lines
from core.workspace import runs_dir
from tests.run_folders import epoch_line, step, write_run

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture
def alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run ships."""
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")


@pytest.fixture
def lines_made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs whose files were read for a line, in order."""
    names: list[str] = []
    real = run_line.read_line

    def counted(folder: Path, folders: dict[str, Path]) -> RunRow:
        names.append(folder.name)
        return real(folder, folders)

    monkeypatch.setattr(module, "read_line", counted)
    return names


def row_of(name: str) -> RunRow:
    return next(row for row in index().rows() if row.run_id == name)


def test_a_line_says_what_a_run_was_and_how_good() -> None:
    write_run("mother", learning_rate=0.001)
    write_run("child", day=2, parent="mother", learning_rate=0.01, epochs=3, n_epochs=2, state="stopped")
    row = row_of("child")
    assert (row.state, row.dataset, row.model) == ("stopped", "films", "small_cnn")
    assert row.changed == {"learning_rate": (0.01, 0.001), "epochs": (3, 2)}
    assert row.best == BestMetric(
        name="auroc", value=0.91, low=0.84, high=0.96, n=118, positive_class="finding"
    )
    assert (row.n_epochs, row.epochs_asked, row.seconds) == (2, 3, 20.0)
    files = [path for path in (runs_dir() / "child").rglob("*") if path.is_file()]
    assert row.size_bytes == sum(path.stat().st_size for path in files)
    assert row.problem is None and row.is_usable


def test_runs_come_newest_first_and_what_ships_last(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, day in (("b", 2), ("shipped", 9), ("a", 3), ("c", 1)):
        write_run(name, day=day)
    monkeypatch.setattr(store, "SHIPPED_RUNS", runs_dir())
    monkeypatch.setattr(store, "DEMO_RUN", "shipped")
    assert [row.run_id for row in index().rows()] == ["a", "b", "c", "shipped"]
    assert [run.run_id for run in list_runs()] == ["a", "b", "c", "shipped"]


def test_without_card_and_auroc_the_last_accuracy_stands_alone() -> None:
    """Of how many patients its images are does not stand in the curve, so an interval would be too narrow."""
    run = write_run("young", auroc=None, state="stopped", n_epochs=1)
    append_metrics(run.folder, epoch_line(2, val_auroc=None, val_accuracy=0.8, val_predicted=(6, 4)))
    assert row_of("young").best == BestMetric(name="accuracy", value=0.8, n=10)


def test_an_undefined_auroc_gives_way_to_the_accuracy_of_the_card() -> None:
    run = write_run("one-sided", auroc=CardMetric(value=None, n=0))
    card = json.loads((run.folder / "model.json").read_bytes())
    card["metrics"]["val"]["accuracy"] = {"value": 0.5, "low": 0.3, "high": 0.7, "n": 20}
    (run.folder / "model.json").write_text(json.dumps(card), encoding="utf-8")
    assert row_of("one-sided").best == BestMetric(name="accuracy", value=0.5, low=0.3, high=0.7, n=20)


def test_of_a_long_curve_only_the_end_is_read() -> None:
    run = write_run("long", n_epochs=3)
    lines = (run.folder / "metrics.jsonl").read_bytes()
    (run.folder / "metrics.jsonl").write_bytes(b'{"kind":"step"}\n' * 100_000 + lines)
    found = last_lines(run.folder)
    assert (found.n_epochs, found.seconds) == (3, 30.0)
    assert found.n_bytes == 4096


def test_where_no_epoch_ends_near_the_end_the_steps_tell_how_far_a_run_is() -> None:
    run = write_run("slow", n_epochs=7)
    for part in range(1, 1000):
        append_metrics(run.folder, step(7 + part / 1000))
    found = last_lines(run.folder)
    assert (found.epoch, found.n_epochs) == (None, 7)
    assert found.n_bytes == 4096 + 64 * 1024


def test_a_line_is_made_once_and_kept_for_the_next_server(lines_made: list[str]) -> None:
    write_run("mother")
    write_run("child", parent="mother", learning_rate=0.01)
    first = RunIndex(runs_dir()).rows()
    assert sorted(lines_made) == ["child", "mother"]
    again = RunIndex(runs_dir())
    assert again.rows() == first == again.rows()
    assert len(lines_made) == 2


def test_only_the_run_that_changed_is_read_again(lines_made: list[str]) -> None:
    runs = [write_run(f"run-{number}") for number in range(3)]
    index().rows()
    lines_made.clear()
    append_metrics(runs[1].folder, epoch_line(3))
    assert row_of("run-1").n_epochs == 3
    assert lines_made == ["run-1"]


@pytest.mark.parametrize("content", ["torn {", '{"version": 0, "kept": {}}', '{"version": 1, "kept": 5}', ""])
def test_a_kept_file_that_is_wrong_is_made_anew(lines_made: list[str], content: str) -> None:
    write_run("one")
    kept = runs_dir() / ".index.json"
    RunIndex(runs_dir()).rows()
    whole = kept.read_text(encoding="utf-8")
    kept.write_text(content, encoding="utf-8")
    assert [row.run_id for row in RunIndex(runs_dir()).rows()] == ["one"]
    assert lines_made == ["one", "one"]
    assert kept.read_text(encoding="utf-8") == whole


def test_a_home_that_cannot_be_written_to_has_its_lines_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, text: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(module, "write_text", refused)
    write_run("one")
    assert [row.run_id for row in index().rows()] == ["one"]


def test_who_says_that_it_runs_without_a_worker_was_interrupted() -> None:
    run = write_run("gone", state="running")
    write_run("done")
    assert row_of("gone").state == "interrupted"
    with FileLock(run.folder / "lock"):
        assert row_of("gone").state == "running"
    assert row_of("gone").state == "interrupted"


def test_what_people_write_stands_in_the_line_at_once(lines_made: list[str]) -> None:
    run = write_run("mine")
    index().rows()
    notes.add_tag(run, "baseline")
    notes.star(run)
    row = row_of("mine")
    assert (row.tags, row.starred) == (("baseline",), True)
    assert lines_made == ["mine"]


def test_a_run_that_is_deleted_is_no_line_any_more_and_its_child_stands_alone() -> None:
    mother = write_run("mother")
    write_run("child", parent="mother", learning_rate=0.01)
    assert len(index().rows()) == 2
    store.delete_run(mother)
    assert [row.run_id for row in index().rows()] == ["child"]
    assert row_of("child").changed == {}
