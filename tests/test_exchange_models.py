"""A network that leaves and comes back: the same answers bit by bit; numbers that were judged go along."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.errors import StateError
from core.evaluation.predictions import predict_images, predictions_of
from core.evaluation.run_line import read_line
from core.exchange.models import leaving
from core.exchange.models.brought import brought_from_zip
from core.exchange.models.leaving import write_model
from core.exchange.models.taking_in import import_model, is_model
from core.images.records import MedicalImage
from core.report.model_file import export_model
from core.runs.checkpoints import load_model
from core.runs.records import CardMetric, ModelCard
from core.runs.store import Run, open_run
from tests.trained import make_run_of


@pytest.fixture
def run(home: Path) -> Run:
    return make_run_of(("clear", "finding"), "mother")


def images(n: int = 5) -> list[MedicalImage]:
    rng = np.random.default_rng(3)
    return [MedicalImage(rng.integers(0, 256, (30, 25)).astype(np.uint8), (0, 255)) for _ in range(n)]


def test_what_leaves_and_comes_back_gives_the_same_probabilities_bit_by_bit(run: Run, tmp_path: Path) -> None:
    write_model(run, tmp_path / "m.zip", metrics={}, text="")
    back = import_model(tmp_path / "m.zip", name="back")
    in_memory = brought_from_zip((tmp_path / "m.zip").read_bytes()).load()
    expected = predict_images(load_model(run), images())
    np.testing.assert_array_equal(predict_images(load_model(back), images()), expected)
    np.testing.assert_array_equal(predict_images(in_memory, images()), expected)
    assert back.card == run.card.model_copy(update={"run": "back"})
    assert (back.folder / "best.safetensors").read_bytes() == (run.folder / "best.safetensors").read_bytes()
    assert open_run("back").state == "completed"
    assert back.epochs == []
    assert read_line(back.folder, {}).problem is None
    assert len(back.split()) == 0


def test_a_model_is_never_taken_for_a_run_of_the_data_set_of_its_name_here(run: Run, tmp_path: Path) -> None:
    write_model(run, tmp_path / "m.zip", metrics={}, text="")
    back = import_model(tmp_path / "m.zip")
    assert back.run_id == "mother-2"
    assert back.config.dataset == "mother-data-elsewhere"
    other = predictions_of(back, "all", "mother-data")
    assert other.n_samples == 16
    with pytest.raises(StateError, match="without its images: judge it on another data set"):
        predictions_of(back, "val")


def test_a_card_of_old_without_a_size_comes_in_with_that_of_its_pipeline(home: Path) -> None:
    run = make_run_of(("clear", "finding"), "mother", model="mlp")
    card = {**json.loads((run.folder / "model.json").read_bytes()), "image_size": None}
    (home / "old").mkdir()
    (home / "old" / "model.json").write_text(json.dumps(card))
    shutil.copy(run.folder / "best.safetensors", home / "old")
    back = import_model(home / "old", name="back")
    np.testing.assert_array_equal(
        predict_images(load_model(back), images()), predict_images(load_model(run), images())
    )


def test_a_zip_tells_whether_it_is_a_model_or_a_run(run: Run, tmp_path: Path) -> None:
    write_model(run, tmp_path / "m.zip", metrics={}, text="")
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.json", "{}")
    (tmp_path / "none.zip").write_bytes(b"PK\x03\x04 none")
    assert [is_model(tmp_path / f"{name}.zip") for name in ("m", "run", "none")] == [True, False, False]


def test_metrics_leave_where_they_were_judged_and_the_run_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    predictions_of(run, "val")
    before = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    export_model(run, tmp_path / "m.zip")
    assert {path: path.read_bytes() for path in before} == before
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        card = ModelCard.model_validate_json(archive.read("model.json"))
        text = archive.read("MODEL-CARD.md").decode()
        assert archive.namelist() == [
            "NOT-FOR-DIAGNOSIS.txt", "model.json", "MODEL-CARD.md", "best.safetensors",
        ]  # fmt: skip
        assert b"never for diagnosis" in archive.read("NOT-FOR-DIAGNOSIS.txt")
    accuracy = card.metrics["val"]["accuracy"]
    assert accuracy.n == 8
    assert accuracy.low is not None
    assert accuracy.value is not None
    assert accuracy.low <= accuracy.value
    assert set(card.metrics) == {"val"}
    assert text.startswith("# Model card: mother")


def test_a_model_without_answers_leaves_with_a_bare_card_and_the_metrics_it_came_with(
    run: Run, tmp_path: Path
) -> None:
    metric = CardMetric(value=0.75, low=0.5, high=0.9, n=8, method="x")
    write_model(run, tmp_path / "m.zip", metrics={"val": {"auroc": metric}}, text="")
    back = import_model(tmp_path / "m.zip", name="back")
    export_model(back, tmp_path / "again.zip")
    with zipfile.ZipFile(tmp_path / "again.zip") as archive:
        assert json.loads(archive.read("model.json"))["metrics"]["val"]["auroc"]["value"] == 0.75
        assert "| val | auroc | 0.75 (0.50 to 0.90) | 8 |" in archive.read("MODEL-CARD.md").decode()


def test_places_are_spaced_over_the_whole_split() -> None:
    assert leaving.spaced(10, 4).tolist() == [0, 3, 6, 9]
    assert leaving.spaced(3, 200).tolist() == [0, 1, 2]
    assert leaving.spaced(0, 5).tolist() == []
