"""Sweeps in real processes, killed with signal 9: what is found is what an undisturbed sweep finds."""

import os
from pathlib import Path

import pytest

from core.experiments.sweeps import store
from core.experiments.sweeps.store import Sweep, resume_sweep, start_sweep, stop_sweep
from core.jobs import control
from core.jobs.status import ALIVE, effective_state
from core.runs.store import Run
from core.training import launch
from tests.processes import kill_worker, until
from tests.sweeping import RATES, request_of, runs_of
from tests.tiny_dataset import write_tiny
from tests.workers.killed_sweeper import DIES_AT

pytestmark = pytest.mark.slow
_SECONDS = 400


def logs(sweep: Sweep) -> str:
    return "\n".join(control.tail_log(folder) for folder in sweep.worker_folders)


def brought_to_its_end(sweep: Sweep) -> Sweep:
    """Let a sweep go on as often as its workers die, until it is over."""

    def is_over() -> bool:
        states = sweep.workers().values()
        if not any(state in ALIVE for state in states) and sweep.state != "completed":
            resume_sweep(sweep.name)
        return sweep.state == "completed" and not any(state in ALIVE for state in states)

    until(is_over, seconds=_SECONDS)
    assert set(sweep.workers().values()) <= {"completed", "interrupted"}, logs(sweep)
    return sweep


def results(sweep: Sweep) -> list[tuple[object, ...]]:
    """Everything that a sweep found, without times."""
    found: list[tuple[object, ...]] = []
    for trial in sweep.trials():
        run = sweep.run(trial.number)
        assert run is not None
        losses = tuple((line.epoch, line.train_loss, line.val_loss) for line in run.epochs)
        weights = (run.folder / "best.safetensors").read_bytes()
        found.append((trial.state, trial.value, tuple(trial.values.items()), losses, weights))
    return found


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_two_workers_killed_at_three_moments_find_what_none_killed_finds(
    home: Path, monkeypatch: pytest.MonkeyPatch, sampler: str
) -> None:
    write_tiny()
    monkeypatch.setenv("LIGHTBOX_JOBS", "2")
    n_workers = 2 if sampler == "random" else 1  # two at once: what TPE knows depends on who is quicker
    request = request_of(sampler=sampler, n_trials=6, n_workers=n_workers)
    with monkeypatch.context() as patch:
        patch.setattr(store, "WORKER", "tests.workers.killed_sweeper")
        patch.setenv(DIES_AT, "claim:1 epoch:2 tell:3")
        sweep = brought_to_its_end(start_sweep(request))
    assert len(list(sweep.folder.glob("died at *"))) == 3
    assert len(sweep.trials()) == 6
    assert len(runs_of(sweep)) == 6
    quiet = brought_to_its_end(start_sweep(request))
    assert results(sweep) == results(quiet)


def test_one_worker_killed_the_other_takes_its_trial_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny()
    monkeypatch.setenv("LIGHTBOX_JOBS", "2")
    config = request_of().config.model_copy(update={"epochs": 8})
    sweep = start_sweep(request_of(config=config, n_trials=3, n_workers=2))
    victim = sweep.worker_folders[0]

    def is_in_the_middle() -> bool:
        mine = [trial for trial in sweep.trials() if trial.worker == victim.name]
        return any(trial.state == "running" and 1 <= len(trial.values) < 8 for trial in mine)

    until(is_in_the_middle, seconds=120)
    kill_worker(victim)
    until(lambda: sweep.state == "completed", seconds=_SECONDS)  # nobody resumes anything
    assert effective_state(victim) == "interrupted"
    assert [trial.state for trial in sweep.trials()] == ["done"] * 3
    for trial in sweep.trials():
        run = sweep.run(trial.number)
        assert run is not None
        assert [line.epoch for line in run.epochs] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_single_run_does_not_wait_for_the_whole_sweep(home: Path) -> None:
    write_tiny()
    assert os.environ.get("LIGHTBOX_JOBS", "1") == "1"
    config = request_of().config.model_copy(update={"epochs": 6})
    sweep = start_sweep(request_of(config=config, n_trials=6, space=(RATES,)))
    until(lambda: any(trial.state == "running" for trial in sweep.trials()), seconds=120)
    single: Run = launch.launch(request_of().config)
    assert control.wait(single.folder, seconds=_SECONDS) == "completed"
    assert any(trial.state == "waiting" for trial in sweep.trials())
    stop_sweep(sweep.name)
    until(lambda: sweep.state == "stopped", seconds=120)
