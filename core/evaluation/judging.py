"""Predictions judged at one threshold after another: what does not depend on it is found once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidValueError
from core.evaluation.decisions import Threshold, decide
from core.evaluation.records import METRICS, Evaluation, MetricValue
from core.evaluation.resampling import N_RESAMPLES, Key, Values
from core.evaluation.uncertainty import Answered, measure
from core.evaluation.weighing import Groups, cells_of, of_answers, of_scores, ranks_of
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.statistics.draws import Draws

_FEW_PATIENTS: Final = 30  # of a class
_FEW: Final = N_(
    "Only {n} patients have '{name}'. Bootstrapped intervals of so few are too narrow: in simulations they"
    " held the true value about 9 times in 10, not 19 in 20."
)
_FEW_IMAGES: Final = N_(
    "Only {n} images have '{name}'. Bootstrapped intervals of so few are too narrow: in simulations they held"
    " the true value about 9 times in 10, not 19 in 20."
)


class Judge:
    """Judges one set of predictions at any threshold.

    The patients are drawn once, with one seed, so that two thresholds are judged by the same resamples. A
    judge holds nothing that a call changes: threads may share it.

    Parameters
    ----------
    predictions
        Of one split. Images whose scores are no numbers are left out, and counted in the notes.
    level
        Of the intervals.
    seed
        Of the bootstrap: the same seed, the same interval.

    Raises
    ------
    InvalidValueError
        If `level` is not between 0 and 1.
    """

    def __init__(self, predictions: Predictions, *, level: float = 0.95, seed: int = 0) -> None:
        if not 0 < level < 1:
            text = N_("The level of an interval lies between 0 and 1; {value} does not. Use 0.95.")
            raise InvalidValueError(text, value=level)
        usable = predictions.is_usable
        self._level = level
        self._n_unusable = int((~usable).sum())
        self._groups = Groups(predictions.take(usable) if self._n_unusable else predictions)
        n_samples = self._groups.predictions.n_samples
        self._draws = Draws(self._groups.n, N_RESAMPLES, seed=seed, width=n_samples)
        ranks = ranks_of(self._groups)
        blocks = [of_scores(ranks, counts) for counts in self._draws.blocks()]
        points = of_scores(ranks, self._once)
        #: Each metric that no threshold moves, in the resamples; empty where there is nobody to draw.
        self.drawn: Values = {
            key: np.concatenate([block[key] for block in blocks]) for key in (points if blocks else {})
        }
        self._steady = self._measured(decide(self._groups.predictions), points, self.drawn)

    def at(self, threshold: Threshold = 0.5) -> Evaluation:
        """Return the evaluation at a threshold (see `decide`).

        Raises
        ------
        InvalidValueError
            If `threshold` is not between 0 and 1.
        """
        found = self._groups.predictions
        called = decide(found, threshold)
        cells = cells_of(self._groups, called)
        drawn = of_answers(self._groups, cells, self._draws.blocks()) if self._groups.n else {}
        moving = self._measured(called, of_answers(self._groups, cells, [self._once]), drawn)
        measured = self._steady | moving
        return Evaluation(
            n_samples=found.n_samples,
            n_patients=_count_patients(found),
            class_names=found.class_names,
            positive_class=found.positive_class,
            threshold=threshold
            if isinstance(threshold, float) and found.positive_class is not None
            else None,
            thresholds=threshold if isinstance(threshold, tuple) else None,
            level=self._level,
            confusion_matrix=tuple(map(tuple, Answered(self._groups, called).matrix.tolist())),
            metrics={name: measured[Key(name)] for name in METRICS if Key(name) in measured},
            per_class=_per_class(found, measured),
            notes=self._notes(),
        )

    @property
    def _once(self) -> NDArray[np.float64]:
        return np.ones((self._groups.n, 1))

    def _measured(self, called: NDArray[np.int64], points: Values, drawn: Values) -> dict[Key, MetricValue]:
        asked = Answered(self._groups, called, self._n_unusable)
        return {
            key: measure(asked, key, float(point[0]), drawn, self._level)
            for key, point in points.items()
            if key.name in METRICS
        }

    def _notes(self) -> tuple[Message, ...]:
        found, notes = self._groups.predictions, []
        if self._n_unusable:
            text = N_("{n} images are left out: the network gave no usable number for them.")
            notes.append(Message(text=text, values={"n": self._n_unusable}))
        elif found.n_samples == 0:
            notes.append(Message(text=N_("There is no image in this split.")))
        unknown = _count_unknown(found)
        if unknown:
            text = N_(
                "The patient of {n} images is not known; each counts as a patient of its own. If some share"
                " one, the true uncertainty is larger than shown."
            )
            notes.append(Message(text=text, values={"n": unknown}))
        return (*notes, *self._too_few())

    def _too_few(self) -> tuple[Message, ...]:
        """Say where the bootstrap is too sure of itself (measured: docs/decisions/)."""
        found = self._groups.predictions
        classes = np.unique(found.y_true)
        numbers = [len(np.unique(self._groups.of[found.y_true == index])) for index in classes]
        if not numbers or min(numbers) >= _FEW_PATIENTS:
            return ()
        name = found.class_names[classes[int(np.argmin(numbers))]]
        text = _FEW_IMAGES if _count_unknown(found) == found.n_samples else _FEW
        return (Message(text=text, values={"n": min(numbers), "name": name}),)


def _per_class(
    predictions: Predictions, measured: dict[Key, MetricValue]
) -> dict[str, dict[str, MetricValue]]:
    if predictions.positive_class is not None:
        return {}
    return {
        class_name: {name: measured[Key(name, index)] for name in METRICS if Key(name, index) in measured}
        for index, class_name in enumerate(predictions.class_names)
    }


def _count_patients(predictions: Predictions) -> int | None:
    if predictions.patient_ids is None:
        return None
    return len({patient for patient in predictions.patient_ids.tolist() if patient is not None})


def _count_unknown(predictions: Predictions) -> int:
    if predictions.patient_ids is None:
        return predictions.n_samples
    return sum(patient is None for patient in predictions.patient_ids.tolist())
