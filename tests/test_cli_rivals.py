"""`rivals` on the command line: the sentence first, the numbers as JSON, and the look at the test split."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from core.cli.main import lightbox
from core.evaluation.looks import list_looks
from core.experiments import worker
from core.experiments.rivals import running
from core.experiments.rivals.catalog import RIVALS
from core.jobs import control
from tests.rivalled import network, noise, resplit, write_pictures

CODES = np.arange(120) // 2 % 2


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rivals, and a job that is done in this process at once."""
    write_pictures((noise(120) + 60 * CODES[:, None, None]).astype(np.uint8), CODES)
    monkeypatch.setattr(running, "RIVALS", {name: RIVALS[name] for name in ("majority", "brightness")})
    monkeypatch.setattr(worker.os, "nice", lambda by: by)
    monkeypatch.setattr(control, "_launch", lambda folder, module: worker.main(folder))


def call(*words: str) -> str:
    done = CliRunner().invoke(lightbox, ["rivals", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_sentence_comes_first(here: None) -> None:
    network(gain=0.3)
    first, *rest = call("run").splitlines()
    assert first.startswith(
        "answer: A simple rival does better than the network: mean brightness alone reaches"
    )
    assert any(
        line.strip().startswith("Mean brightness: 1.00") or "Mean brightness: 1" in line for line in rest
    )


def test_json_is_one_object_with_every_rival(here: None) -> None:
    network(gain=0.3)
    found = json.loads(call("run", "--json"))
    assert (found["run"], found["verdict"], found["split"]) == ("run", "beaten", "val")
    assert [rival["name"] for rival in found["rivals"]] == ["majority", "brightness"]
    assert found["rivals"][1]["metrics"]["auroc"]["value"] == 1.0
    assert found["rivals"][1]["difference"]["p_corrected"] >= found["rivals"][1]["difference"]["p"]


def test_a_look_at_the_test_split_is_counted_once(here: None) -> None:
    run = network()
    resplit(run, ["test" if side == "val" else side for side in run.split()["split"]], "test")
    assert json.loads(call("run", "--split", "test", "--json"))["n_samples"] == 40
    assert [(look.split, look.who) for look in list_looks(run)] == [("test", "command line")]
