"""`sweep`, `sweeps`, `sweep-stop`, `sweep-resume`, `sweep-keep`: what they print, and what they refuse."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from core.cli.main import lightbox
from core.errors import InvalidValueError, StateError, UserError
from core.experiments.sweeps.parsing import parse_dimension
from core.experiments.sweeps.space import Dimension
from core.experiments.sweeps.store import open_sweep
from core.jobs import control
from core.runs.store import open_run
from tests.sweeping import Trainer, installed, killed_at_work
from tests.tiny_dataset import write_tiny

SETTINGS = ["--set", "image_size=16", "--set", "epochs=2", "--set", "device=cpu"]
RATES = "learning_rate=1e-3..1e-1:log"


@pytest.fixture(autouse=True)
def trainer(home: Path, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """Train with hand-made curves, each worker in this process and at once."""
    write_tiny()
    found = installed(monkeypatch)
    monkeypatch.setattr(control, "_launch", lambda folder, module: import_module(module).main(folder))
    return found


def printed(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(lightbox, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def refused(*arguments: str) -> str:
    with pytest.raises(UserError) as error:
        CliRunner().invoke(lightbox, [*arguments], catch_exceptions=False)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        (
            "learning_rate=1e-4..1e-1:log",
            Dimension(field="learning_rate", kind="float", low=1e-4, high=0.1, log=True),
        ),
        ("dropout=0..0.5:points=6", Dimension(field="dropout", kind="float", low=0, high=0.5, points=6)),
        ("batch_size=4..64:step=4", Dimension(field="batch_size", kind="int", low=4, high=64, step=4)),
        ("image_size=32..96", Dimension(field="image_size", kind="int", low=32, high=96, step=4)),
        (" optimizer = adam, sgd", Dimension(field="optimizer", kind="choice", choices=("adam", "sgd"))),
        ("batch_size=8,16", Dimension(field="batch_size", kind="choice", choices=(8, 16))),
        ("pretrained=true,false", Dimension(field="pretrained", kind="choice", choices=(True, False))),
    ],
)
def test_a_line_of_text_is_a_dimension(text: str, dimension: Dimension) -> None:
    assert parse_dimension(text) == dimension


@pytest.mark.parametrize(
    "text",
    ["", "learning_rate", "learning_rate=", "learning_rate=a..b", "learning_rate=1..2:lin", "dropout=0..nan"]
    + ["learning_rate=1..inf", "batch_size=1..9:step=x", "batch_size=1..9:step=99999999", "dropout=[[..]]"],
)
def test_a_line_that_says_nothing_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidValueError, match="does not say what to vary: write learning_rate=1e-4"):
        parse_dimension(text)


def test_a_sweep_prints_its_trials_and_the_best(trainer: Trainer) -> None:
    found = printed("sweep", "tiny", *SETTINGS, "--vary", RATES, "--trials", "5", "--workers", "2")
    assert (found["state"], found["n_trials"], found["done"], found["metric"]) == (
        "completed",
        5,
        5,
        "val_loss",
    )
    values = [trial["value"] for trial in found["trials"]]
    assert found["best"]["value"] == min(values)
    assert found["best"]["run"] == found["trials"][found["best"]["trial"] - 1]["run"]
    assert len(trainer.made) == 10
    assert printed("sweeps", found["sweep"]) == found
    listed = printed("sweeps")["sweeps"]
    assert listed == [{"name": found["sweep"], "state": "completed", "trials": 5, "of": 5}]


def test_a_grid_needs_no_number_of_trials() -> None:
    found = printed(
        "sweep", "tiny", *SETTINGS, "--vary", RATES, "--vary", "optimizer=adam,sgd", "--sampler", "grid"
    )
    assert found["n_trials"] == 6
    assert {trial["settings"]["learning_rate"] for trial in found["trials"]} == {0.001, 0.01, 0.1}


def test_the_best_is_kept_under_a_name_of_its_own() -> None:
    found = printed("sweep", "tiny", *SETTINGS, "--vary", RATES, "--trials", "3")
    kept = printed("sweep-keep", found["sweep"], "--as", "mine")
    assert kept == {"run": "mine", "sweep": found["sweep"], "trial": found["best"]["trial"]}
    assert open_run("mine").request.group is None


def test_a_sweep_whose_processes_are_gone_is_resumed(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(control, "_launch", lambda folder, module: None)
        name = printed("sweep", "tiny", *SETTINGS, "--vary", RATES, "--trials", "3", "--detach")["sweep"]
        trainer.dies_at = (f"{name}-trial-002", 1)
        killed_at_work(open_sweep(name))
    assert printed("sweeps", name)["state"] == "interrupted"
    assert printed("resume", "--all")["resumed"] == [{"name": name, "state": "completed"}]
    assert printed("sweeps", name)["done"] == 3
    with pytest.raises(StateError, match="has ended"):
        printed("sweep-resume", name)


def test_a_mistake_is_one_sentence() -> None:
    assert "A sweep makes 1 to 500 trials, not 501." in refused(
        "sweep", "tiny", "--vary", RATES, "--trials", "501"
    )
    assert "optimizer cannot be lion" in refused("sweep", "tiny", "--vary", "optimizer=adam,lion")
    assert "There is no sweep 'nobody'" in refused("sweep-stop", "nobody")
    assert "is not running" in refused("sweep-stop", printed("sweep", "tiny", "--vary", RATES)["sweep"])
