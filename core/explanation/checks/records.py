"""The check card of a map. No torch here."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from core.language import Message

Outcome = Literal["failed", "no failure found", "not tried"]


class CheckSpec(BaseModel):
    """One entry of CHECKS.

    Attributes
    ----------
    asks
        The question, as a layperson would put it.
    source
        The paper, and whose the threshold is.
    threshold_reason
        Why it fails from there on.
    higher_is_worse
        Whether it fails at or above the threshold; else at or below it.
    builder
        What does it, as "module:function": Trial -> CheckLine.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    asks: str
    source: str
    threshold_reason: str
    higher_is_worse: bool = True
    builder: str


@dataclass(frozen=True, eq=False)
class Cascade:
    """Maps of a network that forgets from the head down.

    Attributes
    ----------
    stages
        What was made random last, in order: the head first, at the end the whole network.
    correlations
        Of each stage's map with the map in question, Spearman, -1 to 1.
    maps
        Each stage's map in small, ndarray of shape (h, w), float32.
    """

    stages: tuple[str, ...]
    correlations: tuple[float, ...]
    maps: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True, eq=False)
class RemovalCurves:
    """How the probability moves while pixels are blurred out, or brought back, in the order of a map.

    Attributes
    ----------
    shares
        Of the pixels that were changed, ndarray of shape (n,), 0 to 1.
    scores
        The probability of the class then, ndarray of shape (n,), in the order of the map in question.
    random_scores
        The same in the order of each random map, ndarray of shape (n_random, n).
    """

    shares: NDArray[np.float64]
    scores: NDArray[np.float64]
    random_scores: NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """Rank correlation with the map of each other method, -1 to 1."""

    by_method: dict[str, float]


Evidence = Cascade | RemovalCurves | Agreement


@dataclass(frozen=True)
class CheckLine:
    """One check of one map.

    Attributes
    ----------
    name
        A key of CHECKS.
    done
        What was done, in one sentence.
    value
        The number; None where it cannot be had, and `sentence` says why.
    low, high
        Its spread over repetitions, where there are any.
    outcome
        Never "passed": a check can only fail to find a failure.
    threshold
        From when on it fails, with `source`: a paper, or "our threshold".
    sentence
        What that means, in plain words.
    n_maps, n_answers
        How many maps were computed for it, and how many answers the network gave besides.
    evidence
        What there is to draw.
    """

    name: str
    done: Message
    value: float | None
    outcome: Outcome
    threshold: float | None
    source: Message
    sentence: Message
    low: float | None = None
    high: float | None = None
    n_maps: int = 0
    n_answers: int = 0
    evidence: Evidence | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class CheckCard:
    """All checks of one map."""

    method: str
    class_name: str
    lines: tuple[CheckLine, ...]

    @property
    def n_failed(self) -> int:
        """How many failed."""
        return sum(line.outcome == "failed" for line in self.lines)

    @property
    def n_tried(self) -> int:
        """How many have an answer."""
        return sum(line.outcome != "not tried" for line in self.lines)
