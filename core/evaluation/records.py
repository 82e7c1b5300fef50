"""What an evaluation says: each number with its interval, its n, how it was found, or why there is none."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from core.language import N_, Message

Method = Literal[
    "wilson",
    "delong",
    "newcombe",
    "bootstrap_by_image",
    "bootstrap_by_patient",
    "wilson_on_patients",
    "newcombe_on_patients",
    "bins_by_image",
    "bins_by_patient",
    "none",
]

METHODS: Final[dict[Method, str]] = {
    "wilson": N_("Wilson's score interval; each image counts as one patient."),
    "delong": N_("DeLong's variance on the logit scale; each image counts as one patient."),
    "newcombe": N_("Newcombe's score interval: the scores leave DeLong's variance nothing to measure."),
    "bootstrap_by_image": N_("Bootstrap: images drawn again, with replacement, 1,000 times."),
    "bootstrap_by_patient": N_("Bootstrap: whole patients drawn again, with replacement, 1,000 times."),
    "wilson_on_patients": N_("Wilson's score interval with each patient counted once."),
    "newcombe_on_patients": N_("Newcombe's score interval with each patient counted once."),
    "bins_by_image": N_(
        "Images drawn again 1,000 times; how far the bins move bounds the error, which is never below 0."
    ),
    "bins_by_patient": N_(
        "Patients drawn again 1,000 times; how far the bins move bounds the error, which is never below 0."
    ),
    "none": N_("No interval."),
}


Group = Literal["found", "believed", "agreement", "ranking", "probabilities"]

GROUPS: Final[dict[Group, str]] = {
    "found": N_("How many are found, and how many left in peace?"),
    "believed": N_("Whom to believe: what is an answer worth?"),
    "agreement": N_("How well do answers and truth agree?"),
    "ranking": N_("Are images of a class ranked above the others, at any threshold?"),
    "probabilities": N_("Can the probabilities be believed?"),
}


class MetricSpec(BaseModel):
    """What a metric is called and which question it answers; `title_of_many` is for more than two classes."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    title_of_many: str
    question: str
    group: Group
    lower_is_better: bool = False
    lowest: float | None = 0.0  # what it can't fall below; None where it can fall without end
    highest: float | None = 1.0


