"""The small pictures of the laboratory: a step's picture and histogram as the screen needs them."""

from __future__ import annotations

import base64
import html
from collections import OrderedDict
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from core.figures.step_histogram import step_histogram
from core.images.drawing import ORANGE, signed_picture
from core.language import _
from core.transforms.preprocessing.following import PixelStep, shown_number

_MOST: Final = 96  # drawings that are kept for one visitor
_LINE: Final = 2  # pixels of the screen
SMALL, LARGE = 200, 340

Values = NDArray[np.float32]
_Drawn = TypeVar("_Drawn", str, bytes)


@st.cache_resource(scope="session", show_spinner=False)
def _kept() -> OrderedDict[tuple[object, ...], tuple[Values, Any]]:
    return OrderedDict()


def _remembered(key: tuple[object, ...], values: Values, draw: Callable[[], _Drawn]) -> _Drawn:
    """Return what was drawn of these very values before, or draw it."""
    kept = _kept()
    if key not in kept:
        kept[key] = (values, draw())  # holding the values keeps their id from being given to others
    kept.move_to_end(key)
    while len(kept) > _MOST:
        kept.popitem(last=False)
    drawn: _Drawn = kept[key][1]
    return drawn


def step_picture(step: PixelStep, *, side: int = SMALL) -> bytes:
    """Return a step's picture from its darkest to its brightest value, the pixel framed, as PNG bytes."""
    key = ("png", id(step.values), side, step.row, step.column)
    return _remembered(key, step.values, lambda: _png(_draw(step.values, side, step.row, step.column)))


def show_step_picture(step: PixelStep, *, alt: str, side: int = SMALL) -> None:
    """Show what a step made of the image, as wide as its column."""
    st.image(step_picture(step, side=side), alt=alt, width="stretch")


def show_difference(one: Values, other: Values, *, names: tuple[str, str]) -> None:
    """Show `one` - `other` with its scale; say why not where the two cannot be held against each other."""
    if one.shape != other.shape:
        st.caption(
            _(
                "No difference picture: one is {one}, the other {other}.",
                one=shown_shape(one.shape),
                other=shown_shape(other.shape),
            )
        )
        return
    difference = (one - other).mean(axis=2)
    strongest = float(np.abs(difference).max())
    if strongest == 0:
        st.success(_("Not one pixel differs."), icon=":material/check:")
        return
    picture = signed_picture(difference, strongest)
    alt = _("Difference of two pictures; the largest is {value}.", value=shown_number(strongest))
    st.image(_png(_sized(Image.fromarray(picture), LARGE)), alt=alt, width="stretch")
    st.html(
        f"<div class='lb-scale'><span>-{shown_number(strongest)}</span><i></i>"
        f"<span>+{shown_number(strongest)}</span></div>"
    )
    st.caption(
        _(
            "Orange: higher {one} than {other}; blue: lower; dark: the same. On average the numbers"
            " differ by {mean}.",
            one=names[0],
            other=names[1],
            mean=shown_number(float(np.abs(difference).mean())),
        )
    )


def show_histogram(step: PixelStep, *, title: str) -> None:
    """Show how often each value of a step's picture occurs, the pixel's own value marked."""
    low, high = shown_number(step.low), shown_number(step.high)
    alt = _(
        "How often each value occurs after {title}: from {low} to {high}.", title=title, low=low, high=high
    )
    marked = step.after[0] if len(step.after) == 1 else None
    drawn = base64.b64encode(_svg(step.values, marked).encode()).decode()
    st.html(
        f"<figure class='lb-histogram'><img src='data:image/svg+xml;base64,{drawn}'"
        f" alt='{html.escape(alt, quote=True)}'/>"
        f"<figcaption><span>{low}</span><span>{high}</span></figcaption></figure>"
    )


def _svg(values: Values, marked: float | None) -> str:
    return _remembered(("svg", id(values), marked), values, lambda: step_histogram(values, marked=marked))


def shown_shape(shape: tuple[int, ...]) -> str:
    """Write a shape: 64 x 64 x 1."""
    return " x ".join(str(length) for length in shape)


def _draw(values: Values, side: int, row: int | None, column: int | None) -> Image.Image:
    low, high = float(values.min()), float(values.max())
    scale = np.float32(255 / (high - low)) if high > low else np.float32(0)
    grey = ((values - np.float32(low)) * scale + np.float32(0.5)).astype(np.uint8)
    picture = Image.fromarray(grey[:, :, 0] if grey.shape[2] == 1 else grey)
    drawn = np.array(_sized(picture, side).convert("RGB"))
    if row is not None and column is not None:
        _frame(drawn, values.shape, row, column)
    return Image.fromarray(drawn)


def _sized(picture: Image.Image, side: int) -> Image.Image:
    """Bring the longer side close to `side`: pixels stay squares, or are averaged where there are more."""
    scale = side / max(picture.size)
    scale = max(1, round(scale)) if scale >= 1 else scale
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)


def _frame(drawn: NDArray[np.uint8], shape: tuple[int, ...], row: int, column: int) -> None:
    """Draw an orange square around a pixel of a picture of `shape`."""
    height, width = drawn.shape[:2]
    top, bottom = row * height // shape[0] - _LINE, (row + 1) * height // shape[0] + _LINE
    left, right = column * width // shape[1] - _LINE, (column + 1) * width // shape[1] + _LINE
    inside = drawn[max(0, top + _LINE) : bottom - _LINE, max(0, left + _LINE) : right - _LINE].copy()
    drawn[max(0, top) : max(bottom, top + 5), max(0, left) : max(right, left + 5)] = ORANGE
    drawn[max(0, top + _LINE) : bottom - _LINE, max(0, left + _LINE) : right - _LINE] = inside


def _png(picture: Image.Image) -> bytes:
    content = BytesIO()
    picture.save(content, format="PNG", compress_level=1)  # speed counts more than bytes: it is small
    return content.getvalue()
