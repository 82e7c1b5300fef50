"""The learning-rate finder on a tiny data set: a real training, and what it leaves alone."""

from pathlib import Path
from typing import Any

import pytest
import torch

from core.datasets.store import open_dataset
from core.errors import JobStoppedError, StateError
from core.experiments.rate_finder import find_rate
from core.experiments.rate_records import RateRequest
from core.training.config import parse_config
from tests.job_stand_in import Standing
from tests.tiny_dataset import write_tiny

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "image_size": 16,
    "batch_size": 16,
    "device": "cpu",
    "threads": 1,
}


def request_of(**changes: Any) -> RateRequest:
    config = parse_config({**CONFIG, **changes})
    return RateRequest.of(config, open_dataset("tiny").info.revision).model_copy(update={"n_steps": 40})


def test_what_does_not_decide_the_curve_is_not_asked(home: Path) -> None:
    write_tiny()
    assert request_of() == request_of(learning_rate=0.1, schedule="constant", epochs=7, patience=2)
    assert request_of() != request_of(seed=1)
    assert request_of() != request_of(optimizer="momentum")
    assert request_of(head_epochs=1) == request_of(head_epochs=5)
    assert request_of(head_epochs=1) != request_of()


def test_it_begins_with_the_loss_of_the_run_and_learns(home: Path) -> None:
    write_tiny()
    curve = find_rate(request_of(), Standing(home))
    assert curve.rates[0] == 1e-6
    assert len(curve.rates) == len(curve.losses) == len(curve.smoothed)
    assert 0.3 < curve.losses[0] < 1.5  # near ln 2: two classes, nothing known
    assert curve.smoothed[0] - min(curve.smoothed) > 0.05
    again = find_rate(request_of(), Standing(home))
    assert again.losses == curve.losses


def test_the_first_loss_is_that_of_the_runs_first_batch(home: Path) -> None:
    from core.experiments.trial import run_trial
    from core.training.next_batch import prepared

    write_tiny()
    config = parse_config({**CONFIG, "batch_size": 512, "epochs": 1})  # one batch: its loss is the epoch's
    trial = run_trial(prepared(open_dataset("tiny"), config), config)
    request = RateRequest.of(config, open_dataset("tiny").info.revision)
    assert find_rate(request, Standing(home)).losses[0] == pytest.approx(
        float(trial.train_losses[0]), abs=1e-6
    )


def test_the_random_state_and_the_threads_are_put_back(home: Path) -> None:
    write_tiny()
    torch.manual_seed(5)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    find_rate(request_of(dropout=0.5), Standing(home))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_it_stops_when_asked_and_refuses_other_data(home: Path) -> None:
    write_tiny()
    with pytest.raises(JobStoppedError):
        find_rate(request_of(), Standing(home, stop_after=3))
    with pytest.raises(StateError, match="'tiny' has changed; ask again"):
        find_rate(request_of().model_copy(update={"revision": "of old"}), Standing(home))
