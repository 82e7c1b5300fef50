"""`rivals` on the command line: the sentence first, the numbers as JSON, and the look at the test split."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from core.cli.main import lightbox
from core.evaluation.external import variant_of
from core.evaluation.looks import list_looks
from core.evaluation.stored import origin_of, stored_predictions
from core.experiments import worker
from core.experiments.rivals import running
from core.experiments.rivals.asking import rivals_answer
from core.experiments.rivals.catalog import RIVALS
from core.jobs import control
from core.runs.predictions import write_predictions
from tests import rivalled
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


def test_classes_of_another_data_set_are_mapped_as_by_evaluate(
    here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rivalled, "NAMES", ("healthy", "ill"))
    write_pictures((noise(120, seed=1) + 60 * CODES[:, None, None]).astype(np.uint8), CODES, "there")
    run = network()
    mapping = {"healthy": "finding", "ill": "clear"}  # the wrong way round: brightness must be wrong too
    said = stored_predictions(run, "val")
    assert said is not None
    turned = replace(said, y_true=1 - said.y_true)
    origin = origin_of(run, "there", mapping=mapping)
    write_predictions(run.folder, "there", "val", turned, origin=origin, variant=variant_of(mapping))
    maps = [f"--map={theirs}={ours}" for theirs, ours in mapping.items()]
    found = json.loads(call("run", "--dataset", "there", "--split", "val", *maps, "--json"))
    assert (found["dataset"], found["rivals"][1]["metrics"]["auroc"]["value"]) == ("there", 0.0)
    assert rivals_answer(run, "val", "there", mapping=mapping) is not None
    assert rivals_answer(run, "val", "there") is None  # another mapping is another question
