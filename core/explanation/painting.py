"""Paint a region of an image out, to ask what a network says without it.

Three ways, and none of them is neutral: whatever is painted makes an image that the network has never seen.
Compare what follows with what follows when a region of the same size elsewhere is painted out.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt, find_objects, gaussian_filter, label

from core.errors import InvalidValueError
from core.images.records import MedicalImage
from core.language import N_

How = Literal["blur", "mean", "copy"]
HOWS: Final[tuple[How, ...]] = get_args(How)

_SOFT: Final = 0.02  # of the image's shorter side: the width of the edge within which the paint fades in
_RING: Final = 0.05  # of the image's shorter side: the width of the ring whose mean is taken
_LEAST_SIGMA: Final = 0.03  # of the image's shorter side
_WORKING_SIGMA: Final = 4.0  # pixels: wider blurs are done on a reduced picture, which nobody can tell apart
_MOST_PLACES: Final = 400  # of those that a tiny part of a large image could be copied from
_REACH: Final = 3  # sigmas that a blur looks around itself

_Part = tuple[slice, slice]


def painted(image: MedicalImage, mask: NDArray[np.bool_], how: How) -> MedicalImage:
    """Return an image with a region painted out; the image itself stays as it is.

    Each connected part of the region is painted by itself. The paint fades in on the inside, over 2 % of the
    image's shorter side or half the part's depth: outside of the mask no value changes. New values lie
    between those of the image, in its own unit, so its window and range still hold.

    Parameters
    ----------
    image
        An image of any type of values, grey or colour.
    mask
        ndarray of shape (H, W), bool: what is painted out.
    how
        "blur": a Gaussian as wide as the part is deep, so that nothing of its size remains (Fong and Vedaldi
        2017, arXiv:1704.03296). "mean": the mean of the ring around the part, 5 % of the shorter side wide,
        or of the image where there is no ring. "copy": the texture of the mirrored place on the other side,
        turned over; if that is painted too, of the nearest place of the same size; if there is none, the
        mean.

    Raises
    ------
    InvalidValueError
        The mask has another shape than the image.
    """
    values = image.values
    if mask.shape != values.shape[:2]:
        text = N_("The region is {region} pixels large and the image {image}: they must be the same.")
        raise InvalidValueError(text, region=_size(mask.shape), image=_size(values.shape))
    new = values.copy()
    for part, inside in _parts(mask):
        depth = distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]  # 1 in the outermost pixels
        deepest = float(depth.max())
        paint = _PAINTERS[how](values, mask, part, inside, deepest)
        edge = min(
            _SOFT * min(mask.shape), deepest / 2
        )  # the middle of a thin stroke is painted in full, too
        weight = np.clip(depth / max(1.0, edge), 0, 1)
        weight = weight if values.ndim == 2 else weight[..., None]  # (h, w) or (h, w, 1)
        old = values[part].astype(np.float64)
        new[part] = np.where(weight > 0, _as_type(old + weight * (paint - old), values.dtype), new[part])
    return replace(image, values=new)


def _parts(mask: NDArray[np.bool_]) -> Iterator[tuple[_Part, NDArray[np.bool_]]]:
    """Yield each connected part: where it is, and its pixels there."""
    labels, _n = label(mask, structure=np.ones((3, 3)))
    for number, part in enumerate(find_objects(labels), start=1):
        yield part, labels[part] == number


def _blurred(
    values: NDArray[np.generic], mask: NDArray[np.bool_], part: _Part, inside: NDArray[np.bool_], depth: float
) -> NDArray[np.float64]:
    sigma = max(depth, _LEAST_SIGMA * min(mask.shape))
    around, place = _with_margin(part, mask.shape, round(_REACH * sigma))
    step = max(1, int(sigma / _WORKING_SIGMA))
    small = _reduced(values[around].astype(np.float64), step)
    axes = (sigma / step, sigma / step, 0)[: values.ndim]
    blurred = gaussian_filter(small, axes, mode="nearest", truncate=_REACH)
    return _enlarged(blurred, step, place)


def _mean(
    values: NDArray[np.generic], mask: NDArray[np.bool_], part: _Part, inside: NDArray[np.bool_], depth: float
) -> NDArray[np.float64]:
    width = max(1, round(_RING * min(mask.shape)))
    around, place = _with_margin(part, mask.shape, width)
    grown = np.zeros(mask[around].shape, dtype=np.bool_)
    grown[place] = inside
    ring = binary_dilation(grown, np.ones((3, 3)), iterations=width) & ~mask[around]
    source = values[around][ring] if ring.any() else values[~mask]
    if not source.size:  # all of it is painted out
        source = values.reshape(-1, *values.shape[2:])
    return np.broadcast_to(source.mean(axis=0, dtype=np.float64), values[part].shape)


def _copied(
    values: NDArray[np.generic], mask: NDArray[np.bool_], part: _Part, inside: NDArray[np.bool_], depth: float
) -> NDArray[np.float64]:
    rows, columns = part
    width = mask.shape[1]
    mirrored = (rows, slice(width - columns.stop, width - columns.start))
    if not (mask[mirrored][:, ::-1] & inside).any():
        return values[mirrored][:, ::-1].astype(np.float64)
    for other in _places_like(part, mask.shape):
        if not (mask[other] & inside).any():
            return values[other].astype(np.float64)
    return _mean(values, mask, part, inside, depth)


_PAINTERS: Final = {"blur": _blurred, "mean": _mean, "copy": _copied}


def _places_like(part: _Part, shape: tuple[int, ...]) -> list[_Part]:
    """Return the places of the same size on a grid of half that size, the nearest first."""
    (rows, columns), (n_rows, n_columns) = part, shape[:2]
    height, width = rows.stop - rows.start, columns.stop - columns.start
    tops = range(rows.start % max(1, height // 2), n_rows - height + 1, max(1, height // 2))
    lefts = range(columns.start % max(1, width // 2), n_columns - width + 1, max(1, width // 2))
    places = [(top, left) for top in tops for left in lefts]
    places.sort(key=lambda place: (place[0] - rows.start) ** 2 + (place[1] - columns.start) ** 2)
    return [(slice(top, top + height), slice(left, left + width)) for top, left in places[:_MOST_PLACES]]


def _with_margin(part: _Part, shape: tuple[int, ...], margin: int) -> tuple[_Part, _Part]:
    """Return a part with a margin, as far as the image goes, and where the part lies in that."""
    around = tuple(
        slice(max(0, side.start - margin), min(n, side.stop + margin))
        for side, n in zip(part, shape, strict=False)
    )
    place = tuple(
        slice(side.start - wide.start, side.stop - wide.start)
        for side, wide in zip(part, around, strict=True)
    )
    return (around[0], around[1]), (place[0], place[1])


def _reduced(values: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """Return the means of squares of `step` pixels; the border is repeated where the last one is not full."""
    if step == 1:
        return values
    missing = [(0, -n % step) for n in values.shape[:2]] + [(0, 0)] * (values.ndim - 2)
    full = np.pad(values, missing, mode="edge")
    height, width = full.shape[0] // step, full.shape[1] // step
    squares = full.reshape(height, step, width, step, *full.shape[2:])
    means: NDArray[np.float64] = squares.mean(axis=(1, 3))
    return means


def _enlarged(small: NDArray[np.float64], step: int, place: _Part) -> NDArray[np.float64]:
    """Return the part at `place` of a reduced picture at its old size, bilinearly."""
    if step == 1:
        return small[place]
    for axis, side in enumerate(place):
        at = np.clip((np.arange(side.start, side.stop) + 0.5) / step - 0.5, 0, small.shape[axis] - 1)
        low = np.minimum(at.astype(int), max(0, small.shape[axis] - 2))
        share = (at - low).reshape([-1 if other == axis else 1 for other in range(small.ndim)])
        first, second = small.take(low, axis), small.take(np.minimum(low + 1, small.shape[axis] - 1), axis)
        small = first + share * (second - first)
    return small


def _as_type(values: NDArray[np.float64], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    return (np.rint(values) if np.issubdtype(dtype, np.integer) else values).astype(dtype)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} × {shape[0]}"
