"""What a run says about a split: made once, kept, made anew for other weights; looks at the test counted."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from core.datasets.store import DatasetDraft, NewSample, delete_dataset, open_dataset, write_dataset
from core.errors import StateError, UnknownNameError, UserError
from core.evaluation.looks import list_looks, n_looks
from core.evaluation.predictions import predict_images, predictions_of
from core.images.records import MedicalImage
from core.jobs.status import JobStatus, now, write_status
from core.models.build import build_model
from core.runs.checkpoints import load_model, save_best
from core.runs.predictions import predictions_path, read_predictions, write_predictions
from core.runs.records import ModelCard
from core.runs.store import DEMO_RUN, Run, create_run, open_run
from core.training.config import parse_config
from core.transforms.preprocessing import default_preprocessing, to_input
from core.transforms.records import ChannelStatistics

CLASSES = ("dark", "light")


def image(level: int) -> MedicalImage:
    values = np.random.default_rng(level).integers(level, level + 80, size=(24, 20)).astype(np.uint8)
    return MedicalImage(values=values, value_range=(0, 255))


def make_dataset(name: str, *, classes: tuple[str, ...] = CLASSES, with_patients: bool = True) -> None:
    samples = [
        NewSample(
            image(10 * number), classes[number % 2], patient_id=f"p{number // 2}" if with_patients else None
        )
        for number in range(12)
    ]
    write_dataset(DatasetDraft(dataset_id=name, title=name, source="folders"), samples)


def train(run: Run, *, epoch: int = 1) -> None:
    """Put random weights where trained ones would be."""
    values = (0.4,)
    card = ModelCard(
        run=run.run_id,
        model="small_cnn",
        class_names=CLASSES,
        positive_class="light",
        n_channels=1,
        preprocessing=default_preprocessing(16, 1),
        statistics=ChannelStatistics(mean=values, std=(0.2,), low=(0.0,), high=(1.0,)),
        intended_use="",
        simulated=False,
        dataset="tiny",
        n_train_images=6,
        n_train_patients=3,
        best_epoch=epoch,
    )
    save_best(run.folder, build_model("small_cnn", n_classes=2, n_channels=1, seed=epoch), card)


@pytest.fixture
def run(home: Path) -> Run:
    make_dataset("tiny")
    config = parse_config({"dataset": "tiny", "image_size": 16})
    run = create_run(config, dataset_revision=open_dataset("tiny").info.revision)
    write_status(run.folder, JobStatus(kind="train", state="completed", created_at=now(), launched_at=now()))
    samples = open_dataset("tiny").samples
    sides = ["train"] * 6 + ["val"] * 4 + ["test"] * 2
    split = pd.DataFrame({"sample_id": samples["sample_id"], "label": samples["label"], "split": sides})
    split.iloc[::-1].to_parquet(run.folder / "split.parquet")  # in any order
    train(run)
    return run


def test_predictions_of_a_split_are_those_of_its_images(run: Run) -> None:
    predictions = predictions_of(run, "val")
    dataset, loaded = open_dataset("tiny"), load_model(run)
    assert predictions.sample_ids.tolist() == [9, 8, 7, 6]
    assert predictions.patient_ids is not None
    assert predictions.patient_ids.tolist() == dataset.samples["patient_id"].iloc[[9, 8, 7, 6]].tolist()
    assert predictions.y_true.tolist() == [1, 0, 1, 0]
    assert (predictions.class_names, predictions.positive_class) == (CLASSES, "light")
    expected = predict_images(loaded, [dataset.image(number) for number in (9, 8, 7, 6)])
    assert_allclose(predictions.y_score, expected, rtol=1e-5)


def test_predicting_an_image_is_running_the_network_on_its_input(run: Run) -> None:
    loaded = load_model(run)
    inputs = to_input(image(30), loaded.preprocessing, loaded.statistics)
    with torch.no_grad():
        expected = torch.softmax(loaded.model(torch.from_numpy(inputs)[None]), dim=1)
    assert_allclose(predict_images(loaded, [image(30)]), expected, rtol=1e-5)
    assert predict_images(loaded, []).shape == (0, 2)


def test_predicting_many_images_needs_no_batch_of_all(run: Run) -> None:
    loaded = load_model(run)
    loaded.model.train()
    many = predict_images(loaded, [image(number % 9) for number in range(130)])
    assert many.shape == (130, 2)
    assert_allclose(many[[8, 98]], predict_images(loaded, [image(8), image(8)]), rtol=1e-4)
    assert loaded.model.training


def test_predictions_are_kept_and_used_again(run: Run) -> None:
    first = predictions_of(run, "val")
    delete_dataset("tiny")
    again = predictions_of(run, "val")
    assert_array_equal(first.logits, again.logits)


def test_what_the_worker_wrote_is_used(run: Run) -> None:
    made = predictions_of(run, "val")
    written = dataclasses.replace(made, logits=made.logits + 1)
    write_predictions(run.folder, "tiny", "val", written)
    assert_array_equal(predictions_of(run, "val").logits, written.logits)


def test_predictions_of_older_weights_are_made_anew(run: Run) -> None:
    first = predictions_of(run, "test")
    train(run, epoch=2)
    assert np.abs(predictions_of(run, "test").logits - first.logits).max() > 1e-3


def test_each_look_at_the_test_split_is_counted(run: Run) -> None:
    assert n_looks(run) == 0
    predictions_of(run, "val")
    assert n_looks(run) == 0
    predictions_of(run, "test")
    predictions_of(run, "test", who="command line")
    assert n_looks(run) == 2
    assert [(look.dataset, look.split, look.who) for look in list_looks(run)] == [
        ("tiny", "test", "page"),
        ("tiny", "test", "command line"),
    ]


def test_half_a_line_of_a_killed_process_is_no_look(run: Run) -> None:
    predictions_of(run, "test")
    with (run.folder / "looks.jsonl").open("a") as file:
        file.write('{"at": "2026-')
    assert n_looks(run) == 1


def test_progress_is_told_after_each_batch(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.evaluation.answering.batch_size", lambda loaded, device: 3)
    seen: list[float] = []
    predictions_of(run, "val", progress=seen.append)
    assert seen == [0.75, 1]


def test_stopping_leaves_nothing_half_written(run: Run) -> None:
    def stop(fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        predictions_of(run, "val", progress=stop)
    assert not list(run.folder.glob("predictions/*"))


def test_another_data_set_with_the_same_classes_can_be_judged(run: Run) -> None:
    make_dataset("other", with_patients=False)
    predictions = predictions_of(run, "train", "other")
    assert predictions.n_samples > 0
    assert predictions.patient_ids is None
    assert predictions_path(run.folder, "other", "train").exists()
    predictions_of(run, "test", "other")
    assert n_looks(run) == 0  # its own test split is still closed


def test_another_data_set_that_changed_is_predicted_anew(run: Run) -> None:
    make_dataset("other")
    predictions_of(run, "train", "other")
    delete_dataset("other")
    make_dataset("other", classes=("light", "dark"))
    dataset = open_dataset("other")
    predictions = predictions_of(run, "train", "other")
    labels = dataset.samples["label"].iloc[predictions.sample_ids].tolist()
    assert [CLASSES[index] for index in predictions.y_true] == labels


def test_classes_that_were_not_learned_are_refused(run: Run) -> None:
    make_dataset("cells", classes=("dark", "round"))
    with pytest.raises(UserError) as caught:
        predictions_of(run, "train", "cells")
    assert str(caught.value) == (
        "'cells' has images of 'round', which this run has not learned; it knows dark, light."
        " Choose a data set with the same classes, or say which class there stands for which here."
    )
    with pytest.raises(UnknownNameError, match="There is no data set 'nothing'"):
        predictions_of(run, "val", "nothing")


def test_a_run_without_a_finished_epoch_has_nothing_to_say(run: Run) -> None:
    (run.folder / "best.safetensors").unlink()
    with pytest.raises(StateError, match="no epoch has ended"):
        predictions_of(run, "test")
    assert n_looks(run) == 0


def test_what_is_added_to_a_run_that_ships_goes_to_the_home(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    run.folder.rename(shipped / DEMO_RUN)
    monkeypatch.setattr("core.runs.store.SHIPPED_RUNS", shipped)
    demo = open_run(DEMO_RUN)
    before = sorted(path.name for path in demo.folder.rglob("*"))
    predictions = predictions_of(demo, "test")
    assert sorted(path.name for path in demo.folder.rglob("*")) == before
    kept = predictions_path(home / "checkpoints" / DEMO_RUN, "tiny", "test")
    assert_array_equal(read_predictions(kept).logits, predictions.logits)
    assert n_looks(demo) == 1
    assert open_run(DEMO_RUN).folder == demo.folder  # the overlay is no run


def test_where_nothing_can_be_written_the_predictions_are_still_made(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.evaluation.looks.os.access", lambda path, mode: False)
    assert predictions_of(run, "test").n_samples == 2
    assert not list(run.folder.glob("predictions/*"))
    assert n_looks(run) == 0
