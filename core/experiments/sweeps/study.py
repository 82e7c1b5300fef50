"""The trials of a sweep in Optuna's journal, handed out so that none is lost and none is made twice.

All trials are written down at the start, for two workers that ask Optuna for the next one until a limit is
reached make one too many. Whoever takes a trial writes its name to it under a lock, before it is at work: a
trial at work whose worker's lock is free belongs to nobody, and the next worker takes it up where it was.

Covers: kill -9 of any worker at any moment, a half-written last line. Does not cover: workers on several
machines that share a folder without locks.
"""

import warnings
from pathlib import Path
from typing import Any, Final

import optuna
from filelock import FileLock
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.storages.journal._file import BaseJournalFileLock  # the public package leaves it out
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from core.experiments.sweeps.journal import NAME, POINT, PRUNED, REASON, WORKER
from core.experiments.sweeps.points import config_of, effect_of, random_points, short, sift
from core.experiments.sweeps.records import SweepRequest
from core.experiments.sweeps.space import Dimension, Point, last_int
from core.experiments.sweeps.store import Sweep
from core.jobs.status import is_locked
from core.language import Message
from core.training.config import DatasetFacts, problems

_TRIES: Final = 30  # draws of TPE before lot decides
_MOST_LEARNING_TRIALS: Final = 10  # that TPE draws by lot before it has anything to go by


class Study:
    """A sweep's trials, as one of its workers deals with them.

    Parameters
    ----------
    sweep
        Its folder holds the journal.
    worker
        The name of the worker: its folder's.
    facts
        Of the data set, to choose only settings that can be trained.
    """

    def __init__(self, sweep: Sweep, worker: str, facts: DatasetFacts | None = None) -> None:
        self._sweep, self._worker, self._facts = sweep, worker, facts
        self._request = sweep.request
        self._claiming = FileLock(sweep.folder / "claim.lock")
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with self._claiming:
            self._storage = JournalStorage(_Backend(sweep.folder / NAME))
            self._study = optuna.create_study(
                storage=self._storage,
                study_name=sweep.name,
                direction="minimize" if self._request.lower_is_better else "maximize",
                sampler=optuna.samplers.RandomSampler(seed=self._request.seed),  # unused: see _point
                pruner=pruner_of(self._request),
                load_if_exists=True,
            )
            self._enqueue_all()

    def claim(self) -> Trial | None:
        """Return the next trial, now this worker's: one that a dead worker left, or a new one; else None."""
        with self._claiming:
            trials = self._study.get_trials(deepcopy=False)
            orphan = next((one for one in trials if self._is_orphan(one)), None)
            if orphan is not None:
                self._storage.set_trial_user_attr(orphan._trial_id, WORKER, self._worker)
                return self._trial(orphan)
            fresh = next((one for one in trials if one.state == TrialState.WAITING), None)
            if fresh is None:
                return None
            if not fresh.system_attrs.get(POINT):
                self._storage.set_trial_system_attr(fresh._trial_id, POINT, self._point(fresh, trials))
            # First the name, then the state: a trial at work always has an owner.
            self._storage.set_trial_user_attr(fresh._trial_id, WORKER, self._worker)
            self._storage.set_trial_state_values(fresh._trial_id, state=TrialState.RUNNING)
            return self._trial(fresh)

    def has_work(self) -> bool:
        """Tell whether a trial waits, or was left by a worker that is gone."""
        trials = self._study.get_trials(deepcopy=False)
        return any(one.state == TrialState.WAITING or self._is_orphan(one) for one in trials)

    def is_over(self) -> bool:
        """Tell whether every trial has ended."""
        return all(trial.state.is_finished() for trial in self._study.get_trials(deepcopy=False))

    def report(self, trial: Trial, epoch: int, value: float) -> bool:
        """Write down the metric of an epoch, once; return whether the trial should be pruned now."""
        if epoch not in self._frozen(trial).intermediate_values:
            trial.report(value, epoch)
        return trial.should_prune()

    def note(self, trial: Trial, reason: Message, *, prunes: bool = False) -> None:
        """Write down why a trial is about to end before its time."""
        if prunes:
            trial.set_user_attr(PRUNED, True)
        trial.set_user_attr(REASON, reason.model_dump_json())

    def why_pruned(self, trial: Trial) -> Message | None:
        """Return why a trial is to be pruned, whoever takes it up; None if it is not."""
        noted = self._frozen(trial).user_attrs
        return Message.model_validate_json(noted[REASON]) if PRUNED in noted and REASON in noted else None

    def tell(self, trial: Trial, state: TrialState, value: float | None = None) -> None:
        """Write down how a trial ended, once."""
        if not self._frozen(trial).state.is_finished():
            self._study.tell(trial.number, value, state=state)

    def _frozen(self, trial: Trial) -> FrozenTrial:
        return self._storage.get_trial(trial._trial_id)

    def _trial(self, frozen: FrozenTrial) -> Trial:
        trial = Trial(self._study, frozen._trial_id)
        for dimension in self._request.space:
            _suggest(trial, dimension)
        return trial

    def _enqueue_all(self) -> None:
        """Write down the trials that are not there yet: a killed worker may have got only half-way."""
        n_there = len(self._study.get_trials(deepcopy=False))
        for number in range(n_there, self._request.n_trials):
            point = self._request.points[number] if self._request.points else {}
            self._study.add_trial(create_trial(state=TrialState.WAITING, system_attrs={POINT: point}))

    def _is_orphan(self, trial: FrozenTrial) -> bool:
        if trial.state != TrialState.RUNNING:
            return False
        owner = str(trial.user_attrs.get(WORKER))
        # This worker asks for work, so whatever bears its name was left by its process of before.
        return owner == self._worker or not is_locked(self._sweep.folder / "workers" / owner)

    def _point(self, trial: FrozenTrial, trials: list[FrozenTrial]) -> Point:
        """Choose the settings of a TPE trial: what it draws, but nothing twice and nothing impossible."""
        base, request = self._request.config, self._request
        taken = [config_of(base, one.system_attrs[POINT]) for one in trials if one.system_attrs.get(POINT)]
        seen = {effect_of(config) for config in taken}
        if trial.number >= _n_by_lot(request):
            sampler = _tpe(request, trial.number)
            for _try in range(_TRIES):
                point = {one.field: self._draw(sampler, trial, one) for one in request.space}
                config = config_of(base, point)
                if not problems(config, self._facts) and effect_of(config) not in seen:
                    return point
        by_lot = sift(random_points(request.space, request.seed), base, self._facts, most=request.n_trials)
        return next(point for point in by_lot.points if effect_of(config_of(base, point)) not in seen)

    def _draw(self, sampler: BaseSampler, trial: FrozenTrial, dimension: Dimension) -> Any:
        distribution = distribution_of(dimension)
        drawn = sampler.sample_independent(self._study, trial, dimension.field, distribution)
        return short(drawn, dimension) if dimension.kind == "float" else drawn


