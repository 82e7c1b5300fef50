"""From scratch against pretrained: two runs that differ in what they begin with, and in nothing else."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidValueError, UnknownNameError
from core.evaluation.difference import area_difference
from core.jobs import control
from core.runs.predictions import Predictions
from core.runs.store import delete_run, list_runs, open_run
from core.training.config import TrainingConfig, differences, parse_config
from core.training.pair import from_scratch, launch_pair, pair_of
from tests.tiny_dataset import write_tiny

TRANSFER = {
    "dataset": "tiny",
    "model": "resnet18",
    "image_size": 32,
    "epochs": 6,
    "pretrained": True,
    "head_epochs": 2,
    "unfreeze": "last blocks",
    "unfrozen_blocks": 2,
    "seed": 7,
}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, in which no worker is started."""
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny()


def test_the_one_from_scratch_differs_in_what_it_begins_with_alone() -> None:
    config = parse_config(TRANSFER)
    names = {"pretrained", "head_epochs", "unfreeze", "unfrozen_blocks"}
    assert set(differences(config, from_scratch(config))) == names
    assert from_scratch(config) == TrainingConfig(
        dataset="tiny", model="resnet18", image_size=32, epochs=6, seed=7
    )


def test_both_are_launched_under_one_number_and_find_each_other() -> None:
    pair = launch_pair(parse_config(TRANSFER))
    assert pair.pretrained.run_id == "tiny-resnet18-pair-001-pretrained"
    assert pair.scratch.run_id == "tiny-resnet18-pair-001-scratch"
    assert pair.pretrained.config.pretrained
    assert not pair.scratch.config.pretrained
    assert pair.scratch.request.split_hash == pair.pretrained.request.split_hash is not None
    for run in (pair.scratch, pair.pretrained):
        found = pair_of(open_run(run.run_id))
        assert found is not None
        assert (found.scratch.run_id, found.pretrained.run_id) == (
            pair.scratch.run_id,
            pair.pretrained.run_id,
        )
    assert launch_pair(parse_config(TRANSFER)).scratch.run_id == "tiny-resnet18-pair-002-scratch"


def test_a_run_whose_other_half_was_deleted_is_no_pair_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = launch_pair(parse_config(TRANSFER))
    monkeypatch.setattr("core.runs.store.ALIVE", ())
    delete_run(pair.scratch)
    assert pair_of(pair.pretrained) is None


def test_settings_that_begin_at_random_themselves_are_refused_and_nothing_is_left() -> None:
    with pytest.raises(InvalidValueError, match="Both would begin with random weights"):
        launch_pair(parse_config({"dataset": "tiny"}))
    assert [run.run_id for run in list_runs() if not run.is_shipped] == []


def answers(scores: list[float]) -> Predictions:
    """Six patients, the last three ill, with these scores for ill."""
    y_score = np.array([[1 - score, score] for score in scores])
    return Predictions.from_logits(
        np.log(y_score),
        y_true=np.array([0, 0, 0, 1, 1, 1]),
        sample_ids=np.arange(6),
        patient_ids=np.array([f"p{n}" for n in range(6)], dtype=object),
        class_names=("well", "ill"),
        positive_class="ill",
    )


def test_the_difference_is_of_the_areas_and_its_interval_has_no_width_where_both_say_the_same() -> None:
    perfect, blind = answers([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]), answers([0.5] * 6)
    found = area_difference(blind, perfect)
    assert found is not None
    assert (found.value, found.low, found.high, found.n_patients) == (0.5, 0.5, 0.5, 6)
    assert found.is_by_patient
    assert found.is_real
    same = area_difference(perfect, perfect)
    assert same is not None
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert not same.is_real


def test_a_run_that_should_begin_with_what_is_not_there_is_refused_before_it_has_a_folder() -> None:
    with pytest.raises(UnknownNameError):
        launch_pair(parse_config({"dataset": "tiny", "weights_from": "run:nobody"}))
    assert [run.run_id for run in list_runs() if not run.is_shipped] == []
