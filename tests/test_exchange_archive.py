"""A run leaves as a zip and arrives in another home, where it answers as before."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from core.cli.main import lightbox
from core.datasets.store import open_dataset
from core.errors import StateError
from core.exchange.archive import write_archive
from core.exchange.arrival import import_run
from core.exchange.models.leaving import write_model
from core.jobs.status import JobStatus, now, write_status
from core.language import N_, Message
from core.runs.origin import read_origin
from core.runs.store import Run, list_runs, open_run
from core.training import launch
from core.training.branching import branch
from core.training.config import parse_config
from tests.exchanged import CONFIG, Train, train
from tests.tiny_dataset import write_tiny

__all__ = ["train"]

NEVER = ("last.pt", "log.txt", "looks.jsonl", "lock", "epochs", "notes")


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def asked(*words: str) -> dict[str, Any]:
    """Return what a command prints with --json."""
    result = CliRunner().invoke(lightbox, [*words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


@pytest.fixture
def run(train: Train) -> Run:
    write_tiny(n_images=48)
    return train(epochs=2)


def test_what_leaves_is_what_was_learned_and_nothing_of_this_machine(run: Run, tmp_path: Path) -> None:
    assert (run.folder / "last.pt").exists()
    (run.folder / "log.txt").write_text("/home/somebody/secret")
    out = tmp_path / "run.zip"
    write_archive(run, out)
    names = names_in(out)
    assert {"config.json", "metrics.jsonl", "split.parquet", "best.safetensors", "model.json"} <= set(names)
    assert not [name for name in names if any(part in name for part in NEVER)]
    pseudonyms = set(open_dataset("tiny").samples["patient_id"])
    with zipfile.ZipFile(out) as archive:
        assert b"never for diagnosis" in archive.read(names[0])
        content = b"".join(archive.read(name) for name in names)
    assert str(run.folder.parent.parent).encode() not in content
    assert not any(name.encode() in content for name in pseudonyms)


def test_the_same_run_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        write_archive(run, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_in_another_home_it_gives_the_same_numbers(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "film.png"
    sample = open_dataset("tiny").samples.iloc[3]
    picture.write_bytes((open_dataset("tiny").folder / "files" / sample["file"]).read_bytes())
    out = tmp_path / "run.zip"
    asked("export", run.run_id, "--as", "archive", "--out", str(out))
    before = {
        "evaluate": asked("evaluate", run.run_id),
        "predict": asked("predict", run.run_id, str(picture)),
    }
    row = next(each for each in asked("runs")["runs"] if each["name"] == run.run_id)
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path / "other"))
    arrived = asked("import-run", str(out))
    assert (arrived["run"], arrived["images"], arrived["state"]) == (run.run_id, "missing", "completed")
    assert asked("evaluate", run.run_id) == before["evaluate"]
    assert asked("predict", run.run_id, str(picture)) == before["predict"]
    here = next(each for each in asked("runs")["runs"] if each["name"] == run.run_id)
    assert here.pop("size_bytes") < row.pop("size_bytes")  # without the state that it goes on from
    assert here == row


def test_a_name_that_is_taken_gets_a_number_and_the_card_follows(run: Run, tmp_path: Path) -> None:
    write_archive(run, tmp_path / "run.zip")
    second, third = import_run(tmp_path / "run.zip"), import_run(tmp_path / "run.zip")
    assert [one.run.run_id for one in (second, third)] == [f"{run.run_id}-2", f"{run.run_id}-3"]
    assert second.was_renamed
    assert second.dataset == "here"
    assert second.run.card.run == second.run.run_id
    assert import_run(tmp_path / "run.zip", name="mine").run.run_id == "mine"
    assert len(list_runs()) >= 4


def test_what_came_from_elsewhere_says_so_and_cannot_go_on(run: Run, tmp_path: Path) -> None:
    status = run.status.model_copy(update={"state": "running"})
    write_status(run.folder, status)
    write_archive(run, tmp_path / "run.zip")
    here = import_run(tmp_path / "run.zip", name="guest").run
    assert here.state == "stopped"
    origin = read_origin(here.folder)
    assert origin is not None
    assert origin.run == run.run_id
    assert read_origin(run.folder) is None
    with pytest.raises(StateError, match="came from another Lightbox"):
        launch.resume("guest")
    with pytest.raises(StateError):
        branch("guest", 1, {"learning_rate": 0.01})


def test_a_run_without_an_epoch_has_nothing_to_take_along(home: Path, tmp_path: Path) -> None:
    write_tiny(n_images=32)
    run = launch.make_run(parse_config(CONFIG))
    with pytest.raises(StateError, match="no finished epoch"):
        write_archive(run, tmp_path / "run.zip")
    assert list(tmp_path.glob("*.zip")) == []


def test_an_error_that_names_a_path_of_this_machine_stays_here(run: Run, tmp_path: Path) -> None:
    text = N_("'{file}' cannot be opened: {reason}. Check the path.")
    error = Message(text=text, values={"file": "/home/somebody/x.png", "reason": "gone"})
    write_status(
        run.folder,
        JobStatus(kind="training", state="failed", error=error, created_at=now(), launched_at=now()),
    )
    write_archive(run, tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        assert b"somebody" not in archive.read("status.json")
    assert import_run(tmp_path / "run.zip", name="failed").run.state == "failed"


def test_the_weights_alone_are_those_of_the_archive(run: Run, tmp_path: Path) -> None:
    write_archive(run, tmp_path / "run.zip")
    write_model(run, tmp_path / "weights.zip", metrics={}, text="")
    with zipfile.ZipFile(tmp_path / "run.zip") as one, zipfile.ZipFile(tmp_path / "weights.zip") as two:
        assert one.read("best.safetensors") == two.read("best.safetensors")
    assert open_run(run.run_id).has_model
