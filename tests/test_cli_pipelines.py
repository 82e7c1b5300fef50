"""`steps`, `pipelines`, `pipelines check` and `train --preprocessing`."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import run
from core.runs.store import list_runs
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing import default_preprocessing
from core.transforms.preprocessing.library import save_pipeline
from core.transforms.preprocessing.parsing import to_json
from core.transforms.records import Preprocessing, PreprocessingStep
from core.workspace import pipelines_dir
from tests.tiny_dataset import write_tiny

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run one command as `python -m core` does: (exit code, standard output, standard error)."""

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["core", *words])
        with pytest.raises(SystemExit) as ended:
            run()
        return int(ended.value.code or 0), *capsys.readouterr()

    return command


def record(answer: tuple[int, str, str]) -> dict[str, Any]:
    assert answer[0] == 0
    return json.loads(answer[1])  # type: ignore[no-any-return]


def test_the_steps_are_listed_with_their_parameters_and_ranges(command: Command) -> None:
    steps = record(command("steps", "--json"))["steps"]
    assert [step["name"] for step in steps] == list(PREPROCESSING_STEPS)
    by_name = {step["name"]: step["parameters"] for step in steps}
    sigma = by_name["gaussian"]["sigma"]
    assert (sigma["default"], sigma["minimum"], sigma["maximum"]) == (1.0, 0.3, 8)
    assert by_name["median"]["size"]["choices"] == [3, 5, 7]
    assert by_name["invert"] == {}
    assert all(step["caution"] and step["source"] for step in steps)


def test_kept_pipelines_are_listed_and_damaged_ones_told(command: Command) -> None:
    assert record(command("pipelines", "--json")) == {"pipelines": []}
    save_pipeline("Chest", default_preprocessing(64, 1))
    (pipelines_dir() / "torn.json").write_text("{")
    found = record(command("pipelines", "--json"))
    assert found["pipelines"] == [{"name": "Chest", "steps": ["window", "channels", "resize", "standardise"]}]
    assert found["damaged"] == [
        {"file": "torn.json", "reason": "The pipeline is no JSON: line 1, column 2 cannot be read."}
    ]


def test_check_tells_what_makes_little_sense(command: Command, tmp_path: Path) -> None:
    steps = ("window", "resize", "crop_body", "standardise")
    pipeline = Preprocessing(steps=tuple(PreprocessingStep(name=name) for name in steps))
    file = tmp_path / "mine.json"
    file.write_text(to_json(pipeline, name="Mine"))
    found = record(command("pipelines", "check", str(file), "--json"))
    assert (found["name"], found["steps"]) == ("Mine", list(steps))
    assert found["for_training"].startswith("'crop_body' changes the size again")
    assert [text.split(":")[0] for text in found["advice"]] == ["'crop_body' stands after 'resize'"]
    save_pipeline("Chest", default_preprocessing(64, 1))
    assert record(command("pipelines", "check", "chest", "--json"))["advice"] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["pipelines", "check", "none.json"], "There is no file 'none.json'. Check the path."),
        (["pipelines", "check", "Chests"], "There is no pipeline 'Chests'. Did you mean 'Chest'?"),
        (["pipelines", "check", "bad"], "There is no preprocessing step 'blur'. Choose one of: window, "),
        (["train", "tiny", "--preprocessing", "Chests"], "There is no pipeline 'Chests'. Did you"),
        (["train", "tiny", "--preprocessing", "sizes"], "Training cannot use this preprocessing: a network"),
        (["train", "tiny", "--preprocessing", "Chest", "--set", "image_size=15"], "image_size cannot be 15:"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_and_starts_nothing(
    command: Command, words: list[str], sentence: str
) -> None:
    write_tiny()
    save_pipeline("Chest", default_preprocessing(64, 1))
    sizes = Preprocessing(steps=tuple(PreprocessingStep(name=name) for name in ("window", "channels")))
    save_pipeline("sizes", sizes)
    (pipelines_dir() / "bad.json").write_text('{"steps": [{"name": "blur"}]}')
    before = [run.run_id for run in list_runs()]
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert err.startswith(sentence)
    assert err.count("\n") == 1
    assert [run.run_id for run in list_runs()] == before


def test_train_takes_a_kept_pipeline_and_its_size(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.cli import training
    from core.errors import StateError

    asked = []

    def launch(config: Any) -> Any:
        asked.append(config)
        raise StateError("enough")

    monkeypatch.setattr(training.launch, "launch", launch)
    save_pipeline("Chest", default_preprocessing(128, 1))
    command("train", "tiny", "--preprocessing", "chest")
    command("train", "tiny", "--preprocessing", "chest", "--set", "image_size=32")
    assert [config.image_size for config in asked] == [128, 32]
    assert all(config.preprocessing == default_preprocessing(128, 1) for config in asked)


def test_a_file_that_is_far_too_large_is_refused_with_its_size(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 10_000_000)
    code, _out, told = command("train", "tiny", "--preprocessing", str(path))
    assert code == 2
    assert told == "The pipeline is 10000 kB large; one of Lightbox has at most 200 kB.\n"
    path.write_text(" " * 200_001)
    assert "is 201 kB large" in command("train", "tiny", "--preprocessing", str(path))[2]
    assert all(run.is_shipped for run in list_runs())
