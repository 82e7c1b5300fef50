"""The best trial: how much it flatters, how it becomes a run of its own, and which setting mattered."""

import math
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from core.errors import InvalidValueError, NameTakenError, StateError
from core.evaluation.records import MetricValue
from core.experiments.sweeps import worker
from core.experiments.sweeps.importance import FEWEST_TRIALS, importances
from core.experiments.sweeps.keeping import best_trial, free_name, keep_as_run, n_candidates
from core.experiments.sweeps.optimism import compare, expected_maximum, expected_optimism
from core.experiments.sweeps.records import TrialRecord
from core.experiments.sweeps.space import Dimension
from core.experiments.sweeps.store import delete_sweep, start_sweep
from core.jobs import control
from core.runs.predictions import Predictions
from core.runs.store import open_run
from core.training import launch
from core.training.config.learning import BestBy
from tests.sweeping import OPTIMIZERS, RATES, Trainer, installed, request_of, work_on
from tests.tiny_dataset import write_tiny


def trial(number: int, value: float | None, **point: float | str) -> TrialRecord:
    state = "done" if value is not None else "pruned"
    return TrialRecord(number=number, state=state, point=point, value=value)


# How much it flatters.


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, 0.0),
        (2, 1 / math.sqrt(math.pi)),
        (3, 1.5 / math.sqrt(math.pi)),
        (5, 1.16296),  # Tippett 1925, and any table of normal scores
        (10, 1.53875),
        (100, 2.50759),
    ],
)
def test_the_expected_maximum_of_normal_draws(n: int, expected: float) -> None:
    assert expected_maximum(n) == pytest.approx(expected, abs=1e-5)


def test_the_guide_is_the_expected_maximum_times_the_standard_error() -> None:
    value = MetricValue(value=0.8, low=0.8 - 1.959964 * 0.05, high=0.8 + 1.959964 * 0.05, n=60)
    assert expected_optimism(value, 2) == pytest.approx(0.05 / math.sqrt(math.pi), rel=1e-5)
    assert expected_optimism(value, 1) == 0.0
    assert expected_optimism(MetricValue(value=0.8, n=3), 5) is None


def predictions(n_right: int, n: int, first_id: int = 0) -> Predictions:
    """Answers to n images of n patients, of which so many are called right."""
    truth = np.arange(n) % 2
    called = np.where(np.arange(n) < n_right, truth, 1 - truth)
    logits = np.where(np.arange(2) == called[:, None], 1.0, -1.0).astype(np.float32)
    return Predictions.from_logits(
        logits,
        y_true=truth,
        sample_ids=np.arange(first_id, first_id + n),
        patient_ids=np.array([f"p{number}" for number in range(first_id, first_id + n)], dtype=object),
        class_names=("clear", "finding"),
        positive_class="finding",
    )


def test_the_measured_optimism_is_validation_minus_test_with_the_interval_of_both() -> None:
    found = compare(predictions(54, 60), predictions(48, 60, 60), "accuracy")
    assert found.optimism == pytest.approx(0.1)
    # Newcombe's interval for two proportions, from Wilson's two: 54 of 60 and 48 of 60
    assert (found.low, found.high) == (pytest.approx(-0.0306, abs=2e-3), pytest.approx(0.2299, abs=2e-3))


def test_a_loss_that_is_lower_on_validation_flatters_too() -> None:
    found = compare(predictions(54, 60), predictions(40, 60, 60), "loss")
    assert found.metric == "log_loss"
    assert found.optimism is not None
    assert found.optimism == pytest.approx((found.test.value or 0) - (found.val.value or 0))
    assert found.optimism > 0
    assert (found.low or 0) < found.optimism < (found.high or 0)


def test_every_score_that_can_choose_an_epoch_is_judged_by_itself() -> None:
    for name in get_args(BestBy):
        judged = compare(predictions(50, 60), predictions(50, 60, 60), name).metric
        assert judged == ("log_loss" if name == "loss" else name)


# Which is the best, and keeping it.


