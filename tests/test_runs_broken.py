"""A folder that is no good run breaks no list: its line says what is wrong, and all others stand."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import StateError
from core.evaluation.index import index
from core.evaluation.run_row import RunRow
from core.jobs.control import active_jobs
from core.language import language
from core.runs import notes, store
from core.runs.store import Run, list_runs, open_run
from core.runs.uses import n_labels_changed
from core.training import launch
from core.workspace import jobs_dir, runs_dir, write_text
from tests.run_folders import change_json, write_run
from tests.screens import open_page, shows


@pytest.fixture(autouse=True)
def good(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A good run beside the bad one; no run ships."""
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    return write_run("good")


def _to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _tear(run: Run) -> None:
    with (run.folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind":"epoch","epo')


Spoil = Callable[[Run], object]
SPOILED: dict[str, tuple[Spoil, str, bool]] = {  # what is done to it, what its line says, whether it opens
    "torn last line": (_tear, "The last line of metrics.jsonl is torn; the curve ends before it.", True),
    "foreign metrics": (
        lambda run: (run.folder / "metrics.jsonl").write_bytes(b"\x00\xff not mine\n" * 9),
        "metrics.jsonl holds nothing that Lightbox can read; there is no curve.",
        True,
    ),
    "no metrics": (
        lambda run: (run.folder / "metrics.jsonl").unlink(),
        "'metrics.jsonl' of 'bad' is missing.",
        True,
    ),
    "no card": (lambda run: (run.folder / "model.json").unlink(), "'model.json' of 'bad' is missing.", True),
    "a card of something else": (
        lambda run: (run.folder / "model.json").write_text("[]"),
        "'model.json' of 'bad' cannot be used here",
        True,
    ),
    "a field of another version": (
        lambda run: change_json(run.folder / "config.json", config={"flux": 1}),
        "'config.json' of 'bad' cannot be used here: 'config.flux' is not right: there is no such field."
        " Another version of Lightbox may have written it.",
        False,
    ),
    "a network of another version": (
        lambda run: change_json(run.folder / "config.json", config={"model": "net_of_2030"}),
        "'config.json' of 'bad' cannot be used here: There is no network 'net_of_2030'.",
        False,
    ),
    "an augmentation of another version": (
        lambda run: change_json(
            run.folder / "config.json", config={"augmentations": [{"name": "warp", "parameters": {}}]}
        ),
        "'config.json' of 'bad' cannot be used here",
        False,
    ),
    "no JSON": (
        lambda run: (run.folder / "config.json").write_text("hello"),
        "'config.json' of 'bad' is no JSON: it is torn, or another program wrote it.",
        False,
    ),
    "no request": (
        lambda run: (run.folder / "config.json").unlink(),
        "'config.json' of 'bad' is missing.",
        False,
    ),
    "no status": (
        lambda run: (run.folder / "status.json").unlink(),
        "'status.json' of 'bad' is missing.",
        False,
    ),
    "a folder called status.json": (
        lambda run: _to_folder(run.folder / "status.json"),
        "'status.json' of 'bad' is a folder where a file should be.",
        False,
    ),
    "no weights": (
        lambda run: (run.folder / "best.safetensors").unlink(),
        "'best.safetensors' of 'bad' is missing.",
        True,
    ),
    "empty weights": (
        lambda run: (run.folder / "best.safetensors").write_bytes(b""),
        "'best.safetensors' of 'bad' is empty.",
        True,
    ),
    "no split": (
        lambda run: (run.folder / "split.parquet").unlink(),
        "'split.parquet' of 'bad' is missing.",
        True,
    ),
    "a folder called split.parquet": (
        lambda run: _to_folder(run.folder / "split.parquet"),
        "'split.parquet' of 'bad' is a folder where a file should be.",
        True,
    ),
    "a folder called model.json": (
        lambda run: _to_folder(run.folder / "model.json"),
        "'model.json' of 'bad' is a folder where a file should be.",
        True,
    ),
    "a folder called metrics.jsonl": (
        lambda run: _to_folder(run.folder / "metrics.jsonl"),
        "'metrics.jsonl' of 'bad' is a folder where a file should be.",
        True,
    ),
    "no line in the metrics": (
        lambda run: (run.folder / "metrics.jsonl").write_bytes(b""),
        "metrics.jsonl holds nothing that Lightbox can read; there is no curve.",
        True,
    ),
    "a list for a status": (
        lambda run: (run.folder / "status.json").write_text("[1]"),
        "'status.json' of 'bad' cannot be used here: it must be a group of fields with their values.",
        False,
    ),
    "a torn status": (
        lambda run: (run.folder / "status.json").write_text('{"kind": "tr'),
        "'status.json' of 'bad' is no JSON: it is torn, or another program wrote it.",
        False,
    ),
}


def row_of(name: str) -> RunRow:
    return next(row for row in index().rows() if row.run_id == name)


@pytest.mark.parametrize("what", SPOILED)
def test_the_line_of_a_broken_run_says_what_is_wrong_and_the_others_stand(what: str) -> None:
    spoil, says, opens = SPOILED[what]
    whole = row_of("good")
    spoil(write_run("bad", day=2))
    row = row_of("bad")
    assert says in str(row.problem)
    assert row.is_usable is opens
    assert row_of("good") == whole
    assert [run.run_id for run in list_runs()] == (["bad", "good"] if opens else ["good"])
    with language("zh_Hans"):
        assert str(row.problem) != says


@pytest.mark.parametrize("what", [what for what, (_spoil, _says, opens) in SPOILED.items() if opens])
def test_a_broken_run_that_opens_is_shown_without_a_failure(what: str) -> None:
    SPOILED[what][0](write_run("bad"))
    app = open_page("runs", level="full", **{"runs-chosen": ["bad"]})
    assert not app.exception
    assert not shows(app, "Something went wrong on this page")


def test_a_split_that_is_none_is_said() -> None:
    run = write_run("bad")
    (run.folder / "split.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(StateError, match="'split.parquet' of 'bad' is no table of a split"):
        run.split()


def test_a_machine_that_cannot_be_read_is_not_known() -> None:
    run = write_run("bad")
    (run.folder / "env.json").write_bytes(b"")
    assert run.environment is None


@pytest.mark.parametrize("page", ["home", "runs", "train", "evaluate", "explain", "network", "datasets"])
def test_no_page_fails_among_broken_runs(page: str) -> None:
    names = []
    for number, (spoil, _says, _opens) in enumerate(SPOILED.values()):
        spoil(write_run("bad", day=2 + number))
        names.append((runs_dir() / "bad").rename(runs_dir() / f"bad-{number}").name)
    app = open_page(page, level="full", **({"runs-chosen": [*names, "good"]} if page == "runs" else {}))
    assert not app.exception
    assert not shows(app, "Something went wrong on this page")
    if page == "runs":
        assert set(app.dataframe[0].value["run"]) == {*names, "good"}


@pytest.mark.parametrize("what", [what for what, (_spoil, _says, opens) in SPOILED.items() if not opens])
def test_a_run_that_cannot_be_used_is_opened_with_one_sentence(what: str) -> None:
    spoil, says, _opens = SPOILED[what]
    spoil(write_run("bad"))
    with pytest.raises(StateError) as refused:
        open_run("bad")
    assert says in str(refused.value)


def test_a_folder_without_rights_is_said_and_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = write_run("bad").folder
    _forbid(monkeypatch, bad)
    row = row_of("bad")
    assert str(row.problem) == (
        "Lightbox has no right to read 'status.json' of 'bad': change the rights of the folder."
    )
    assert row.state is None
    assert [run.run_id for run in list_runs()] == ["good"]
    assert launch.interrupted() == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_of_mode_0_is_said_too() -> None:
    bad = write_run("bad").folder
    bad.chmod(0)
    try:
        assert "no right to read" in str(row_of("bad").problem)
        assert [run.run_id for run in list_runs()] == ["good"]
    finally:
        bad.chmod(0o755)


def test_a_run_deleted_while_it_is_shown_says_so(good: Run) -> None:
    shown = list_runs()[0]
    shutil.rmtree(good.folder)
    assert shown.config.dataset == "films"  # what was read stays
    with pytest.raises(StateError, match="The run 'good' is gone: it was deleted"):
        _ = shown.state
    with pytest.raises(StateError, match="The run 'good' is gone: it was deleted"):
        notes.star(shown)
    assert n_labels_changed(shown) == 0
    assert index().rows() == ()


def test_somebodys_own_folder_is_no_run(home: Path) -> None:
    (home / "checkpoints" / "holiday pictures").mkdir()
    (home / "checkpoints" / "readme.txt").write_text("mine")
    assert [row.run_id for row in index().rows()] == ["good"]


def test_a_status_that_cannot_be_read_leaves_the_other_jobs_in_the_queue(good: Run) -> None:
    bad = write_run("bad").folder
    (bad / "status.json").write_text("{")
    for folder in (bad, good.folder):
        write_text(jobs_dir() / "active" / f"{folder.name}@training", str(folder))
    assert active_jobs() == []
    assert [path.name for path in (jobs_dir() / "active").iterdir()] == ["bad@training"]


def _forbid(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Refuse every look into a folder, as mode 0 does for all but root."""
    reals = {name: getattr(os, name) for name in ("stat", "scandir", "open")}

    def guarded(name: str) -> Callable[..., object]:
        def look(path: object, *rest: object, **options: object) -> object:
            inside = isinstance(path, str | Path) and Path(path).is_relative_to(folder)
            if inside and (name == "scandir" or Path(str(path)) != folder):
                raise PermissionError(13, "Permission denied", str(path))
            return reals[name](path, *rest, **options)

        return look

    for name in reals:
        monkeypatch.setattr(os, name, guarded(name))
    real_read = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.is_relative_to(folder):
            raise PermissionError(13, "Permission denied", str(path))
        return real_read(path)

    monkeypatch.setattr(Path, "read_bytes", read)
