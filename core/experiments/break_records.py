"""What is asked about mistakes in preprocessing, and what is answered. No torch here."""

import hashlib
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from core.experiments.borrowing import IMAGENET_NAME
from core.experiments.records import Request, Result
from core.language import N_, Message
from core.runs.store import Run

Verdict = Literal["untouched", "worse", "better", "no change", "unknown"]


class BreakRequest(Request):
    """What to score.

    Attributes
    ----------
    run, weights
        The run, and its best weights as `weights_of` gives them.
    dataset_revision
        Of its data set.
    sets
        Each set of mistakes is made together and scored by itself.
    other, other_revision
        Whose statistics are borrowed, and the revision where that is a data set.
    """

    run: str
    weights: str
    dataset_revision: str
    sets: tuple[tuple[str, ...], ...]
    other: str = IMAGENET_NAME
    other_revision: str = ""


class Score(BaseModel):
    """The AUROC of one way to preprocess, and how many images are called positive.

    `low` and `high` are None where there is no interval, `n_positive` with more than two classes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    auroc: float | None
    low: float | None = None
    high: float | None = None
    n_positive: int | None = None


class BreakScore(BaseModel):
    """What one set of mistakes did.

    Attributes
    ----------
    breaks
        Their names.
    score
        The AUROC with them.
    difference, low, high
        AUROC broken minus right on the same images, with its 95 % interval by patient; None where not
        defined.
    n_touched
        For how many images the network got other numbers.
    n_answers_changed
        How many images are called another class (two classes: at the threshold 0.5).
    verdict
        The answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    breaks: tuple[str, ...]
    score: Score
    difference: float | None
    low: float | None
    high: float | None
    n_touched: int
    n_answers_changed: int
    verdict: Verdict


class BreakResult(Result):
    """The answer: right, and each set of mistakes.

    `n_patients` is None where the patients are not known: then each image counts as one.
    """

    right: Score
    scores: tuple[BreakScore, ...]
    n_images: int
    n_available: int
    n_patients: int | None
    positive_class: str | None


def weights_of(run: Run) -> str:
    """Return the first 16 hex digits of the sha256 of a run's best weights."""
    return hashlib.sha256((run.folder / "best.safetensors").read_bytes()).hexdigest()[:16]


def verdict_of(score: BreakScore, result: BreakResult) -> Message:
    """Return the answer in words, without a full stop."""
    n = result.n_images if result.n_patients is None else result.n_patients
    return Message(text=_VERDICTS[score.verdict], values={"n": n})


_VERDICTS: Final[dict[Verdict, str]] = {
    "untouched": N_("nothing to break: the network got the same numbers"),
    "worse": N_("worse"),
    "better": N_("better on these images, which does not make it right"),
    "no change": N_("no change that {n} patients can show"),
    "unknown": N_("{n} patients are too few for an interval"),
}
