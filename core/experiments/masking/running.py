"""Cover a box on every validation image, ask again, and hold it against boxes of the same size elsewhere.

Covers: chance in which patients were asked about. Does not cover: what the network would do had it never seen
the region; a covered image is one that it was never trained on, which is why other boxes are covered too.
"""

import time
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.splits import divide
from core.datasets.store import Dataset, open_dataset
from core.errors import StateError
from core.evaluation.asked import Asked, asked_images
from core.evaluation.decisions import decide
from core.evaluation.difference import area_difference
from core.evaluation.predictions import logits_of
from core.evaluation.report import evaluate
from core.evaluation.stored import NO_MAPPING, origin_of
from core.experiments.comparison import patient_groups
from core.experiments.masking.places import other_places
from core.experiments.masking.records import (
    MOST_IMAGES,
    AreaChange,
    Changed,
    ClassChange,
    Elsewhere,
    How,
    MaskingAnswer,
    MaskingRequest,
)
from core.explanation.painting import painted
from core.explanation.regions import Box
from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.checkpoints import LoadedModel, load_model
from core.runs.predictions import Predictions
from core.runs.store import Run, open_run
from core.statistics.means import mean_by_group
from core.statistics.roc import auroc, macro_auroc
from core.statistics.shares import share_by_group
from core.transforms.preprocessing import to_input

_N_MOST: Final = 6
_SEED: Final = 0
_WORDS: Final = N_("Covering the box and asking again: {percent} %; about {seconds} s left")


@dataclass(frozen=True, eq=False)
class Scores:
    """Probabilities of n images and k classes as they are, covered, and covered elsewhere.

    Attributes
    ----------
    plain
        What the network says of the images as they are; `covered` with the box covered.
    elsewhere
        ndarray of shape (n_places, n, k), float64.
    groups
        ndarray of shape (n,): whose each image is.
    """

    plain: Predictions
    covered: Predictions
    elsewhere: NDArray[np.float64]
    groups: NDArray[np.int64]


@dataclass(frozen=True)
class Cover:
    """What is covered, one box at a time, the one in question first, and how."""

    boxes: tuple[Box, ...]
    how: How


def measure_masking(request: MaskingRequest, job: Job) -> MaskingAnswer:
    """Answer what covering a box does.

    Raises
    ------
    StateError
        The weights or the data are no longer those that were meant, or nobody is in the validation split.
    """
    began, run = time.monotonic(), open_run(request.run)
    if origin_of(run, run.config.dataset) != request.origin:
        text = N_("The weights of '{run}' or the data set '{dataset}' have changed; ask again.")
        raise StateError(text, run=run.run_id, dataset=run.config.dataset)
    dataset = open_dataset(run.config.dataset)
    asked, n_left_out = _chosen(asked_images(run, dataset, "val", NO_MAPPING))
    places = other_places(request.box, request.n_places, seed=request.seed)
    cover = Cover((request.box, *places), request.how)
    scores = _ask(load_model(run), dataset, asked, cover, job)
    return _answer(run, scores, asked, places, began=began, n_left_out=n_left_out)


def _chosen(asked: Asked) -> tuple[Asked, int]:
    """Return at most MOST_IMAGES of the images, whole patients by lot, and how many are left out."""
    n = len(asked.sample_ids)
    if n == 0:
        raise StateError(N_("There is no image in the validation split of this run."))
    if n <= MOST_IMAGES:
        return asked, 0
    groups, share = patient_groups(asked.patient_ids, n), MOST_IMAGES / n
    kept = np.flatnonzero(divide(asked.y_true, groups, (share, 1 - share), seed=_SEED) == 0)
    patients = None if asked.patient_ids is None else asked.patient_ids[kept]
    fewer = replace(asked, sample_ids=asked.sample_ids[kept], y_true=asked.y_true[kept], patient_ids=patients)
    return fewer, n - len(kept)


def _ask(loaded: LoadedModel, dataset: Dataset, asked: Asked, cover: Cover, job: Job) -> Scores:
    """Ask about each image as it is and with each box covered: it is decoded once."""
    n, began, rows = len(asked.sample_ids), time.monotonic(), []
    for number, sample_id in enumerate(asked.sample_ids.tolist(), start=1):
        job.check_stop()
        image = dataset.image(sample_id)
        shape = (int(image.values.shape[0]), int(image.values.shape[1]))
        versions = [image, *(painted(image, box.mask(shape), cover.how) for box in cover.boxes)]
        inputs = (to_input(one, loaded.preprocessing, loaded.statistics) for one in versions)
        rows.append(logits_of(loaded, inputs))  # (2 + n_places, k)
        left = (time.monotonic() - began) / number * (n - number)
        values = {"percent": round(100 * number / n), "seconds": max(1, round(left))}
        text = Message(text=_WORDS, values=dict(values))
        job.report(number / n, text, seconds_left=left)
    logits = np.stack(rows, axis=1)  # n times (2 + n_places, k) -> (2 + n_places, n, k)
    every = [_predictions(loaded, asked, one) for one in logits]
    elsewhere = [one.y_score.astype(np.float64) for one in every[2:]]
    empty = np.zeros((0, n, logits.shape[2]))
    return Scores(
        plain=every[0],
        covered=every[1],
        elsewhere=np.stack(elsewhere) if elsewhere else empty,
        groups=patient_groups(asked.patient_ids, n),
    )


