"""`find-rate`, `estimate`, `crossvalidate` and `folds`: what they print, and what they refuse."""

import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from core.cli.around import COMMANDS
from core.errors import UserError
from core.experiments import folds
from core.jobs import control
from core.jobs.control import request_stop
from tests.tiny_dataset import write_tiny

SETTINGS = ["--set", "image_size=16", "--set", "epochs=2", "--set", "device=cpu", "--set", "threads=1"]


@pytest.fixture(autouse=True)
def _here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do the work of each job in this process, at once."""
    write_tiny()
    monkeypatch.setattr(os, "nice", lambda n: n)
    monkeypatch.setattr(control, "_launch", lambda folder, module: import_module(module).main(folder))


def printed(name: str, *arguments: str) -> dict[str, Any]:
    command = next(command for command in COMMANDS if command.name == name)
    result = CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_find_rate_prints_the_curve_and_asks_once() -> None:
    first = printed("find-rate", "tiny", *SETTINGS)
    assert first["verdict"] in ("found", "no edge", "flat")
    assert first["current"] == 0.003
    assert len(first["rates"]) == len(first["smoothed"]) == first["steps"] <= 100
    again = printed("find-rate", "tiny", *SETTINGS, "--set", "learning_rate=0.01")
    assert again == first | {"current": 0.01}  # the rate is not part of the question: the answer is kept


def test_estimate_prints_a_range() -> None:
    found = printed("estimate", "tiny", *SETTINGS)
    assert 0 < found["seconds"]["low"] <= found["seconds"]["value"] <= found["seconds"]["high"]
    assert found["memory_method"] == "growth of the process"
    assert found["n_steps_measured"] >= 2


def test_crossvalidate_prints_the_mean_and_each_fold() -> None:
    found = printed("crossvalidate", "tiny", *SETTINGS, "--folds", "3")
    assert (found["state"], found["n_folds"], found["n_images"], found["n_patients"]) == (
        "completed",
        3,
        64,
        32,
    )
    assert [fold["run"] for fold in found["folds"]] == found["runs"]
    mean = sum(fold["auroc"] for fold in found["folds"]) / 3
    assert found["mean"]["auroc"]["mean"] == pytest.approx(mean)
    assert printed("folds", found["name"]) == found
    assert printed("folds")["crossvalidations"] == [{"name": found["name"], "state": "completed"}]


def test_a_stopped_one_is_resumed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(control, "_launch", lambda folder, module: None)
        name = printed("crossvalidate", "tiny", *SETTINGS, "--folds", "3", "--detach")["name"]
        one = folds.open_crossvalidation(name)
        request_stop(one.folder)
    import_module(folds.WORKER).main(one.folder)
    assert printed("folds", name)["state"] == "stopped"
    assert printed("folds", name, "--resume")["state"] == "completed"


def test_what_cannot_be_done_is_refused_in_one_sentence() -> None:
    with pytest.raises(UserError, match="Either --stop or --resume; not both."):
        printed("folds", "any", "--stop", "--resume")
    with pytest.raises(UserError, match="There is no cross-validation 'any'"):
        printed("folds", "any")
