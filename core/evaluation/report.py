"""From predictions to an evaluation."""

import numpy as np

from core.errors import InvalidValueError
from core.evaluation.decisions import Threshold
from core.evaluation.records import METRICS, Evaluation, MetricValue
from core.evaluation.resampling import Key, Sums, add_up, resample, values
from core.evaluation.uncertainty import measure
from core.language import N_, Message
from core.runs.predictions import Predictions


def evaluate(
    predictions: Predictions, *, threshold: Threshold = 0.5, level: float = 0.95, seed: int = 0
) -> Evaluation:
    """Judge predictions: each metric with its interval, its n and how it was found.

    Parameters
    ----------
    predictions
        Of one split.
    threshold
        As in `decide`.
    level
        Of the intervals.
    seed
        Of the bootstrap: the same seed, the same interval.

    Returns
    -------
    Evaluation
        What is not defined, as a sensitivity without positive images, is None with its reason.

    Raises
    ------
    InvalidValueError
        If `threshold` or `level` is not between 0 and 1.
    """
    if not 0 < level < 1:
        text = N_("The level of an interval lies between 0 and 1; {value} does not. Use 0.95.")
        raise InvalidValueError(text, value=level)
    sums = add_up(predictions, threshold)
    found = _measure_all(sums, level, seed)
    return Evaluation(
        n_samples=predictions.n_samples,
        n_patients=_count_patients(predictions),
        class_names=predictions.class_names,
        positive_class=predictions.positive_class,
        threshold=threshold if isinstance(threshold, float) and sums.positive is not None else None,
        thresholds=threshold if isinstance(threshold, tuple) else None,
        level=level,
        confusion_matrix=tuple(tuple(row) for row in sums.matrix.tolist()),
        metrics={name: found[Key(name)] for name in METRICS if Key(name) in found},
        per_class=_per_class(predictions, found),
        notes=_notes(predictions),
    )


class Judge:
    """Judges one set of predictions at any threshold; the parameters are those of `evaluate`."""

    def __init__(self, predictions: Predictions, *, level: float = 0.95, seed: int = 0) -> None:
        self.predictions = predictions
        self.level = level
        self.seed = seed

    def at(self, threshold: Threshold) -> Evaluation:
        """Return the evaluation at a threshold, as `evaluate` gives it."""
        return evaluate(self.predictions, threshold=threshold, level=self.level, seed=self.seed)


def _measure_all(sums: Sums, level: float, seed: int) -> dict[Key, MetricValue]:
    points = values(sums, np.ones((1, sums.n_groups)))
    drawn = resample(sums, seed)
    return {key: measure(sums, key, float(point[0]), drawn.get(key), level) for key, point in points.items()}


def _per_class(predictions: Predictions, found: dict[Key, MetricValue]) -> dict[str, dict[str, MetricValue]]:
    if predictions.positive_class is not None:
        return {}
    return {
        class_name: {name: found[Key(name, index)] for name in METRICS if Key(name, index) in found}
        for index, class_name in enumerate(predictions.class_names)
    }


def _count_patients(predictions: Predictions) -> int | None:
    if predictions.patient_ids is None:
        return None
    return len({patient for patient in predictions.patient_ids.tolist() if patient is not None})


def _notes(predictions: Predictions) -> tuple[Message, ...]:
    if predictions.n_samples == 0:
        return (Message(text=N_("There is no image in this split.")),)
    if predictions.patient_ids is None:
        unknown = predictions.n_samples
    else:
        unknown = sum(patient is None for patient in predictions.patient_ids.tolist())
    if unknown == 0:
        return ()
    text = N_(
        "The patient of {n} images is not known; each counts as a patient of its own. If some share one, the"
        " true uncertainty is larger than shown."
    )
    return (Message(text=text, values={"n": unknown}),)
