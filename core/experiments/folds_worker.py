"""The process that cross-validates: `python -m core.experiments.folds_worker FOLDER`.

It waits once for a training's turn and then trains fold after fold, each by the code that trains every run.
Killed at any moment, it goes on with the fold that was at work from that run's last save. Each fold's
held-out part chooses nothing, neither an epoch nor a setting; it is asked once, and the look is counted at
its run.
"""

import logging
import sys
import time
from pathlib import Path

from core.errors import JobStoppedError, LightboxError
from core.evaluation.looks import n_looks
from core.evaluation.report import evaluate
from core.evaluation.stored import stored_predictions
from core.experiments.folds import CrossValidation, make_fold
from core.experiments.folds_records import FoldScore
from core.experiments.folds_summary import summarise
from core.jobs import control
from core.jobs.places import resource_of
from core.jobs.status import ALIVE
from core.jobs.worker import Job, work
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.runs.store import Run
from core.training import launch
from core.training.worker import settle, train_run
from core.workspace import write_text

_POLL_SECONDS = 0.2


def main(folder: Path, *, is_own_process: bool = False) -> None:
    """Work on the cross-validation in `folder` until it ends in one way or another.

    `is_own_process` as in core.training.worker.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with work(folder) as job:
        one = CrossValidation(folder.name, folder)
        place = job.wait_for_turn(resource_of(one.request.config.device), kind=launch.KIND)
        if is_own_process:
            settle(place)
        job.report(0.0, Message(text=N_("Loading PyTorch")))
        train_folds(one, job)


def train_folds(one: CrossValidation, job: Job) -> None:
    """Train what is not trained yet, ask each network about its held-out part, and keep what all say."""
    scores, held_out, seconds = [], [], 0.0
    for fold in range(1, one.request.n_folds + 1):
        run = _trained(one, fold, job)
        job.check_stop()
        predictions = _held_out(run)
        scores.append(_score(run, fold, predictions))
        held_out.append(predictions)
        seconds += run.epochs[-1].seconds
    result = summarise(scores, held_out, seconds=seconds)
    write_text(one.folder / "result.json", result.model_dump_json(indent=1) + "\n")


def _trained(one: CrossValidation, fold: int, job: Job) -> Run:
    """Return the run of a fold once it has completed."""
    run = make_fold(one, fold)
    title = Message(text=N_("Fold {fold} of {n}"), values={"fold": fold, "n": one.request.n_folds})
    part = ((fold - 1) / one.request.n_folds, fold / one.request.n_folds)
    while _is_at_work(run):  # resumed by itself, in a process of its own
        job.check_stop()
        job.report(part[0], title)
        time.sleep(_POLL_SECONDS)
    if _state(run) != "completed":
        control.queue_up(run.folder, kind=launch.KIND)
        with work(run.folder) as inner:
            inner.begin_inside(job, part, title)
            train_run(inner, run.folder)
    if (state := run.state) == "stopped":
        raise JobStoppedError
    if state != "completed":
        text = N_("{part} could not be trained: {reason}")
        raise LightboxError(text, part=title, reason=run.status.error or Message(text=state))
    return run


def _state(run: Run) -> str | None:
    return run.state if (run.folder / "status.json").exists() else None


def _is_at_work(run: Run) -> bool:
    return _state(run) in ALIVE


def _held_out(run: Run) -> Predictions:
    """Return what a run says of its test part; asked once, whatever was killed in between."""
    stored = stored_predictions(run, "test")
    if stored is not None and n_looks(run) > 0:
        return stored
    from core.evaluation.predictions import predictions_of  # torch

    return predictions_of(run, "test", who="cross-validation")


def _score(run: Run, fold: int, predictions: Predictions) -> FoldScore:
    found = evaluate(predictions)
    return FoldScore(
        fold=fold,
        run=run.run_id,
        n_images=found.n_samples,
        n_patients=found.n_patients,
        n_train=launch.split_counts(run)["train"],
        best_epoch=run.card.best_epoch,
        metrics=found.metrics,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), is_own_process=True)
