"""A pipeline of preprocessing steps, a list of augmentations, and the statistics they are fitted with."""

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.errors import InvalidValueError, UnknownNameError
from core.language import N_, Message
from core.validation import field_of, reason_of


class StepSpec(BaseModel):
    """One entry of PREPROCESSING_STEPS.

    `stage` is "image" for a step whose result can be cached as pixels in [0, 1], "tensor" for one that
    rescales what the network gets. `builder` names the function, `parameters` its validated parameters.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str
    source: str
    stage: Literal["image", "tensor"]
    parameters: type[BaseModel]
    builder: str


class AugmentationSpec(BaseModel):
    """One entry of AUGMENTATIONS: `stage` "geometric" moves pixels, "intensity" changes their values."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str
    caution: str
    stage: Literal["geometric", "intensity"]
    parameters: type[BaseModel]
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
    in training and in prediction alike. The steps of stage "tensor" follow.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[PreprocessingStep, ...] = Field(min_length=1)

    @field_validator("steps")
    @classmethod
    def _in_order(cls, steps: tuple[PreprocessingStep, ...]) -> tuple[PreprocessingStep, ...]:
        from core.transforms.catalog import PREPROCESSING_STEPS

        stages = [PREPROCESSING_STEPS[step.name].stage for step in steps]
        if steps[0].name != "window" or not steps[0].enabled:
            raise InvalidValueError(
                N_(
                    "The first step must be 'window': until then the values have the scanner's units, not"
                    " grey levels."
                )
            )
        if [step.name for step in steps].count("window") > 1:
            raise InvalidValueError(
                N_("'window' can stand only once, at the beginning: it starts again from the stored values.")
            )
        if "image" in stages[stages.index("tensor") :] if "tensor" in stages else False:
            raise InvalidValueError(
                N_("Steps that change the picture must come before those that rescale it for the network.")
            )
        return steps

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

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: tuple[float, ...]
    std: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class StepTrace:
    """What one step did to one image, for the page that takes a pipeline apart.

    Attributes
    ----------
    name, title
        The step's key in PREPROCESSING_STEPS ("input" and "quantise" for the two ends) and its marked title.
    values
        ndarray of shape (H, W, C), float32: the result of the step.
    formula
        What the step does to a value, in words and numbers.
    """

    name: str
    title: str
    values: NDArray[np.float32]
    formula: Message
