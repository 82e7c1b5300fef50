"""The command line: what each command prints, and that a mistake is one sentence and exit code 2."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.cli.main import run
from core.cli.training import config_of
from core.errors import InvalidValueError
from core.models.catalog import MODELS
from core.workspace import ROOT
from tests.tiny_dataset import write_tiny


class Answer(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        """The JSON object on standard output."""
        return json.loads(self.out)  # type: ignore[no-any-return]


Command = Callable[..., Answer]


@pytest.fixture
def command(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run one command as `python -m core` does."""

    def command(*words: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["core", *words])
        with pytest.raises(SystemExit) as ended:
            run()
        return Answer(int(ended.value.code or 0), *capsys.readouterr())

    return command


def film() -> str:
    return str(next(path for path in sorted((ROOT / "sample_data").rglob("*.png"))))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train", "tinny"], "There is no data set 'tinny'. Did you mean 'tiny'?"),
        (["train", "tiny", "--model", ""], f"There is no network ''. Choose one of: {', '.join(MODELS)}."),
        (["train", "tiny", "--set", "epochs=0"], "epochs cannot be 0: it must be at least 1."),
        (["train", "tiny", "--set", "seed=1e30"], "seed cannot be 1e+30: it must be a whole number."),
        (
            ["train", "tiny", "--set", "learning_rate=NaN"],
            "learning_rate cannot be nan: it must be a number.",
        ),
        (
            ["train", "tiny", "--set", "learning_rate=1e309"],
            "learning_rate cannot be inf: it must be a number.",
        ),
        (
            ["train", "tiny", "--set", "epochs"],
            "--set needs FIELD=VALUE, for example epochs=10, not 'epochs'.",
        ),
        (["train", "tiny", "--set", "epoch=3"], "There is no field 'epoch'. Did you mean 'epochs'?"),
        (["evaluate", "demo-phantom"], "There is no run 'demo-phantom'. Did you mean 'demo-phantoms'?"),
        (["import", "", "--name", "here"], "There is nothing at ''. Check the path."),
        (["stop", "demo-phantoms"], "'demo-phantoms' is not running: it is completed."),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(
    command: Command, home: Path, words: list[str], sentence: str
) -> None:
    write_tiny()
    assert command(*words, "--json") == Answer(2, "", sentence + "\n")
    assert not list(home.glob("checkpoints/*"))


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 100_000])
def test_a_value_beyond_reading_is_one_sentence(command: Command, value: str) -> None:
    write_tiny()
    answer = command("train", "tiny", "--set", f"epochs={value}", "--json")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith("epochs cannot be ")
    assert len(answer.err) < 200


