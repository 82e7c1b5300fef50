"""Boxes of the same size at other places: what covering as much of the image does anyway."""

from typing import Final

import numpy as np

from core.explanation.regions import Box

_TRIES: Final = 400  # for each place, before it is said that there is no room
_MOST_OVERLAP: Final = 0.25  # of the box, where there is no room beside it


def other_places(box: Box, n: int, *, seed: int) -> tuple[Box, ...]:
    """Draw `n` boxes of the same width and height that do not overlap `box`; they may overlap each other.

    Where there is no room beside the box they may lie over a quarter of it, and where there is none for that
    either, there are none. The same seed draws the same.
    """
    for most in (0.0, _MOST_OVERLAP):
        found = _drawn(box, n, np.random.default_rng(seed), most=most)
        if len(found) == n:
            return found
    return ()


def _drawn(box: Box, n: int, draws: np.random.Generator, *, most: float) -> tuple[Box, ...]:
    width, height = box.right - box.left, box.bottom - box.top
    found: list[Box] = []
    for _try in range(_TRIES * n):
        if len(found) == n:
            break
        left, top = float(draws.uniform(0, 1 - width)), float(draws.uniform(0, 1 - height))
        other = Box(left=left, top=top, right=min(1.0, left + width), bottom=min(1.0, top + height))
        if _overlap(box, other) <= most * width * height:
            found.append(other)
    return tuple(found)


def _overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes share."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0.0, width) * max(0.0, height)
