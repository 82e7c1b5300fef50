"""What the shortcut booth asks and answers. No torch here."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.datasets.phantom_cues import Cue
from core.evaluation.records import MetricValue
from core.experiments.records import Request, Result
from core.language import N_
from core.statistics.shares import Share

Side = Literal["shortcut", "control"]
SIDES: tuple[Side, ...] = ("shortcut", "control")


class CueSpec(BaseModel):
    """One entry of CUES.

    Attributes
    ----------
    title, story
        What it is called, and how it comes to go with the label.
    agreeing
        When it says what the label says, as it stands inside a sentence.
    for_it, against_it
        Its side that goes with "finding", and the one that goes with "no finding", in a word or two.
    swap
        What is done to a film to show the other side.
    has_place
        Whether it lies somewhere on the film, so that a map can point at it.
    """

    model_config = ConfigDict(frozen=True)

    name: Cue
    title: str
    story: str
    agreeing: str
    for_it: str
    against_it: str
    swap: str
    has_place: bool


class ShortcutRequest(Request):
    """Which cue, how strongly it follows the label, and the training; `revision` names the films."""

    revision: str = ""
    cue: Cue = Field(
        default="marker", title=N_("Cue"), description=N_("What goes with the label and is no disease.")
    )
    strength: float = Field(
        default=0.9, ge=0, le=1,
        title=N_("How strongly the cue follows the label"),
        description=N_(
            "0: it falls like a coin. 1: it always says what the label says. In between, that share of films"
            " follows the label and the others fall like a coin."
        ),
    )  # fmt: skip
    n_patients: int = Field(
        default=300, ge=60, le=300, multiple_of=20,
        title=N_("Patients"),
        description=N_("Half of them train, a sixth validate, and a third are kept for the clean test."),
    )  # fmt: skip
    epochs: int = Field(
        default=15, ge=1, le=60,
        title=N_("Epochs"),
        description=N_("How many times every training image is seen."),
    )  # fmt: skip
    model: str = Field(
        default="small_cnn",
        title=N_("Network"),
        description=N_("A deep network takes many times as long as the small one."),
    )
    seed: int = Field(
        default=0, ge=0, le=9999,
        title=N_("Seed"),
        description=N_(
            "Deals the patients and the cue, and draws the first weights; the same for both networks."
        ),
    )  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Agreement(_Part):
    """On how many of n films the cue said what the label said, as counted."""

    n_films: int
    n_patients: int
    n_agreeing: int


class Area(_Part):
    """How much more AUROC one answer has than another, with its 95 % interval (None: there is none)."""

    value: float
    low: float | None
    high: float | None


class ShareOfMap(_Part):
    """What part of a network's map lies on the cue: the mean over films that bear it.

    Attributes
    ----------
    share
        With its interval; of it `n` are the films whose map was not empty.
    by_chance
        The cue's part of the film's area: what a map that knows nothing has.
    peak
        On what share of the films the map's largest value lies in the box of the cue (the pointing game), of
        those whose map has one largest value: occlusion gives whole squares the same.
    n_empty
        How many maps said nothing for "finding" at all.
    """

    method: str
    share: Share
    by_chance: float
    peak: Share
    n_empty: int


class FilmAnswer(_Part):
    """What a network says of a clean test film: the probability of a finding.

    Attributes
    ----------
    against, for_it
        With either side of the cue: the one that goes with "no finding", the one that goes with "finding".
    painted
        With the cue of "finding" painted out; None where it has no place.
    """

    against: float
    for_it: float
    painted: float | None = None


class Film(_Part):
    """A clean test film: which, what its record says, which side of the cue it drew, and both answers."""

    sample_id: int
    has_finding: bool
    drew_for: bool
    shortcut: FilmAnswer
    control: FilmAnswer


class BrightnessPoint(_Part):
    """The mean probability of a finding when all clean test films are made so many grey levels brighter."""

    by: float
    shortcut: Share
    control: Share


class Trained(_Part):
    """What one of the two networks reached.

    Attributes
    ----------
    val, clean
        AUROC for "finding" on the validation films, whose cue is dealt as in training, and on the clean test
        films, whose cue falls like a coin.
    swapped
        Share of the clean test films whose call at 0.5 changes when the cue is swapped.
    painted
        Share whose call changes when the cue of "finding" is painted out; None where it has no place.
    maps
        How much of its maps lies on the cue; empty where it has no place.
    seconds
        Its training took.
    """

    val: MetricValue
    clean: MetricValue
    swapped: Share
    painted: Share | None = None
    maps: tuple[ShareOfMap, ...] = ()
    seconds: float


class ShortcutAnswer(Result):
    """Two networks: one trained with the shortcut, its control on the same films with the cue like a coin.

    Attributes
    ----------
    agreement
        As counted, for "train", "val" and "clean".
    shortcut, control
        What each reached.
    cost
        AUROC of the shortcut's network minus that of its control on the same clean test films.
    flattery
        AUROC of the shortcut's network on validation minus that on the clean test.
    films
        The clean test films.
    brightness
        Only for the brightness step.
    """

    agreement: dict[str, Agreement]
    shortcut: Trained
    control: Trained
    cost: Area
    flattery: Area
    films: tuple[Film, ...]
    brightness: tuple[BrightnessPoint, ...] = ()
    seconds: float
