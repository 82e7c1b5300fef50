"""What is judged, chosen on the page: another data set, its classes, the seal, and answers made aside."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.evaluation.looks import list_looks, n_looks
from core.evaluation.predictions import make_answers
from core.evaluation.stored import origin_of, stored_path
from core.experiments import answering_records
from core.experiments.answering_records import NAME, request_for
from core.experiments.asking import folder_of
from core.images.records import MedicalImage
from core.jobs.status import JobStatus, now, write_status
from core.runs import store
from core.runs.predictions import write_predictions
from core.runs.store import Run
from tests.screens import open_page, shows
from tests.trained import make_run_of

CLASSES = ("healthy", "ill")


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    return make_run_of(CLASSES, "run-a")


@pytest.fixture
def sealed(run: Run) -> Run:
    """The same run with a test split."""
    split = pd.read_parquet(run.folder / "split.parquet")
    split.loc[split["sample_id"] % 4 == 0, "split"] = "test"
    split.to_parquet(run.folder / "split.parquet")
    return run


def write_other(labels: tuple[str, ...]) -> None:
    rng = np.random.default_rng(7)
    images = [MedicalImage(rng.integers(0, 256, (20, 20)).astype(np.uint8), (0, 255)) for _ in labels]
    samples = [NewSample(image, label) for image, label in zip(images, labels, strict=True)]
    write_dataset(DatasetDraft(dataset_id="elsewhere", title="Elsewhere", source="folders"), samples)


def open_elsewhere(**session: object):
    app = open_page("evaluate", level="full", run="run-a", **session)
    app.segmented_control(key="evaluate-where").set_value("other").run()
    app.selectbox(key="evaluate-other-data").set_value("elsewhere").run()
    assert not app.exception
    return app


def test_another_data_set_with_the_same_classes_is_judged_when_asked_and_the_look_is_counted(
    run: Run,
) -> None:
    write_other(("ill", "healthy", "ill", "healthy", "ill"))
    app = open_elsewhere()
    assert shows(app, "External validation")
    assert shows(app, "Whether people here are also among those that the network has learned from")
    assert not list_looks(run)
    app.button(key="evaluate-other-start").click().run()
    assert not app.exception
    assert shows(app, "All of another data set: 5 images")
    assert [(look.dataset, look.split) for look in list_looks(run)] == [("elsewhere", "all")]
    app.run()
    assert len(list_looks(run)) == 1  # once for a visitor
    assert n_looks(run) == 0


def test_what_is_to_know_of_a_runs_own_split_is_not_said_of_another_data_set(run: Run) -> None:
    own = open_dataset(run.config.dataset)
    alike = own.samples.assign(patient_id="the same one")  # who stands on both sides of the split
    alike.to_parquet(own.folder / "samples.parquet")
    write_other(("ill", "healthy", "ill", "healthy", "ill"))
    assert shows(open_page("evaluate", level="full", run="run-a"), "stand on more than one side")
    app = open_elsewhere()
    app.button(key="evaluate-other-start").click().run()
    assert shows(app, "All of another data set: 5 images")
    assert not shows(app, "stand on more than one side")


def test_classes_with_other_names_are_asked_for_once_and_who_is_left_out_is_said(run: Run) -> None:
    write_other(("*Ill*", "healthy", "*Ill*", "stone", "healthy"))
    app = open_elsewhere()
    assert shows(app, "The classes are called otherwise there")
    boxes = {box.label: box for box in app.selectbox if box.key.startswith("evaluate-class-")}
    assert {label: box.value for label, box in boxes.items()} == {
        "\\*Ill\\* (2 images)": "ill",  # escaped, for it is somebody else's text
        "healthy (2 images)": "healthy",
        "stone (1 images)": "",
    }
    next(button for button in app.button if button.label == "Use these classes").click().run()
    assert shows(app, "One image is left out, for it stands for no class of this run: stone (1).")
    app.button(key="evaluate-other-start").click().run()
    assert shows(app, "All of another data set: 4 images")
    again = open_elsewhere()
    assert not shows(again, "The classes are called otherwise there")
    assert shows(again, "One image is left out")


def test_where_nothing_can_be_stored_the_classes_are_said_once_all_the_same(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.evaluation.mappings.can_write", lambda folder: False)
    write_other(("Ill", "healthy", "Ill", "healthy"))
    app = open_elsewhere()
    next(button for button in app.button if button.label == "Use these classes").click().run()
    assert not shows(app, "The classes are called otherwise there")
    assert app.button(key="evaluate-other-start").label.startswith("Judge it on 4 images")


def test_a_data_set_with_no_class_in_common_is_refused_in_one_sentence(run: Run) -> None:
    write_other(("stone", "tree"))
    app = open_elsewhere()
    next(button for button in app.button if button.label == "Use these classes").click().run()
    assert [str(error.value) for error in app.error if "No class of" in str(error.value)]
    assert not app.exception
    assert not app.metric


def test_at_basic_there_is_no_other_data_set(run: Run) -> None:
    app = open_page("evaluate", run="run-a", **{"evaluate-where": "other"})
    assert not app.exception
    assert "evaluate-where" not in [one.key for one in app.segmented_control]
    assert app.metric


def test_what_takes_long_is_asked_in_the_background_and_counted_when_it_is_shown(
    sealed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_answers(sealed, "val")
    monkeypatch.setattr(answering_records, "_WORTH_SECONDS", -1.0)
    asked = []
    monkeypatch.setattr("ui.evaluate.source_asking.ask", lambda name, request: asked.append(request))
    app = open_page("evaluate", run="run-a")
    app.button(key="evaluate-open-test").click().run()
    assert [(one.split, one.run) for one in asked] == [("test", "run-a")]
    assert n_looks(sealed) == 0
    make_answers(sealed, "test")  # as the job does
    app.session_state["evaluate-opening"] = "run-a"  # nobody started a job here: what waits for it was let go
    app.run()
    assert not app.exception
    assert n_looks(sealed) == 1
    assert shows(app, "The test split was looked at once.")


def test_a_job_that_was_killed_is_said_to_be_and_can_be_asked_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering_records, "_WORTH_SECONDS", -1.0)
    folder = folder_of(NAME, request_for(run, "val"))
    folder.mkdir(parents=True)
    status = JobStatus(
        kind="experiment", state="running", created_at=now(), launched_at=now(), claimed_at=now()
    )
    write_status(folder, status)  # nobody holds its lock
    app = open_page("evaluate", run="run-a")
    assert shows(app, "The last attempt was not finished; nothing was kept.")
    assert stored_path(run, "val") is None
    asked = []
    monkeypatch.setattr("ui.evaluate.source_asking.ask", lambda name, request: asked.append(request))
    app.button(key="evaluate-ask-start").click().run()
    assert len(asked) == 1
    make_answers(run, "val")
    assert open_page("evaluate", run="run-a").metric


def test_the_validation_split_is_asked_aside_before_anything_that_is_fitted_on_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the page itself would ask the network about it, and stand still as long as that takes."""
    make_answers(run, "train")
    monkeypatch.setattr(answering_records, "_WORTH_SECONDS", -1.0)
    app = open_page("evaluate", level="full", run="run-a", **{"evaluate-split": "train"})
    assert not app.exception
    assert shows(app, "have not been asked about the validation split yet")
    assert not app.metric
    assert stored_path(run, "val") is None


