"""Studies for reports, made by hand: a thousand images drawn by lot, and everything known that can be."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from core.datasets.records import DatasetInfo, PatientOverlap
from core.evaluation.calibration import Temperature
from core.evaluation.decisions import Threshold
from core.evaluation.mistakes import list_mistakes
from core.evaluation.records import Evaluation
from core.evaluation.report import evaluate
from core.models.catalog import MODELS
from core.report.study import Asked, Background, Side, Study
from core.runs.predictions import Predictions
from core.runs.records import ModelCard
from core.training.config import parse_config
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics

NAMES = ("healthy", "ill")


@cache
def draw(
    n: int = 1000,
    names: tuple[str, ...] = NAMES,
    *,
    images_each: int = 2,
    known: bool = True,
    shares: tuple[float, ...] | None = None,
) -> Predictions:
    """Predictions of n images by a network that knows something; patients have `images_each` images."""
    rng = np.random.default_rng(3)
    k = len(names)
    y_true = rng.choice(k, size=n, p=shares)
    patients = np.array([f"secret-{index // images_each}" for index in range(n)], dtype=object)
    return Predictions.from_logits(
        rng.normal(size=(n, k)) + 1.5 * np.eye(k)[y_true],
        y_true=y_true,
        sample_ids=np.arange(n) + 7,
        patient_ids=patients if known else None,
        class_names=names,
        positive_class=names[1] if k == 2 else None,
    )


def card_of(found: Predictions, **changed: Any) -> ModelCard:
    """Return the model card of a network with these classes."""
    known: dict[str, Any] = {
        "run": "run-1",
        "model": "small_cnn",
        "class_names": found.class_names,
        "positive_class": found.positive_class,
        "n_channels": 1,
        "preprocessing": default_preprocessing(64, 1),
        "statistics": ChannelStatistics(mean=(0.5,), std=(0.25,), low=(0.0,), high=(1.0,)),
        "intended_use": "teaching",
        "simulated": False,
        "dataset": "films",
        "n_train_images": 4000,
        "n_train_patients": 2000,
        "best_epoch": 7,
        "image_size": 64,
    }
    return ModelCard.model_validate(known | changed)


def info_of(found: Predictions, **changed: Any) -> DatasetInfo:
    """Return what is known of the data set."""
    known: dict[str, Any] = {
        "dataset_id": "films",
        "title": "Films",
        "source": "folders",
        "n_images": 6000,
        "n_patients": 3000,
        "class_names": found.class_names,
        "positive_class": found.positive_class,
        "class_counts": dict.fromkeys(found.class_names, 3000),
        "revision": "0123456789abcdef",
        "created_at": "2026-01-01T00:00:00+00:00",
    }
    return DatasetInfo.model_validate(known | changed)


def background_of(found: Predictions, **changed: Any) -> Background:
    """Return a background that nothing is missing from but what Lightbox never knows."""
    side = Side("train", 4000, 2000, dict.fromkeys(found.class_names, 2000))
    known: dict[str, Any] = {
        "run_id": "run-1",
        "card": card_of(found),
        "config": parse_config({"dataset": "films", "epochs": 10}),
        "model_title": MODELS["small_cnn"].title,
        "info": info_of(found),
        "own_dataset": "Films",
        "sides": (side, replace(side, split="val"), replace(side, split="test")),
        "n_looks": 1,
        "overlap": PatientOverlap(),
        "temperature": warm(),
        "n_seeds": 3,
        "ages": ("18-39", "40-64"),
        "centres": ("north", "south"),
        "attributes": ("age_band", "site", "severity"),
        "n_readers": 2,
    }
    return Background(**(known | changed))


@cache
def _judged(found: Predictions, threshold: Threshold) -> Evaluation:
    return evaluate(found, threshold=threshold)


def warm() -> Temperature:
    """Return a temperature."""
    return Temperature(
        value=1.05,
        low=0.9,
        high=1.2,
        is_bounded=False,
        log_loss_before=0.4,
        log_loss_after=0.35,
        error_before=0.1,
        error_after=0.05,
        n=500,
        n_patients=250,
    )


def study_of(
    found: Predictions | None = None, asked: Asked | None = None, *, n_unusable: int = 0, **changed: Any
) -> Study:
    """Return a study of predictions (by default `draw`), with some of its background changed."""
    chosen = draw() if found is None else found
    about = asked or Asked("run-1", "test", threshold=0.4, threshold_from="validation")
    if asked is None and chosen.positive_class is None:
        about = Asked("run-1", "test")
    return Study(
        asked=about,
        background=background_of(chosen, **changed),
        predictions=chosen,
        n_unusable=n_unusable,
        evaluation=_judged(chosen, about.threshold),
        groups=None,
        mistakes=tuple(list_mistakes(chosen, about.threshold)),
    )
