"""A worker of a sweep dies, at every moment at which it can: no trial is lost and none is made twice."""

import threading
from pathlib import Path
from typing import Any

import optuna
import pytest

from core.experiments.sweeps import store, worker
from core.experiments.sweeps.records import TrialRecord
from core.experiments.sweeps.store import Sweep, start_sweep
from core.experiments.sweeps.study import Study
from core.runs.store import open_run
from core.workspace import runs_dir
from tests.sweeping import (
    RATES,
    Killed,
    Trainer,
    assert_whole,
    installed,
    killed_at_work,
    request_of,
    runs_of,
    work_on,
)
from tests.tiny_dataset import write_tiny


@pytest.fixture
def trainer(home: Path, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """A home with a data set, where sweeps train with hand-made curves."""
    write_tiny()
    return installed(monkeypatch)


@pytest.mark.parametrize("taker", [1, 2])
def test_killed_in_an_epoch_the_trial_goes_on_with_whoever_comes(trainer: Trainer, taker: int) -> None:
    sweep = start_sweep(request_of(n_workers=2))
    trainer.dies_at = (sweep.run_name(1), 2)
    killed_at_work(sweep, 1)
    assert [trial.state for trial in sweep.trials()] == ["done", "running", "waiting", "waiting"]
    work_on(sweep, taker)
    assert_whole(sweep, trainer)
    assert sweep.trials()[1].worker == sweep.worker_folders[taker - 1].name


def test_killed_between_claim_and_run_folder_nothing_is_lost(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(sweep: Sweep, trial: TrialRecord) -> Any:
        if trial.number == 1:
            raise Killed
        return store.make_trial(sweep, trial)

    sweep = start_sweep(request_of(n_workers=2))
    with monkeypatch.context() as patch:
        patch.setattr(worker, "make_trial", die)
        killed_at_work(sweep, 1)
    assert runs_of(sweep) == [sweep.run_name(0)]
    half = runs_dir() / sweep.run_name(1)
    half.mkdir()
    (half / "config.json").write_text("{")  # and the folder was half made
    work_on(sweep, 2)
    assert_whole(sweep, trainer)


@pytest.mark.parametrize("call", ["create_study", "add_trial"])
def test_killed_while_the_trials_are_written_down_there_are_as_many_in_the_end(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    n_calls = []

    def die(*_arguments: Any, **_values: Any) -> Any:
        n_calls.append(1)
        if call == "create_study" or len(n_calls) == 3:
            raise Killed
        return add(*_arguments, **_values)

    sweep = start_sweep(request_of(n_workers=2))
    add = optuna.Study.add_trial
    with monkeypatch.context() as patch:
        patch.setattr(optuna if call == "create_study" else optuna.Study, call, die)
        killed_at_work(sweep, 1)
    work_on(sweep, 2)
    assert_whole(sweep, trainer)


@pytest.mark.parametrize("call", ["set_trial_user_attr", "set_trial_state_values", "set_trial_param"])
def test_killed_in_the_middle_of_taking_a_trial_it_is_taken_again(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    sweep = start_sweep(request_of(n_workers=2, sampler="tpe"))
    real = getattr(optuna.storages.JournalStorage, call)

    def die(storage: Any, trial_id: int, *arguments: Any, **values: Any) -> Any:
        result = real(storage, trial_id, *arguments, **values)
        if trial_id == 2:
            raise Killed
        return result

    with monkeypatch.context() as patch:
        patch.setattr(optuna.storages.JournalStorage, call, die)
        killed_at_work(sweep, 1)
    work_on(sweep, 2)
    assert_whole(sweep, trainer)


def test_killed_after_the_run_ended_and_before_it_was_told(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(study: Study, *_arguments: Any, **_values: Any) -> None:
        raise Killed

    sweep = start_sweep(request_of(n_workers=2))
    with monkeypatch.context() as patch:
        patch.setattr(Study, "tell", die)
        killed_at_work(sweep, 1)
    assert open_run(sweep.run_name(0)).state == "completed"
    assert sweep.trials()[0].state == "running"
    work_on(sweep, 2)
    assert_whole(sweep, trainer)


def test_a_trial_of_a_living_worker_is_left_to_it(trainer: Trainer) -> None:
    sweep = start_sweep(request_of(n_trials=2, n_workers=2))
    other = threading.Thread(target=work_on, args=(sweep, 2))

    def meanwhile(run: Any, epoch: int) -> None:
        if (run.run_id, epoch) == (sweep.run_name(0), 2):
            study = Study(sweep, sweep.worker_folders[1].name)
            trial = study.claim()
            assert trial is not None
            assert trial.number == 1  # the next one, not the one at work
            other.start()

    trainer.before_epoch = meanwhile
    work_on(sweep, 1)
    other.join()
    assert_whole(sweep, trainer)


def test_killed_between_the_word_and_the_deed_a_hopeless_trial_is_pruned_all_the_same(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer.curve = lambda config, epoch: config.learning_rate
    rates = (0.001, 0.002, 0.003)
    choice = RATES.model_copy(update={"kind": "choice", "choices": rates})
    request = request_of(
        space=(choice,), sampler="grid", n_trials=3, pruner="median", startup_trials=1, warmup_epochs=0
    )
    note = Study.note

    def note_and_die(*arguments: Any, **values: Any) -> None:
        note(*arguments, **values)
        raise Killed

    sweep = start_sweep(request)
    with monkeypatch.context() as patch:
        patch.setattr(Study, "note", note_and_die)
        killed_at_work(sweep)
    work_on(sweep)
    assert [trial.state for trial in sweep.trials()] == ["done", "pruned", "pruned"]
    assert trainer.made.count((sweep.run_name(1), 1)) == 1
    assert (sweep.run_name(1), 2) not in trainer.made
    assert open_run(sweep.run_name(1)).state == "stopped"
