"""What is said of two networks that were asked about the same images."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from core.evaluation.records import METRICS, MetricSpec
from core.language import N_, Message

ALPHA: Final = 0.05  # a p below it counts as a difference

Verdict = Literal["better", "worse", "cannot tell"]
PairedMethod = Literal[
    "delong", "delong_by_patient", "newcombe", "mcnemar", "bootstrap_by_image", "bootstrap_by_patient", "none"
]

PAIRED_METHODS: Final[dict[PairedMethod, str]] = {
    "delong": N_("DeLong's test for two curves of the same images; each image counts as one patient."),
    "delong_by_patient": N_("DeLong's test in Obuchowski's form: images of one patient count together."),
    "newcombe": N_(
        "Newcombe's score intervals of both put together: DeLong's variance has nothing to measure here."
    ),
    "mcnemar": N_("McNemar's exact test, Tango's score interval; each image counts as one patient."),
    "bootstrap_by_image": N_(
        "Bootstrap: the same images drawn again for both, with replacement, 2,000 times."
    ),
    "bootstrap_by_patient": N_("Bootstrap: the same patients drawn again for both, 2,000 times."),
    "none": N_("No interval."),
}

PAIRED_METRICS: Final[dict[str, MetricSpec]] = {
    **{name: METRICS[name] for name in ("auroc", "accuracy", "balanced_accuracy", "sensitivity")},
    **{name: METRICS[name] for name in ("specificity", "f1", "mcc", "average_precision")},
    **{name: METRICS[name] for name in ("log_loss", "brier")},
}


class PairedMetric(BaseModel):
    """A metric of both, and what they differ by.

    Attributes
    ----------
    one, other
        The values; None where the metric is not defined.
    difference, low, high
        Other - one, with its interval; None where there is no honest one.
    p, p_corrected
        Two-sided, of no difference; the second corrected for how many runs are compared (Holm), where more
        than two are.
    verdict
        Of the other: "better" and "worse" only if the interval leaves out 0 and p is below 0.05. A lower log
        loss and a lower Brier score are better.
    patients_needed
        About how many would tell this difference; None where that is not to be had.
    reason
        Why there is no interval.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    one: float | None
    other: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_corrected: float | None = None
    method: PairedMethod = "none"
    verdict: Verdict = "cannot tell"
    patients_needed: int | None = None
    reason: Message | None = None


class PairedAnswer(BaseModel):
    """What two networks differ by on the same images.

    Attributes
    ----------
    n_patients
        None where no patient is known; then each image counts as one.
    n_groups
        How many were counted as patients.
    threshold
        From which probability of the positive class on an image is called positive; None with more classes.
    metrics
        Name (see PAIRED_METRICS) to what it says.
    n_disagree
        How many images the two call differently.
    notes
        What a reader must know.
    """

    model_config = ConfigDict(frozen=True)

    n_samples: int
    n_patients: int | None
    n_groups: int
    class_names: tuple[str, ...]
    positive_class: str | None
    threshold: float | None
    level: float
    metrics: dict[str, PairedMetric]
    n_disagree: int
    notes: tuple[Message, ...] = ()


class Disagreement(BaseModel):
    """An image that two networks call differently, with a probability that each gives.

    Of `named_class`, the positive one of two; with more classes it is None, and the probability is of the
    class that each calls.
    """

    model_config = ConfigDict(frozen=True)

    sample_id: int
    true_class: str
    called_by_one: str
    called_by_other: str
    named_class: str | None
    one_probability: float
    other_probability: float


def paired_title(name: str, positive_class: str | None) -> Message:
    """Return what a metric is called, naming the positive class where there is one."""
    spec = PAIRED_METRICS[name]
    if positive_class is None:
        return Message(text=spec.title_of_many)
    return Message(text=spec.title, values={"positive": positive_class})
