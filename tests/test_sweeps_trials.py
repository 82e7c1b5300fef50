"""The trials of a sweep: exactly as many as asked for, none lost and none made twice, whatever dies when."""

import math
import threading
from pathlib import Path
from typing import Any

import optuna
import pytest

from core.errors import InvalidValueError, NameTakenError, StateError, UnknownNameError
from core.experiments.sweeps import store, worker
from core.experiments.sweeps.journal import NAME, Journal, read_trials
from core.experiments.sweeps.store import Sweep, open_sweep, resume_sweep, start_sweep, stop_sweep
from core.experiments.sweeps.study import Study
from core.jobs import control
from core.jobs.status import read_status
from core.runs.store import list_runs, open_run
from core.training import launch
from core.training.config import TrainingConfig
from core.workspace import sweeps_dir
from tests.sweeping import (
    OPTIMIZERS,
    RATES,
    Trainer,
    assert_whole,
    installed,
    killed_at_work,
    request_of,
    told,
    work_on,
)
from tests.tiny_dataset import write_tiny


@pytest.fixture
def trainer(home: Path, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """A home with a data set, where sweeps train with hand-made curves."""
    write_tiny()
    return installed(monkeypatch)


def points_of(sweep: Sweep) -> list[dict[str, Any]]:
    return [dict(trial.point) for trial in sweep.trials()]


@pytest.mark.parametrize("n_workers", [1, 2])
@pytest.mark.parametrize("sampler", ["random", "grid", "tpe"])
def test_there_are_exactly_as_many_trials_as_asked_for(
    trainer: Trainer, sampler: str, n_workers: int
) -> None:
    n_trials = 6
    request = request_of(sampler=sampler, space=(RATES, OPTIMIZERS), n_trials=n_trials, n_workers=n_workers)
    sweep = start_sweep(request)
    threads = [threading.Thread(target=work_on, args=(sweep, k)) for k in range(1, n_workers + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_whole(sweep, trainer)
    points = [tuple(point.values()) for point in points_of(sweep)]
    assert len(set(points)) == len(points) == n_trials


def test_who_asks_once_more_gets_nothing(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.experiments.sweeps.study.is_locked", lambda folder: True)  # all live
    sweep = start_sweep(request_of(n_trials=3))
    studies = [Study(sweep, f"worker-{number}") for number in range(4)]
    claimed = [study.claim() for study in studies]
    assert [trial and trial.number for trial in claimed] == [0, 1, 2, None]
    assert len(sweep.trials()) == 3


def test_tpe_chooses_the_same_again_also_after_a_kill(trainer: Trainer) -> None:
    request = request_of(sampler="tpe", space=(RATES, OPTIMIZERS), n_trials=9)
    first = start_sweep(request)
    work_on(first)
    second = start_sweep(request)
    trainer.dies_at = (second.run_name(6), 2)
    killed_at_work(second)
    work_on(second)
    assert points_of(second) == points_of(first)
    assert len({tuple(point.values()) for point in points_of(first)}) == 9


def test_tpe_comes_closer_than_it_began(trainer: Trainer) -> None:
    trainer.curve = lambda config, epoch: abs(math.log10(config.learning_rate) + 2)
    sweep = start_sweep(request_of(sampler="tpe", n_trials=18))
    work_on(sweep)
    drawn = [trial.value or 0.0 for trial in sweep.trials()][6:]  # the first six are drawn by lot
    by_lot = (2**2 / 2 + 1**2 / 2) / 3  # the mean distance from the middle decade of a draw by lot
    assert sum(drawn) / len(drawn) < 0.7 * by_lot


def test_our_reading_of_the_journal_is_optunas(trainer: Trainer) -> None:
    sweep = start_sweep(request_of(pruner="median", startup_trials=2, n_trials=7))
    work_on(sweep)
    backend = optuna.storages.journal.JournalFileBackend(str(sweep.folder / NAME))
    theirs = optuna.load_study(study_name=None, storage=optuna.storages.JournalStorage(backend)).trials
    ours = read_trials(sweep.folder)
    states = {"COMPLETE": "done", "PRUNED": "pruned", "FAIL": "failed"}
    assert {trial.state for trial in ours} == {"done", "pruned"}
    assert [trial.state for trial in ours] == [states[trial.state.name] for trial in theirs]
    assert [dict(trial.point) for trial in ours] == [trial.params for trial in theirs]
    assert [trial.values for trial in ours] == [trial.intermediate_values for trial in theirs]
    done = [trial.value for trial in theirs if trial.state.name == "COMPLETE"]
    assert [trial.value for trial in ours if trial.state == "done"] == done


def test_a_journal_is_read_on_line_by_line_and_half_a_line_is_waited_for(trainer: Trainer) -> None:
    sweep = start_sweep(request_of())
    work_on(sweep)
    whole = (sweep.folder / NAME).read_bytes()
    path = sweep.folder / "copy" / NAME
    path.parent.mkdir()
    path.write_bytes(b"")
    journal = Journal(path.parent)
    for end in range(0, len(whole) + 1, 61):
        path.write_bytes(whole[:end])
        assert journal.trials() == read_trials(path.parent)
    path.write_bytes(whole)
    assert journal.trials() == sweep.trials()


def test_a_half_written_last_line_is_cut_off_before_the_next(trainer: Trainer) -> None:
    sweep = start_sweep(request_of())
    trainer.dies_at = (sweep.run_name(1), 1)
    killed_at_work(sweep)
    with (sweep.folder / NAME).open("ab") as file:
        file.write(b'{"op_code":7,"worker_id":"x","trial_i')
    work_on(sweep)
    assert_whole(sweep, trainer)


def test_where_there_are_several_gpus_each_trial_has_a_process_of_its_own(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[Path] = []
    monkeypatch.setattr(worker, "gpus", lambda: ("GPU-1", "GPU-2"))
    monkeypatch.setattr(worker, "settle", lambda place: None)
    monkeypatch.setattr(control, "_launch", lambda folder, module: launched.append(folder))
    sweep = start_sweep(request_of(n_trials=3))
    for n_done in (1, 2, 3):
        assert len(launched) == n_done
        assert sweep.state == "queued"
        worker.main(launched[-1], is_own_process=True)
        assert [trial.state for trial in sweep.trials()].count("done") == n_done
    assert len(launched) == 3  # none for nothing
    assert_whole(sweep, trainer)


# Stop and go on.


def test_stopped_it_keeps_the_trial_at_work_and_goes_on_with_it(trainer: Trainer) -> None:
    sweep = start_sweep(request_of(n_workers=2))

    def stop(run: Any, epoch: int) -> None:
        if (run.run_id, epoch) == (sweep.run_name(1), 3):
            stop_sweep(sweep.name)

    trainer.before_epoch = stop
    work_on(sweep, 1)
    work_on(sweep, 2)
    assert set(sweep.workers().values()) == {"stopped"}
    assert sweep.state == "stopped"
    assert [trial.state for trial in sweep.trials()] == ["done", "running", "waiting", "waiting"]
    assert open_run(sweep.run_name(1)).state == "stopped"
    trainer.before_epoch = lambda run, epoch: None
    resume_sweep(sweep.name)
    work_on(sweep, 2)
    assert_whole(sweep, trainer)


def test_a_run_that_somebody_stops_by_hand_is_a_failed_trial_and_the_others_go_on(trainer: Trainer) -> None:
    sweep = start_sweep(request_of())
    trainer.before_epoch = lambda run, epoch: (
        launch.stop(run.run_id) and None if (run.run_id, epoch) == (sweep.run_name(2), 2) else None
    )
    work_on(sweep)
    trials = sweep.trials()
    assert [trial.state for trial in trials] == ["done", "done", "failed", "done"]
    assert told(trials[2].reason) == "stopped by hand"
    assert sweep.state == "completed"


def test_a_run_that_fails_is_a_failed_trial_with_its_reason(trainer: Trainer) -> None:
    sweep = start_sweep(request_of())

    def fail(run: Any, epoch: int) -> None:
        if run.run_id == sweep.run_name(0):
            raise StateError("The moon is in the wrong place.")

    trainer.before_epoch = fail
    work_on(sweep)
    assert [trial.state for trial in sweep.trials()] == ["failed", "done", "done", "done"]
    assert told(sweep.trials()[0].reason) == "The moon is in the wrong place."


def test_its_trials_go_on_with_it_and_not_by_themselves(trainer: Trainer) -> None:
    sweep = start_sweep(request_of())
    trainer.dies_at = (sweep.run_name(0), 1)
    killed_at_work(sweep)
    assert sweep.state == "interrupted"
    assert [one.name for one in store.interrupted()] == [sweep.name]
    assert launch.interrupted() == []
    assert open_run(sweep.run_name(0)).state == "interrupted"


def test_what_is_at_work_or_has_ended_is_not_resumed(trainer: Trainer) -> None:
    sweep = start_sweep(request_of())
    with pytest.raises(StateError, match="already waiting"):
        resume_sweep(sweep.name)
    with pytest.raises(StateError, match="still at work"):
        store.delete_sweep(sweep.name)
    work_on(sweep)
    with pytest.raises(StateError, match="has ended"):
        resume_sweep(sweep.name)
    with pytest.raises(StateError, match="not running: it is completed"):
        stop_sweep(sweep.name)
    with pytest.raises(UnknownNameError, match="There is no sweep 'nobody'"):
        open_sweep("nobody")


def test_deleted_alone_its_runs_stay_and_with_them_nothing_does(trainer: Trainer) -> None:
    first, second = start_sweep(request_of()), start_sweep(request_of())
    assert first.name != second.name
    for sweep, with_runs in ((first, False), (second, True)):
        work_on(sweep)
        store.delete_sweep(sweep.name, with_runs=with_runs)
    assert store.list_sweeps() == []
    assert [run.run_id for run in list_runs() if run.request.group] == [
        first.run_name(number) for number in (3, 2, 1, 0)
    ]
    assert not open_run(first.run_name(0)).is_fold
    assert start_sweep(request_of()).name == second.name  # the first name's runs are still there


def test_nothing_is_left_of_a_sweep_that_is_refused(trainer: Trainer) -> None:
    with pytest.raises(UnknownNameError):
        start_sweep(request_of(config=request_of().config.model_copy(update={"dataset": "nowhere"})))
    with pytest.raises(InvalidValueError):
        start_sweep(request_of(space=(RATES, RATES)))
    assert list(sweeps_dir().glob("*")) == []


def test_a_run_of_that_name_is_nobodys_to_overwrite(trainer: Trainer) -> None:
    sweep = start_sweep(request_of(n_trials=1))
    launch.launch(sweep.request.config, run_id=sweep.run_name(0))
    work_on(sweep)
    status = read_status(sweep.worker_folders[0])
    assert status.state == "failed"
    assert str(status.error) == str(NameTakenError("run", sweep.run_name(0)))


def steady(levels: dict[float, float]) -> Any:
    return lambda config, epoch: levels[config.learning_rate]


def test_the_median_pruner_ends_what_is_worse_than_the_median_and_spares_the_rest(
    trainer: Trainer,
) -> None:
    rates = (0.001, 0.002, 0.003, 0.004, 0.005, 0.006)
    losses = dict(zip(rates, (1.0, 2.0, 3.0, 2.5, 1.5, 0.5), strict=True))  # median of the first three: 2
    trainer.curve = steady(losses)
    choice = RATES.model_copy(update={"kind": "choice", "choices": rates})
    sweep = start_sweep(
        request_of(
            space=(choice,), sampler="grid", n_trials=6, pruner="median", startup_trials=3, warmup_epochs=1
        )
    )
    work_on(sweep)
    trials = sweep.trials()
    assert [trial.state for trial in trials] == ["done", "done", "done", "pruned", "done", "done"]
    assert trials[3].values == {1: 2.5, 2: 2.5}  # one epoch is safe
    assert told(trials[3].reason) == "pruned at epoch 2: worse than the median so far"
    run = open_run(sweep.run_name(3))
    assert run.state == "stopped"
    assert str(run.status.message) == "pruned at epoch 2: worse than the median so far"
    assert sweep.state == "completed"


def test_successive_halving_lets_one_in_two_go_on(trainer: Trainer) -> None:
    def falling(config: TrainingConfig, epoch: int) -> float:
        return config.learning_rate * 100  # worse and worse: each trial is the worst so far

    trainer.curve = falling
    rates = (0.001, 0.002, 0.003, 0.004)
    choice = RATES.model_copy(update={"kind": "choice", "choices": rates})
    sweep = start_sweep(
        request_of(
            space=(choice,), sampler="grid", pruner="successive halving", warmup_epochs=1, reduction_factor=2
        )
    )
    work_on(sweep)
    assert [trial.state for trial in sweep.trials()] == ["done", "pruned", "pruned", "pruned"]
    assert told(sweep.trials()[1].reason) == "pruned at epoch 1: not among the best one in 2 so far"
