"""Asking a network in the background: answers stored, features too, stopped, refused, killed, asked again."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.datasets.store import open_dataset
from core.errors import JobStoppedError, StateError, UnreadableImageError
from core.evaluation.answering import answers_on
from core.evaluation.embeddings import stored_embeddings
from core.evaluation.looks import n_looks
from core.evaluation.predictions import logits_of
from core.evaluation.stored import stored_predictions
from core.experiments.answering import make
from core.experiments.answering_records import NAME, estimated_seconds, is_quick, request_for
from core.experiments.asking import ask, job_of
from core.jobs import control
from core.jobs.status import read_status
from core.models.build import build_model
from core.runs.checkpoints import load_model, save_best
from core.runs.store import Run
from core.training.picture_cache import cached_pictures, kept_pictures
from core.transforms.preprocessing import to_input
from tests.job_stand_in import Standing
from tests.processes import kill_worker, until
from tests.trained import make_run_of


@pytest.fixture
def run(home: Path) -> Run:
    return make_run_of(("healthy", "ill"), "run-a")


def test_the_job_stores_answers_and_features_and_looks_at_nothing(run: Run, tmp_path: Path) -> None:
    job = Standing(tmp_path)
    made = make(request_for(run, "train", with_features=True), job)
    said, seen = stored_predictions(run, "train"), stored_embeddings(run, "train")
    assert said is not None
    assert seen is not None
    assert made.n_images == said.n_samples == len(seen.features) == 8
    assert job.reported == [0.0, 1.0]
    assert n_looks(run) == 0


def test_a_stopped_job_leaves_nothing_and_can_be_asked_again(run: Run, tmp_path: Path) -> None:
    with pytest.raises(JobStoppedError):
        make(request_for(run, "train"), Standing(tmp_path, stop_after=0))
    assert not list(run.folder.glob("predictions/*"))
    make(request_for(run, "train"), Standing(tmp_path))
    assert stored_predictions(run, "train") is not None


def test_weights_that_changed_since_are_refused(run: Run, tmp_path: Path) -> None:
    request = request_for(run, "val")
    save_best(run.folder, build_model("small_cnn", n_classes=2, n_channels=1, seed=5), run.card)
    assert request_for(run, "val") != request
    with pytest.raises(StateError, match="The weights of 'run-a' or the data set 'run-a-data' have changed"):
        make(request, Standing(tmp_path))


@pytest.mark.slow
def test_a_process_that_was_killed_leaves_nothing_half_and_another_answers(run: Run) -> None:
    request = request_for(run, "val", with_features=True)
    folder = ask(NAME, request)
    until(lambda: read_status(folder).state == "running")
    kill_worker(folder)
    assert not list(run.folder.glob("predictions/*.parquet"))
    ask(NAME, request)
    assert control.wait(folder, seconds=120) == "completed"
    job = job_of(NAME, request)
    assert job is not None
    assert job.status.progress == 1
    assert stored_predictions(run, "val") is not None
    assert stored_embeddings(run, "val") is not None


@pytest.mark.parametrize("is_prepared", [False, True])
@pytest.mark.parametrize("size", [1, 3, 64])
def test_the_numbers_do_not_depend_on_batches_or_on_prepared_pictures(
    run: Run, monkeypatch: pytest.MonkeyPatch, size: int, is_prepared: bool
) -> None:
    dataset, ids = open_dataset(run.config.dataset), np.array([5, 0, 11, 3, 8, 9, 1])
    loaded = load_model(run)
    one_by_one = [to_input(dataset.image(int(one)), loaded.preprocessing, loaded.statistics) for one in ids]
    expected = np.concatenate([logits_of(loaded, [inputs]) for inputs in one_by_one])
    if is_prepared:
        cached_pictures(dataset, loaded.preprocessing, lambda fraction: None)
    assert (kept_pictures(dataset, loaded.preprocessing) is not None) == is_prepared
    monkeypatch.setattr("core.evaluation.answering.batch_size", lambda loaded, device: size)
    found = answers_on(loaded, dataset, ids)
    np.testing.assert_allclose(found.logits, expected, rtol=1e-4, atol=1e-5)


def test_hooks_and_gradients_are_as_they_were(run: Run) -> None:
    loaded = load_model(run)
    before = [parameter.requires_grad for parameter in loaded.model.parameters()]
    answers_on(loaded, open_dataset(run.config.dataset), np.arange(3), with_features=True)
    assert not any(module._forward_pre_hooks for module in loaded.model.modules())
    assert [parameter.requires_grad for parameter in loaded.model.parameters()] == before
    assert not torch.is_inference_mode_enabled()


def test_a_decoder_that_fails_ends_the_work_and_its_threads(run: Run) -> None:
    dataset = open_dataset(run.config.dataset)
    file = dataset.folder / "files" / dataset.row(2)["file"]
    file.write_bytes(b"no picture")
    with pytest.raises(UnreadableImageError):
        answers_on(load_model(run), dataset, np.arange(4))
    assert not list(run.folder.glob("predictions/*"))


def test_a_large_network_and_many_images_take_longer_than_a_process_to_start(run: Run) -> None:
    assert is_quick(run, 100)
    assert not is_quick(run, 10_000)
    assert estimated_seconds(run, 200) == pytest.approx(2 * estimated_seconds(run, 100))
