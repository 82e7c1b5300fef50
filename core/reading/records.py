"""A reading: the cases that were drawn, and what each reader answered.

The answer is a class and how sure the reader is of it. With two classes both together are the six steps from
"definitely not" to "definitely" of a rating study (Swets and Pickett 1982; Metz 1986,
doi:10.1097/00004424-198609000-00009); there is no "don't know" in the middle, so each answer is a call.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.datasets.records import SplitName
from core.language import N_

PassNumber = Literal[1, 2]  # 1: blind; 2: with what the network says
Mix = Literal["even", "as it is"]
Confidence = Literal[1, 2, 3]

FEWEST: Final = 10
MOST: Final = 50
USUAL: Final = 20
LONGEST_NAME: Final = 40
_MOST_SECONDS: Final = 24 * 3600.0

CONFIDENCES: Final[dict[Confidence, str]] = {1: N_("perhaps"), 2: N_("probably"), 3: N_("definitely")}
MIXES: Final[dict[Mix, str]] = {
    "even": N_("as many cases of each class"),
    "as it is": N_("as it is in this part of the data"),
}


class ReadingPlan(BaseModel):
    """What is read: which cases, drawn how. plan.json.

    Attributes
    ----------
    reading
        The code by which the same cases are found again.
    run, dataset, split
        Whose answers are read against, and where the cases are from.
    mix
        How many of each class were wanted. Readers are not told.
    cases, labels
        The sample_ids, in an order drawn by lot, and the classes they had then.
    """

    model_config = ConfigDict(frozen=True)

    reading: str
    at: str  # ISO 8601, UTC
    run: str
    dataset: str
    split: SplitName
    mix: Mix
    seed: int
    simulated: bool
    class_names: tuple[str, ...]
    positive_class: str | None
    cases: tuple[int, ...]
    labels: tuple[str, ...]
    revision: str = ""  # of the data set that the network was trained on; empty in early readings

    @property
    def n(self) -> int:
        """Number of cases."""
        return len(self.cases)


class Signed(BaseModel):
    """The first line of a reader's file: who reads."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["reader"] = "reader"
    at: str
    name: str = Field(min_length=1, max_length=LONGEST_NAME)


class Answer(BaseModel):
    """One answer: `case` is the place in the plan, from 0, `called` the index of a class."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["answer"] = "answer"
    at: str
    pass_number: PassNumber
    case: int = Field(ge=0)
    called: int = Field(ge=0)
    confidence: Confidence
    seconds: float = Field(ge=0, le=_MOST_SECONDS, allow_inf_nan=False)


class Ended(BaseModel):
    """A pass is over: its answers stay as they are."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["end"] = "end"
    at: str
    pass_number: PassNumber


Line = Annotated[Signed | Answer | Ended, Field(discriminator="kind")]


class Reader(BaseModel):
    """Who reads, and how far they are. Of two answers to one case the later counts."""

    model_config = ConfigDict(frozen=True)

    reader: str
    name: str
    answers: dict[PassNumber, dict[int, Answer]] = {1: {}, 2: {}}
    ended: frozenset[PassNumber] = frozenset()

    @property
    def now(self) -> PassNumber | None:
        """The pass that is being read; None after both."""
        return next((number for number in _PASSES if number not in self.ended), None)

    @property
    def had_help(self) -> bool:
        """Whether the second pass was read at all: it may be left out."""
        return bool(self.answers[2]) and 2 in self.ended


_PASSES: Final[tuple[PassNumber, ...]] = (1, 2)


def rating_of(answer: Answer, positive: int | None) -> int:
    """Return an answer as a number: 1 (definitely not) to 6 (definitely) of a positive class, else 1 to 3."""
    if positive is None:
        return answer.confidence
    return 3 + answer.confidence if answer.called == positive else 4 - answer.confidence


def of_rating(rating: int, positive: int) -> tuple[int, Confidence]:
    """Return the class and the confidence of a rating from 1 to 6, of two classes."""
    confidence: dict[int, Confidence] = {1: 3, 2: 2, 3: 1, 4: 1, 5: 2, 6: 3}
    return (positive if rating > 3 else 1 - positive), confidence[rating]
