"""The cases of a reading with their truth and what the network says, and a reader's answers in that form."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.editing import edits_since
from core.errors import StateError, UnknownNameError
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
        Places of the cases whose label was corrected since the network was trained.
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
        There is no image to read, its data set is gone or replaced, or the split is the one the network
        learned from.
    """
    check_images(run.config.dataset, run.request.dataset_revision)
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
            "revision": run.request.dataset_revision,
            "labels": [names[code] for code in predictions.y_true[places].tolist()],
        }
    )


def check_images(dataset: str, revision: str) -> None:
    """Refuse a data set that is gone, or that is another one now: other images would stand for the cases.

    Parameters
    ----------
    dataset, revision
        As the network was trained on it; corrected labels since then are no hindrance.
    """
    try:
        is_same = not revision or edits_since(dataset, revision) is not None
    except UnknownNameError as error:
        text = N_("The images are gone: the data set '{dataset}' was deleted. All answers so far are kept.")
        raise StateError(text, dataset=dataset) from error
    if not is_same:
        text = N_(
            "The data set '{dataset}' is no longer the one that the network was trained on: other images have"
            " its name now."
        )
        raise StateError(text, dataset=dataset)


def relabelled(predictions: Predictions, labels: Mapping[int, str]) -> Predictions:
    """Return predictions with the labels as the data set has them now.

    Parameters
    ----------
    labels
        sample_id to class; a sample that is not in it, or whose class the network does not know, keeps its
        own.
    """
    known = {name: code for code, name in enumerate(predictions.class_names)}
    ids, before = predictions.sample_ids.tolist(), predictions.y_true.tolist()
    after = [known.get(labels.get(one, ""), code) for one, code in zip(ids, before, strict=True)]
    return replace(predictions, y_true=np.array(after, dtype=np.int64))


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
    taken = predictions.take(np.array([place_of[sample_id] for sample_id in plan.cases], dtype=np.int64))
    drawn = np.array([plan.class_names.index(label) for label in plan.labels], dtype=np.int64)
    model = relabelled(replace(taken, y_true=drawn), labels)
    changed = tuple(np.flatnonzero(model.y_true != drawn).tolist())
    return Cases(model, changed)


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
