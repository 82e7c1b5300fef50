"""Doubted labels: by the newest run on its validation images, and by the profile, one doubt an image."""

import numpy as np
import pytest

from core.datasets.editing import LabelCorrection, correct_labels
from core.datasets.profiling.making import make_profile
from core.datasets.profiling.records import Mislabels, Suspect
from core.datasets.profiling.stored import read_means, save_profile
from core.datasets.store import open_dataset
from core.evaluation.doubts import Doubt, doubts_of
from core.runs.predictions import Predictions, write_predictions
from core.runs.store import Run
from tests.trained import make_run_of

DATA = "run-a-data"


def predict(run: Run, p_ill: dict[int, float]) -> None:
    """Let a run have said so of some validation images."""
    probabilities = np.array([[1 - p, p] for p in p_ill.values()])
    labels = run.split().set_index("sample_id")["label"]
    predictions = Predictions.from_logits(
        np.log(probabilities),
        y_true=np.array([("normal", "ill").index(labels[one]) for one in p_ill]),
        sample_ids=np.array(list(p_ill)),
        patient_ids=None,
        class_names=("normal", "ill"),
        positive_class="ill",
    )
    write_predictions(run.folder, DATA, "val", predictions)


def suspect(sample_id: int, p_label: float) -> None:
    """Let the profile of the present revision suspect one label."""
    dataset = open_dataset(DATA)
    one = Suspect(sample_id=sample_id, label="normal", looks_like="ill", p_label=p_label, p_other=1 - p_label)
    profile = make_profile(dataset).model_copy(update={"mislabels": Mislabels(n_suspects=1, suspects=(one,))})
    save_profile(dataset.folder, profile, read_means(dataset.folder, dataset.info.revision))


def ids(doubts: list[Doubt]) -> list[int]:
    return [doubt.sample_id for doubt in doubts]


@pytest.mark.usefixtures("home")
def test_a_run_doubts_what_it_would_call_otherwise_the_surest_first() -> None:
    run = make_run_of(("normal", "ill"), "run-a")  # 0 to 7 are normal, 8 to 15 ill
    predict(run, {0: 0.9, 2: 0.2, 4: 0.95, 8: 0.3, 10: 0.8})
    doubts = doubts_of(open_dataset(DATA).info)
    assert ids(doubts) == [4, 0, 8]
    first = doubts[0]
    assert (first.label, first.looks_like, first.run_id) == ("normal", "ill", "run-a")
    assert first.p_label == pytest.approx(0.05, abs=1e-6)


@pytest.mark.usefixtures("home")
def test_a_corrected_label_is_no_longer_doubted_and_a_wrong_correction_is() -> None:
    run = make_run_of(("normal", "ill"), "run-a")
    predict(run, {0: 0.9, 2: 0.2})
    corrections = [LabelCorrection(sample_id=number, label="ill") for number in (0, 2)]
    info = correct_labels(DATA, corrections)
    assert ids(doubts_of(info)) == [2]


@pytest.mark.usefixtures("home")
def test_the_profile_doubts_too_and_still_after_a_correction() -> None:
    run = make_run_of(("normal", "ill"), "run-a")
    predict(run, {0: 0.9})
    suspect(0, 0.05)
    suspect(2, 0.15)  # takes the place of the first
    assert [(one.sample_id, one.run_id) for one in doubts_of(open_dataset(DATA).info)] == [
        (0, "run-a"),
        (2, ""),
    ]
    info = correct_labels(DATA, [LabelCorrection(sample_id=0, label="ill")])
    assert ids(doubts_of(info)) == [2]


@pytest.mark.usefixtures("home")
def test_without_a_run_or_a_profile_nobody_doubts() -> None:
    make_run_of(("normal", "ill"), "run-a")
    assert doubts_of(open_dataset(DATA).info) == []
