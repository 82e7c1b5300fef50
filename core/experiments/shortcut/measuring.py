"""What is measured of both networks: their areas, what follows the cue, and where their maps lie."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.phantom_set import CLASS_NAMES
from core.datasets.store import Dataset
from core.evaluation.difference import area_difference
from core.evaluation.predictions import predict_images
from core.evaluation.records import MetricValue
from core.evaluation.report import evaluate
from core.experiments.shortcut.films import CuedImage, Deal, brighter_image
from core.experiments.shortcut.networks import POSITIVE, Asked
from core.experiments.shortcut.records import Area, BrightnessPoint, ShareOfMap
from core.explanation.attribution import explain_image
from core.explanation.painting import painted
from core.explanation.truth import TruthScores, truth_scores
from core.runs.checkpoints import LoadedModel
from core.runs.predictions import Predictions
from core.statistics.shares import Share, share_by_group

# Whose share on the cue is measured, and over how many clean films at the most: occlusion takes its time.
METHODS: Final = {"saliency": 1000, "occlusion": 40, "grad_cam": 1000}
HOW: Final = "mean"  # how the cue is painted out: the mean of the ring around it
BRIGHTER_BY: Final = (-40, -30, -20, -10, 0, 10, 20, 30, 40)  # grey levels
_CALL: Final = 0.5
_AT_ONCE: Final = 32

Told = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Clean:
    """The clean test films with the cue of "finding", and whose they are, ndarray of shape (n,)."""

    cued: list[CuedImage]
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


def painted_scores(loaded: LoadedModel, clean: Clean, told: Told) -> NDArray[np.float64]:
    """Return the probability of a finding, (n,), with the cue painted out."""
    found: list[NDArray[np.float32]] = []
    for first in range(0, len(clean.cued), _AT_ONCE):
        some = clean.cued[first : first + _AT_ONCE]
        images = [painted(one.image, one.place, HOW) if one.place is not None else one.image for one in some]
        found.append(predict_images(loaded, images)[:, POSITIVE])
        told(min(1.0, (first + _AT_ONCE) / len(clean.cued)))
    return np.concatenate(found).astype(np.float64)


def share_of_maps(loaded: LoadedModel, clean: Clean, method: str, told: Told) -> ShareOfMap:
    """Return how much of the maps for "finding" lies in the box of the cue, over the clean test films."""
    n = min(len(clean.cued), METHODS[method])
    found: list[TruthScores] = []
    for number, one in enumerate(clean.cued[:n], start=1):
        told(number / n)
        place = np.zeros((1, 1), dtype=np.bool_) if one.place is None else one.place
        found.append(truth_scores(explain_image(loaded, one.image, method, POSITIVE), place))
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
    rows, found = dealt.parts["clean"], []
    for number, by in enumerate(BRIGHTER_BY, start=1):
        images = [brighter_image(one, by, dataset=dataset) for one in dealt.sample_ids[rows].tolist()]
        means = [
            share_by_group(predict_images(loaded, images)[:, POSITIVE].astype(float), dealt.patients[rows])
            for loaded in both
        ]
        found.append(BrightnessPoint(by=by, shortcut=means[0], control=means[1]))
        told(number / len(BRIGHTER_BY))
    return tuple(found)
