"""What k folds say together: the mean with a corrected interval, and all held-out answers pooled.

The folds share most of their training images, so their scores are no k independent witnesses, and the usual
t interval is too short. Nadeau and Bengio (2003, doi:10.1023/A:1024068626366) add to 1/k the share
n_test / n_train. It is an approximation, and no exact one exists (Bengio and Grandvalet 2004, JMLR 5:1089).

Covers: which patients trained and which answered, the order, the first weights, as far as these folds differ
in them. Does not cover: another hospital, and choosing the best of several cross-validations.

The pooled answers give an interval by patient, as one test has it. Their AUROC compares scores of different
networks, whose scales differ a little, and may come out lower than the mean (Forman and Scholz 2010,
doi:10.1145/1882471.1882479).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from core.evaluation.records import METRICS, MetricValue
from core.evaluation.report import evaluate
from core.experiments.folds_records import LEVEL, FoldMean, FoldScore, FoldsResult
from core.runs.predictions import Predictions
from core.statistics.intervals import NO_INTERVAL, Interval

_UNBOUNDED = ("log_loss",)


def summarise(scores: list[FoldScore], held_out: list[Predictions], *, seconds: float) -> FoldsResult:
    """Return what the folds say together; `held_out` has the answers of each fold, in the same order."""
    pooled = pool(held_out)
    means = {name: mean for name in METRICS if (mean := mean_of(name, scores)) is not None}
    return FoldsResult(
        scores=tuple(scores),
        means=means,
        pooled=evaluate(pooled),
        positive_class=pooled.positive_class,
        seconds=seconds,
    )


def mean_of(name: str, scores: list[FoldScore]) -> FoldMean | None:
    """Return the mean of a metric over the folds where it is defined; None where it nowhere is.

    With fewer than three folds, or where all folds are equal, there is no interval.
    """
    usable = [
        (value, score)
        for score in scores
        if (value := score.metrics.get(name, MetricValue(value=None, n=0)).value) is not None
    ]
    if not usable:
        return None
    values = np.array([value for value, _score in usable])
    share = float(np.mean([score.n_images / score.n_train for _value, score in usable]))
    interval = corrected_interval(values, test_share=share, level=LEVEL)
    highest = np.inf if name in _UNBOUNDED else 1.0
    return FoldMean(
        mean=float(values.mean()),
        spread=float(values.std(ddof=1)) if len(values) > 1 else None,
        low=max(0.0, interval.low) if interval.is_defined else None,
        high=min(highest, interval.high) if interval.is_defined else None,
        n_folds=len(values),
    )


def corrected_interval(values: NDArray[np.float64], *, test_share: float, level: float) -> Interval:
    """Return the corrected resampled t interval of the mean of `values`, (k,).

    mean +- t(k - 1) * sqrt((1/k + test_share) * s**2), with the variance s**2 over the folds.

    Parameters
    ----------
    test_share
        n_test / n_train: how many images were held out for each that trained.
    level
        0.95 for a 95 % interval.
    """
    k = len(values)
    if k < 3 or not np.ptp(values) > 0:
        return NO_INTERVAL
    error = np.sqrt((1 / k + test_share) * values.var(ddof=1))
    reach = float(t.ppf((1 + level) / 2, k - 1) * error)
    return Interval(float(values.mean()) - reach, float(values.mean()) + reach)


def pool(held_out: list[Predictions]) -> Predictions:
    """Return the held-out answers of all folds as one, in the order of the folds."""
    first = held_out[0]
    known = all(one.patient_ids is not None for one in held_out)
    patients = [one.patient_ids for one in held_out if one.patient_ids is not None]
    return Predictions(
        y_true=np.concatenate([one.y_true for one in held_out]),
        logits=np.concatenate([one.logits for one in held_out]),
        y_score=np.concatenate([one.y_score for one in held_out]),
        sample_ids=np.concatenate([one.sample_ids for one in held_out]),
        patient_ids=np.concatenate(patients) if known else None,
        class_names=first.class_names,
        positive_class=first.positive_class,
    )
