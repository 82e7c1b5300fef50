"""The temperature and the operating point of a run travel with its weights, and count where they arrive."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ImportRefusedError
from core.evaluation.calibration import (
    HIGHEST,
    LOWEST,
    Temperature,
    fit_temperature,
    keep,
    known_temperature,
)
from core.evaluation.predictions import predictions_of
from core.exchange.models.brought import brought_from, brought_from_zip
from core.exchange.models.leaving import write_model
from core.exchange.models.onnx_graph import metadata
from core.exchange.models.taking_in import import_model
from core.report.model_file import bare_card, export_model
from core.runs.checkpoints import LoadedModel, load_model
from core.runs.records import CardCalibration, CardOperatingPoint
from core.runs.store import Run, open_run
from tests.models_exchanged import Files, files_of, with_card
from tests.trained import make_run_of

SPOILT: dict[str, tuple[Callable[[Files], Files], str]] = {
    "a temperature of nothing": (
        with_card(calibration={"temperature": 0.0, "n": 5}),
        "at least 0.05",
    ),
    "a temperature that is no number": (
        with_card(calibration={"temperature": float("nan"), "n": 5}),
        "calibration.temperature",
    ),
    "a temperature without images": (with_card(calibration={"temperature": 1.5, "n": 0}), "calibration.n"),
    "an infinite temperature": (
        with_card(calibration={"temperature": float("inf"), "n": 5}),
        "at most 20",
    ),
    "a threshold above 1": (with_card(operating_point={"threshold": 1.5}), "operating_point.threshold"),
    "a threshold that is no number": (
        with_card(operating_point={"threshold": float("nan")}),
        "operating_point.threshold",
    ),
    "an operating point that does what cannot be": (
        with_card(operating_point={"threshold": 0.5, "sensitivity": {"value": 1.5, "n": 4}}),
        "'sensitivity' a value that it cannot have",
    ),
    "an operating point that is no number": (
        with_card(operating_point={"threshold": 0.5, "specificity": {"value": float("nan"), "n": 4}}),
        "a metric that is no number",
    ),
    "an operating point of three classes": (
        with_card(class_names=["a", "b", "c"], positive_class=None, operating_point={"threshold": 0.5}),
        "no positive class that it could be of",
    ),
}


@pytest.fixture
def run(home: Path) -> Run:
    return make_run_of(("clear", "finding"), "mother")


def fitted(**changes: Any) -> Temperature:
    values = {
        "value": 2.5, "is_bounded": False, "log_loss_before": 0.7, "log_loss_after": 0.6,
        "error_before": 0.2, "error_after": 0.1, "n": 8, "n_patients": None,
    }  # fmt: skip
    return Temperature.model_validate(values | changes)


def card_in(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        card: dict[str, Any] = json.loads(archive.read("model.json"))
    return card


def test_temperature_and_threshold_travel_and_go_on_travelling(run: Run, tmp_path: Path) -> None:
    val = predictions_of(run, "val")
    keep(run, fitted())
    export_model(run, tmp_path / "m.zip", threshold=0.0)  # all are called
    assert brought_from_zip((tmp_path / "m.zip").read_bytes()).card.calibration == CardCalibration(
        temperature=2.5, n=8
    )
    back = import_model(tmp_path / "m.zip", name="back")
    export_model(back, tmp_path / "again.zip")
    for path in (tmp_path / "m.zip", tmp_path / "again.zip"):
        card = card_in(path)
        assert card["calibration"] == {"temperature": 2.5, "n": 8}
        point = card["operating_point"]
        assert (point["threshold"], point["sensitivity"]["value"], point["specificity"]["value"]) == (0, 1, 0)
        assert point["sensitivity"]["n"] == int((val.y_true == 1).sum())
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        assert "from a probability of 0.00 on" in archive.read("MODEL-CARD.md").decode()
    assert known_temperature(back, back.card) == 2.5
    assert known_temperature(None, back.card) == 2.5


def test_a_temperature_of_its_own_counts_more_than_that_of_the_card(run: Run) -> None:
    card = run.card.model_copy(update={"calibration": CardCalibration(temperature=3, n=4)})
    assert known_temperature(None, run.card) is None
    assert known_temperature(run, card) == 3
    keep(run, fitted())
    assert known_temperature(open_run("mother"), card) == 2.5
    keep(run, fitted(is_bounded=True, value=HIGHEST))
    assert known_temperature(open_run("mother"), card) is None


def test_what_was_never_judged_or_has_no_best_temperature_leaves_without(run: Run, tmp_path: Path) -> None:
    export_model(run, tmp_path / "m.zip")
    assert (card_in(tmp_path / "m.zip")["calibration"], card_in(tmp_path / "m.zip")["operating_point"]) == (
        None,
        None,
    )
    keep(run, fitted(is_bounded=True, value=LOWEST))
    export_model(run, tmp_path / "m.zip", threshold=0.25)
    card = card_in(tmp_path / "m.zip")
    assert card["calibration"] is None
    assert card["operating_point"] == {"threshold": 0.25, "sensitivity": None, "specificity": None}


def test_a_temperature_that_nobody_fitted_yet_is_fitted(run: Run, tmp_path: Path) -> None:
    expected = fit_temperature(predictions_of(run, "val"))
    export_model(run, tmp_path / "m.zip")
    found = card_in(tmp_path / "m.zip")["calibration"]
    assert found == (None if expected.is_bounded else {"temperature": expected.value, "n": 8})


def test_three_classes_leave_without_a_threshold(home: Path, tmp_path: Path) -> None:
    run = make_run_of(("a", "b", "c"), "three")
    export_model(run, tmp_path / "m.zip", threshold=0.25)
    assert card_in(tmp_path / "m.zip")["operating_point"] is None


def test_the_bounds_of_a_card_are_those_of_the_fit() -> None:
    for value in (LOWEST, HIGHEST):
        assert CardCalibration(temperature=value, n=1).temperature == value


def test_both_stand_in_the_card_to_read_and_in_the_onnx_file(run: Run, tmp_path: Path) -> None:
    calibration, point = CardCalibration(temperature=2.5, n=8), CardOperatingPoint(threshold=0.31)
    write_model(run, tmp_path / "m.zip", metrics={}, text="", calibration=calibration, operating_point=point)
    back = import_model(tmp_path / "m.zip", name="back")
    text = bare_card(back.card)
    assert "2.50" in text
    assert "0.31" in text
    told = metadata(LoadedModel(load_model(back).model, back.card))
    assert (told["temperature"], told["threshold"]) == ("2.5", "0.31")
    assert "temperature" not in metadata(load_model(run))


@pytest.mark.parametrize("name", SPOILT)
def test_what_no_calibration_and_no_operating_point_can_be_is_refused(name: str, run: Run) -> None:
    change, sentence = SPOILT[name]
    files = change(files_of(run))
    with pytest.raises(ImportRefusedError, match=sentence):
        brought_from(files["best.safetensors"], files["model.json"])
