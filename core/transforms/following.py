"""Follow one pixel through the preprocessing: where it is after each step, and the sum that was done to it.

Covers: window, channels, resize (the new pixel that lies over the old one), rounding, normalising,
standardising. Does not cover: a filter's exact weights; a resized pixel is told by how many old ones it
stands for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.images.levels import window_limits
from core.images.records import MedicalImage
from core.language import N_, Message
from core.transforms.parameters import WindowParameters
from core.transforms.records import Preprocessing, StepTrace
from core.transforms.steps import chosen_window


@dataclass(frozen=True, eq=False)
class PixelStep:
    """One step as one pixel meets it.

    Attributes
    ----------
    name, title
        As in StepTrace.
    values
        ndarray of shape (H, W, C): the whole picture after the step.
    dtype
        How the numbers are kept after it.
    low, high
        The smallest and the largest number of the picture.
    row, column
        Where the pixel is now; None where a crop has cut it off.
    before, after
        Its numbers, one a channel; empty where it is not there.
    sum
        What was done to it, with its number filled in.
    """

    name: str
    title: str
    values: NDArray[np.float32]
    dtype: str
    low: float
    high: float
    row: int | None
    column: int | None
    before: tuple[float, ...]
    after: tuple[float, ...]
    sum: Message


@dataclass(frozen=True)
class _Place:
    row: int
    column: int


def follow(
    image: MedicalImage, preprocessing: Preprocessing, steps: Sequence[StepTrace], row: int, column: int
) -> list[PixelStep]:
    """Tell the story of the pixel (row, column) of an image through what `trace` found."""
    parameters = {step.name: step.parameters for step in preprocessing.steps if step.enabled}
    place: _Place | None = _Place(row, column)
    before: tuple[float, ...] = ()
    found = []
    for index, step in enumerate(steps):
        if step.name == "resize":
            place = place and _moved(place, steps[index - 1].values.shape, parameters["resize"])
        after = _at(step.values, place)
        found.append(
            PixelStep(
                name=step.name,
                title=step.title,
                values=step.values,
                dtype=_dtype(step.name, image),
                low=float(step.values.min()),
                high=float(step.values.max()),
                row=place.row if place else None,
                column=place.column if place else None,
                before=before,
                after=after,
                sum=_sum(step, before, image, parameters.get(step.name, {}), steps[max(0, index - 1)]),
            )
        )
        before = after
    return found


def _at(values: NDArray[np.float32], place: _Place | None) -> tuple[float, ...]:
    return () if place is None else tuple(float(value) for value in values[place.row, place.column])


def _moved(place: _Place, shape: tuple[int, ...], parameters: dict[str, Any]) -> _Place | None:
    """Return the new pixel that lies over the old one's centre."""
    height, width, fit = shape[0], shape[1], parameters["fit"]
    sides = (height, width)
    if fit != "stretch":
        side = max(height, width) if fit == "pad" else min(height, width)
        sides = (side, side)
    found = []
    for old, length, side in zip((place.row, place.column), (height, width), sides, strict=True):
        margin = (side - length) // 2 if fit == "pad" else -((length - side) // 2)
        if not 0 <= old + margin < side:
            return None
        found.append(int((old + margin + 0.5) * parameters["size"] / side))
    return _Place(*found)


def _dtype(name: str, image: MedicalImage) -> str:
    if name == "input":
        return str(image.values.dtype)
    return "uint16" if name == "quantise" else "float32"


def _sum(
    step: StepTrace,
    before: tuple[float, ...],
    image: MedicalImage,
    parameters: dict[str, Any],
    previous: StepTrace,
) -> Message:
    if not before:
        return step.formula if step.name == "input" else Message(text=N_("cut off"))
    if step.name == "window":
        return _window_sum(before, image, parameters)
    if step.name == "channels" and len(before) == 3 and step.values.shape[2] == 1:
        colours = dict(zip(("red", "green", "blue"), map(shown_number, before), strict=True))
        return Message(text=N_("0.299 x {red} + 0.587 x {green} + 0.114 x {blue}"), values=dict(colours))
    if step.name == "resize":
        return _resize_sum(previous.values.shape, parameters)
    if "value" not in step.formula.values:
        return step.formula
    values = {**step.formula.values, "value": shown_number(before[0])}
    return _of_red(before, Message(text=step.formula.text, values=values))


def _window_sum(before: tuple[float, ...], image: MedicalImage, parameters: dict[str, Any]) -> Message:
    window = chosen_window(image, WindowParameters(**parameters))
    value = shown_number(before[0])
    if window is not None and window.function == "SIGMOID":
        text = N_("1 / (1 + exp(-4 x ({value} - {center:.6g}) / {width:.6g}))")
        formula = Message(text=text, values={"value": value, "center": window.center, "width": window.width})
    else:
        low, high = map(_term, window_limits(image, window) if window else image.value_range)
        text = N_("({value} - {low}) / ({high} - {low}), kept within 0 and 1")
        formula = Message(text=text, values={"value": value, "low": low, "high": high})
    if image.inverted:
        formula = Message(text=N_("1 - [{formula}]: low values are white here"), values={"formula": formula})
    return _of_red(before, formula)


def _of_red(before: tuple[float, ...], formula: Message) -> Message:
    """Say that a formula is filled in for one of three channels only."""
    if len(before) == 1:
        return formula
    return Message(text=N_("red: {formula}, green and blue likewise"), values={"formula": formula})


def _term(value: float) -> str:
    return f"({value:.6g})" if value < 0 else f"{value:.6g}"


def _resize_sum(shape: tuple[int, ...], parameters: dict[str, Any]) -> Message:
    height, width, fit, size = shape[0], shape[1], parameters["fit"], parameters["size"]
    if fit != "stretch":
        height = width = max(height, width) if fit == "pad" else min(height, width)
    text = N_("one new pixel stands for {down:.3g} x {across:.3g} old ones")
    return Message(text=text, values={"down": height / size, "across": width / size})


def shown_number(value: float) -> str:
    """Write a number of the pipeline: whole ones whole, others with four places."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.4f}"
