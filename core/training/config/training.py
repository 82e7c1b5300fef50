"""TrainingConfig: every field of a training run, with its range and the help that the form shows."""

from typing import Any, Literal

from pydantic import Field, field_validator

from core.datasets.records import SplitConfig
from core.errors import UnknownNameError
from core.language import N_
from core.models.catalog import MODELS
from core.training.config.learning import EndingFields, LossFields, OptimizerFields, ScheduleFields
from core.training.config.machine import MachineFields
from core.training.config.transfer import TransferFields
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from core.transforms.augmentation.renamed import expand_old_steps
from core.transforms.records import AugmentationStep, Preprocessing

Balance = Literal["plain", "over-sampling", "under-sampling", "class weights"]


def default_augmentations() -> tuple[AugmentationStep, ...]:
    """Return the changes that a chest film may well undergo; no mirror image, for the heart has a side."""
    return AUGMENTATION_PRESETS["x-ray"].steps


class TrainingConfig(
    MachineFields, EndingFields, ScheduleFields, OptimizerFields, LossFields, TransferFields
):
    """All that decides a training run, apart from the machine."""

    dataset: str = Field(title=N_("Data set"), description=N_("The images to learn from."))
    model: str = Field(
        default="small_cnn",
        title=N_("Network"),
        description=N_("A small network learns in seconds; a deep one can see more and needs more images."),
    )
    image_size: int = Field(
        default=64,
        ge=16,
        le=512,
        multiple_of=4,
        title=N_("Image size"),
        description=N_(
            "Side of the picture the network gets, in pixels. Twice the side is four times the work."
        ),
    )
    epochs: int = Field(
        default=20,
        ge=1,
        le=500,
        title=N_("Epochs"),
        description=N_("How many times every training image is seen."),
    )
    batch_size: int = Field(
        default=16,
        ge=1,
        le=1024,
        title=N_("Batch size"),
        description=N_("How many images are looked at before the weights move once."),
    )
    balance: Balance = Field(
        default="plain",
        title=N_("Rare classes"),
        description=N_(
            "'plain' shows each image once an epoch. Over-sampling repeats images of rare classes,"
            " under-sampling leaves out images of frequent ones, class weights let a mistake with a rare"
            " class cost more. With each of the three, probabilities of the rare class come out too high."
        ),
    )
    augmentations: tuple[AugmentationStep, ...] = Field(
        default_factory=default_augmentations,
        title=N_("Augmentation"),
        description=N_("Random changes to each training image, drawn anew every time it is seen."),
    )
    preprocessing: Preprocessing | None = Field(
        default=None,
        title=N_("Preprocessing"),
        description=N_("The pipeline from stored values to the network; the default one if left empty."),
    )
    split: SplitConfig = Field(
        default_factory=SplitConfig, title=N_("Split"), description=N_("Who trains, who tests.")
    )

    @field_validator("augmentations", mode="before")
    @classmethod
    def _of_today(cls, steps: Any) -> Any:
        return expand_old_steps(steps)

    @field_validator("model")
    @classmethod
    def _known_model(cls, name: str) -> str:
        if name not in MODELS:
            raise UnknownNameError(N_("network"), name, MODELS)
        return name
