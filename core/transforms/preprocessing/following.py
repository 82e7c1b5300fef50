"""Follow one pixel through the preprocessing: where it is after each step, and the sum that was done to it.

A step that looks at one pixel is told by its formula with the number filled in; one that looks at several
tells of them itself (`tell`). Does not cover: the exact weights of a resampling; a resized pixel is told by
how many old ones it stands for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.language import N_, Message
from core.transforms.preprocessing.pipeline import StepTrace
from core.transforms.preprocessing.telling import likewise, shown_number

__all__ = ["PixelStep", "follow", "shown_number"]


@dataclass(frozen=True, eq=False)
class PixelStep:
    """One step as one pixel meets it.

    Attributes
    ----------
    index, name, title, values, dtype, spacing_mm
        As in StepTrace.
    low, high
        The smallest and the largest number of the picture.
    row, column
        Where the pixel is now; None where a crop has cut it off.
    before, after
        Its numbers, one a channel; empty where it is not there.
    sum
        What was done to it, with its number filled in.
    """

    index: int | None
    name: str
    title: str
    values: NDArray[np.float32]
    dtype: str
    spacing_mm: tuple[float, float] | None
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


def follow(steps: Sequence[StepTrace], row: int, column: int) -> list[PixelStep]:
    """Tell the story of the pixel (row, column) of an image through what `trace` found."""
    found = []
    for number, step in enumerate(steps):
        previous = steps[max(0, number - 1)]
        earlier, place = _place(previous, row, column), _place(step, row, column)
        before = _at(previous.values, earlier) if number else ()
        found.append(
            PixelStep(
                index=step.index,
                name=step.name,
                title=step.title,
                values=step.values,
                dtype=step.dtype,
                spacing_mm=step.spacing_mm,
                low=float(step.values.min()),
                high=float(step.values.max()),
                row=place.row if place else None,
                column=place.column if place else None,
                before=before,
                after=_at(step.values, place),
                sum=_sum(step, previous, earlier, before) if place else Message(text=N_("cut off")),
            )
        )
    return found


def _place(step: StepTrace, row: int, column: int) -> _Place | None:
    """Return which pixel of a step's picture lies over a pixel of the source; None where it was cut off."""
    place = _Place(*step.frame.pixel_of(row, column))
    height, width = step.values.shape[:2]
    return place if 0 <= place.row < height and 0 <= place.column < width else None


def _at(values: NDArray[np.float32], place: _Place | None) -> tuple[float, ...]:
    return () if place is None else tuple(float(value) for value in values[place.row, place.column])


def _sum(step: StepTrace, previous: StepTrace, place: _Place | None, before: tuple[float, ...]) -> Message:
    if step.tell is not None and place is not None:
        return step.tell(previous.values, place.row, place.column)
    if not before or not _has_value(step.formula):
        return step.formula
    return likewise(_filled_in(step.formula, shown_number(before[0])), len(before))


def _has_value(formula: Message) -> bool:
    inner = formula.values.get("formula")
    return "value" in formula.values or (isinstance(inner, Message) and _has_value(inner))


def _filled_in(formula: Message, value: str) -> Message:
    """Put a number in the place that VALUE keeps, also inside a formula within the formula."""
    values = dict(formula.values)
    if "value" in values:
        values["value"] = value
    if isinstance(inner := values.get("formula"), Message):
        values["formula"] = _filled_in(inner, value)
    return Message(text=formula.text, values=values)
