"""Boxes of the same size at other places: what covering as much of the image does anyway."""

from typing import Final

import numpy as np

from core.explanation.regions import Box

_TRIES: Final = 400  # for each place, before it is said that there is no room


def other_places(box: Box, n: int, *, seed: int) -> tuple[Box, ...]:
    """Draw up to `n` boxes of the same width and height that do not overlap `box`; they may overlap others.

    Fewer, or none, where there is no room beside the box. The same seed draws the same.
    """
    width, height = box.right - box.left, box.bottom - box.top
    draws = np.random.default_rng(seed)
    found: list[Box] = []
    for _try in range(_TRIES * n):
        if len(found) == n:
            break
        left, top = float(draws.uniform(0, 1 - width)), float(draws.uniform(0, 1 - height))
        other = Box(left=left, top=top, right=min(1.0, left + width), bottom=min(1.0, top + height))
        if not _overlap(box, other):
            found.append(other)
    return tuple(found)


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )
