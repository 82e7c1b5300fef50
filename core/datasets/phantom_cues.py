"""Cues on finished phantom films that have nothing to do with the disease, for a network to fall for.

Each film can carry either side of a cue: the one that goes with "finding" or the one that goes with "no
finding". Nothing here knows the label; whoever deals the cues out decides how well they agree with it. These
are pure functions of finished films, so the films themselves stay as they ship.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter

from core.datasets.phantom_film import Marker, letter_cover

Cue = Literal["marker", "corner", "brightness"]
Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

BRIGHTER_BY: Final = 20  # grey levels of 255: less than films differ by from patient to patient
_PLATE: Final = (0.89, 0.80, 0.985, 0.97)  # top, left, bottom, right, as shares of the film's sides
_PLATE_GREY, _INK_GREY = 210, 40
_LINES: Final = ((0.24, 0.42), (0.58, 0.76))  # of print on the plate, as shares of its height
_MARGIN: Final = 0.016  # around a letter, as a share of the film's side
_THROUGH_LEAD: Final = 0.07  # the share of photons that the letter lets through: 0.08 cm of lead
_WHITE: Final = 95  # percentile of the old letter's pixels that is taken for its white
_SMOOTH: Final = 0.03  # how far what lies around the old letter is carried over it, likewise


@dataclass(frozen=True, eq=False)
class PlainFilm:
    """A film as it ships: its pixels (H, W) uint8, the letter that lies on it, and where (H, W) bool."""

    pixels: Pixels
    marker: Marker
    marker_mask: Mask


@dataclass(frozen=True, eq=False)
class CuedFilm:
    """A film with one side of a cue.

    Attributes
    ----------
    pixels
        ndarray of shape (H, W), uint8.
    place
        ndarray of shape (H, W), bool: the box in which the cue lies. None where it is not there, or has no
        place: a brightness is everywhere.
    """

    pixels: Pixels
    place: Mask | None


def with_cue(film: PlainFilm, cue: Cue, *, speaks_for: bool) -> CuedFilm:
    """Return a film with the side of the cue that goes with "finding" (or, if False, with "no finding")."""
    return _CUES[cue](film, speaks_for)


def with_letter(film: PlainFilm, marker: Marker) -> CuedFilm:
    """Return a film with the letter `marker`: unchanged where it is its own, else painted over and replaced.

    The old letter is covered with what lies around it. The new one is laid on its own side, where the
    technician would put it, and is as white as the old one was. A pixel that is half under lead lets half of
    the photons through and is far less than half as white, for the film shows the logarithm (Beer-Lambert).
    """
    if film.marker == marker:
        return CuedFilm(film.pixels, _box_around(film.marker_mask))
    laid = _laid_letter(marker, film.pixels.shape[0])
    cleared = _painted_over(film.pixels, film.marker_mask)
    white = float(np.percentile(film.pixels[film.marker_mask], _WHITE)) if film.marker_mask.any() else 255.0
    lettered = np.rint(cleared + (white - cleared) * laid.opacity).astype(np.uint8)
    return CuedFilm(lettered, laid.place)


def with_plate(film: PlainFilm, *, is_there: bool) -> CuedFilm:
    """Return a film with or without the name plate of a scanner in its lower right corner."""
    if not is_there:
        return CuedFilm(film.pixels, None)
    height, width = film.pixels.shape
    top, left, bottom, right = (
        round(share * side) for share, side in zip(_PLATE, (height, width) * 2, strict=True)
    )
    pixels, place = film.pixels.copy(), np.zeros(film.pixels.shape, dtype=np.bool_)
    pixels[top:bottom, left:right], place[top:bottom, left:right] = _PLATE_GREY, True
    indent = max(1, (right - left) // 6)
    for first, last in _LINES:
        rows = slice(top + round(first * (bottom - top)), top + round(last * (bottom - top)))
        pixels[rows, left + indent : right - indent] = _INK_GREY
    return CuedFilm(pixels, place)


def brightened(film: PlainFilm, by: float) -> CuedFilm:
    """Return a film whose every pixel is `by` grey levels brighter; what is white already stays white."""
    raised = np.clip(np.rint(film.pixels.astype(np.float64) + by), 0, 255).astype(np.uint8)
    return CuedFilm(raised, None)


_CUES: Final[dict[Cue, Callable[[PlainFilm, bool], CuedFilm]]] = {
    "marker": lambda film, speaks_for: with_letter(film, "R" if speaks_for else "L"),
    "corner": lambda film, speaks_for: with_plate(film, is_there=speaks_for),
    "brightness": lambda film, speaks_for: brightened(film, BRIGHTER_BY if speaks_for else 0),
}


@dataclass(frozen=True, eq=False)
class _LaidLetter:
    """How white a letter at its usual place makes each pixel, (H, W) in [0, 1], and the box around it."""

    opacity: NDArray[np.float64]
    place: Mask


@lru_cache(maxsize=8)
def _laid_letter(marker: Marker, n_pixels: int) -> _LaidLetter:
    """Lay a letter on a film of this size: the same for every film, so nobody may write into it."""
    cover = letter_cover(marker, n_pixels)
    laid = _LaidLetter(
        np.log(1 - (1 - _THROUGH_LEAD) * cover) / np.log(_THROUGH_LEAD), _box_around(cover > 0.25)
    )
    for array in (laid.opacity, laid.place):
        array.flags.writeable = False
    return laid


def _painted_over(pixels: Pixels, mask: Mask) -> NDArray[np.float64]:
    """Fill a mask, and a rim around it, with a blur of what lies outside."""
    side = pixels.shape[0]
    covered = binary_dilation(mask, iterations=max(1, round(_MARGIN * side)))
    weight = np.where(covered, 0.0, 1.0)
    blurred = gaussian_filter(pixels * weight, _SMOOTH * side)
    around = blurred / np.maximum(gaussian_filter(weight, _SMOOTH * side), 1e-6)
    return np.where(covered, around, pixels)


def _box_around(mask: Mask) -> Mask:
    """Return the smallest box that holds a mask, with a margin; None marked, none boxed."""
    box = np.zeros(mask.shape, dtype=np.bool_)
    rows, columns = np.nonzero(mask)
    if len(rows):
        margin = max(1, round(_MARGIN * mask.shape[0]))
        box[
            max(0, rows.min() - margin) : rows.max() + margin + 1,
            max(0, columns.min() - margin) : columns.max() + margin + 1,
        ] = True
    return box
