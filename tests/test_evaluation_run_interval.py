"""The interval of a run's best value, which no worker writes: it is measured from its predictions, once."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit

from core.evaluation.index import RunIndex, index
from core.evaluation.run_row import BestMetric, RunRow
from core.runs import store
from core.runs.predictions import Predictions, predictions_path, write_predictions
from core.runs.records import CardMetric
from core.runs.store import Run
from core.workspace import ROOT, runs_dir
from tests.run_folders import write_run

BY_A_WORKER = CardMetric(value=0.75, n=8)
SCORES = (0.9, 0.8, 0.4, 0.3, 0.7, 0.35, 0.2, 0.1)
# Of 4 x 4 pairs 13 are in the right order. By DeLong 1988 each positive is above 1, 1, 3/4, 1/2 of the
# negatives, and each negative below 1/2, 3/4, 1, 1 of the positives.
AREA = 13 / 16


@pytest.fixture(autouse=True)
def alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run ships."""
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")


def write_scores(run: Run, *, patients: tuple[str, ...] | None = None, origin: str = "") -> None:
    """Write what a worker leaves: predictions of eight images, the first four with a finding."""
    score = np.array(SCORES)
    predictions = Predictions.from_logits(
        np.log(np.stack([1 - score, score], axis=1)),
        y_true=np.array([1] * 4 + [0] * 4),
        sample_ids=np.arange(8),
        patient_ids=None if patients is None else np.array(patients, dtype=object),
        class_names=("clear", "finding"),
        positive_class="finding",
    )
    write_predictions(run.folder, "films", "val", predictions, origin=origin)


def row_of(name: str) -> RunRow:
    return next(row for row in index().rows() if row.run_id == name)


def measured(name: str) -> BestMetric:
    index().rows()
    index().measure()
    best = row_of(name).best
    assert best is not None
    return best


def test_a_worker_leaves_no_interval_and_it_follows_from_its_predictions() -> None:
    write_scores(write_run("new", auroc=BY_A_WORKER))
    before = row_of("new").best
    assert before == BestMetric(
        name="auroc", value=0.75, n=8, positive_class="finding", interval_follows=True
    )
    best = measured("new")
    # the variance is twice that of those parts over 4; normal on the logit scale
    spread = np.sqrt(2 * np.var([1, 1, 3 / 4, 1 / 2], ddof=1) / 4) / (AREA * (1 - AREA))
    assert (best.name, best.value, best.n, best.positive_class) == ("auroc", AREA, 8, "finding")
    assert best.low == pytest.approx(expit(logit(AREA) - 1.959964 * spread), abs=1e-6)
    assert best.high == pytest.approx(expit(logit(AREA) + 1.959964 * spread), abs=1e-6)
    assert not best.interval_follows and not row_of("new").is_restless


def test_predictions_that_come_after_the_line_was_kept_are_measured_too() -> None:
    run = write_run("new", auroc=BY_A_WORKER)
    alone = row_of("new").best
    assert alone is not None and (alone.low, alone.interval_follows) == (None, False)
    write_scores(run)
    assert measured("new").low is not None


def test_an_interval_is_measured_once_and_kept_for_the_next_server() -> None:
    write_scores(write_run("new", auroc=BY_A_WORKER))
    best = measured("new")
    assert RunIndex(runs_dir()).rows()[0].best == best


def test_a_line_without_its_interval_is_not_kept_for_the_next_server() -> None:
    write_scores(write_run("new", auroc=BY_A_WORKER))
    index().rows()
    again = RunIndex(runs_dir())
    assert again.rows()[0].is_restless
    again.measure()
    assert not again.rows()[0].is_restless


def test_meanwhile_it_is_measured_in_a_thread_that_ends() -> None:
    write_scores(write_run("new", auroc=BY_A_WORKER))
    index().rows()
    index().measure_meanwhile()
    thread = index()._measuring
    assert thread is not None
    thread.join(60)
    best = row_of("new").best
    assert best is not None and best.low is not None


def test_of_a_run_at_work_the_predictions_of_before_say_nothing() -> None:
    write_scores(write_run("again", auroc=BY_A_WORKER, state="running"))
    best = measured("again")
    assert (best.value, best.low, best.interval_follows) == (0.75, None, False)


@pytest.mark.parametrize(("origin", "is_known"), [("epoch 1", True), ("epoch 7", False)])
def test_predictions_of_other_weights_say_nothing(origin: str, is_known: bool) -> None:
    write_scores(write_run("old", auroc=BY_A_WORKER, state="stopped"), origin=origin)
    best = measured("old")
    assert (best.low is not None) == is_known
    assert best.value == (AREA if is_known else 0.75)


@pytest.mark.parametrize("content", [b"", b"PAR1 but no more", b"x" * 1000])
def test_torn_predictions_leave_the_value_and_say_what_is_wrong(content: bytes) -> None:
    run = write_run("torn", auroc=BY_A_WORKER)
    path = predictions_path(run.folder, "films", "val")
    path.parent.mkdir()
    path.write_bytes(content)
    best = measured("torn")
    assert (best.value, best.low, best.interval_follows) == (0.75, None, False)
    assert str(row_of("torn").problem) == (
        "The stored predictions 'films.val.parquet' can't be read. Delete this file to have them made again."
    )


def test_a_run_that_goes_while_it_is_measured_stops_nobody() -> None:
    gone = write_run("gone", day=2, auroc=BY_A_WORKER)
    write_scores(gone)
    write_scores(write_run("stays", auroc=BY_A_WORKER))
    index().rows()
    shutil.rmtree(gone.folder)
    index().measure()
    assert [(row.run_id, row.best and row.best.value) for row in index().rows()] == [("stays", AREA)]


def test_a_process_that_ends_while_it_measures_ends_well() -> None:
    for number in range(40):
        write_scores(write_run(f"new-{number}", auroc=BY_A_WORKER))
    code = "from core.evaluation.index import index; index().rows(); index().measure_meanwhile()"
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert sum(row.is_restless for row in RunIndex(runs_dir()).rows()) > 0
