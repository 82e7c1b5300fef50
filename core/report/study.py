"""All that is known of a run and of how it was judged: what a report may say.

A `Background` does not move with the threshold; a `Study` is it, judged at one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from core.datasets.records import DatasetInfo, PatientOverlap
from core.evaluation.calibration import Temperature
from core.evaluation.cells import Called
from core.evaluation.decisions import Threshold
from core.evaluation.foreign import Shared
from core.evaluation.records import Evaluation
from core.evaluation.subgroup_records import SubgroupTable
from core.experiments.rivals.records import RivalsAnswer
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.runs.records import ModelCard
from core.training.config import TrainingConfig

NOT_FOR_DIAGNOSIS: Final = N_("For teaching and demonstration, never for diagnosis.")

USUAL_THRESHOLD: Final = 0.5

ThresholdFrom = Literal["usual", "validation", "judged images", "unknown"]


@dataclass(frozen=True)
class Asked:
    """What a report is asked about.

    Attributes
    ----------
    run_id, split
        Whom, and on which part of the data.
    dataset_id, mapping
        Another data set, and which of its classes stand for which of the run's; None for the run's own.
    threshold, threshold_from
        The operating point, and on which images it was chosen: "usual" is one half, which nobody chose.
    with_pictures
        Whether images that were called wrong are shown: not for data that may not leave the house.
    """

    run_id: str
    split: str = "val"
    dataset_id: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    threshold: Threshold = 0.5
    threshold_from: ThresholdFrom = "unknown"
    with_pictures: bool = True

    @property
    def origin(self) -> ThresholdFrom:
        """Where the threshold is from; nobody chose one half unless somebody says so."""
        return "usual" if self.threshold_from == "unknown" and self.is_usual else self.threshold_from

    @property
    def is_usual(self) -> bool:
        """Whether it is one half, or one number for all of several classes, which calls the most probable."""
        if isinstance(self.threshold, tuple):
            return len(set(self.threshold)) == 1
        return self.threshold == USUAL_THRESHOLD


@dataclass(frozen=True)
class Side:
    """A side of the run's split: how many images and patients (None: not known), and images by class."""

    split: str
    n_images: int
    n_patients: int | None
    class_counts: Mapping[str, int]


@dataclass(frozen=True)
class Background:
    """What is known before anything is judged.

    Attributes
    ----------
    run_id, card, config, model_title
        The run.
    info
        The judged data set; None where it is no longer there.
    own_dataset
        What the run's own data set is called.
    sides
        Of the run's own split.
    n_looks
        How often its test split was looked at.
    overlap
        Who stands on both sides of its split; None where nobody can tell.
    n_corrected
        Labels of its data set that were corrected since it was trained.
    temperature
        Fitted on validation; None without one.
    tested_on
        Other data sets that it was judged on.
    n_seeds
        Trainings that share all but the seed, itself among them.
    ages, centres
        What is known of the judged images; empty: nothing.
    attributes
        By which columns subgroups can be made.
    rivals
        Simple rivals on the same images; None where they were not asked.
    n_readers
        People who read images of this run blind; 0 where none did.
    source_split
        Whether the split is the one that the data came with; None where nobody can tell.
    n_looks_there
        How often another data set, where that is judged, was looked at.
    n_looks_beside
        How often others of the run's sweep were judged on its test split.
    shared
        Who of another data set is among those it learned from; None where its own is judged.
    picture_side
        Of the judged images before they are made smaller: the median of their shorter sides, in pixels.
    differs
        In which way another data set is not of the kind that it was trained on, the gravest first.
    is_replaced
        Whether another data set has the name of the run's own now; then nothing is known of its images.
    trained_at
        The day of the training, as ISO 8601 has it; empty where it is not known.
    """

    run_id: str
    card: ModelCard
    config: TrainingConfig
    model_title: str
    info: DatasetInfo | None
    own_dataset: str
    sides: tuple[Side, ...]
    n_looks: int = 0
    overlap: PatientOverlap | None = None
    n_corrected: int = 0
    temperature: Temperature | None = None
    tested_on: tuple[str, ...] = ()
    n_seeds: int = 1
    ages: tuple[str, ...] = ()
    centres: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    rivals: RivalsAnswer | None = None
    n_readers: int = 0
    source_split: bool | None = None
    n_looks_there: int = 0
    n_looks_beside: int = 0
    shared: Shared | None = None
    picture_side: int | None = None
    differs: tuple[Message, ...] = ()
    is_replaced: bool = False
    trained_at: str = ""

    @property
    def simulated(self) -> bool:
        """Whether no patient stands behind the judged images, whatever the network has learned from."""
        if self.info is None or self.info.is_called(self.config.dataset):
            return self.card.simulated
        return self.info.simulated

    def side(self, split: str) -> Side | None:
        """Return one side of the run's own split, or None where it has no such side."""
        return next((side for side in self.sides if side.split == split), None)


@dataclass(frozen=True, eq=False)
class Study:
    """A run, judged.

    Attributes
    ----------
    asked, background
        What was asked, and what is known.
    predictions
        Those that can be judged.
    n_unusable
        How many images had scores that are no numbers, and were left out.
    evaluation
        The metrics.
    groups
        Subgroups; None where there is no attribute, and where they were not asked for yet.
    mistakes
        What was called wrong, the surest first.
    """

    asked: Asked
    background: Background
    predictions: Predictions
    n_unusable: int
    evaluation: Evaluation
    groups: SubgroupTable | None
    mistakes: tuple[Called, ...]

    @property
    def is_external(self) -> bool:
        """Whether it is judged on another data set than its own."""
        return self.asked.dataset_id not in (None, self.background.config.dataset)

    @property
    def n_positive(self) -> int | None:
        """How many images are of the positive class of two."""
        index = self.predictions.positive_index
        return None if index is None else int((self.predictions.y_true == index).sum())

    @property
    def prevalence(self) -> float | None:
        """Which part of the images is of the positive class of two."""
        positive, n = self.n_positive, self.predictions.n_samples
        return None if positive is None or not n else positive / n
