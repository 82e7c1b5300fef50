"""`runs`, `tag`, `delete-run`, `restore-run` on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli.main import lightbox
from core.errors import LightboxError
from core.runs import store
from core.runs.notes import archive
from tests.run_folders import write_run


@pytest.fixture(autouse=True)
def alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run ships."""
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")


def call(*words: str) -> dict:
    done = CliRunner().invoke(lightbox, [*words, "--json"], catch_exceptions=True)
    if isinstance(done.exception, LightboxError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_runs_are_listed_with_what_is_written_beside_them_and_what_is_wrong() -> None:
    write_run("mine", parent="gone")
    archive(write_run("away", day=2))
    (write_run("bad", day=3).folder / "config.json").write_text("hello")
    assert call("tag", "mine", "baseline", "64 px") == {"run": "mine", "tags": ["baseline", "64 px"]}
    assert call("tag", "mine", "64 px", "--remove")["tags"] == ["baseline"]
    bad, mine = call("runs")["runs"]
    assert (mine["name"], mine["state"], mine["dataset"], mine["parent"]) == (
        "mine",
        "completed",
        "films",
        "gone",
    )
    assert (mine["tags"], mine["starred"], mine["archived"], mine["problem"]) == (
        ["baseline"],
        False,
        False,
        None,
    )
    assert bad["problem"] == "'config.json' of 'bad' is no JSON: it is torn, or another program wrote it."
    assert [row["name"] for row in call("runs", "--archived")["runs"]] == ["away"]


def test_a_run_is_deleted_and_restored() -> None:
    run = write_run("mine")
    assert call("delete-run", "mine")["run"] == "mine"
    assert call("runs") == {"runs": []}
    with pytest.raises(LightboxError, match="There is no run 'mine'"):
        call("tag", "mine", "late")
    assert call("restore-run", "mine") == {"run": "mine"}
    assert run.folder.exists()
