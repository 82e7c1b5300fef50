"""Many pictures with words under each, in a grid that fits a phone and a desk."""

import base64
import html
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from ui.shell import ASSETS

_MOST_LARGE: Final = 20


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture, ndarray of shape (H, W, 3), uint8; a first and a second line under it, and its description.

    The words may be somebody else's: they are escaped here.
    """

    pixels: NDArray[np.uint8]
    name: str
    detail: str = ""
    alt: str = ""


def show_gallery(pictures: list[Shown]) -> None:
    """Show pictures in rows of four; many of them smaller, as many in a row as there is room for."""
    st.html(ASSETS / "augmentation.css")
    items = "".join(f"<div role='listitem'>{_item(picture)}</div>" for picture in pictures)
    kind = "lb-gallery lb-many" if len(pictures) > _MOST_LARGE else "lb-gallery"
    st.html(f"<div role='list' class='{kind}'>{items}</div>")


def data_address(pixels: NDArray[np.uint8]) -> str:
    """Return a picture as an address that carries it: quickly packed, grey with one channel."""
    is_grey = bool((pixels[..., :1] == pixels).all())
    content = BytesIO()
    Image.fromarray(pixels[..., 0] if is_grey else pixels).save(content, format="PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def _item(picture: Shown) -> str:
    alt = html.escape(picture.alt or picture.name, quote=True)
    words = f"<b>{html.escape(picture.name)}</b>" if picture.name else ""
    detail = f"<br>{html.escape(picture.detail)}" if picture.detail else ""
    return f"<img src='{data_address(picture.pixels)}' alt=\"{alt}\"/><p>{words}{detail}</p>"
