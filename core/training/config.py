"""What a training run is asked to do: every field with its range and the help that the form shows."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.datasets.records import SplitConfig
from core.errors import InvalidValueError, UnknownNameError
from core.language import N_
from core.models.catalog import MODELS
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from core.transforms.augmentation.renamed import expand_old_steps
from core.transforms.preprocessing import default_preprocessing
from core.transforms.preprocessing.order import size_after
from core.transforms.records import AugmentationStep, Preprocessing, PreprocessingStep
from core.validation import field_of, reason_of, value_of

Balance = Literal["plain", "over-sampling", "under-sampling", "class weights"]


def default_augmentations() -> tuple[AugmentationStep, ...]:
    """Return the changes that a chest film may well undergo; no mirror image, for the heart has a side."""
    return AUGMENTATION_PRESETS["x-ray"].steps


class TrainingConfig(BaseModel):
    """All that decides a training run, apart from the machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: str = Field(title=N_("Data set"), description=N_("The images to learn from."))
    model: str = Field(
        default="small_cnn",
        title=N_("Network"),
        description=N_("A small network learns in seconds; a deep one can see more and needs more images."),
    )
    pretrained: bool = Field(
        default=False,
        title=N_("Start from ImageNet"),
        description=N_(
            "Begin with weights learned on a million photographs instead of random ones. They are"
            " downloaded once; not every network has them."
        ),
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
        ge=2,
        le=1024,
        title=N_("Batch size"),
        description=N_("How many images are looked at before the weights move once."),
    )
    learning_rate: float = Field(
        default=3e-3,
        ge=1e-6,
        le=1.0,
        title=N_("Learning rate"),
        description=N_(
            "How far the weights move at each step. Too small learns nothing; too large forgets all."
        ),
    )
    optimizer: Literal["sgd", "adam", "adamw"] = Field(
        default="adamw",
        title=N_("Optimizer"),
        description=N_("The rule that turns gradients into steps. SGD here has momentum 0.9."),
    )
    weight_decay: float = Field(
        default=1e-3,
        ge=0,
        le=1,
        title=N_("Weight decay"),
        description=N_("Pulls weights towards zero at every step, which makes learning by heart harder."),
    )
    schedule: Literal["constant", "cosine"] = Field(
        default="cosine",
        title=N_("Schedule"),
        description=N_("'cosine' lowers the learning rate smoothly to zero; 'constant' keeps it."),
    )
    patience: int = Field(
        default=0,
        ge=0,
        le=100,
        title=N_("Early stopping"),
        description=N_("Stop after so many epochs without a lower validation loss; 0 never stops early."),
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
    seed: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        title=N_("Seed"),
        description=N_(
            "Decides the first weights, the order of the images and every random change. Same seed, same run."
        ),
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", title=N_("Device"), description=N_("'auto' takes a GPU if there is one.")
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto",
        title=N_("Precision"),
        description=N_(
            "Fewer bits are faster where the device has them. 'auto' is 32 bits on a CPU, 16 on a GPU."
        ),
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=256,
        title=N_("CPU threads"),
        description=N_("Left empty: all cores but one. Another number gives slightly other rounding."),
    )
    keep_epochs: Literal["auto", "all", "none"] = Field(
        default="auto",
        title=N_("Keep epochs"),
        description=N_("'auto' keeps every epoch of a small network, else epochs 1, 2, 4, 8 and so on."),
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


def parse_config(values: dict[str, Any]) -> TrainingConfig:
    """Build a TrainingConfig from plain values, with errors in one sentence.

    Raises
    ------
    UnknownNameError
        A field or network that does not exist.
    InvalidValueError
        A value out of range or of the wrong kind, or a network that cannot take the image size.
    """
    try:
        config = TrainingConfig(**values)
    except ValidationError as error:
        raise _as_user_error(error) from None
    _check_size(config)
    _check_preprocessing(config)
    return config


def _check_size(config: TrainingConfig) -> None:
    smallest = MODELS[config.model].smallest_size
    if config.image_size < smallest:
        text = N_("{model} needs images of at least {smallest} pixels; image_size is {size}.")
        raise InvalidValueError(text, model=config.model, smallest=smallest, size=config.image_size)


def _check_preprocessing(config: TrainingConfig) -> None:
    if config.preprocessing is None:
        return
    active = config.preprocessing.active("image")
    if "channels" not in [step.name for step in active]:
        text = N_(
            "Training needs the preprocessing step 'channels': a network takes images with one number of"
            " channels."
        )
        raise InvalidValueError(text)
    if (reason := size_after(active)) is not None:
        raise InvalidValueError(N_("Training cannot use this preprocessing: {reason}."), reason=reason)


def with_changes(config: TrainingConfig, changes: dict[str, Any]) -> TrainingConfig:
    """Return the config with some fields changed; a dot reaches into a part: "split.seed"."""
    values = config.model_dump(mode="json")
    if config.preprocessing is None and any(name.startswith("preprocessing.") for name in changes):
        values["preprocessing"] = {"steps": []}
    for name, value in changes.items():
        place, fields = values, name.split(".")
        for field in fields[:-1]:
            inner = place.get(field)
            place = inner if isinstance(inner, dict) else _unknown_field(name)
        if fields[-1] not in place:
            _unknown_field(name)
        place[fields[-1]] = value
    return parse_config(values)


def differences(config: TrainingConfig, other: TrainingConfig) -> dict[str, tuple[Any, Any]]:
    """Return the fields in which two configs differ, by dotted name: (value in config, value in other)."""
    mine, theirs = _flat(config.model_dump(mode="json")), _flat(other.model_dump(mode="json"))
    names = [*mine, *(name for name in theirs if name not in mine)]
    return {name: (mine.get(name), theirs.get(name)) for name in names if mine.get(name) != theirs.get(name)}


def resolved_preprocessing(config: TrainingConfig, n_channels: int) -> Preprocessing:
    """Return the pipeline of a config, its last resize step set to `image_size`."""
    if config.preprocessing is None:
        return default_preprocessing(config.image_size, n_channels)
    steps = list(config.preprocessing.steps)
    resizing = [number for number, step in enumerate(steps) if step.enabled and step.name == "resize"]
    for number in resizing[-1:]:  # an earlier one has a size of its own
        steps[number] = _with_size(steps[number], config.image_size)
    return Preprocessing(steps=tuple(steps))


def _with_size(step: PreprocessingStep, size: int) -> PreprocessingStep:
    return step.model_copy(update={"parameters": {**step.parameters, "size": size}})


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _unknown_field(name: str) -> Any:
    parts = (f"split.{field}" for field in SplitConfig.model_fields)
    raise UnknownNameError(N_("field"), name, [*TrainingConfig.model_fields, *parts])


def _as_user_error(error: ValidationError) -> InvalidValueError | UnknownNameError:
    first = error.errors()[0]
    name, reason = field_of(first), reason_of(first)
    if first["type"] == "extra_forbidden":
        return UnknownNameError(N_("field"), name, TrainingConfig.model_fields)
    if first["type"] == "missing":
        return InvalidValueError(N_("{field} is not right: {reason}."), field=name, reason=reason)
    text = N_("{field} cannot be {value}: {reason}.")
    return InvalidValueError(text, field=name, value=value_of(first), reason=reason)
