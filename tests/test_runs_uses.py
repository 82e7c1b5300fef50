"""A run and its data set: found under a former name, judged with the labels that it was trained on."""

import numpy as np
import pytest

from core.datasets.editing import LabelCorrection, correct_labels, undo_last_edit
from core.datasets.store import delete_dataset, open_dataset, rename_dataset
from core.errors import InvalidValueError, StateError
from core.evaluation.looks import n_looks
from core.evaluation.predictions import predictions_of
from core.evaluation.stored import stored_predictions
from core.runs.uses import n_labels_changed, runs_of
from core.training import launch
from core.training.config import parse_config
from tests.tiny_dataset import write_tiny
from tests.trained import make_run_of

DATA = "run-a-data"


def relabel(*sample_ids: int, label: str = "ill") -> None:
    corrections = [LabelCorrection(sample_id=sample_id, label=label) for sample_id in sample_ids]
    correct_labels(DATA, corrections, new_classes=[label])


@pytest.mark.usefixtures("home")
def test_a_run_is_judged_with_the_labels_it_was_trained_on() -> None:
    run = make_run_of(("normal", "ill"), "run-a")
    before = predictions_of(run, "val")
    (run.folder / "predictions" / f"{DATA}.val.parquet").unlink()
    relabel(0, 2)
    assert n_labels_changed(run) == 2
    after = predictions_of(run, "val")
    np.testing.assert_array_equal(after.y_true, before.y_true)
    np.testing.assert_array_equal(after.logits, before.logits)
    undo_last_edit(DATA)
    assert n_labels_changed(run) == 0


@pytest.mark.usefixtures("home")
def test_a_class_that_is_gone_is_still_known_to_the_run() -> None:
    run = make_run_of(("normal", "ill"), "run-a")
    relabel(*range(8), label="healthy")
    assert open_dataset(DATA).info.class_names == ("healthy", "ill")
    assert predictions_of(run, "val").class_names == ("normal", "ill")


@pytest.mark.usefixtures("home")
def test_a_run_finds_its_data_set_and_its_predictions_after_a_rename() -> None:
    run = make_run_of(("normal", "ill"), "run-a")
    before = predictions_of(run, "val")
    info = rename_dataset(DATA, "films")
    assert [one.run_id for one in runs_of(info)] == ["run-a"]
    for name in (None, "films", DATA):
        found = stored_predictions(run, "val", name)
        assert found is not None
        np.testing.assert_array_equal(found.logits, before.logits)
    (run.folder / "predictions" / f"{DATA}.val.parquet").unlink()
    for name in (None, "films"):  # made anew, of the run's own split: it is no other data set
        np.testing.assert_array_equal(predictions_of(run, "val", name).sample_ids, before.sample_ids)
    assert [path.name for path in (run.folder / "predictions").iterdir()] == [f"{DATA}.val.parquet"]


@pytest.mark.usefixtures("home")
def test_a_look_is_counted_under_whatever_name() -> None:
    run = make_run_of(("normal", "ill"), "run-a")
    rename_dataset(DATA, "films")
    predictions_of(run, "test", "films")
    predictions_of(run, "test")
    assert n_looks(run) == 2


@pytest.mark.usefixtures("home")
def test_another_data_set_under_the_same_name_is_refused() -> None:
    run = make_run_of(("normal", "ill"), "run-a")
    delete_dataset(DATA)
    write_tiny(DATA, n_images=16)
    assert n_labels_changed(run) == 0
    with pytest.raises(StateError, match="no longer the one"):
        predictions_of(run, "val")


@pytest.mark.usefixtures("home")
def test_training_needs_two_classes_and_a_class_for_each_image() -> None:
    make_run_of(("normal", "ill"), "run-a")
    relabel(0, 1, 2, label="unlabelled")
    with pytest.raises(InvalidValueError, match="'run-a-data' has 3 images without a class"):
        launch.launch(parse_config({"dataset": DATA}))
    relabel(*range(16))
    with pytest.raises(InvalidValueError, match="belong to one class"):
        launch.launch(parse_config({"dataset": DATA}))


@pytest.mark.usefixtures("home")
def test_an_interrupted_run_goes_on_only_with_the_labels_it_began_with() -> None:
    run = make_run_of(("normal", "ill"), "run-a")
    status = run.status.model_copy(update={"state": "stopped"})
    (run.folder / "status.json").write_text(status.model_dump_json())
    relabel(0)
    with pytest.raises(StateError, match="has changed since 'run-a' began"):
        launch.resume("run-a")