def test_the_best_is_the_lowest_loss_or_the_highest_score_and_never_a_pruned_one() -> None:
    trials = (trial(0, 0.5), trial(1, 0.2), trial(2, None), trial(3, 0.2), trial(4, 0.7))
    lowest = best_trial(trials, request_of())
    config = request_of().config.model_copy(update={"best_by": "auroc"})
    highest = best_trial(trials, request_of(config=config))
    assert lowest is not None
    assert highest is not None
    assert (lowest.number, highest.number) == (1, 4)
    assert best_trial((trial(0, None),), request_of()) is None
    assert n_candidates(trials) == 5  # the pruned one has lost on the same images


@pytest.fixture
def trainer(home: Path, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """A home with a data set, where sweeps train with hand-made curves."""
    write_tiny()
    return installed(monkeypatch)


def test_a_kept_trial_is_a_run_like_any_other_and_outlives_its_sweep(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny()
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    config = request_of().config.model_copy(update={"epochs": 1})
    sweep = start_sweep(request_of(config=config, n_trials=1))
    worker.main(sweep.worker_folders[0])
    of_trial = sweep.run(0)
    assert of_trial is not None
    kept = keep_as_run(sweep, 0, free_name(sweep))
    assert kept.run_id == f"{sweep.name}-best"
    assert kept.request.group is None
    assert kept.card.run == kept.run_id
    assert kept.config == of_trial.config
    assert kept.epochs == of_trial.epochs
    weights = "best.safetensors"
    assert (kept.folder / weights).samefile(of_trial.folder / weights)  # no room is taken twice
    delete_sweep(sweep.name, with_runs=True)
    left = open_run(kept.run_id)
    assert left.state == "completed"
    assert left.has_model
    assert (left.folder / weights).stat().st_size > 1000
    assert not left.is_fold


def test_keeping_refuses_a_name_that_is_taken_or_none_and_a_trial_that_has_not_ended(
    trainer: Trainer,
) -> None:
    sweep = start_sweep(request_of(n_trials=2))
    with pytest.raises(StateError, match="Trial 1 has no run that has ended"):
        keep_as_run(sweep, 0, "mine")
    work_on(sweep)
    launch.launch(sweep.request.config, run_id="taken")
    with pytest.raises(NameTakenError):
        keep_as_run(sweep, 0, "taken")
    with pytest.raises(InvalidValueError, match="cannot name a run"):
        keep_as_run(sweep, 0, "../mine")
    keep_as_run(sweep, 0, free_name(sweep))
    assert free_name(sweep) == f"{sweep.name}-best-2"


# Which setting mattered.


def drawn_trials(n: int) -> tuple[TrialRecord, ...]:
    """The loss depends on the learning rate alone."""
    rng = np.random.default_rng(1)
    rates = 10 ** rng.uniform(-4, -1, n)
    return tuple(
        trial(k, abs(math.log10(rate) + 2), learning_rate=float(rate), optimizer=("adam", "sgd")[k % 2])
        for k, rate in enumerate(rates)
    )


def test_the_setting_that_decides_is_the_most_important() -> None:
    found = importances(drawn_trials(40), (OPTIMIZERS, RATES))
    assert found is not None
    assert next(iter(found)) == "learning_rate"
    assert found["learning_rate"] > 0.9
    assert sum(found.values()) == pytest.approx(1.0)


def test_too_few_trials_or_equal_scores_say_nothing_about_importance() -> None:
    assert importances(drawn_trials(FEWEST_TRIALS - 1), (RATES, OPTIMIZERS)) is None
    equal = tuple(one.model_copy(update={"value": 0.5}) for one in drawn_trials(12))
    assert importances(equal, (RATES, OPTIMIZERS)) is None


def test_a_setting_that_never_changed_has_no_importance() -> None:
    fixed = Dimension(field="optimizer", kind="choice", choices=("adam", "sgd"))
    same = tuple(
        one.model_copy(update={"point": one.point | {"optimizer": "adam"}}) for one in drawn_trials(12)
    )
    assert importances(same, (RATES, fixed)) == {"learning_rate": 1.0}