def _predictions(loaded: LoadedModel, asked: Asked, logits: NDArray[np.float32]) -> Predictions:
    return Predictions.from_logits(
        logits,
        y_true=asked.y_true,
        sample_ids=asked.sample_ids,
        patient_ids=asked.patient_ids,
        class_names=loaded.class_names,
        positive_class=loaded.card.positive_class,
    )


def _answer(
    run: Run, scores: Scores, asked: Asked, places: tuple[Box, ...], *, began: float, n_left_out: int
) -> MaskingAnswer:
    before, groups = scores.plain.y_score.astype(np.float64), scores.groups
    after = scores.covered.y_score.astype(np.float64)
    size = moved(before, after)  # (n,)
    sizes = np.array([moved(before, one) for one in scores.elsewhere]).reshape(len(places), len(size))
    has_places = len(places) > 0
    usual = sizes.mean(axis=0) if has_places else np.zeros(0)
    compared = groups if has_places else groups[:0]
    patients = asked.patient_ids
    return MaskingAnswer(
        n_images=len(size),
        n_patients=None if patients is None else len({one for one in patients.tolist() if one is not None}),
        n_left_out=n_left_out,
        positive_class=run.card.positive_class,
        size=mean_by_group(size, groups),
        size_elsewhere=mean_by_group(usual, compared),
        excess=mean_by_group(size - usual if has_places else usual, compared),
        calls=share_by_group(_calls(scores.plain) != _calls(scores.covered), groups),
        calls_elsewhere=share_by_group(_calls_elsewhere(scores), compared),
        classes=_classes(scores),
        before=evaluate(scores.plain).metrics["auroc"],
        after=evaluate(scores.covered).metrics["auroc"],
        area=_area(scores),
        places=tuple(
            Elsewhere(box=box, size=float(one.mean()), auroc=_auroc(scores.plain, score))
            for box, one, score in zip(places, sizes, scores.elsewhere, strict=True)
        ),
        most=_most(scores, size),
        seconds=time.monotonic() - began,
    )


def moved(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much probability moves between classes, (n,), in [0, 1]: the total variation distance."""
    found: NDArray[np.float64] = np.abs(after - before).sum(axis=-1) / 2
    return found


def _calls(of: Predictions) -> NDArray[np.int64]:
    return np.asarray(decide(of), dtype=np.int64)


def _calls_elsewhere(scores: Scores) -> NDArray[np.float64]:
    """Return for each image on what share of the other boxes its call changes, (n,) or (0,)."""
    if not len(scores.elsewhere):
        return np.zeros(0)
    plain = _calls(scores.plain)
    changed = [
        _calls(replace(scores.plain, y_score=one.astype(np.float32))) != plain for one in scores.elsewhere
    ]
    return np.asarray(np.mean(changed, axis=0))


def _classes(scores: Scores) -> tuple[ClassChange, ...]:
    before = scores.plain.y_score.astype(np.float64)
    change = scores.covered.y_score.astype(np.float64) - before
    n_places = len(scores.elsewhere)
    usual = scores.elsewhere.mean(axis=0) - before if n_places else np.zeros((0, before.shape[1]))
    compared = scores.groups if n_places else scores.groups[:0]
    return tuple(
        ClassChange(
            class_name=name,
            box=mean_by_group(change[:, index], scores.groups),
            elsewhere=mean_by_group(usual[:, index], compared),
        )
        for index, name in enumerate(scores.plain.class_names)
    )


def _area(scores: Scores) -> AreaChange | None:
    found = area_difference(scores.plain, scores.covered)
    if found is None:
        return None
    low, high = (float(end) if np.isfinite(end) else None for end in (found.low, found.high))
    return AreaChange(value=found.value, low=low, high=high)


def _auroc(of: Predictions, score: NDArray[np.float64]) -> float | None:
    positive = of.positive_index
    if positive is None:
        value = float(macro_auroc(of.y_true, score))
    else:
        value = float(auroc(of.y_true == positive, score[:, positive]))
    return value if np.isfinite(value) else None


def _most(scores: Scores, size: NDArray[np.float64]) -> tuple[Changed, ...]:
    names, positive, called = scores.plain.class_names, scores.plain.positive_index, _calls(scores.plain)
    found = []
    for row in np.argsort(-size, kind="stable")[:_N_MOST].tolist():
        shown = int(called[row]) if positive is None else positive
        found.append(
            Changed(
                sample_id=int(scores.plain.sample_ids[row]),
                label=names[int(scores.plain.y_true[row])],
                class_name=names[shown],
                before=float(scores.plain.y_score[row, shown]),
                after=float(scores.covered.y_score[row, shown]),
            )
        )
    return tuple(found)