def test_a_device_that_is_not_there_is_refused_before_there_is_a_run(
    command: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    write_tiny()
    answer = command("train", "tiny", "--set", "device=cuda", "--json")
    assert answer == Answer(2, "", "There is no cuda device here. Use device=auto or device=cpu.\n")
    assert not list(home.glob("checkpoints/*"))


def test_a_home_that_is_a_file_is_one_sentence(
    command: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").touch()
    monkeypatch.setenv("LIGHTBOX_HOME", str(home / "file"))
    answer = command("train", "phantoms", "--json")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith(f"'{home}/file/datasets")
    assert "LIGHTBOX_HOME" in answer.err


@pytest.mark.parametrize(
    ("words", "key", "first"),
    [
        ("datasets", "datasets", "tiny"),
        ("runs", "runs", "demo-phantoms"),
        ("models", "models", "small_cnn"),
        ("augmentations", "augmentations", "flip_horizontal"),
        ("explainers", "explainers", "saliency"),
    ],
)
def test_a_list_is_one_object_of_named_rows(command: Command, words: str, key: str, first: str) -> None:
    write_tiny()
    answer = command(words, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert list(answer.record) == [key]
    assert first in [row["name"] for row in answer.record[key]]
    assert command(words).out.startswith(f"{key}:\n")


def test_the_way_through_prints_what_the_design_says(command: Command, home: Path, tmp_path: Path) -> None:
    write_tiny()
    words = ("--set", "epochs=1", "--set", "image_size=16", "--set", "device=cpu", "--set", "threads=1")
    trained = command("train", "tiny", *words, "--json")
    assert trained.code == 0, trained.err
    assert list(trained.record) == [
        *("run", "state", "epochs", "best_epoch", "val", "seconds", "images_per_second"),
    ]  # fmt: skip
    name = trained.record["run"]
    assert (name, trained.record["state"], trained.record["epochs"]) == ("tiny-small_cnn-001", "completed", 1)
    assert command("watch", name, "--json").record == trained.record

    judged = command("evaluate", name, "--split", "test", "--json").record
    assert {
        *("run", "dataset", "split", "n_samples", "n_patients", "class_names", "positive_class"),
        *("confusion_matrix", "metrics"),
    } <= set(judged)
    assert {"value", "low", "high", "n", "method"} <= set(judged["metrics"]["auroc"])
    assert (home / "checkpoints" / name / "looks.jsonl").read_text().count("\n") == 1

    predicted = command("predict", name, film(), str(tmp_path / "none.png"), "--json")
    good, bad = predicted.record["predictions"]
    assert predicted.code == 0
    assert list(good) == ["file", "probabilities", "predicted_class"]
    assert sum(good["probabilities"].values()) == pytest.approx(1)
    assert list(bad) == ["file", "error"]
    none = command("predict", name, str(tmp_path / "none.png"), "--json")
    assert (none.code, list(none.record["predictions"][0])) == (2, ["file", "error"])
    assert none.err == "None of the 1 files could be predicted; the answer says of each why.\n"

    refused = command("explain", name, film(), "--method", "grad_cam", "--out", str(tmp_path / "map.jpg"))
    expected = "'map.jpg' would hold a PNG picture; give it a name that ends in .png.\n"
    assert refused == Answer(2, "", expected)
    assert not (tmp_path / "map.jpg").exists()
    out = tmp_path / "map.png"
    words = ("--method", "occlusion", "--out", str(out), "--set", "window=0.5", "--set", "stride=1")
    assert "A window of 8 pixels, moved by 8: 4 places." in command("explain", name, film(), *words).out
    wrong = command("explain", name, film(), *words, "--set", "noise=1")
    assert wrong.err == "There is no field 'noise'. Choose one of: window, stride, baseline.\n"
    explained = command("explain", name, film(), "--method", "grad_cam", "--out", str(out), "--json")
    assert explained.record == {
        "run": name,
        "method": "grad_cam",
        "target": "finding",
        "convergence_delta": None,
        "notes": explained.record["notes"],
        "out": str(out),
    }
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_run_whose_process_is_gone_is_no_success(
    command: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.jobs.status import JobStatus, write_status
    from core.runs.store import create_run
    from core.training.config import parse_config

    info = write_tiny()
    one = create_run(parse_config({"dataset": "tiny"}), dataset_revision=info.revision, run_id="gone")
    long_ago = "2020-01-01T00:00:00+00:00"
    write_status(
        one.folder, JobStatus(kind="training", state="running", created_at=long_ago, launched_at=long_ago)
    )
    answer = command("watch", "gone", "--json")
    assert (answer.code, answer.record["state"]) == (1, "interrupted")
    monkeypatch.setattr("core.cli.training._LITTLE_BYTES", 10**18)
    expected = "The disk is full; make room, then let it go on with: python -m core resume gone\n"
    assert command("watch", "gone", "--json").err == expected
    assert answer.err == "The process of 'gone' is gone; let it go on with: python -m core resume gone\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only there a file's name may be any bytes")
def test_a_file_name_that_is_no_utf_8_is_still_printed_as_json(command: Command, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "source" / name).mkdir(parents=True)
        shutil.copy(film(), tmp_path / "source" / name / "1.png")
    (tmp_path / "source" / "a" / os.fsdecode(b"\xff.png")).touch()
    answer = command("import", str(tmp_path / "source"), "--name", "odd", "--json")
    assert (answer.code, answer.record["n_images"]) == (0, 2), answer.err
    assert [row["file"] for row in answer.record["skipped"]] == ["a/\\udcff.png"]


def test_ctrl_c_leaves_the_run_and_says_its_name(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.cli import training
    from core.jobs import control

    def interrupt(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    monkeypatch.setattr(training, "_follow", interrupt)
    write_tiny()
    answer = command("train", "tiny", "--json")
    assert (answer.code, answer.out) == (130, "")
    said = "'tiny-small_cnn-001' goes on without you; `watch tiny-small_cnn-001` follows it,"
    assert answer.err.strip() == said + " `stop tiny-small_cnn-001` ends it."
    assert [run["state"] for run in command("runs", "--json").record["runs"]] == ["queued", "completed"]


def test_a_device_that_never_ends_is_no_file(command: Command) -> None:
    answer = command("predict", "demo-phantoms", "/dev/zero", film(), "--json")
    assert answer.code == 0
    assert answer.record["predictions"][0]["error"] == "'/dev/zero' is no file. Name an image."


def test_a_network_that_takes_no_image_of_the_default_size_gets_the_size_that_is_set_with_it() -> None:
    config = config_of("tiny", "inception_v3", ("image_size=76",), None)
    assert (config.model, config.image_size) == ("inception_v3", 76)
    with pytest.raises(InvalidValueError) as refused:
        config_of("tiny", "inception_v3", (), None)
    assert str(refused.value) == "inception_v3 needs images of at least 75 pixels; image_size is 64."
