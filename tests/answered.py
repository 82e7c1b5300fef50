"""Predictions of two classes from their scores alone, for tests of what is made of predictions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.runs.predictions import Predictions


def answer(
    score: NDArray[np.floating], truth: NDArray[np.integer], patients: Sequence[str | None] | None = None
) -> Predictions:
    """Answers with these probabilities (n,) of the positive class 'finding', and this truth (n,), 0 or 1."""
    p = np.asarray(score, dtype=np.float64)
    with np.errstate(divide="ignore"):
        logits = np.log(np.stack([1 - p, p], axis=1))
    return Predictions(
        y_true=np.asarray(truth, dtype=np.int64),
        logits=logits.astype(np.float32),
        y_score=np.stack([1 - p, p], axis=1).astype(np.float32),
        sample_ids=np.arange(len(p)),
        patient_ids=None if patients is None else np.array(patients, dtype=object),
        class_names=("clear", "finding"),
        positive_class="finding",
    )
