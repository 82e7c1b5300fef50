"""Several readers of the same cases: how far they agree, and what they would say together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.records import MetricValue
from core.language import N_, Message
from core.reading.result import LEVEL
from core.runs.predictions import Predictions
from core.statistics.agreement import (
    Agreement,
    group_agreement,
    mean_pair_agreement,
    pair_agreement,
)

_SEED: Final = 0


@dataclass(frozen=True)
class Together:
    """How far readers agree.

    Attributes
    ----------
    names
        Whose answers were compared, in the order of the pairs.
    pairs
        (i, j) with i < j to Cohen's kappa.
    mean
        The mean over all pairs.
    group
        Fleiss' kappa; None with two readers.
    """

    names: tuple[str, ...]
    pairs: dict[tuple[int, int], MetricValue]
    mean: MetricValue
    group: MetricValue | None


def agreement(names: Sequence[str], called: NDArray[np.int64], n_classes: int) -> Together:
    """Compare what readers called the same cases.

    Parameters
    ----------
    names
        Of two readers or more.
    called
        ndarray of shape (n_readers, n): the class that each gave to each case.
    n_classes
        How many classes there are.
    """
    n_readers, n = called.shape
    pairs = {
        (i, j): _value(pair_agreement(called[i], called[j], n_classes, level=LEVEL, seed=_SEED), n)
        for i in range(n_readers)
        for j in range(i + 1, n_readers)
    }
    group = group_agreement(called, n_classes, level=LEVEL, seed=_SEED) if n_readers > 2 else None
    return Together(
        names=tuple(names),
        pairs=pairs,
        mean=_value(mean_pair_agreement(called, n_classes, level=LEVEL, seed=_SEED), n),
        group=None if group is None else _value(group, n),
    )


def mean_reader(readers: Sequence[Predictions]) -> Predictions:
    """Return what the readers say together: the mean of their scores; a tie at 0.5 counts as called."""
    score = np.mean([reader.y_score.astype(np.float64) for reader in readers], axis=0).round(6)
    return replace(readers[0], y_score=score.astype(np.float32), logits=np.log(score).astype(np.float32))


def _value(found: Agreement, n: int) -> MetricValue:
    if np.isnan(found.value):
        text = N_("Not defined: all gave every case the same class.")
        return MetricValue(value=None, n=n, reason=Message(text=text))
    if not found.interval.is_defined:
        text = N_("No interval: they agreed on every case, and drawing the cases again finds no difference.")
        if found.value < 1:
            text = N_("No interval: too many draws of these cases leave one class only.")
        return MetricValue(value=found.value, n=n, reason=Message(text=text))
    low, high = found.interval.low, found.interval.high
    return MetricValue(value=found.value, low=low, high=high, n=n, method="bootstrap_by_image")
