"""What the league table holds. No torch here."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from core.language import N_, Message
from core.statistics.shares import Share

Column = Literal["pointing", "share", "iou"]
COLUMNS: Final[dict[Column, str]] = {
    "pointing": N_("Largest value inside the mask"),
    "share": N_("Share of the map inside the mask"),
    "iou": N_("Overlap with the mask (IoU)"),
}


class LeagueRow(BaseModel):
    """How the maps of one method did against the masks; each number with its 95 % interval and its n.

    Attributes
    ----------
    method
        A key of EXPLAINERS, or of RIVALS for maps that know nothing of the network.
    pointing
        Share of the images whose largest value lies inside the mask; of equally large ones the part inside.
    share
        Mean share of the values inside the mask.
    iou
        Mean overlap with the mask.
    pointing_found
        As `pointing`, of those images alone that the network called by the class that is explained; of a
        rival None.
    n_empty
        Maps that said nothing or held no numbers: they count as misses, with a share and an overlap of 0.
    n_failed
        Images that the method gave no map of; they count as misses too.
    grid
        (h, w) at which the maps were computed before they were enlarged; None for a rival. The peak of a map
        of 2 x 2 cells lies in a corner of the image.
    reason
        Why nothing was measured: the numbers have an n of 0 then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    pointing: Share
    share: Share
    iou: Share
    pointing_found: Share | None = None
    n_empty: int = 0
    n_failed: int = 0
    grid: tuple[int, int] | None = None
    reason: Message | None = None

    @property
    def is_measured(self) -> bool:
        """Whether there are numbers."""
        return self.pointing.value is not None

    def number(self, column: Column) -> Share:
        """Return the number of a column."""
        found: Share = getattr(self, column)
        return found


class Skill(BaseModel):
    """How well a network tells its classes apart on the split whose maps are judged.

    Attributes
    ----------
    auroc, low, high
        For the positive class, else the mean of each class against the rest; with its 95 % interval.
    n_images, n_patients
        Of the whole split, with a finding and without.
    n_found
        Of the images with a mask, those that the network called by the class that is explained.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    auroc: float | None
    low: float | None
    high: float | None
    n_images: int
    n_patients: int | None
    n_found: int


class LeagueNetwork(BaseModel):
    """The methods on one network.

    Attributes
    ----------
    model
        A key of MODELS.
    title
        What it is called: of a run its name, somebody else's text.
    epochs, n_train
        How long it learned, from how many images.
    learning_rate
        How fast; None where nobody wrote it down.
    skill
        How good it is: maps of a network that knows nothing mean nothing.
    rows
        In the order of EXPLAINERS.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    title: str
    epochs: int
    n_train: int
    learning_rate: float | None = None
    skill: Skill
    rows: tuple[LeagueRow, ...]


class League(BaseModel):
    """The league table.

    Attributes
    ----------
    made_on
        The day, in ISO 8601.
    versions
        Of what computed it.
    n_images, n_patients
        Images with a mask that were judged.
    image_size
        Side of what the networks get, in pixels.
    area
        Mean share of the image's area inside the masks: chance, for `share` and `pointing`.
    rivals
        Maps that know nothing of any network, on the same images.
    networks
        One after the other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    made_on: str
    versions: dict[str, str] = {}
    n_images: int
    n_patients: int
    image_size: int
    area: float
    rivals: tuple[LeagueRow, ...]
    networks: tuple[LeagueNetwork, ...]
