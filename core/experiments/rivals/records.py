"""What is asked and answered about the simple rivals of a network. No torch here."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.datasets.records import Part
from core.evaluation.paired_records import PairedMetric
from core.evaluation.records import MetricValue
from core.experiments.records import Request, Result
from core.language import Message

Sees = Literal["nothing", "brightness", "pixels", "features", "embedding"]


class RivalSpec(BaseModel):
    """One entry of RIVALS.

    Attributes
    ----------
    name, title, phrase
        Its key, and what it is called: on its own, and inside a sentence; {n} is the number of features.
    what, why
        What it is, and how it may come to win, each in one plain sentence.
    sees
        What it gets of an image.
    builder
        The function seed -> choices of settings, the simplest first, as "module:function".
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    phrase: str
    what: str
    why: str
    sees: Sees
    builder: str

    @property
    def needs_network(self) -> bool:
        """Whether it sees with the network's eyes, and is no rival without it."""
        return self.sees == "embedding"


class RivalsRequest(Request):
    """Which network is judged on which images: the same question for the page, the command line, the report.

    Attributes
    ----------
    run, origin
        The run, and which of its weights (core.evaluation.stored.origin_of).
    split, dataset, mapping
        What is judged: a split of the run's own data set (dataset None) or of another one, with pairs
        (class there, class here).
    revision, judged_revision
        The states of the data set that was trained on, and of the other one; None where it is the same.
    seed
        Of the rivals.
    """

    run: str
    origin: str
    split: Part
    dataset: str | None = None
    mapping: tuple[tuple[str, str], ...] = ()
    revision: str
    judged_revision: str | None = None
    seed: int = Field(default=0, ge=0)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Setting(_Part):
    """A setting that was chosen on the training images: its name in scikit-learn, and its value."""

    name: str
    value: float


class Rival(_Part):
    """How one rival did on the same images.

    Attributes
    ----------
    metrics
        Name (see METRICS) to value; empty where there is a `problem`.
    difference
        The AUROC of the network - that of the rival, paired, with p corrected for the number of rivals.
    fit_seconds, answer_seconds
        How long it took to train it (trying its settings included) and to ask it about all judged images.
    measure_seconds
        How long it took to measure what it sees, of all images together; 0 where that is the pixels.
    n_parameters
        How many numbers it has to remember.
    settings
        What was chosen for it by cross-validation; empty where there was nothing to choose.
    scores
        How its scores came about.
    problem
        Why it could not be asked.
    """

    name: str
    metrics: dict[str, MetricValue] = {}
    difference: PairedMetric | None = None
    fit_seconds: float = 0.0
    answer_seconds: float = 0.0
    measure_seconds: float = 0.0
    n_parameters: int | None = None
    settings: tuple[Setting, ...] = ()
    scores: Message | None = None
    problem: Message | None = None


class NetworkSide(_Part):
    """The network on the same images.

    Attributes
    ----------
    seconds, epochs
        What its training took; None where nobody wrote it down.
    answer_seconds, n_timed
        How long it takes for all judged images, scaled up from `n_timed` of them; None where its weights
        cannot be read any more.
    n_parameters
        How many numbers it remembers.
    """

    metrics: dict[str, MetricValue]
    seconds: float | None
    answer_seconds: float | None = None
    n_timed: int = 0
    n_parameters: int | None
    epochs: int


class ClassBrightness(_Part):
    """How bright the training images of a class are: mean and standard deviation of their mean, in [0, 1]."""

    class_name: str
    n: int
    mean: float
    spread: float


class Importance(_Part):
    """What a feature, or a family of them, was worth to gradient boosting on the judged images.

    Attributes
    ----------
    name
        A feature's, or a family's.
    fall
        By how much the AUROC falls when its values are shuffled among the images: the mean over shuffles.
    spread
        The standard deviation over shuffles; it is no confidence interval.
    twin, likeness
        The feature most like it, and their correlation (Spearman) on the training images; None of a family.
    """

    name: str
    fall: float
    spread: float
    twin: str | None = None
    likeness: float | None = None


class TreeNode(_Part):
    """A question of the decision tree, or an answer (`feature` None).

    `left` is where the feature is at most `threshold`; `shares` are those of the classes among the `n`
    training images that came here.
    """

    n: int
    shares: tuple[float, ...]
    feature: str | None = None
    threshold: float = 0.0
    left: int = -1
    right: int = -1


class PixelWeights(_Part):
    """What logistic regression adds for each pixel, for a class: rows of weights, of standardised pixels."""

    class_name: str
    rows: tuple[tuple[float, ...], ...]


class RivalsAnswer(Result):
    """The network and its rivals on the same images.

    Attributes
    ----------
    n_samples, n_patients, n_left_out
        Who was judged; `n_patients` is None where no patient is known.
    n_train, n_train_patients, n_train_left_out
        On how many images of how many patients (None: no patient is known) the rivals were trained, and how
        many images they were spared.
    n_channels, pixel_sides
        Of the pictures, and how many rows and columns the rivals see that look at pixels.
    n_features
        How many numbers are measured of an image.
    n_folds
        Of the cross-validation that chose settings; 0 where too few patients allowed none.
    """

    split: Part
    dataset: str
    class_names: tuple[str, ...]
    positive_class: str | None
    n_samples: int
    n_patients: int | None
    n_left_out: int
    n_train: int
    n_train_patients: int | None = None
    n_train_left_out: int
    n_channels: int
    pixel_sides: tuple[int, int]
    n_features: int
    n_folds: int
    network: NetworkSide
    rivals: tuple[Rival, ...]
    brightness: tuple[ClassBrightness, ...] = ()
    brighter_is: str | None = None
    importances: tuple[Importance, ...] = ()
    families: tuple[Importance, ...] = ()
    tree: tuple[TreeNode, ...] = ()
    weights: tuple[PixelWeights, ...] = ()
    notes: tuple[Message, ...] = ()

    def rival(self, name: str) -> Rival:
        """Return one of them by its name; one that was not asked has no metrics."""
        return next((rival for rival in self.rivals if rival.name == name), Rival(name=name))
