"""How long the paired answer of two networks takes on 10,000 images of 5,000 patients."""

import time

import numpy as np

from benchmarks.records import Sample
from core.evaluation.paired import paired_answer
from core.runs.predictions import Predictions
from core.statistics.paired import N_RESAMPLES

_N_PATIENTS, _FILMS = 5_000, 2


def seconds() -> Sample:
    """Seconds for all metrics, each with its interval."""
    one, other = _answers(0), _answers(1)
    times = []
    for _turn in range(3):
        began = time.perf_counter()
        paired_answer(one, other)
        times.append(time.perf_counter() - began)
    return Sample(tuple(times), f"{N_RESAMPLES:,} resamples of {_N_PATIENTS:,} patients")


def _answers(seed: int) -> Predictions:
    patients = np.repeat(np.arange(_N_PATIENTS), _FILMS)
    truth = patients % 2
    noise = np.random.default_rng(seed).normal(size=(len(patients), 2))
    return Predictions.from_logits(
        np.eye(2)[truth] + noise,
        y_true=truth,
        sample_ids=np.arange(len(patients)),
        patient_ids=np.array([f"p{patient}" for patient in patients], dtype=object),
        class_names=("clear", "finding"),
        positive_class="finding",
    )
