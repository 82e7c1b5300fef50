"""What is measured of both networks: their areas, what follows the cue, and where their maps lie."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.phantom_set import CLASS_NAMES
from core.datasets.store import Dataset
from core.evaluation.difference import area_difference
from core.evaluation.records import MetricValue
from core.evaluation.report import evaluate
from core.experiments.shortcut.films import PREPROCESSING, CuedImage, Deal, brighter_films
from core.experiments.shortcut.networks import POSITIVE, Asked, inputs_of, scores_of
from core.experiments.shortcut.records import Area, BrightnessPoint, ShareOfMap
from core.explanation.attribution import explain
from core.explanation.copying import private_copy
from core.explanation.painting import painted
from core.explanation.truth import TruthScores, truth_scores
from core.runs.checkpoints import LoadedModel
from core.runs.predictions import Predictions
from core.statistics.shares import Share, share_by_group
from core.transforms.preprocessing import image_part

# Whose share on the cue is measured, and over how many clean films at the most: occlusion takes its time.
METHODS: Final = {"saliency": 1000, "occlusion": 40, "grad_cam": 1000}
HOW: Final = "mean"  # how the cue is painted out: the mean of the ring around it
BRIGHTER_BY: Final = (-40, -30, -20, -10, 0, 10, 20, 30, 40)  # grey levels
_CALL: Final = 0.5

Told = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Clean:
    """The clean test films with the cue of "finding".

    Attributes
    ----------
    cued
        Each with the box of its cue.
    pixels
        ndarray of shape (n, 1, SIZE, SIZE), uint16: as networks read them.
    patients
        ndarray of shape (n,): whose they are.
    """

    cued: list[CuedImage]
    pixels: NDArray[np.uint16]
    patients: NDArray[np.int64]


def predictions(logits: NDArray[np.float32], dealt: Deal, part: str) -> Predictions:
    """Return logits (n, 2) of the films of a part as predictions."""
    rows = dealt.parts[part]
    return Predictions.from_logits(
        logits,
        y_true=dealt.has_finding[rows].astype(np.int64),
        sample_ids=dealt.sample_ids[rows],
        patient_ids=np.array([f"{number}" for number in dealt.patients[rows]], dtype=object),
        class_names=CLASS_NAMES,
        positive_class=CLASS_NAMES[POSITIVE],
    )


def as_drawn(asked: Asked, dealt: Deal) -> Predictions:
    """Return what a network says of the clean test, each film with the side of the cue that it drew."""
    drew = dealt.coin[dealt.parts["clean"]]
    logits = np.where(drew[:, None], asked.clean_for, asked.clean_against)
    return predictions(logits, dealt, "clean")


def area(of: Predictions) -> MetricValue:
    """Return the AUROC for "finding" with its interval by patient."""
    return evaluate(of).metrics["auroc"]


def area_less(one: Predictions, other: Predictions) -> Area:
    """Return how much more AUROC `one` has than `other`."""
    found = area_difference(other, one)
    if found is None:
        return Area(value=0.0, low=None, high=None)
    low, high = (float(end) if np.isfinite(end) else None for end in (found.low, found.high))
    return Area(value=found.value, low=low, high=high)


def changed_calls(
    before: NDArray[np.float64], after: NDArray[np.float64], patients: NDArray[np.int64]
) -> Share:
    """Return the share of films that are called otherwise at 0.5, with its interval by patient."""
    return share_by_group((before >= _CALL) != (after >= _CALL), patients)


def painted_pixels(clean: Clean, told: Told) -> NDArray[np.uint16]:
    """Return the clean films with the cue painted out as networks read them: (n, 1, SIZE, SIZE), uint16."""
    made = []
    for number, one in enumerate(clean.cued, start=1):
        image = one.image if one.place is None else painted(one.image, one.place, HOW)
        made.append(image_part(image, PREPROCESSING))
        told(number / len(clean.cued))
    return np.stack(made)


def share_of_maps(loaded: LoadedModel, clean: Clean, method: str, told: Told) -> ShareOfMap:
    """Return how much of the maps for "finding" lies in the box of the cue, over the clean test films."""
    n = min(len(clean.cued), METHODS[method])
    found: list[TruthScores] = []
    private = replace(loaded, model=private_copy(loaded.model))
    inputs = inputs_of(loaded, clean.pixels[:n])
    for number, one in enumerate(clean.cued[:n], start=1):
        place = np.zeros((1, 1), dtype=np.bool_) if one.place is None else one.place
        answer = explain(private, inputs[number - 1], method, POSITIVE, is_private=True)
        found.append(truth_scores(answer, place))
        told(number / n)
    patients = clean.patients[:n]
    says = np.array([scores.share is not None for scores in found], dtype=np.bool_)
    shares = np.array([scores.share or 0.0 for scores in found])
    peaks = np.array([bool(scores.pointing) for scores in found])
    has_peak = np.array([scores.n_tied == 1 for scores in found], dtype=np.bool_)  # occlusion has plateaus
    chances = [scores.share_by_chance for scores in found if scores.share_by_chance is not None]
    return ShareOfMap(
        method=method,
        share=share_by_group(shares[says], patients[says]),
        by_chance=float(np.mean(chances)) if chances else 0.0,
        peak=share_by_group(peaks[says & has_peak], patients[says & has_peak]),
        n_empty=int((~says).sum()),
    )


def by_brightness(
    dataset: Dataset, dealt: Deal, both: Sequence[LoadedModel], told: Told
) -> tuple[BrightnessPoint, ...]:
    """Return the mean probability of a finding over the clean films, as they are made darker and brighter."""
    rows = dealt.parts["clean"]
    films = []
    for number, sample_id in enumerate(dealt.sample_ids[rows].tolist(), start=1):
        films.append(brighter_films(dataset, sample_id, BRIGHTER_BY))
        told(number / len(rows))
    pixels = np.stack(films, axis=1)  # (steps, n, 1, SIZE, SIZE)
    return tuple(
        BrightnessPoint(by=by, shortcut=means[0], control=means[1])
        for by, some in zip(BRIGHTER_BY, pixels, strict=True)
        for means in [[share_by_group(scores_of(one, some), dealt.patients[rows]) for one in both]]
    )