METRICS: Final[dict[str, MetricSpec]] = {
    spec.name: spec
    for spec in (
        MetricSpec(
            name="auroc",
            group="ranking",
            title=N_("AUROC for '{positive}'"),
            title_of_many=N_("AUROC, mean of each class against the rest"),
            question=N_("How often does an image of the class score higher than one that is not?"),
        ),
        MetricSpec(
            name="auroc_micro",
            group="ranking",
            title=N_("AUROC, all images and classes in one heap"),
            title_of_many=N_("AUROC, all images and classes in one heap"),
            question=N_("How often does a true class score higher than a wrong one, of any image?"),
        ),
        MetricSpec(
            name="average_precision",
            group="ranking",
            title=N_("Average precision for '{positive}'"),
            title_of_many=N_("Average precision, mean of each class against the rest"),
            question=N_(
                "How many of those called so are, averaged over all thresholds? Guessing has the prevalence."
            ),
        ),
        MetricSpec(
            name="sensitivity",
            group="found",
            title=N_("Sensitivity"),
            title_of_many=N_("Sensitivity, mean over the classes"),
            question=N_("Of the images with '{positive}', how many were found?"),
        ),
        MetricSpec(
            name="specificity",
            group="found",
            title=N_("Specificity"),
            title_of_many=N_("Specificity, mean over the classes"),
            question=N_("Of the images without '{positive}', how many were left in peace?"),
        ),
        MetricSpec(
            name="ppv",
            group="believed",
            title=N_("Positive predictive value"),
            title_of_many=N_("Positive predictive value, mean over the classes"),
            question=N_("Of the images called '{positive}', how many are? It moves with the prevalence."),
        ),
        MetricSpec(
            name="npv",
            group="believed",
            title=N_("Negative predictive value"),
            title_of_many=N_("Negative predictive value, mean over the classes"),
            question=N_(
                "Of the images not called '{positive}', how many are not? It moves with the prevalence."
            ),
        ),
        MetricSpec(
            name="accuracy",
            group="agreement",
            title=N_("Accuracy"),
            title_of_many=N_("Accuracy"),
            question=N_(
                "Of all images, how many were called right? Calling all the commoner class may score high."
            ),
        ),
        MetricSpec(
            name="balanced_accuracy",
            group="agreement",
            title=N_("Balanced accuracy"),
            title_of_many=N_("Balanced accuracy"),
            question=N_("How many images of a class are called right, averaged over the classes?"),
        ),
        MetricSpec(
            name="f1",
            group="agreement",
            title=N_("F1"),
            title_of_many=N_("F1, mean over the classes"),
            question=N_("The harmonic mean of sensitivity and positive predictive value."),
        ),
        MetricSpec(
            name="mcc",
            group="agreement",
            title=N_("Matthews correlation"),
            title_of_many=N_("Matthews correlation"),
            question=N_("How closely do the answers follow the truth, from -1 to 1? Guessing has 0."),
            lowest=-1,
        ),
        MetricSpec(
            name="kappa",
            group="agreement",
            title=N_("Cohen's kappa"),
            title_of_many=N_("Cohen's kappa"),
            question=N_("How much of the agreement that chance leaves over is reached? Guessing has 0."),
            lowest=-1,
        ),
        MetricSpec(
            name="log_loss",
            group="probabilities",
            title=N_("Log loss"),
            title_of_many=N_("Log loss"),
            question=N_("How surprised were the probabilities by the truth, in nats? A coin has 0.69."),
            lower_is_better=True,
            highest=None,
        ),
        MetricSpec(
            name="brier",
            group="probabilities",
            title=N_("Brier score"),
            title_of_many=N_("Brier score"),
            question=N_("How far were the probabilities from the truth, squared? A coin has 0.25."),
            lower_is_better=True,
        ),
        MetricSpec(
            name="calibration_error",
            group="probabilities",
            title=N_("Calibration error"),
            title_of_many=N_("Calibration error of the class called"),
            question=N_(
                "By how much do the probabilities miss how often it is so, averaged over ten equal bins?"
            ),
            lower_is_better=True,
        ),
    )
}


class MetricValue(BaseModel):
    """A number with its uncertainty.

    `value` is None where the metric is not defined, `low` and `high` where there is no honest interval;
    `reason` then says why. `n` is how many images the number counts: those with the finding for a
    sensitivity, and so on.
    """

    model_config = ConfigDict(frozen=True)

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    method: Method = "none"
    reason: Message | None = None


class Evaluation(BaseModel):
    """What the predictions of one split say about a run.

    Attributes
    ----------
    confusion_matrix
        Rows are the truth, columns the prediction, both in the order of `class_names`.
    threshold
        From which probability of the positive class on an image is called positive; None with more than two
        classes, where the most probable class is called.
    thresholds
        With more than two classes, one for each class where they are not alike (see `decide`).
    level
        How often intervals made this way hold the true value: 0.95.
    metrics
        Name (see METRICS) to value.
    per_class
        With more than two classes: class name to each metric of that class against the rest.
    notes
        What a reader of these numbers must know.
    """

    model_config = ConfigDict(frozen=True)

    n_samples: int
    n_patients: int | None
    class_names: tuple[str, ...]
    positive_class: str | None
    threshold: float | None
    thresholds: tuple[float, ...] | None = None
    level: float
    confusion_matrix: tuple[tuple[int, ...], ...]
    metrics: dict[str, MetricValue]
    per_class: dict[str, dict[str, MetricValue]] = {}
    notes: tuple[Message, ...] = ()


def metric_title(name: str, positive_class: str | None) -> Message:
    """Return what the metric `name` is called, naming the positive class where there is one."""
    if positive_class is None:
        return Message(text=METRICS[name].title_of_many)
    return Message(text=METRICS[name].title, values={"positive": positive_class})
