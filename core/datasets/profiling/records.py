"""A profile: what was found in a data set, as records that a file, a page and the command line share."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from core.datasets.records import PatientOverlap
from core.language import Message

VERSION: Final = 1  # of what a profile holds: one made by another version is made again

Verdict = Literal["same", "quiet", "look", "suspicious"]
GroupName = Literal["size", "file", "frame", "brightness"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Area(_Record):
    """An AUROC with its interval of 95 %: of one class against the rest, or the mean over all (None)."""

    class_name: str | None
    value: float
    low: float | None = None
    high: float | None = None
    n: int  # images
    n_patients: int | None  # the interval draws whole patients; None where nobody is known


class Spread(_Record):
    """How a number is spread over the images of a class."""

    low: float  # 5 %
    quarter: float
    median: float
    three_quarters: float
    high: float  # 95 %


class Spans(_Record):
    """One fact of the files (a width, a spacing), by class."""

    name: str  # a marked text with its unit
    by_class: dict[str, Spread]
    n_distinct: int


class Kinds(_Record):
    """One fact of the files that has few values (a format, a bit depth): value to class to images."""

    name: str  # a marked text
    counts: dict[str, dict[str, int]]


class Counts(_Record):
    """How many images there are of what."""

    by_class: dict[str, int]
    imbalance: float | None  # images of the largest class for each of the smallest; None with fewer than two
    split: Literal["source", "default", "none"]
    by_split: dict[str, dict[str, int]]  # split to class to images
    overlap: PatientOverlap  # patients and identical pictures in more than one of these splits
    spans: tuple[Spans, ...]
    kinds: tuple[Kinds, ...]

    @property
    def split_imbalance(self) -> dict[str, float | None]:
        """Images of the largest class for each of the smallest, by split; None where a class has none."""
        least = {name: min(own.values(), default=0) for name, own in self.by_split.items()}
        return {
            name: max(own.values()) / least[name] if least[name] else None
            for name, own in self.by_split.items()
        }


class CopyGroup(_Record):
    """Images that show the same: pixel for pixel, or nearly."""

    exact: bool
    n_images: int
    sample_ids: tuple[int, ...]  # of a large group the first
    sides: tuple[str | None, ...]  # the split of each, None for none
    labels: tuple[str, ...]  # the different ones
    splits: tuple[str, ...]  # the different ones
    n_patients: int | None  # None where nobody is known
    likeness: float  # the least that ties the group together: 1 for identical ones

    @property
    def crosses_labels(self) -> bool:
        """Whether copies of one picture bear different labels."""
        return len(self.labels) > 1

    @property
    def crosses_splits(self) -> bool:
        """Whether copies of one picture stand in different splits."""
        return len(self.splits) > 1

    @property
    def crosses_patients(self) -> bool:
        """Whether copies of one picture bear the names of different patients."""
        return self.n_patients is not None and self.n_patients > 1

    @property
    def borders(self) -> frozenset[str]:
        """What the copies cross, of "labels", "splits" and "patients"."""
        crossed = {
            "labels": self.crosses_labels,
            "splits": self.crosses_splits,
            "patients": self.crosses_patients,
        }
        return frozenset(name for name, crosses in crossed.items() if crosses)

    @property
    def is_harmless(self) -> bool:
        """Whether all are films of one patient, in one split, with one label: such films may look alike."""
        return not self.exact and self.n_patients == 1 and not self.crosses_labels and not self.crosses_splits


class CopyCounts(_Record):
    """How many groups there are, and how many of them cross a border."""

    n_groups: int = 0
    n_images: int = 0
    n_across_labels: int = 0
    n_across_splits: int = 0
    n_across_patients: int = 0
    n_within_patient: int = 0  # near copies alone: several films of one patient


class Copies(_Record):
    """Identical and nearly identical images; `groups` holds the gravest, and not all if there are many."""

    exact: CopyCounts = CopyCounts()
    near: CopyCounts = CopyCounts()
    groups: tuple[CopyGroup, ...] = ()


class Suspect(_Record):
    """An image whose label is worth a second look."""

    sample_id: int
    label: str
    looks_like: str
    p_label: float  # the probability of its own label, by a model that never saw it
    p_other: float


class Mislabels(_Record):
    """What a simple model thinks of the labels of images that it never saw."""

    n_tested: int = 0
    area: Area | None = None  # how well the model tells the classes apart
    areas: tuple[Area, ...] = ()  # each class against the rest, with more than two
    n_suspects: int = 0
    suspects: tuple[Suspect, ...] = ()  # the most doubtful first
    reason: Message | None = None  # why nothing was tested


class Deciding(_Record):
    """The one number of a group that tells most, with the images that show it."""

    feature: Message  # with its unit
    spans: dict[str, Spread]
    examples: dict[str, tuple[int, ...]]  # class to sample_ids


class ShortcutTest(_Record):
    """How well facts that are no finding predict the label by themselves."""

    group: GroupName
    verdict: Verdict
    limit: float  # of the interval's lower end, from which on it is worth a look
    area: Area | None = None  # of the positive class of two, or the mean over the classes
    areas: tuple[Area, ...] = ()  # each class against the rest, with more than two
    deciding: Deciding | None = None

    @property
    def strongest(self) -> Area | None:
        """The class that is told from the rest most surely."""
        areas = self.areas or ((self.area,) if self.area else ())
        return max(areas, key=lambda area: area.low or 0.0, default=None)


class Shortcuts(_Record):
    """The tests of all groups, or why there are none."""

    n_tested: int = 0
    tests: tuple[ShortcutTest, ...] = ()
    reason: Message | None = None


class Profile(_Record):
    """All that was found in one revision of a data set."""

    version: int
    dataset_id: str
    revision: str
    made_at: str  # ISO 8601, UTC
    seconds: float
    n_images: int
    n_patients: int | None
    class_names: tuple[str, ...]
    counts: Counts
    grey_levels: dict[str, tuple[float, ...]]  # class to shares of the shown levels, from black to white
    copies: Copies
    mislabels: Mislabels
    shortcuts: Shortcuts
