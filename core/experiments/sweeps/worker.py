"""The process that works on a sweep: `python -m core.experiments.sweeps.worker WORKER_FOLDER`.

It waits for a training's turn, takes a trial, trains it by the code that trains every run, and gives its
place back: whoever waits meanwhile goes first, be it a single run or another worker. With nothing left to
take it stays until the others' trials have ended, for one of them may die and leave its trial behind.
"""

import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.datasets.store import open_dataset
from core.errors import JobStoppedError
from core.experiments.sweeps.records import KIND, TrialRecord
from core.experiments.sweeps.store import WORKER, Sweep, make_trial
from core.jobs import control
from core.jobs.places import gpus, resource_of
from core.jobs.status import ALIVE
from core.jobs.worker import Job, work
from core.language import N_, Message
from core.runs.records import EpochMetrics
from core.runs.store import Run
from core.training import launch
from core.training.config import facts_of
from core.training.worker import settle, train_run

if TYPE_CHECKING:
    from optuna.trial import Trial

    from core.experiments.sweeps.study import Study

_POLL_SECONDS: Final = 0.2

_log = logging.getLogger(__name__)


def main(folder: Path, *, is_own_process: bool = False) -> None:
    """Work on the sweep to which the worker in `folder` belongs, until all its trials have ended.

    `is_own_process` as in core.training.worker.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    sweep = Sweep(folder.parent.parent.name, folder.parent.parent)
    # A process sees one GPU for all its life. Where there are several, each trial has a process of its own,
    # or this one could wait for its GPU while another is free.
    starts_anew = is_own_process and len(gpus()) > 1
    is_over = False
    with work(folder) as job:
        is_over = _work_on(sweep, job, settles=is_own_process, once=starts_anew)
    if starts_anew and not is_over and control.view(folder).state == "completed":
        control.start(folder, module=WORKER, kind=KIND)


def _work_on(sweep: Sweep, job: Job, *, settles: bool, once: bool) -> bool:
    """Train trials while there are any, only one if `once`; return whether all have ended."""
    from core.experiments.sweeps.study import Study  # optuna

    dataset = open_dataset(sweep.request.config.dataset)
    study = Study(sweep, job.folder.name, facts_of(dataset.info, sweep.split))
    resource = resource_of(sweep.request.config.device)
    while not study.is_over():
        with job.turn(resource, kind=launch.KIND) as place:
            if settles:
                settle(place)
                settles = False  # a lower priority adds to the one before
            trial = study.claim()
            if trial is not None:
                _Turn(sweep, study, trial, job).run()
        if trial is None:
            _wait_for_others(study, job)
        elif once:
            return study.is_over()
    return True


def _wait_for_others(study: "Study", job: Job) -> None:
    """Wait aside until there is something to take again, or nothing any more."""
    job.wait_aside(Message(text=N_("Waiting for the last trials of the other workers")))
    while not study.is_over() and not study.has_work():
        job.check_stop()
        time.sleep(_POLL_SECONDS)


class _Turn:
    """One trial, from its settings to what Optuna is told."""

    def __init__(self, sweep: Sweep, study: "Study", trial: "Trial", job: Job) -> None:
        self._sweep, self._study, self._trial, self._job = sweep, study, trial, job
        self._epochs = sweep.request.config.epochs
        n = sweep.request.n_trials
        self._title = Message(text=N_("Trial {number} of {n}"), values={"number": trial.number + 1, "n": n})

    def run(self) -> None:
        """Train the trial to its end and tell how it ended.

        Raises
        ------
        LightboxError
            The worker is to stop, or the run cannot even be made: the trial stays, for whoever goes on.
        """
        from optuna.trial import TrialState

        said = self._title if "torch" in sys.modules else Message(text=N_("Loading PyTorch"))
        self._job.report(self._part()[0], said)
        run = self._trained()
        best = _best(run, self._sweep.request.metric, lower=self._sweep.request.lower_is_better)
        if run.state == "completed" and best is not None:
            self._study.tell(self._trial, TrialState.COMPLETE, best)
        elif run.state == "stopped" and self._study.why_pruned(self._trial):
            self._study.tell(self._trial, TrialState.PRUNED)
        else:
            self._study.note(self._trial, _why(run))
            self._study.tell(self._trial, TrialState.FAIL)

    def _trained(self) -> Run:
        """Return the run of the trial once it has ended in one way or another."""
        point = {one.field: self._trial.params[one.field] for one in self._sweep.request.space}
        record = TrialRecord(number=self._trial.number, state="running", point=point)
        run = make_trial(self._sweep, record)
        self._epochs = run.config.epochs
        while _state(run) in ALIVE:  # resumed by itself, in a process of its own
            self._job.check_stop()
            time.sleep(_POLL_SECONDS)
        if _state(run) in ("completed", "failed") or (
            _state(run) == "stopped" and self._study.why_pruned(self._trial)
        ):
            self._catch_up(run)
            return run
        control.queue_up(run.folder, kind=launch.KIND)
        with work(run.folder) as inner:
            inner.begin_inside(self._job, self._part(), self._title)
            self._check_pruned()  # killed between the word and the deed
            self._catch_up(run)
            train_run(inner, run.folder, after_epoch=self._after_epoch)
        self._job.check_stop()  # then the run has stopped with it, and the trial is still this one's
        return run

    def _part(self) -> tuple[float, float]:
        n = self._sweep.request.n_trials
        return self._trial.number / n, (self._trial.number + 1) / n

    def _catch_up(self, run: Run) -> None:
        """Report the epochs that a killed worker wrote down and did not report."""
        for epoch in run.epochs if (run.folder / "metrics.jsonl").exists() else []:
            self._report(epoch)

    def _report(self, epoch: EpochMetrics) -> bool:
        value = getattr(epoch, f"val_{self._sweep.request.metric}")
        return value is not None and self._study.report(self._trial, epoch.epoch, value)

    def _after_epoch(self, epoch: EpochMetrics) -> None:
        is_hopeless = self._report(epoch)
        if is_hopeless and epoch.epoch < self._epochs:
            text = N_("pruned at epoch {epoch}: worse than the median so far")
            if self._sweep.request.pruner != "median":
                text = N_("pruned at epoch {epoch}: not among the best one in {n} so far")
            values = {"epoch": epoch.epoch, "n": self._sweep.request.reduction_factor}
            reason = Message(text=text, values=values)
            self._study.note(self._trial, reason, prunes=True)
            raise JobStoppedError(reason)

    def _check_pruned(self) -> None:
        reason = self._study.why_pruned(self._trial)
        if reason is not None:
            raise JobStoppedError(reason)


def _state(run: Run) -> str | None:
    return run.state if (run.folder / "status.json").exists() else None


def _best(run: Run, metric: str, *, lower: bool) -> float | None:
    found = [value for one in run.epochs if (value := getattr(one, f"val_{metric}")) is not None]
    return (min(found) if lower else max(found)) if found else None


def _why(run: Run) -> Message:
    status = run.status
    if status.error is not None:
        return status.error
    return Message(text=N_("stopped by hand") if run.state == "stopped" else N_("it has no score"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), is_own_process=True)
