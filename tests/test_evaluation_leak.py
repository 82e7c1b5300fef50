"""The leakage lab: two runs that differ in who stands where, and how much of the score that explains."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from core.datasets.records import SplitConfig
from core.datasets.splits import make_split
from core.datasets.store import (
    DatasetDraft,
    NewSample,
    delete_dataset,
    open_dataset,
    rename_dataset,
    write_dataset,
)
from core.errors import StateError
from core.evaluation.difference import _areas, _patients, _resampled_difference
from core.evaluation.leak import _verdict, compare, measure_leak
from core.evaluation.leak_lab import LeakLab, LeakSettings, find_labs, start_lab
from core.evaluation.leakage import label_warnings
from core.evaluation.records import MetricValue
from core.images.records import MedicalImage
from core.jobs import control
from core.runs.predictions import Predictions
from core.runs.store import delete_run
from core.training.config import differences


def write_people(name: str = "people", *, n_patients: int = 30, films: int = 6, known: bool = True) -> None:
    """Films of people who are recognised at a glance, half of them labelled ill; the films are noisy."""
    draw = np.random.default_rng(0)
    samples = []
    for patient in range(n_patients):
        face = draw.integers(0, 200, (16, 16))
        for _film in range(films):
            values = np.clip(face + draw.integers(0, 40, (16, 16)), 0, 255).astype(np.uint8)
            samples.append(
                NewSample(
                    image=MedicalImage(values, value_range=(0, 255)),
                    label=("well", "ill")[patient % 2],
                    patient_id=f"p{patient:02d}" if known else None,
                )
            )
    write_dataset(DatasetDraft(name, title=name, source="folders", class_names=("well", "ill")), samples)


def predictions(y_true: list[int], score: list[float], patients: list[str] | None) -> Predictions:
    logits = np.stack([np.zeros(len(score)), np.array(score)], axis=1)
    return Predictions.from_logits(
        logits,
        y_true=np.array(y_true),
        sample_ids=np.arange(len(score)),
        patient_ids=None if patients is None else np.array(patients, dtype=object),
        class_names=("well", "ill"),
        positive_class="ill",
    )


@pytest.fixture
def lab(home: Path, monkeypatch: pytest.MonkeyPatch) -> LeakLab:
    """Two runs that are only asked for: nobody trains."""
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_people()
    return start_lab("people", LeakSettings(epochs=3, seed=4))


def test_both_runs_differ_in_nothing_but_who_stands_where(lab: LeakLab) -> None:
    assert differences(lab.by_image.config, lab.by_patient.config) == {"split.by_patient": (False, True)}
    assert (lab.by_image.run_id, lab.by_patient.run_id) == (
        "people-leak-001-image",
        "people-leak-001-patient",
    )
    assert lab.by_image.config.augmentations == ()
    assert lab.settings == LeakSettings(epochs=3, seed=4)


def test_by_image_patients_stand_on_both_sides_and_by_patient_none_does(lab: LeakLab) -> None:
    samples = open_dataset("people").samples[["sample_id", "patient_id"]]
    sides = [
        run.split().merge(samples, on="sample_id").groupby("patient_id")["split"].nunique().max()
        for run in (lab.by_image, lab.by_patient)
    ]
    assert sides == [3, 1]


def test_a_lab_of_which_a_run_is_gone_is_none(lab: LeakLab, home: Path) -> None:
    assert [one.by_image.run_id for one in find_labs("people")] == ["people-leak-001-image"]
    assert find_labs("phantoms") == []
    (lab.by_image.folder / "stop").touch()
    control.view(lab.by_image.folder)
    status = lab.by_image.status.model_copy(update={"state": "stopped"})
    (lab.by_image.folder / "status.json").write_text(status.model_dump_json())
    delete_run(lab.by_image)
    assert find_labs("people") == []
    # What is left of it must not stand in the way of the next.
    assert start_lab("people", LeakSettings()).by_image.run_id == "people-leak-002-image"


def test_data_sets_whose_names_begin_alike_have_labs_of_their_own(home: Path, lab: LeakLab) -> None:
    names = ["p" * 40 + end for end in "ab"]
    for name in names:
        write_people(name)
        start_lab(name, LeakSettings())
    found = [find_labs(name)[0].by_image.run_id for name in names]
    assert found == [f"{'p' * 40}-leak-00{number}-image" for number in (1, 2)]


def test_a_lab_is_found_after_its_data_set_was_renamed_and_not_by_another_of_that_name(lab: LeakLab) -> None:
    for run in (lab.by_image, lab.by_patient):
        (run.folder / "status.json").write_text(
            run.status.model_copy(update={"state": "completed"}).model_dump_json()
        )
    rename_dataset("people", "folk")
    assert [one.by_image.run_id for one in find_labs("folk")] == [lab.by_image.run_id]
    delete_dataset("folk")
    write_people("people", films=5)
    assert find_labs("people") == []


def test_without_known_patients_or_with_one_film_each_there_is_nothing_to_leak(home: Path) -> None:
    write_people("nobody", known=False)
    write_people("single", films=1)
    with pytest.raises(StateError, match="^'nobody' does not say which images are of one patient"):
        start_lab("nobody", LeakSettings())
    with pytest.raises(StateError, match="^Each patient of 'single' has one image, so both"):
        start_lab("single", LeakSettings())
    assert not list((home / "checkpoints").glob("*leak*"))


def test_random_labels_are_one_for_each_patient_and_equally_many_of_each_class(home: Path) -> None:
    write_people()
    samples = open_dataset("people").samples
    split = make_split(samples, SplitConfig(scheme="k-fold", n_folds=3, labels="random", by_patient=False))
    labels = split.assign(patient=samples["patient_id"]).groupby("patient")["label"]
    assert labels.nunique().max() == 1
    assert sorted(labels.first().value_counts()) == [15, 15]
    assert (split["label"] != samples["label"]).mean() > 0.2
    again = make_split(samples, SplitConfig(scheme="k-fold", n_folds=3, labels="random", by_patient=True))
    assert (again["label"] == split["label"]).all()  # both sides of a lab learn the same nonsense


def test_a_run_with_random_labels_says_so(lab: LeakLab, home: Path) -> None:
    assert label_warnings(lab.by_image) == ()
    control_lab = start_lab("people", LeakSettings(random_labels=True))
    assert control_lab.by_image.run_id == "people-leak-002-image"
    assert "drawn by lot" in str(label_warnings(control_lab.by_image)[0])


def test_the_areas_of_a_resample_are_those_of_the_repeated_images() -> None:
    known = predictions([0, 0, 1, 1], [-1.0, 0.6, 0.5, 1.0], ["a", "b", "c", "d"])
    # by hand: pairs (ill, well) right: 3 of 4; with b left out 2 of 2; with b twice 4 of 6
    weights = np.array([[1, 1, 1, 1], [1, 0, 1, 1], [1, 2, 1, 1]])
    assert _areas(known, weights) == pytest.approx([3 / 4, 1, 4 / 6])


def test_the_same_patient_is_drawn_for_both_runs_and_strangers_are_people_of_their_own() -> None:
    one = predictions([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.9], ["a", "b", "c", "d"])
    other = predictions([1, 0], [0.5, 0.4], ["b", "a"])
    n_patients, drawn = _resampled_difference(one, other)
    assert n_patients == 4
    assert len(drawn) == 2000
    n_alone, _drawn = _resampled_difference(predictions([0, 1], [0.1, 0.9], None), other)
    assert n_alone == 4  # two images without a patient, and the patients a and b
    assert list(_patients(predictions([0], [0.0], None))) == ["image 0"]


def test_equal_predictions_leak_nothing() -> None:
    draw = np.random.default_rng(1)
    y_true = np.arange(60) % 2
    one = predictions(
        y_true.tolist(), (y_true + draw.normal(0, 1, 60)).tolist(), [f"p{i}" for i in range(60)]
    )
    _n, drawn = _resampled_difference(one, one)
    assert np.nanmax(np.abs(drawn)) == 0


def said_of(rows: pd.DataFrame, y_score: NDArray[np.float64]) -> Predictions:
    patients = open_dataset("people").samples.set_index("sample_id")["patient_id"]
    return predictions(
        (rows["label"] == "ill").to_numpy().astype(int).tolist(),
        y_score.tolist(),
        patients.loc[rows["sample_id"]].tolist(),
    )


def test_a_network_that_knows_the_people_is_found_out(lab: LeakLab) -> None:
    draw, said = np.random.default_rng(2), []
    for run, knows in ((lab.by_image, 3.0), (lab.by_patient, 0.0)):
        rows = run.split().query("split == 'test'")
        truth = (rows["label"] == "ill").to_numpy()
        said.append(said_of(rows, knows * truth + draw.normal(0, 1, len(rows))))
    leak = compare(*said, n_met=7)
    assert leak is not None
    assert leak.leak == pytest.approx(leak.by_image.value - leak.by_patient.value)
    assert 0 < leak.low < leak.leak < leak.high
    assert str(leak.verdict).startswith("Of the AUROC of 0.9")
    assert "was leak" in str(leak.verdict)


def test_no_difference_is_called_what_it_is(lab: LeakLab) -> None:
    draw, said = np.random.default_rng(3), []
    for run in (lab.by_image, lab.by_patient):
        rows = run.split().query("split == 'test'")
        said.append(said_of(rows, (rows["label"] == "ill").to_numpy() + draw.normal(0, 1, len(rows))))
    leak = compare(*said, n_met=0)
    assert leak is not None
    assert leak.low < 0 < leak.high
    assert "cannot tell whether anything leaked" in str(leak.verdict)


def test_nothing_is_not_written_as_minus_nothing() -> None:
    none = MetricValue(value=0.9800, low=0.9, high=1, n=9, method="delong")
    less = MetricValue(value=0.9799, low=0.9, high=1, n=9, method="delong")
    assert "a difference of 0.00 (0.00 to 0.02)" in str(_verdict(less, none, (-0.001, 0.02), 9))


def test_where_the_split_by_patient_is_unlucky_no_more_is_leak_than_what_is_above_guessing(
    lab: LeakLab,
) -> None:
    draw, said = np.random.default_rng(2), []
    for run, knows in ((lab.by_image, 1.0), (lab.by_patient, -1.0)):
        rows = run.split().query("split == 'test'")
        truth = (rows["label"] == "ill").to_numpy()
        said.append(said_of(rows, knows * truth + draw.normal(0, 1, len(rows))))
    leak = compare(*said, n_met=0)
    assert leak is not None
    assert leak.by_patient.value < 0.5 < leak.by_image.value
    above = leak.by_image.value - 0.5
    assert str(leak.verdict).endswith(f"so no more than {above:.2f} of the score can be leak.")


def test_there_is_no_answer_before_both_have_ended(lab: LeakLab) -> None:
    assert measure_leak(lab) is None


@pytest.mark.slow
def test_a_real_pair_of_trainings_finds_the_leak_in_people_with_random_labels(home: Path) -> None:
    write_people(n_patients=60)
    lab = start_lab("people", LeakSettings(random_labels=True, epochs=30))
    for run in (lab.by_image, lab.by_patient):
        assert control.wait(run.folder, seconds=300) == "completed", control.tail_log(run.folder)
    leak = measure_leak(lab)
    assert leak is not None
    assert leak.low > 0
    assert leak.by_patient.low < 0.5 < leak.by_patient.high
    # One of six films is met again unless the other five all stand elsewhere: 1 - (2/3)^5 = 0.87.
    assert leak.n_met / leak.by_image.n == pytest.approx(0.87, abs=0.1)
