"""Run a preprocessing pipeline: the one way from a MedicalImage to what the network gets.

Training caches the image part and rescales whole batches; prediction does one image. Both go through
`image_part`, its 16-bit quantisation included, and through the same rescaling coefficients.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidValueError
from core.images.records import MedicalImage
from core.language import N_, Message
from core.transforms.preprocessing.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing.colour import check_channels
from core.transforms.preprocessing.picture import VALUE, Extent, Frame, Picture, Rescale, Tell
from core.transforms.preprocessing.statistics import channel_statistics, pooled, rescaled
from core.transforms.preprocessing.stored_values import start
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep

QUANTISED_MAX: Final = 65535
Do = Callable[[Picture, PreprocessingStep], Picture]
CODE_VERSION: Final = 2  # raise it when an image step gives other pixels: cached pictures are then made anew


def default_preprocessing(image_size: int, n_channels: int) -> Preprocessing:
    """Return window -> channels -> resize -> standardise, what a course begins with."""
    return Preprocessing(
        steps=(
            PreprocessingStep(name="window"),
            PreprocessingStep(name="channels", parameters={"n_channels": n_channels}),
            PreprocessingStep(name="resize", parameters={"size": image_size}),
            PreprocessingStep(name="standardise"),
        )
    )


def image_part(
    image: MedicalImage, preprocessing: Preprocessing, *, do: Do | None = None
) -> NDArray[np.uint16]:
    """Run the image steps and quantise; `do` takes the place of `apply_step`, as in `trace`.

    Returns
    -------
    ndarray of shape (C, H, W), uint16; 65535 is white.
    """
    picture = _finished(image, preprocessing, do)
    return quantise(picture.pixels).transpose(2, 0, 1)  # (H, W, C) -> (C, H, W)


def final_frame(image: MedicalImage, preprocessing: Preprocessing) -> Frame:
    """Return which part of an image the network gets to see, and how large its pixels are there."""
    return _finished(image, preprocessing).frame


def final_extent(image: MedicalImage, preprocessing: Preprocessing) -> Extent:
    """Return which part of an image the network gets to see, as fractions of its height and width."""
    picture = _finished(image, preprocessing)
    return picture.frame.extent(picture.pixels.shape, image)


def quantise(pixels: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Round [0, 1] to 16 bits."""
    return np.round(pixels * QUANTISED_MAX).astype(np.uint16)


