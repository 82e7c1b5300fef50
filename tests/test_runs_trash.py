"""The trash: in and out in one step, nothing is lost before somebody says so or a month has passed."""

import os
from pathlib import Path

import pytest
from filelock import FileLock

from core.errors import StateError, StorageError, UnknownNameError
from core.evaluation.index import index
from core.runs import notes, store, trash
from core.runs.store import list_runs
from tests.run_folders import write_run
from ui.tidying import tidy_once

DAY = 24 * 3600


@pytest.fixture(autouse=True)
def alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run ships."""
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")


def names() -> list[str]:
    return [run.run_id for run in list_runs()]


def test_a_deleted_run_comes_back_whole() -> None:
    run = write_run("mine")
    notes.add_tag(run, "keep me")
    before = index().rows()
    files = {path.name: path.read_bytes() for path in run.folder.iterdir()}
    deleted = trash.throw_away("mine")
    assert names() == [] == [row.run_id for row in index().rows()]
    assert [one.run_id for one in trash.list_deleted()] == ["mine"]
    back = trash.put_back(deleted)
    assert {path.name: path.read_bytes() for path in back.folder.iterdir()} == files
    assert index().rows() == before
    assert trash.list_deleted() == []


def test_a_broken_run_goes_into_the_trash_too() -> None:
    (write_run("bad").folder / "status.json").write_text("{")
    trash.throw_away("bad")
    assert index().rows() == ()


def test_what_is_at_work_and_what_ships_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = write_run("busy", state="running")
    with FileLock(run.folder / "lock"), pytest.raises(StateError) as refused:
        trash.throw_away("busy")
    assert str(refused.value) == "'busy' is still at work; stop it first."
    trash.throw_away("busy")  # interrupted now: nobody works on it
    write_run("shipped")
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "checkpoints")
    monkeypatch.setattr(store, "DEMO_RUN", "shipped")
    with pytest.raises(StateError, match="'shipped' ships with Lightbox and cannot be deleted"):
        trash.throw_away("shipped")
    assert names() == ["shipped"]


@pytest.mark.parametrize("name", ["unknown", "../checkpoints/mine", ".trash", ".", "..", ""])
def test_what_is_no_run_cannot_be_deleted(home: Path, name: str) -> None:
    write_run("mine")
    trash.throw_away(write_run("other").run_id)
    with pytest.raises(UnknownNameError):
        trash.throw_away(name)
    assert names() == ["mine"]


def test_a_name_that_was_taken_meanwhile_is_said() -> None:
    write_run("mine")
    deleted = trash.throw_away("mine")
    write_run("mine", day=2)
    with pytest.raises(StateError) as refused:
        trash.put_back(deleted)
    assert str(refused.value) == (
        "'mine' cannot be put back: another run has taken its name. Delete that one first."
    )
    later = trash.throw_away("mine")
    assert trash.list_deleted() == [later, deleted]
    assert trash.last_deleted("mine") == later
    trash.put_back(later)
    assert names() == ["mine"]


def test_what_was_put_back_or_emptied_by_somebody_else_is_said() -> None:
    write_run("mine")
    deleted = trash.throw_away("mine")
    trash.empty()
    trash.empty(deleted)  # a second time: nothing to do
    with pytest.raises(StateError, match="'mine' is no longer in the trash"):
        trash.put_back(deleted)
    with pytest.raises(UnknownNameError, match="There is no deleted run 'mine', nor any other"):
        trash.last_deleted("mine")


def test_emptying_takes_one_or_all(home: Path) -> None:
    one, _two, _three = [trash.throw_away(write_run(name).run_id) for name in ("one", "two", "three")]
    trash.empty(one)
    assert {deleted.run_id for deleted in trash.list_deleted()} == {"two", "three"}
    trash.empty()
    assert trash.list_deleted() == []
    assert os.listdir(home / "checkpoints" / ".trash") == []


def test_what_the_system_refuses_is_one_sentence_and_the_rest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    one, _two = [trash.throw_away(write_run(name).run_id) for name in ("one", "two")]
    real = trash.shutil.rmtree

    def refused(folder: Path) -> None:
        if folder == one.folder:
            raise PermissionError(13, "Permission denied", str(folder))
        real(folder)

    monkeypatch.setattr(trash.shutil, "rmtree", refused)
    with pytest.raises(StorageError, match="cannot be written or read \\(Permission denied\\)"):
        trash.empty()
    assert trash.list_deleted() == [one]
    write_run("three")
    monkeypatch.setattr(Path, "rename", lambda folder, _place: refused(one.folder))
    with pytest.raises(StorageError):
        trash.throw_away("three")
    assert names() == ["three"]


def test_after_a_month_the_trash_is_tidied(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = trash.time.time_ns()
    for name, days in (("old", 31), ("new", 29)):
        write_run(name)
        monkeypatch.setattr(trash.time, "time_ns", lambda days=days: moment - days * DAY * 10**9)
        trash.throw_away(name)
    tidy_once()
    assert [one.run_id for one in trash.list_deleted()] == ["new"]
