"""What is said of the groups within a split."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from core.evaluation.records import MetricValue
from core.language import Message

GroupMetric = Literal["auroc", "sensitivity", "specificity", "ppv", "npv", "accuracy"]
GROUP_METRICS: Final[tuple[GroupMetric, ...]] = (
    "auroc",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "accuracy",
)

ALPHA: Final = 0.05
FEWEST: Final = (
    10  # patients that a metric of a group counts; with fewer it is called too small. Our threshold.
)


class Subgroup(BaseModel):
    """One group of an attribute.

    Attributes
    ----------
    attribute, title, value
        The column, what it is called, and the group.
    n_samples, n_patients, n_positive
        Images; patients, None where they are not known; images of the positive class, None with several
        classes and none chosen.
    has_all_negatives
        Whether a group of nothing but positive images (a finding, say) is judged together with all images of
        the other side, for alone it has no false alarm.
    metric
        The metric that was asked for.
    too_small
        Why nothing should be read from it, or None.
    difference, low, high, p, p_corrected
        The group minus the rest of the attribute, its interval and p; the last corrected for the number of
        groups (Holm). None where there is none.
    """

    model_config = ConfigDict(frozen=True)

    attribute: str
    title: Message
    value: Message
    n_samples: int
    n_patients: int | None
    n_positive: int | None
    has_all_negatives: bool = False
    metric: MetricValue
    too_small: Message | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_corrected: float | None = None

    @property
    def differs(self) -> bool:
        """Whether it differs from the rest by more than chance, after the correction."""
        return self.p_corrected is not None and self.p_corrected < ALPHA


class SubgroupTable(BaseModel):
    """All groups, and the whole of which they are.

    Attributes
    ----------
    name, class_name
        The metric, and the class that it takes for positive; None of all classes alike.
    level
        Of the intervals.
    whole
        The metric over all images.
    groups
        Attribute by attribute.
    n_compared
        How many groups were held against the rest of their attribute: two groups are one comparison.
    n_resamples
        How often the patients were drawn again.
    """

    model_config = ConfigDict(frozen=True)

    name: GroupMetric
    class_name: str | None
    level: float
    whole: MetricValue
    groups: tuple[Subgroup, ...]
    n_compared: int
    n_resamples: int = 1000

    @property
    def expected_by_chance(self) -> float:
        """How many would differ with an uncorrected p below 0.05 if none truly did."""
        return ALPHA * self.n_compared
