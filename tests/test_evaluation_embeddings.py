"""Features of images: what enters the last layer, in the order of the predictions, and stored like them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.datasets.store import open_dataset
from core.evaluation.embeddings import embeddings_of, embeddings_path, read_embeddings, stored_embeddings
from core.evaluation.looks import list_looks
from core.evaluation.predictions import predictions_of
from core.evaluation.stored import stored_predictions
from core.models.build import build_model, model_spec
from core.models.catalog import MODELS
from core.runs.checkpoints import load_model, save_best
from core.runs.store import Run
from tests.trained import make_run_of


@pytest.fixture
def run(home: Path) -> Run:
    return make_run_of(("healthy", "ill"), "run-a")


def test_the_last_layer_makes_the_logits_of_the_features(run: Run) -> None:
    found, said = embeddings_of(run, "val"), predictions_of(run, "val")
    assert found.sample_ids.tolist() == said.sample_ids.tolist()
    loaded = load_model(run)
    last = loaded.model.get_submodule(model_spec("small_cnn").head[-1])
    with torch.no_grad():
        logits = last(torch.from_numpy(found.features)).numpy()
    np.testing.assert_allclose(logits, said.logits, rtol=1e-4, atol=1e-5)


def test_they_are_stored_and_not_made_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stored_embeddings(run, "val") is None
    first = embeddings_of(run, "val")
    monkeypatch.setattr("core.evaluation.predictions.load_model", None)  # a second pass would call it
    np.testing.assert_array_equal(embeddings_of(run, "val").features, first.features)


def test_other_weights_make_other_features(run: Run) -> None:
    embeddings_of(run, "val")
    save_best(run.folder, build_model("small_cnn", n_classes=2, n_channels=1, seed=5), run.card)
    assert stored_embeddings(run, "val") is None


def test_features_of_the_test_split_are_no_look_and_leave_what_was_said_as_it_is(run: Run) -> None:
    said = predictions_of(run, "train")
    changed_ns = (run.folder / "predictions" / f"{run.config.dataset}.train.parquet").stat().st_mtime_ns
    embeddings_of(run, "train")
    path = run.folder / "predictions" / f"{run.config.dataset}.train.parquet"
    assert path.stat().st_mtime_ns == changed_ns
    embeddings_of(run, "test")
    assert not list_looks(run)
    again = stored_predictions(run, "train")
    assert again is not None
    np.testing.assert_array_equal(again.logits, said.logits)


def test_they_are_given_for_chosen_images_in_their_order_and_a_torn_file_is_none(run: Run) -> None:
    found = embeddings_of(run, "val")
    path = embeddings_path(run, "val")
    assert path is not None
    chosen = found.sample_ids[[3, 0]]
    part = read_embeddings(path, chosen)
    assert part is not None
    np.testing.assert_array_equal(part.features, found.features[[3, 0]])
    assert read_embeddings(path, np.array([10_000])) is None
    path.write_bytes(path.read_bytes()[:50])
    assert stored_embeddings(run, "val") is None


def test_of_no_image_there_are_no_features(run: Run) -> None:
    assert len(open_dataset(run.config.dataset).samples) == 16  # none of them in test
    found = embeddings_of(run, "test")
    assert len(found.features) == len(found.sample_ids) == 0


@pytest.mark.parametrize(
    "name", [name for name in MODELS if MODELS[name].family == "small" and MODELS[name].smallest_size <= 16]
)
def test_each_small_network_has_a_last_layer_to_look_at(home: Path, name: str) -> None:
    run = make_run_of(("a", "b"), "run-b", model=name, n_of_each=2)
    assert embeddings_of(run, "val").features.shape[0] == 2
