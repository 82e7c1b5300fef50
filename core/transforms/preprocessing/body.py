"""Find the body: the largest bright region of a film, and what is left when everything else is cut off."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from core.language import N_, Message
from core.transforms.preprocessing.colour import luma
from core.transforms.preprocessing.geometry_parameters import CropBodyParameters
from core.transforms.preprocessing.histogram import otsu
from core.transforms.preprocessing.picture import Picture

_SMALLEST_SHARE: Final = 0.01  # of the picture: a smaller region is a marker or a speck, no body


@dataclass(frozen=True)
class _Box:
    top: int
    bottom: int
    left: int
    right: int


def crop_body(picture: Picture, parameters: CropBodyParameters) -> Picture:
    """Keep the box around the largest connected region brighter than Otsu's threshold, with a margin.

    Pixels that touch at a corner are connected. A picture without a region of at least 1 % stays whole.
    """
    grey = luma(picture.pixels)
    threshold = otsu(grey)
    region = _largest_region(grey > threshold)
    if region is None:
        text = N_("unchanged: nothing bright is large enough to be a body")
        return picture.after(picture.pixels, Message(text=text))
    box = _with_margin(region, parameters.margin / 100, grey.shape)
    text = N_(
        "value kept; brighter than {threshold:.4f} (Otsu) is a body in rows {top} to {bottom} and columns"
        " {left} to {right} of {height} x {width}"
    )
    values = {"top": box.top, "bottom": box.bottom - 1, "left": box.left, "right": box.right - 1}
    size = {"height": grey.shape[0], "width": grey.shape[1]}
    return picture.after(
        picture.pixels[box.top : box.bottom, box.left : box.right],
        Message(text=text, values={"threshold": threshold, **values, **size}),
        frame=picture.frame.part(box.top, box.left),
    )


def _largest_region(bright: NDArray[np.bool_]) -> _Box | None:
    labels, n_regions = ndimage.label(bright, structure=np.ones((3, 3)))
    if n_regions == 0:
        return None
    sizes = np.bincount(labels.ravel())[1:]
    largest = int(sizes.argmax())
    if sizes[largest] < _SMALLEST_SHARE * bright.size:
        return None
    rows, columns = ndimage.find_objects(labels)[largest]
    return _Box(rows.start, rows.stop, columns.start, columns.stop)


def _with_margin(box: _Box, margin: float, shape: tuple[int, int]) -> _Box:
    down, across = round(margin * (box.bottom - box.top)), round(margin * (box.right - box.left))
    return _Box(
        max(0, box.top - down),
        min(shape[0], box.bottom + down),
        max(0, box.left - across),
        min(shape[1], box.right + across),
    )
