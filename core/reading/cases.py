"""The cases of a reading with their truth and what the network says, and a reader's answers in that form."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import StateError
from core.language import N_
from core.reading.drawing import draw_cases
from core.reading.records import Answer, Mix, ReadingPlan, rating_of
from core.reading.store import new_code, now
from core.runs.predictions import Predictions
from core.runs.store import Run

CALLED_FROM: Final = 0.5  # a reader's score: ratings 4 to 6 lie above it
_SURE: Final = {
    1: 0.5,
    2: 0.7,
    3: 0.9,
}  # of the class that was named, with more than two; only its order counts


@dataclass(frozen=True, eq=False)
class Cases:
    """What was read.

    Attributes
    ----------
    model
        What the network says about the n cases, in the plan's order, with the truth as it is known now.
    corrected
        Places of the cases whose label was corrected since they were drawn.
    """

    model: Predictions
    corrected: tuple[int, ...]

    @property
    def n_unknown(self) -> int:
        """Of how many cases the patient is not known."""
        patients = self.model.patient_ids
        return self.model.n_samples if patients is None else sum(one is None for one in patients.tolist())


def plan_reading(
    run: Run, predictions: Predictions, split: str, n: int, *, mix: Mix, seed: int
) -> ReadingPlan:
    """Draw cases of a run's split and return the plan; `core.reading.store.save_plan` keeps it.

    Raises
    ------
    StateError
        There is no image to read, or the split is the one the network learned from.
    """
    if split == "train":
        raise StateError(N_("The network has learned the training images by heart: read others."))
    places = draw_cases(predictions, n, mix=mix, seed=seed)
    if len(places) == 0:
        raise StateError(N_("There is no image in this split."))
    names = predictions.class_names
    return ReadingPlan.model_validate(
        {
            "reading": new_code(),
            "at": now(),
            "run": run.run_id,
            "dataset": run.config.dataset,
            "split": split,
            "mix": mix,
            "seed": seed,
            "simulated": run.card.simulated,
            "class_names": names,
            "positive_class": predictions.positive_class,
            "cases": predictions.sample_ids[places].tolist(),
            "labels": [names[code] for code in predictions.y_true[places].tolist()],
        }
    )


def cases_of(plan: ReadingPlan, predictions: Predictions, labels: Mapping[int, str]) -> Cases:
    """Return the cases of a plan.

    Parameters
    ----------
    plan
        The plan.
    predictions
        What the network says about the plan's split.
    labels
        sample_id to class as the data set has it now; a sample that it has not, or a class that the network
        does not know, keeps the label with which it was drawn.

    Raises
    ------
    StateError
        The run no longer answers for these images.
    """
    place_of = {sample_id: place for place, sample_id in enumerate(predictions.sample_ids.tolist())}
    if plan.class_names != predictions.class_names or not place_of.keys() >= set(plan.cases):
        text = N_(
            "The run '{run}' no longer answers for the images of this reading: it was trained anew or its"
            " data changed. Begin a new reading."
        )
        raise StateError(text, run=plan.run)
    known = plan.class_names
    truth = []
    for sample_id, drawn in zip(plan.cases, plan.labels, strict=True):
        label = labels.get(sample_id, drawn)
        truth.append(label if label in known else drawn)
    taken = predictions.take(np.array([place_of[sample_id] for sample_id in plan.cases], dtype=np.int64))
    y_true = np.array([known.index(label) for label in truth], dtype=np.int64)
    changed = [n for n, (one, other) in enumerate(zip(truth, plan.labels, strict=True)) if one != other]
    return Cases(replace(taken, y_true=y_true), tuple(changed))


def reader_predictions(cases: Cases, answers: Mapping[int, Answer]) -> Predictions:
    """Return a reader's answers as predictions, so that a person is judged by the same code as a network.

    With two classes the six ratings are spread evenly over [0, 1]; `CALLED_FROM` is between "perhaps not" and
    "perhaps". Only their order has a meaning: a rating is no probability.

    Parameters
    ----------
    cases
        Of n cases.
    answers
        Place in the plan to answer; cases without one are left out.
    """
    places = np.array(sorted(answers), dtype=np.int64)
    chosen = cases.model.take(places)
    positive = chosen.positive_index
    given = [answers[place] for place in places.tolist()]
    score = np.zeros(chosen.y_score.shape, dtype=np.float64)
    if positive is not None:
        score[:, positive] = [(rating_of(answer, positive) - 0.5) / 6 for answer in given]
        score[:, 1 - positive] = 1 - score[:, positive]
    else:
        score = _of_many(given, score)
    return replace(chosen, y_score=score.astype(np.float32), logits=np.log(score).astype(np.float32))


def _of_many(given: list[Answer], score: NDArray[np.float64]) -> NDArray[np.float64]:
    n, k = score.shape
    sure = np.array([_SURE[answer.confidence] for answer in given]).reshape(n)
    score[:] = ((1 - sure) / max(k - 1, 1))[:, np.newaxis]
    score[np.arange(n), [answer.called for answer in given]] = sure
    return score
