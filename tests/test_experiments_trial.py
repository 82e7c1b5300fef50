"""A training inside an experiment: the same as a run's, to the bit, and nothing is left behind."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from core.datasets.splits import make_split
from core.datasets.store import open_dataset
from core.errors import JobStoppedError
from core.experiments.trial import run_trial
from core.jobs import control
from core.runs.predictions import predictions_path, read_predictions
from core.runs.store import Run
from core.training import launch, worker
from core.training.config import TrainingConfig, parse_config, resolved_preprocessing
from core.training.engine import Engine
from core.training.pipeline import Inputs, PreparedData, prepare
from tests.tiny_dataset import write_tiny

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 3,
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
}


def prepared(config: TrainingConfig) -> PreparedData:
    dataset = open_dataset(config.dataset)
    split = make_split(dataset.samples, config.split)
    return prepare(dataset, split, resolved_preprocessing(config, dataset.info.n_channels))


def train_a_run(config: TrainingConfig, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    run = launch.launch(config)
    worker.main(run.folder)
    return run


@pytest.fixture
def config(home: Path) -> TrainingConfig:
    write_tiny()
    return parse_config(CONFIG)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"seed": 5, "balance": "class weights"},
        {"augmentations": [{"name": "mixup"}]},
        {"schedule": "plateau", "plateau_patience": 0, "learning_rate": 1.0, "epochs": 6},
        {"head_epochs": 1, "dropout": 0.3, "loss": "focal", "focal_alpha": 0.3, "optimizer": "nesterov"},
    ],
)
def test_a_trial_has_the_losses_of_a_run_to_the_bit(
    home: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    write_tiny()
    config = parse_config({**CONFIG, **changes})
    run = train_a_run(config, monkeypatch)
    trial = run_trial(prepared(config), config)
    assert run.epochs[-1].learning_rate < config.learning_rate  # the plateau was met, too
    assert trial.train_losses.tolist() == [epoch.train_loss for epoch in run.epochs]
    assert trial.measured["val"].losses.tolist() == [epoch.val_loss for epoch in run.epochs]
    # A run keeps the predictions of its best epoch.
    kept = read_predictions(predictions_path(run.folder, "tiny", "val"))
    best = trial.measured["val"].best_epoch
    assert best == run.card.best_epoch
    assert trial.measured["val"].logits[best - 1].tolist() == kept.logits.tolist()
    assert trial.measured["val"].y_true.tolist() == kept.y_true.tolist()


def test_losses_and_scores_follow_from_the_logits(config: TrainingConfig) -> None:
    trial = run_trial(prepared(config), config, measure=("val", "test"))
    assert set(trial.logits) == {"val", "test"}
    for name, measured in trial.measured.items():
        rows = np.arange(len(measured.y_true))
        for epoch in range(config.epochs):
            log_p = log_softmax(measured.logits[epoch].astype(float), axis=1)
            assert measured.losses[epoch] == pytest.approx(-log_p[rows, measured.y_true].mean(), abs=1e-6)
            assert measured.y_score(epoch + 1) == pytest.approx(np.exp(log_p))
        assert trial.logits[name].tolist() == measured.logits[2].tolist()
        assert measured.y_score().tolist() == measured.y_score(3).tolist()


def test_the_random_state_and_the_threads_are_put_back_even_after_a_stop(config: TrainingConfig) -> None:
    data = prepared(config)
    torch.manual_seed(123)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    seen: list[tuple[float, int]] = []

    def stop_later() -> None:
        if len(seen) == 4:
            raise JobStoppedError

    changed = config.model_copy(update={"threads": threads + 1, "model": "small_cnn"})
    with pytest.raises(JobStoppedError):
        run_trial(
            data,
            changed,
            check_stop=stop_later,
            progress=lambda fraction: seen.append((fraction, torch.get_num_threads())),
        )
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    n_batches = len(torch.tensor_split(data.rows["train"], -(-len(data.rows["train"]) // 8)))
    assert seen == [(pytest.approx(n / n_batches / 3), threads + 1) for n in range(1, 5)]


def test_another_source_feeds_the_network(config: TrainingConfig) -> None:
    data = prepared(config)

    class Blind:
        def __init__(self, usual: Inputs) -> None:
            self.usual = usual

        def training(self, rows: torch.Tensor, draws: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
            images, labels = self.usual.training(rows, draws)
            return torch.zeros_like(images), labels

        def evaluation(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            images, labels = self.usual.evaluation(rows)
            return torch.zeros_like(images), labels

    usual = Inputs(data, config.augmentations, torch.device("cpu"))
    blind = run_trial(data, config, inputs=Blind(usual)).logits["val"]
    seeing = run_trial(data, config).logits["val"]
    assert np.ptp(blind, axis=0).max() == 0  # all images look alike
    assert np.ptp(seeing, axis=0).min() > 0


def test_a_class_without_an_image_has_a_logit_when_asked_for(config: TrainingConfig) -> None:
    data = prepared(config)
    few = replace(data, rows={**data.rows, "val": data.rows["val"][:3]})
    short = config.model_copy(update={"epochs": 1})
    assert run_trial(few, short, n_classes=4).logits["val"].shape == (3, 4)
    assert run_trial(few, short).logits["val"].shape == (3, 2)


def test_a_trial_that_measures_nothing_still_tells_its_plateau(home: Path) -> None:
    write_tiny()
    plateau = {"schedule": "plateau", "plateau_patience": 0, "best_by": "accuracy"}
    config = parse_config({**CONFIG, **plateau, "learning_rate": 1e-5})  # nothing is learned
    data = prepared(config)
    rates: list[list[float]] = []
    for measure in (("val",), ("test",)):
        seen: list[Engine] = []
        run_trial(data, config, measure=measure, adapt=seen.append)
        rates.append([seen[0].learning_rate, seen[0].plateau.best])
    assert rates[0] == rates[1]
    assert rates[0][0] == pytest.approx(1e-7)  # after the second epoch and the third
