"""The question "does this augmentation help?" and its answer."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from core.datasets.records import SplitConfig
from core.experiments.comparison import Comparison
from core.experiments.records import Request, Result
from core.training.config import TrainingConfig, parse_config
from core.transforms.records import AugmentationStep, Preprocessing

HELPS: Final = "helps"
TEACHING_SHARE: Final = 0.6  # of the patients that are not in the test split; the others answer
MOST_IMAGES: Final = 2000  # so that six trainings end in minutes, whatever the data set
_IMAGES_PER_SECOND: Final = 400.0  # of 64 x 64 pixels, learned from on one slow core, all included


class HelpsRequest(Request):
    """Two lists of augmentations, and the short training that both are tried in.

    Attributes
    ----------
    dataset, revision
        The data set, and which state of it.
    steps, other
        The augmentations in question, and those of the other arm; none of them is the usual comparison.
    seeds
        One training of each arm for each; the same in both.
    split
        Whose test part stays sealed.
    preprocessing
        None for the usual one.
    """

    dataset: str
    revision: str
    steps: tuple[AugmentationStep, ...]
    other: tuple[AugmentationStep, ...] = ()
    model: str = "small_cnn"
    image_size: int = 64
    epochs: int = Field(default=15, ge=1, le=200)
    seeds: tuple[int, ...] = Field(default=(0, 1, 2), min_length=2)
    preprocessing: Preprocessing | None = None
    split: SplitConfig = SplitConfig()

    @property
    def n_trainings(self) -> int:
        """How many trainings answer it."""
        return 2 * len(self.seeds)

    def config(self, augmentations: tuple[AugmentationStep, ...], *, seed: int) -> TrainingConfig:
        """Return one training: so many epochs, the learning rate falling to 0, no early stopping."""
        return parse_config(
            {
                "dataset": self.dataset,
                "model": self.model,
                "image_size": self.image_size,
                "epochs": self.epochs,
                "augmentations": [step.model_dump(mode="json") for step in augmentations],
                "preprocessing": self.preprocessing and self.preprocessing.model_dump(mode="json"),
                "split": self.split.model_dump(),
                "seed": seed,
                "schedule": "cosine",
                "patience": 0,
                "device": "cpu",  # small networks gain nothing from a GPU, and somebody else may need it
                "threads": 1,
            }
        )


class ArmLosses(BaseModel):
    """The losses of one arm, in nats: a row a training, a number an epoch.

    `train` is measured while it learns, on augmented images; `answer` on the patients that answer, whose
    images are left as they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: tuple[tuple[float, ...], ...]
    answer: tuple[tuple[float, ...], ...]


class HelpsResult(Result):
    """What six short trainings say.

    Attributes
    ----------
    comparison
        Arm A is without (or with the other augmentations), arm B with those in question.
    without, given
        The losses of arm A and of arm B.
    n_train_images, n_train_patients
        That trained.
    n_left_out
        Images that were not used, for there were more than MOST_IMAGES.
    positive_class
        Whose AUROC it is; None for the mean of each class against the rest.
    seconds
        How long it took.
    """

    comparison: Comparison
    without: ArmLosses
    given: ArmLosses
    n_train_images: int
    n_train_patients: int
    n_left_out: int
    positive_class: str | None
    seconds: float


def expected_seconds(n_images: int, request: HelpsRequest) -> float:
    """Return about how long the trainings take on a slow computer, for a data set of `n_images`."""
    n_train = min(n_images, MOST_IMAGES) * TEACHING_SHARE
    pixels = (request.image_size / 64) ** 2
    return n_train * request.epochs * request.n_trainings * pixels / _IMAGES_PER_SECOND