def test_the_reason_stands_beside_the_count_and_at_full_who_looked(sealed: Run) -> None:
    app = open_page("evaluate", run="run-a", level="full")
    assert shows(app, "Nobody has looked yet")
    app.button(key="evaluate-open-test").click().run()
    assert shows(app, "It has been opened once, as it should be")
    assert shows(app, "All looks: 1")
    other = open_page("evaluate", run="run-a")
    other.button(key="evaluate-open-test").click().run()
    assert shows(other, "After 2 looks the score is worth less")


def spoil(run: Run, places: slice) -> int:
    """Let the network have answered NaN for some of the images; return of how many there were."""
    said = make_answers(run, "val").predictions
    said.logits[places], said.y_score[places] = np.nan, np.nan
    origin = origin_of(run, run.config.dataset)
    write_predictions(run.folder, run.config.dataset, "val", said, origin=origin)
    return said.n_samples


def test_scores_that_are_no_numbers_are_left_out_and_counted(run: Run) -> None:
    n = spoil(run, slice(0, 2))
    app = open_page("evaluate", run="run-a")
    assert shows(app, f"2 of {n} images are left out of everything below")
    assert shows(app, f"Validation split: {n - 2} images.")


def test_where_no_score_is_a_number_there_is_nothing_to_judge(run: Run) -> None:
    n = spoil(run, slice(None))
    app = open_page("evaluate", run="run-a")
    assert not app.exception
    assert [error.value for error in app.error if f"The network's answers to all {n} images" in error.value]
    assert not app.metric


def test_a_run_without_images_to_judge_says_so(run: Run) -> None:
    split = pd.read_parquet(run.folder / "split.parquet").assign(split="train")
    split.to_parquet(run.folder / "split.parquet")
    app = open_page("evaluate", run="run-a")
    assert not app.exception
    assert shows(app, "There is no image in this part of the data")
    assert open_dataset(run.config.dataset).info.n_images == 16
