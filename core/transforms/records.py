"""A pipeline of preprocessing steps, a list of augmentations, and the statistics they are fitted with."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import InvalidValueError, UnknownNameError
from core.language import N_
from core.validation import field_of, reason_of

StepGroup = Literal["grey levels", "geometry", "contrast", "filter", "colour", "network"]


class Parameters(BaseModel):
    """What a step or an augmentation can be told; each field has a title, a help text and a range."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StepSpec(BaseModel):
    """One entry of PREPROCESSING_STEPS.

    Attributes
    ----------
    summary, caution
        What it is for, and what it costs or when it is wrong.
    source
        The paper, standard or library that defines it.
    stage
        "image" for a step whose result can be cached as pixels in [0, 1], "tensor" for one that rescales what
        the network gets.
    group
        Where a menu shows it.
    takes
        "any" may stand before the scanner's values have become grey levels; "grey levels" may not.
    makes_grey_levels
        Whether it turns the scanner's values into grey levels from 0 to 1.
    keeps_geometry
        False for a step that changes the number, size or place of the pixels.
    parameters, builder
        Its validated parameters, and its function as "module:function".
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str
    caution: str
    source: str
    stage: Literal["image", "tensor"]
    group: StepGroup
    takes: Literal["any", "grey levels"] = "grey levels"
    makes_grey_levels: bool = False
    keeps_geometry: bool = True
    parameters: type[Parameters]
    builder: str


class AugmentationSpec(BaseModel):
    """One entry of AUGMENTATIONS.

    Attributes
    ----------
    caution
        What it can spoil in a medical image.
    stage
        "geometric" moves pixels, "intensity" changes their values, "mixing" blends images and their labels.
    neutral
        The parameter values at which it does nothing: strength 0 of the laboratory.
    covers
        Whether it hides part of the picture: a finding there is gone, and so is its part of the mask.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str
    caution: str
    source: str
    stage: Literal["geometric", "intensity", "mixing"]
    neutral: dict[str, float]
    covers: bool = False
    parameters: type[Parameters]
    builder: str


class _NamedStep(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    parameters: dict[str, Any] = {}

    def _validated(self, known: dict[str, Any], kind: str) -> dict[str, Any]:
        """Return all parameters of this step, defaults filled in; refuse what its entry does not allow."""
        if self.name not in known:
            raise UnknownNameError(kind, self.name, known)
        try:
            return known[self.name].parameters(**self.parameters).model_dump(mode="json")  # type: ignore[no-any-return]
        except ValidationError as error:
            first = error.errors()[0]
            text = N_("'{field}' of the step '{step}' is not right: {reason}.")
            raise InvalidValueError(
                text, field=field_of(first), step=self.name, reason=reason_of(first)
            ) from None


class PreprocessingStep(_NamedStep):
    """One step of a preprocessing pipeline; `enabled` False skips it but keeps its place."""

    enabled: bool = True

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        from core.transforms.catalog import PREPROCESSING_STEPS

        filled = self._validated(PREPROCESSING_STEPS, N_("preprocessing step"))
        object.__setattr__(self, "parameters", filled)
        return self


class AugmentationStep(_NamedStep):
    """One augmentation with its parameters, drawn anew for each image of each batch."""

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        from core.transforms.catalog import AUGMENTATIONS

        object.__setattr__(self, "parameters", self._validated(AUGMENTATIONS, N_("augmentation")))
        return self


class Preprocessing(BaseModel):
    """An ordered pipeline: stored values -> picture in [0, 1] -> what the network gets.

    The steps of stage "image" come first and are done once an image; their result is kept as 16-bit integers,
    in training and in prediction alike. The steps of stage "tensor" follow. A step that is switched off keeps
    its place and is not looked at.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[PreprocessingStep, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        from core.transforms.preprocessing.order import check_order

        check_order(self.active("image"), self.active("tensor"), self.steps)
        return self

    def active(self, stage: Literal["image", "tensor"]) -> tuple[PreprocessingStep, ...]:
        """Return the enabled steps of one stage, in order."""
        from core.transforms.catalog import PREPROCESSING_STEPS

        return tuple(
            step for step in self.steps if step.enabled and PREPROCESSING_STEPS[step.name].stage == stage
        )


class ChannelStatistics(BaseModel):
    """Mean, standard deviation, minimum and maximum of each channel.

    Those of a data set are fitted on its training split alone (what is fitted on the test split has seen the
    test), of pixels as they come to the first step that uses them: in [0, 1] unless rescaled before.
    """

    # A card from elsewhere with a mean that is no number would make every probability one.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    mean: tuple[float, ...]
    std: tuple[Annotated[float, Field(ge=0)], ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        counts = {len(values) for values in (self.mean, self.std, self.low, self.high)}
        if len(counts) > 1:
            text = N_("Statistics need one mean, std, low and high for each channel.")
            raise InvalidValueError(text)
        return self
