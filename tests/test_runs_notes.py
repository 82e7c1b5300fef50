"""Tags, notes, stars: small changes that two can make at once, and nobody's words are lost."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.errors import InvalidValueError, StateError
from core.runs import store
from core.runs.notes import (
    LONGEST_NOTE,
    MOST_TAGS,
    RunNotes,
    add_tag,
    append_note,
    archive,
    read_notes,
    remove_tag,
    star,
    write_note,
)
from core.runs.store import Run, list_runs, open_run
from core.workspace import ROOT
from tests.run_folders import write_run

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    return write_run("mine")


def test_each_change_is_one_change_and_is_kept(run: Run) -> None:
    add_tag(run, "baseline", "64 px")
    add_tag(run, "baseline")
    remove_tag(run, "64 px", "never there")
    star(run)
    archive(run)
    append_note(run, "first")
    append_note(run, "second")
    assert read_notes("mine") == RunNotes(
        tags=("baseline",), note="first\nsecond", starred=True, archived=True
    )
    star(run, on=False)
    archive(run, on=False)
    assert read_notes("mine") == RunNotes(tags=("baseline",), note="first\nsecond")


def test_two_processes_that_tag_at_once_lose_none(run: Run, home: Path) -> None:
    script = (
        "import sys; from core.runs.notes import add_tag, remove_tag; from core.runs.store import open_run\n"
        "run = open_run('mine'); print('ready', flush=True); sys.stdin.readline()\n"
        "for turn in range(8):\n"
        "    for tag in range(5): add_tag(run, f'{sys.argv[1]}{tag}')\n"
        "    if turn < 7: remove_tag(run, *(f'{sys.argv[1]}{tag}' for tag in range(4)))\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with ExitStack() as stack:
        browsers = [
            stack.enter_context(subprocess.Popen([sys.executable, "-c", script, name], cwd=ROOT, **pipes))
            for name in "ab"
        ]
        assert [browser.stdout.readline() for browser in browsers] == ["ready\n"] * 2
        for browser in browsers:
            browser.stdin.write("go\n")
            browser.stdin.flush()
        assert [browser.wait(timeout=60) for browser in browsers] == [0, 0]
    assert sorted(read_notes("mine").tags) == sorted(f"{name}{tag}" for name in "ab" for tag in range(5))


def test_two_who_write_the_note_at_once_find_both_texts(run: Run) -> None:
    write_note(run, "Looked at it.", as_seen="")
    write_note(run, "Looked at it.\nToo slow.", as_seen="Looked at it.")
    found = write_note(run, "Looked at it.\nWrong marker?", as_seen="Looked at it.")
    assert found.note == "Looked at it.\nToo slow.\nWrong marker?"
    assert write_note(run, "Mine alone.", as_seen="Looked at it.").note == f"{found.note}\n\nMine alone."
    assert write_note(run, "Shorter.", as_seen=read_notes("mine").note).note == "Shorter."


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  two   words ", "two words"),
        ("line\nbreak\x00\x1b[31m", "line break[31m"),
        ("right\u202eleft", "rightleft"),
        ("基线\u3000一", "基线 一"),
        ("<b>&amp;", "<b>&amp;"),
    ],
)
def test_a_tag_is_one_line_without_what_cannot_be_seen(run: Run, typed: str, kept: str) -> None:
    assert add_tag(run, typed).tags == (kept,)


def test_a_tag_or_a_note_that_cannot_be_is_refused_in_one_sentence(run: Run) -> None:
    with pytest.raises(InvalidValueError) as refused:
        add_tag(run, " \t")
    assert str(refused.value) == "A tag has at least one letter."
    with pytest.raises(InvalidValueError, match=r"The tag 'x{40}…' has 41 characters; at most 40 are kept"):
        add_tag(run, "x" * 41)
    add_tag(run, *(f"tag {number}" for number in range(MOST_TAGS)))
    with pytest.raises(InvalidValueError, match="'mine' has 12 tags, and 12 is the most: take one away"):
        add_tag(run, "one more")
    with pytest.raises(InvalidValueError, match="The note has 2001 characters; at most 2000 are kept"):
        write_note(run, "x" * (LONGEST_NOTE + 1), as_seen="")
    assert read_notes("mine").note == ""
    assert len(read_notes("mine").tags) == MOST_TAGS


def test_a_spoiled_file_is_no_notes_and_is_written_anew(run: Run) -> None:
    (run.folder / "notes.json").write_text('{"tags": "no list"}', encoding="utf-8")
    assert read_notes("mine") == RunNotes()
    assert star(run).starred
    assert read_notes("mine") == RunNotes(starred=True)


def test_notes_beside_what_ships_lie_in_this_home_and_make_no_run_of_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = write_run("shipped")
    shipped = tmp_path / "repository" / "checkpoints"
    shipped.mkdir(parents=True)
    made.folder.rename(shipped / "shipped")
    monkeypatch.setattr(store, "SHIPPED_RUNS", shipped)
    monkeypatch.setattr(store, "DEMO_RUN", "shipped")
    before = {path.name for path in (shipped / "shipped").iterdir()}
    add_tag(open_run("shipped"), "seen")
    assert {path.name for path in (shipped / "shipped").iterdir()} == before
    assert (home / "checkpoints" / "shipped" / "notes.json").is_file()
    assert read_notes("shipped").tags == ("seen",)
    assert [run.folder for run in list_runs()] == [shipped / "shipped"]


def test_a_run_that_is_gone_takes_no_notes(run: Run) -> None:
    store.delete_run(run)
    with pytest.raises(StateError, match="The run 'mine' is gone: it was deleted"):
        add_tag(run, "late")
    assert not run.folder.exists()
