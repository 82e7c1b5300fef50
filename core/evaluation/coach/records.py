"""What the coach found: the fault, where it shows, why it says so, and what to try."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from core.language import N_, Message

Kind = Literal[
    "nan",
    "rate_high",
    "never_predicted",
    "over_fitting",
    "unstable_norm",
    "val_better",
    "rate_low",
    "under_fitting",
    "too_few",
    "plateau",
]
SILENT: Final = Message(
    text=N_(
        "Nothing stands out so far: no fault found in these curves, which is not a proof that all is well."
    )
)

Page = Literal["", "datasets", "leakage", "images"]


class Finding(BaseModel):
    """One fault in the curves of a run.

    Attributes
    ----------
    first_epoch, last_epoch
        Where it shows in the chart; both belong to it, and epochs count from 1.
    title
        What was found, in a few words.
    why
        Two sentences with the numbers of this run.
    changes
        What to try: dotted fields of TrainingConfig and their values, valid for this run's config. Empty
        where no setting helps.
    advice
        What to try, in one sentence.
    page
        The page where to go on, where the advice is not about a setting.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    first_epoch: int
    last_epoch: int
    title: Message
    why: Message
    advice: Message
    changes: dict[str, Any] = {}
    page: Page = ""
