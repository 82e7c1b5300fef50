"""What a recipe of the tutorial clinic is, and what its measurement answers. No torch here."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.experiments.records import Request, Result
from core.language import Message

Effect = Literal["harm", "flattery"]


class Recipe(BaseModel):
    """One entry of RECIPES.

    Attributes
    ----------
    title
        The mistake, in a few words.
    wrong, right
        A few lines of Python each, as a tutorial would print them and as they should be.
    why
        Why it is wrong, whatever is measured here.
    measured
        What is done here to see its effect.
    effect
        "harm" where it makes the network worse, "flattery" where it makes the score look better than it is.
    seconds
        About how long the measurement takes on a laptop.
    source
        Where the right way is written down.
    builder
        The function (request, job) -> RecipeAnswer, as "module:function".
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    wrong: str
    right: str
    why: str
    measured: str
    effect: Effect
    seconds: int
    source: str
    builder: str


class RecipeRequest(Request):
    """Which recipe is measured, on the films that ship (`revision` says which these are); see `question`."""

    recipe: str
    revision: str = ""
    n_trainings: int = 3
    epochs: int = 12


class Estimate(BaseModel):
    """A mean and its 95 % interval; None where nothing varied."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float | None = None
    high: float | None = None


class RecipeAnswer(Result):
    """What the wrong and the right recipe scored.

    Attributes
    ----------
    wrong, right
        A score for each training, or each draw of the labels, in [0, 1].
    wrong_mean, right_mean
        Their means with 95 % intervals over the same kinds of luck.
    difference
        Mean of wrong - mean of right, with its 95 % interval.
    n_images, n_patients
        On which it was read.
    score, axis
        What the score is, in words, and in one or two words for an axis.
    method
        How the interval was made.
    facts
        What else was seen, a sentence each.
    """

    recipe: str
    wrong: tuple[float, ...]
    right: tuple[float, ...]
    wrong_mean: Estimate
    right_mean: Estimate
    difference: Estimate
    n_images: int
    n_patients: int
    score: Message
    axis: Message
    method: Message
    facts: tuple[Message, ...] = ()
    seconds: float
