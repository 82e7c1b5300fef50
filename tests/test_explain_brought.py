"""A model that a visitor brought is called and calibrated by what its card says, as its run was at home."""

from pathlib import Path

import numpy as np
import pytest

from core.evaluation.calibration import Temperature, keep
from core.exchange.models.brought import brought_from_zip
from core.images.records import MedicalImage
from core.report.model_file import export_model
from core.runs.records import CardMetric, CardOperatingPoint, ModelCard
from core.runs.store import Run
from tests.trained import make_run_of
from ui.answers import Subject
from ui.explain.answer import calibrated
from ui.explain.brought import brought_words
from ui.explain.called import called, called_class, line_in
from ui.explain.case import Case, Network, network_of

SUBJECT = Subject(MedicalImage(np.zeros((16, 16), np.uint8), (0, 255)), "upload")


@pytest.fixture
def run(home: Path) -> Run:
    run = make_run_of(("clear", "finding"), "mother")
    told = Temperature(
        value=2, is_bounded=False, log_loss_before=1, log_loss_after=1, error_before=0, error_after=0, n=8,
        n_patients=None,
    )  # fmt: skip
    keep(run, told)
    return run


def brought(card: ModelCard) -> Network:
    return Network("upload/1", card.run, card, run=None, load=pytest.fail)


def case_of(network: Network, probability: float) -> Case:
    return Case(network, SUBJECT, {"clear": 1 - probability, "finding": probability}, target=1)


def test_what_left_its_run_is_calibrated_as_there(run: Run, tmp_path: Path) -> None:
    export_model(run, tmp_path / "m.zip", threshold=0.31)
    network = brought(brought_from_zip((tmp_path / "m.zip").read_bytes()).card)
    case = case_of(network, 0.9)  # odds of 9, and of 3 at a temperature of 2
    assert "Calibrated: 0.75, raw: 0.9" in calibrated(case)
    assert calibrated(case) == calibrated(case_of(network_of(run), 0.9))


def test_it_is_called_at_the_threshold_that_it_came_with(run: Run) -> None:
    point = CardOperatingPoint(
        threshold=0.31,
        sensitivity=CardMetric(value=0.9, low=0.7, high=0.97, n=20),
        specificity=CardMetric(value=0.5, low=0.3, high=0.7, n=20),
    )
    network = brought(run.card.model_copy(update={"operating_point": point}))
    assert line_in(network) == 0.31
    assert [called_class(case_of(network, score)) for score in (0.30, 0.32)] == ["clear", "finding"]
    assert called(case_of(network, 0.32)) == "At the threshold 0.31 it is called 'finding'."
    words = brought_words(network.card)
    assert "sensitivity 0.90 (0.70 to 0.97), specificity 0.50 (0.30 to 0.70)" in words
    assert "cannot be checked here" in words


def test_without_one_the_most_probable_class_is_called(run: Run) -> None:
    network = brought(run.card)
    assert line_in(network) is None
    assert called_class(case_of(network, 0.49)) == "clear"
    assert "gives no operating point" in brought_words(network.card)
    assert calibrated(case_of(network, 0.9)) == ""
