"""Cross-validation: who is tested when, the corrected interval, and one job that nothing can lose."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from core.datasets.splits import make_split
from core.datasets.store import open_dataset
from core.errors import StateError, UnknownNameError, UserError
from core.evaluation.looks import list_looks, n_looks
from core.evaluation.records import MetricValue
from core.experiments import folds, folds_worker
from core.experiments.folds import CrossValidation, fold_config
from core.experiments.folds_records import FoldScore
from core.experiments.folds_summary import corrected_interval, mean_of
from core.jobs import control
from core.runs.predictions import predictions_path, read_predictions
from core.runs.store import Run, list_runs, open_run
from core.training import launch, recording, worker
from core.training.config import TrainingConfig, parse_config
from core.workspace import crossvalidations_dir, runs_dir
from tests.processes import kill_worker, until
from tests.tiny_dataset import write_tiny

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 2,
    "learning_rate": 1e-4,  # so little that not everything is found
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
}


def config_of(**changes: Any) -> TrainingConfig:
    return parse_config({**CONFIG, **changes})


def score_of(value: float | None, *, fold: int = 1, n_images: int = 20, n_train: int = 60) -> FoldScore:
    metrics = {
        "auroc": MetricValue(value=value, n=n_images),
        "log_loss": MetricValue(value=value, n=n_images),
    }
    return FoldScore(
        fold=fold,
        run=f"r{fold}",
        n_images=n_images,
        n_patients=10,
        n_train=n_train,
        best_epoch=1,
        metrics=metrics,
    )


@pytest.fixture
def started(home: Path, monkeypatch: pytest.MonkeyPatch) -> CrossValidation:
    """A cross-validation of three folds that waits for its worker: no process is started."""
    write_tiny()
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    return folds.cross_validate(config_of(), n_folds=3)


# The interval.


def test_the_corrected_interval_by_hand() -> None:
    # s**2 = 0.00625; t(4) = 2.77645; sqrt((1/5 + 1/3) * 0.00625) = 0.0577350
    found = corrected_interval(np.array([0.8, 0.9, 0.7, 0.85, 0.75]), test_share=1 / 3, level=0.95)
    assert found.low == pytest.approx(0.8 - 2.776445 * 0.0577350, abs=1e-6)
    assert found.high == pytest.approx(0.8 + 2.776445 * 0.0577350, abs=1e-6)


def test_without_a_test_share_it_is_students_interval() -> None:
    values = np.array([0.61, 0.72, 0.68, 0.9])
    plain = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    found = corrected_interval(values, test_share=0.0, level=0.9)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))


@pytest.mark.parametrize("values", [[0.7, 0.7, 0.7], [0.6, 0.8]])
def test_equal_or_too_few_folds_have_no_interval(values: list[float]) -> None:
    assert not corrected_interval(np.array(values), test_share=0.3, level=0.95).is_defined


def test_a_mean_leaves_out_the_folds_where_it_is_not_defined_and_says_so() -> None:
    scores = [score_of(value) for value in (0.9, None, 0.7, 0.8)]
    found = mean_of("auroc", scores)
    assert found is not None
    assert (found.mean, found.spread, found.n_folds) == (pytest.approx(0.8), pytest.approx(0.1), 3)
    assert mean_of("auroc", [score_of(None)] * 3) is None
    assert mean_of("brier", scores) is None


def test_the_ends_stay_within_what_a_metric_can_be() -> None:
    wild = [score_of(value) for value in (0.0, 1.0, 1.0)]
    area, loss = mean_of("auroc", wild), mean_of("log_loss", wild)
    assert area is not None
    assert loss is not None
    assert (area.low, area.high) == (0.0, 1.0)
    assert loss.low == 0.0
    assert loss.high is not None
    assert loss.high > 1.0


# Who is tested.


@pytest.mark.parametrize("n_folds", [3, 5])
def test_each_patient_is_tested_once_and_never_by_a_network_that_knows_them(home: Path, n_folds: int) -> None:
    write_tiny()
    samples = open_dataset("tiny").samples
    tested: list[str] = []
    for fold in range(1, n_folds + 1):
        split = make_split(samples, fold_config(config_of(), n_folds, fold).split)
        table = split.drop(columns="label").merge(samples[["sample_id", "patient_id"]], on="sample_id")
        held_out = set(table.loc[table["split"] == "test", "patient_id"])
        assert not held_out & set(table.loc[table["split"] != "test", "patient_id"])
        tested += sorted(held_out)
    assert sorted(tested) == sorted(set(samples["patient_id"]))


def test_more_folds_than_patients_are_refused_and_nothing_is_left(home: Path) -> None:
    write_tiny(n_images=12)  # six patients
    with pytest.raises(UserError, match="10"):
        folds.cross_validate(config_of(), n_folds=10)
    assert not list(crossvalidations_dir().glob("*"))
    assert folds.list_crossvalidations() == []


# The job.


def finished(one: CrossValidation) -> CrossValidation:
    folds_worker.main(one.folder)
    assert one.state == "completed", one.status.error
    return one


def pooled_answers(one: CrossValidation) -> pd.DataFrame:
    parts = []
    for run in one.runs().values():
        answers = read_predictions(predictions_path(run.folder, "tiny", "test"))
        parts.append(
            pd.DataFrame({"id": answers.sample_ids, "y": answers.y_true, "score": answers.y_score[:, 1]})
        )
    return pd.concat(parts)


def test_one_job_trains_each_fold_and_pools_every_image_once(started: CrossValidation) -> None:
    result = finished(started).result
    assert result is not None
    assert [score.run for score in result.scores] == [f"{started.name}-fold-{n}" for n in (1, 2, 3)]
    assert sum(score.n_images for score in result.scores) == result.pooled.n_samples == 64
    assert sum(score.n_patients or 0 for score in result.scores) == result.pooled.n_patients == 32
    answers = pooled_answers(started)
    assert sorted(answers["id"]) == sorted(open_dataset("tiny").samples["sample_id"])
    pooled = result.pooled.metrics["auroc"]
    of = answers["y"] if result.positive_class == "finding" else 1 - answers["y"]
    score = answers["score"] if result.positive_class == "finding" else 1 - answers["score"]
    assert pooled.value == pytest.approx(roc_auc_score(of, score))
    assert 0.5 < (pooled.value or 0) < 1
    assert pooled.method == "bootstrap_by_patient"
    values = [score.metrics["auroc"].value for score in result.scores]
    assert result.means["auroc"].mean == pytest.approx(np.mean(np.array(values, dtype=float)))
    share = float(np.mean([score.n_images / score.n_train for score in result.scores]))
    interval = corrected_interval(np.array(values, dtype=float), test_share=share, level=0.95)
    assert result.means["auroc"].low == pytest.approx(max(0.0, interval.low))


def test_its_runs_are_runs_as_any_other_and_each_was_looked_at_once(started: CrossValidation) -> None:
    finished(started)
    assert {run.run_id for run in list_runs() if run.request.group == started.name} == {
        f"{started.name}-fold-{n}" for n in (1, 2, 3)
    }
    for run in started.runs().values():
        assert run.state == "completed"
        assert [look.who for look in list_looks(run)] == ["cross-validation"]
        assert n_looks(run) == 1
    assert control.active_jobs() == []


def weights_of(run: Run) -> bytes:
    return (run.folder / "best.safetensors").read_bytes()


def losses_of(run: Run) -> list[tuple[float, float]]:
    return [(epoch.train_loss, epoch.val_loss) for epoch in run.epochs]


def test_a_fold_is_the_run_that_its_config_gives_alone_to_the_bit(started: CrossValidation) -> None:
    finished(started)
    alone = launch.launch(started.config_of(3))
    worker.main(alone.folder)
    fold = started.runs()[3]
    assert losses_of(fold) == losses_of(alone)
    assert weights_of(fold) == weights_of(alone)


class Killed(BaseException):
    """What ends the process in the middle of a line."""


def disturb(monkeypatch: pytest.MonkeyPatch, run_name: str, act: Callable[[Run], None]) -> None:
    """Do something right after the first line of the second epoch of a run."""
    append = recording.append_metrics

    def append_and_act(folder: Path, line: Any) -> None:
        append(folder, line)
        run = Run(folder.name, folder)
        if folder.name == run_name and len(run.epochs) == 1 and line.kind == "step":
            act(run)

    monkeypatch.setattr(recording, "append_metrics", append_and_act)


def undisturbed(home: Path) -> CrossValidation:
    return finished(folds.cross_validate(config_of(), n_folds=3))


def assert_same(one: CrossValidation, other: CrossValidation) -> None:
    for fold, run in one.runs().items():
        assert losses_of(run) == losses_of(other.runs()[fold])
        assert weights_of(run) == weights_of(other.runs()[fold])
    mine, theirs = one.result, other.result
    assert mine is not None
    assert theirs is not None
    assert mine.means == theirs.means
    assert mine.pooled == theirs.pooled


def test_killed_in_the_middle_of_a_fold_it_goes_on_to_the_same_result(
    started: CrossValidation, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(run: Run) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        disturb(patch, started.run_name(2), die)
        folds_worker.main(started.folder)
    assert started.state == "interrupted"
    assert {fold: run.state for fold, run in started.runs().items()} == {1: "completed", 2: "interrupted"}
    first = weights_of(started.runs()[1])
    folds.resume(started.name)
    assert_same(finished(started), undisturbed(home))
    assert weights_of(started.runs()[1]) == first
    assert n_looks(started.runs()[1]) == 1  # not asked again


def test_stopped_within_a_fold_it_goes_on_to_the_same_result(
    started: CrossValidation, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        disturb(patch, started.run_name(2), lambda run: folds.stop(started.name) and None)
        folds_worker.main(started.folder)
    assert started.state == "stopped"
    assert started.runs()[2].state == "stopped"
    assert started.result is None
    folds.resume(started.name)
    assert_same(finished(started), undisturbed(home))


@pytest.mark.slow
def test_kill_9_of_the_real_process_loses_nothing(home: Path) -> None:
    write_tiny()
    one = folds.cross_validate(config_of(epochs=6), n_folds=3)
    until(lambda: 2 in one.runs() and len(one.runs()[2].epochs) >= 2, seconds=120)
    kill_worker(one.folder)
    assert control.wait(one.folder, seconds=30) == "interrupted"
    folds.resume(one.name)
    assert control.wait(one.folder, seconds=240) == "completed", control.tail_log(one.folder)
    other = folds.cross_validate(config_of(epochs=6), n_folds=3)
    assert control.wait(other.folder, seconds=240) == "completed", control.tail_log(other.folder)
    assert_same(one, other)


def test_a_fold_that_went_on_by_itself_is_taken_as_it_is(
    started: CrossValidation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        disturb(patch, started.run_name(1), lambda run: launch.stop(run.run_id) and None)
        folds_worker.main(started.folder)
    assert started.state == "stopped"  # with its fold
    launch.resume(started.run_name(1))
    worker.main(runs_dir() / started.run_name(1))
    ended = (runs_dir() / started.run_name(1) / "status.json").stat().st_mtime_ns
    folds.resume(started.name)
    finished(started)
    assert (runs_dir() / started.run_name(1) / "status.json").stat().st_mtime_ns == ended


def test_a_run_folder_that_was_half_made_is_made_again(started: CrossValidation) -> None:
    half = runs_dir() / started.run_name(1)
    half.mkdir(parents=True)
    (half / "config.json").write_text("{")
    finished(started)


def test_it_says_which_fold_is_at_work(started: CrossValidation, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, float]] = []
    monkeypatch.setattr("core.jobs.worker._REPORT_SECONDS", 0.0)

    monkeypatch.setattr("core.training.saving.Saver.offer", lambda saver, write: write())  # and at once
    disturb(
        monkeypatch,
        started.run_name(2),
        lambda run: said.append((str(started.status.message), started.status.progress)),
    )
    finished(started)
    assert said[0][0].startswith("Fold 2 of 3: Epoch ")
    assert 1 / 3 < said[0][1] < 2 / 3


def test_a_fold_that_fails_ends_it_with_the_reason(
    started: CrossValidation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run: Run) -> None:
        raise StateError("The moon is in the wrong place.")

    disturb(monkeypatch, started.run_name(1), fail)
    folds_worker.main(started.folder)
    assert started.state == "failed"
    expected = "Fold 1 of 3 could not be trained: The moon is in the wrong place."
    assert str(started.status.error) == expected


def test_what_is_at_work_or_has_ended_is_not_resumed(started: CrossValidation) -> None:
    with pytest.raises(StateError, match="already waiting"):
        folds.resume(started.name)
    finished(started)
    with pytest.raises(StateError, match="has ended"):
        folds.resume(started.name)
    with pytest.raises(UnknownNameError, match="There is no cross-validation 'nobody'"):
        folds.open_crossvalidation("nobody")
    with pytest.raises(UnknownNameError):
        open_run(started.name)  # it is no run
