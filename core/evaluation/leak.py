"""How much of a score was leak: two trainings that differ in nothing but who stands where.

Covers: chance in which patients were sampled; the bootstrap draws whole patients, the same ones for both
trainings. Does not cover: chance in the training itself; another seed gives another pair.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from core.datasets.store import open_dataset
from core.evaluation.difference import area_difference
from core.evaluation.leak_lab import LeakLab
from core.evaluation.records import MetricValue
from core.evaluation.report import evaluate
from core.evaluation.sentences import rounded
from core.evaluation.stored import stored_predictions
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.runs.store import Run

_GUESSING: Final = 0.5


@dataclass(frozen=True)
class Leak:
    """How much of a score was leak.

    Attributes
    ----------
    by_image, by_patient
        The AUROC on the test images of each split, with interval and n.
    leak, low, high
        Their difference, and its 95 % interval.
    n_patients
        How many patients were drawn from.
    n_met
        How many test images of the split by image show a patient who is in training too.
    positive_class
        Whose AUROC it is; None for the mean of each class against the rest.
    verdict
        The answer in words.
    """

    by_image: MetricValue
    by_patient: MetricValue
    leak: float
    low: float
    high: float
    n_patients: int
    n_met: int
    positive_class: str | None
    verdict: Message


def measure_leak(lab: LeakLab) -> Leak | None:
    """Compare both trainings of a lab on their test thirds; None until both have completed.

    The test thirds are opened the first time that this is asked: no image in them has chosen an epoch, which
    would make even drawn labels look learned.
    """
    if any(run.state != "completed" or not run.has_model for run in (lab.by_image, lab.by_patient)):
        return None
    return compare(_test_of(lab.by_image), _test_of(lab.by_patient), n_met=_n_met(lab.by_image))


def compare(by_image: Predictions, by_patient: Predictions, *, n_met: int) -> Leak | None:
    """Compare what two networks say of the images held out from them; None where an AUROC is not defined."""
    one, other = evaluate(by_image).metrics["auroc"], evaluate(by_patient).metrics["auroc"]
    difference = area_difference(by_patient, by_image)
    if difference is None:
        return None
    low, high, n_patients = difference.low, difference.high, difference.n_patients
    return Leak(
        by_image=one,
        by_patient=other,
        leak=difference.value,
        low=low,
        high=high,
        n_patients=n_patients,
        n_met=n_met,
        positive_class=by_image.positive_class,
        verdict=_verdict(one, other, (low, high), n_patients),
    )


def _test_of(run: Run) -> Predictions:
    stored = stored_predictions(run, "test")
    if stored is not None:
        return stored
    from core.evaluation.predictions import predictions_of  # torch

    return predictions_of(run, "test")


def _n_met(run: Run) -> int:
    samples = open_dataset(run.config.dataset).samples[["sample_id", "patient_id"]]
    table = run.split().merge(samples, on="sample_id")
    known = set(table.loc[table["split"] == "train", "patient_id"].dropna())
    return int(table.loc[table["split"] == "test", "patient_id"].isin(known).sum())


_Answer = Literal["leak", "below", "unclear", "reversed", "unknown"]
_VERDICTS: Final[dict[_Answer, str]] = {
    "leak": N_(
        "Of the AUROC of {one}, {leak:.2f} was leak ({low:.2f} to {high:.2f}, {n} patients): the network had"
        " learned to know the people."
    ),
    "below": N_(
        "By image {one}, by patient {other}: a difference of {leak:.2f} ({low:.2f} to {high:.2f}, {n}"
        " patients). Below 0.5 is bad luck, so no more than {above:.2f} of the score can be leak."
    ),
    "unclear": N_(
        "{n} patients cannot tell whether anything leaked: {one} by image, {other} by patient, a difference"
        " of {leak:.2f} ({low:.2f} to {high:.2f}), and no difference at all would fit as well."
    ),
    "reversed": N_(
        "The split by patient scored higher: {other} against {one}, a difference of {leak:.2f} ({low:.2f} to"
        " {high:.2f}, {n} patients). Leak cannot do that; chance, or easier patients, can."
    ),
    "unknown": N_(
        "{one} by image, {other} by patient; {n} patients are too few for an interval of the difference."
    ),
}


def _verdict(one: MetricValue, other: MetricValue, ends: tuple[float, float], n: int) -> Message:
    low, high = ends
    answer: _Answer = "unclear"
    if not np.isfinite(ends).all():
        answer = "unknown"
    elif low > 0:
        answer = "leak" if (other.value or 0) >= _GUESSING else "below"
    elif high < 0:
        answer = "reversed"
    first, second = float(one.value or 0), float(other.value or 0)
    words = {"one": rounded(first), "other": rounded(second)}
    above = max(first - _GUESSING, 0.0)
    shares = {"leak": first - second, "low": low, "high": high, "above": above}
    numbers = {name: round(share, 2) + 0.0 for name, share in shares.items()} | {"n": n}  # no "-0.00"
    return Message(text=_VERDICTS[answer], values=words | numbers)