def unit(quantised: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Turn 16-bit pixels back into [0, 1]."""
    return (quantised.astype(np.float32) / np.float32(QUANTISED_MAX)).astype(np.float32)


def to_input(
    image: MedicalImage, preprocessing: Preprocessing, statistics: ChannelStatistics
) -> NDArray[np.float32]:
    """Return what the network gets of this image.

    Parameters
    ----------
    image
        Any image that was read.
    preprocessing
        The pipeline; for a prediction the checkpoint's own.
    statistics
        Fitted on the training split, stored with the checkpoint.

    Returns
    -------
    ndarray of shape (C, H, W), float32.
    """
    pixels = unit(image_part(image, preprocessing))
    for rescale in rescales(preprocessing, statistics, channel_statistics(pixels)):
        pixels = pixels * rescale.scale[:, None, None] + rescale.offset[:, None, None]
    return np.ascontiguousarray(pixels, dtype=np.float32)


def rescales(
    preprocessing: Preprocessing, fitted: ChannelStatistics, own: ChannelStatistics
) -> list[Rescale]:
    """Return the tensor steps as factors and offsets, for an image whose own statistics are `own`.

    A second "per image" step sees the statistics that the first one left; so does a second "dataset" step.

    Raises
    ------
    InvalidValueError
        The image has another number of channels than the statistics, and so than the network.
    """
    check_channels(len(own.mean), len(fitted.mean))
    found, is_fitted = [], False
    for step in preprocessing.active("tensor"):
        parameters = PREPROCESSING_STEPS[step.name].parameters(**step.parameters)
        rescale: Rescale = resolve(PREPROCESSING_STEPS[step.name].builder)(parameters, fitted, own)
        found.append(rescale)
        own = rescaled(own, rescale)
        is_fitted = is_fitted or _uses(step, "dataset")
        fitted = rescaled(fitted, rescale) if is_fitted else fitted
    return found


def fit_statistics(
    pictures: Iterable[NDArray[np.float32]], preprocessing: Preprocessing
) -> ChannelStatistics:
    """Return the statistics that the "dataset" steps of a pipeline use.

    Parameters
    ----------
    pictures
        The training images after the image steps: each (C, H, W), float32 in [0, 1], all of one size. They
        are taken one at a time.
    preprocessing
        The pipeline. What its tensor steps do before the first "dataset" step is done to each image first.
    """
    steps = preprocessing.active("tensor")
    fitted = [number for number, step in enumerate(steps) if _uses(step, "dataset")]
    n_before = fitted[0] if fitted else 0
    found = []
    for pixels in pictures:
        own = channel_statistics(pixels)
        for rescale in rescales(preprocessing, own, own)[:n_before]:
            own = rescaled(own, rescale)
        found.append(own)
    return pooled(found)


def uses_own_statistics(preprocessing: Preprocessing) -> bool:
    """Tell whether a tensor step needs the statistics of each image."""
    return any(_uses(step, "image") for step in preprocessing.active("tensor"))


@dataclass(frozen=True, eq=False)
class StepTrace:
    """What one step did to one image, for the page that takes a pipeline apart.

    Attributes
    ----------
    index
        The place of the step in the pipeline's list; None for the two ends ("input", "quantise").
    name, title
        The step's key in PREPROCESSING_STEPS, "input" or "quantise", and its marked title.
    values
        ndarray of shape (H, W, C), float32: the result of the step.
    dtype
        How the numbers are kept after it.
    frame, spacing_mm
        Which part of the source they show, and the distance of their centres where it is known.
    formula, tell
        As in Picture.
    """

    index: int | None
    name: str
    title: str
    values: NDArray[np.float32]
    dtype: str
    frame: Frame
    spacing_mm: tuple[float, float] | None
    formula: Message
    tell: Tell | None


def trace(
    image: MedicalImage, preprocessing: Preprocessing, statistics: ChannelStatistics, *, do: Do | None = None
) -> list[StepTrace]:
    """Return what each step made of the image, the stored values first.

    `do` takes the place of `apply_step`, for a caller who remembers what the first steps gave.
    """
    picture = start(image)
    found = [_traced(picture, None, "input", N_("Stored values"), str(image.values.dtype))]
    for index, step in enumerate(preprocessing.steps):
        spec = PREPROCESSING_STEPS[step.name]
        if step.enabled and spec.stage == "image":
            picture = (do or apply_step)(picture, step)
            found.append(_traced(picture, index, step.name, spec.title))
    text = Message(text=N_("rounded to 16 bits: round({value} x 65535) / 65535"), values={"value": VALUE})
    picture = picture.after(unit(quantise(picture.pixels)), text)
    found.append(_traced(picture, None, "quantise", N_("Keep as 16 bits"), "uint16"))
    return found + _traced_rescales(picture, preprocessing, statistics)


def _traced_rescales(
    picture: Picture, preprocessing: Preprocessing, statistics: ChannelStatistics
) -> list[StepTrace]:
    own = channel_statistics(picture.pixels.transpose(2, 0, 1))
    factors = iter(rescales(preprocessing, statistics, own))
    found = []
    for index, step in enumerate(preprocessing.steps):
        spec = PREPROCESSING_STEPS[step.name]
        if step.enabled and spec.stage == "tensor":
            rescale = next(factors)
            picture = picture.after(picture.pixels * rescale.scale + rescale.offset, rescale.formula)
            found.append(_traced(picture, index, step.name, spec.title))
    return found


def _traced(picture: Picture, index: int | None, name: str, title: str, dtype: str = "float32") -> StepTrace:
    return StepTrace(
        index=index,
        name=name,
        title=title,
        values=picture.pixels,
        dtype=dtype,
        frame=picture.frame,
        spacing_mm=picture.frame.spacing_mm(picture.source),
        formula=picture.formula,
        tell=picture.tell,
    )


@cache
def resolve(builder: str) -> Callable[..., Any]:
    """Return the function that a catalog entry names as "module:function"."""
    module, _, name = builder.partition(":")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]


def _finished(image: MedicalImage, preprocessing: Preprocessing, do: Do | None = None) -> Picture:
    picture = start(image)
    for step in preprocessing.active("image"):
        picture = (do or apply_step)(picture, step)
    return picture


def apply_step(picture: Picture, step: PreprocessingStep) -> Picture:
    """Do one step, and refuse a result that no network could get.

    Raises
    ------
    InvalidValueError
        Nothing is left of the image, or a value is no number.
    """
    spec = PREPROCESSING_STEPS[step.name]
    result: Picture = resolve(spec.builder)(picture, spec.parameters(**step.parameters))
    title = Message(text=spec.title)
    if result.pixels.size == 0:
        text = N_("The step '{step}' leaves nothing of an image of {width} x {height} pixels.")
        height, width = picture.pixels.shape[:2]
        raise InvalidValueError(text, step=title, width=width, height=height)
    if not np.isfinite(result.pixels).all():
        raise InvalidValueError(N_("The step '{step}' makes values that are no numbers."), step=title)
    return result


def _uses(step: PreprocessingStep, source: str) -> bool:
    return step.parameters.get("per") == source