def distribution_of(dimension: Dimension) -> BaseDistribution:
    """Return a dimension in Optuna's words."""
    if dimension.kind == "choice":
        return CategoricalDistribution(dimension.choices)
    if dimension.kind == "float":
        return FloatDistribution(dimension.low, dimension.high, log=dimension.log)
    return IntDistribution(int(dimension.low), last_int(dimension), log=dimension.log, step=dimension.step)


def pruner_of(request: SweepRequest) -> BasePruner:
    """Return the pruner that a request names."""
    if request.pruner == "median":  # epochs count from 1, and so many are to be safe
        return MedianPruner(n_startup_trials=request.startup_trials, n_warmup_steps=request.warmup_epochs + 1)
    if request.pruner == "successive halving":
        return SuccessiveHalvingPruner(
            min_resource=max(1, request.warmup_epochs), reduction_factor=request.reduction_factor
        )
    return NopPruner()


def _n_by_lot(request: SweepRequest) -> int:
    return min(_MOST_LEARNING_TRIALS, max(4, request.n_trials // 3))


def _tpe(request: SweepRequest, number: int) -> BaseSampler:
    """Return a sampler that draws the same for a trial, whichever process asks and however often."""
    seed = (request.seed * 1_000_003 + number) % 2**32
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return TPESampler(n_startup_trials=1, seed=seed, multivariate=False, constant_liar=True)


def _suggest(trial: Trial, dimension: Dimension) -> None:
    """Let Optuna take over a value that stands in the enqueued trial."""
    if dimension.kind == "choice":
        trial.suggest_categorical(dimension.field, dimension.choices)
    elif dimension.kind == "float":
        trial.suggest_float(dimension.field, dimension.low, dimension.high, log=dimension.log)
    else:
        low, high = int(dimension.low), last_int(dimension)
        trial.suggest_int(dimension.field, low, high, step=dimension.step, log=dimension.log)


class _ProcessLock(BaseJournalFileLock):
    """A lock that dies with its process: Optuna's own are files, which a kill leaves behind."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path)

    def acquire(self) -> bool:
        self._lock.acquire()
        return True

    def release(self) -> None:
        self._lock.release()


class _Backend(JournalFileBackend):
    """A journal whose half-written last line is cut off before the next is written behind it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lock = _ProcessLock(path.with_name(f"{NAME}.lock"))
        super().__init__(str(path), lock_obj=lock)
        self._process_lock = lock

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        self._process_lock.acquire()  # the same lock may be taken twice: see filelock
        try:
            _cut_torn_line(self._path)
            super().append_logs(logs)
        finally:
            self._process_lock.release()


def _cut_torn_line(path: Path) -> None:
    with path.open("rb+") as file:
        size = file.seek(0, 2)
        if size == 0:
            return
        file.seek(size - 1)
        if file.read(1) == b"\n":
            return
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
