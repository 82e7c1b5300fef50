"""Many pictures with words under each, in a grid that fits a phone and a desk."""

import base64
import html
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.cache import png_bytes
from ui.shell import ASSETS


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture, ndarray of shape (H, W, 3), uint8; a first and a second line under it, and its description.

    The words may be somebody else's: they are escaped here.
    """

    pixels: NDArray[np.uint8]
    name: str
    detail: str = ""
    alt: str = ""


def show_gallery(pictures: list[Shown], *, smallest_rem: float = 7.5) -> None:
    """Show pictures in rows, each at least `smallest_rem` wide."""
    st.html(ASSETS / "augmentation.css")
    items = "".join(f"<li>{_item(picture)}</li>" for picture in pictures)
    st.html(f"<ul class='lb-gallery' style='--lb-picture: {smallest_rem}rem'>{items}</ul>")


def data_address(pixels: NDArray[np.uint8]) -> str:
    """Return a picture as an address that carries it."""
    return f"data:image/png;base64,{base64.b64encode(png_bytes(pixels)).decode()}"


def _item(picture: Shown) -> str:
    alt = html.escape(picture.alt or picture.name, quote=True)
    words = f"<b>{html.escape(picture.name)}</b>" if picture.name else ""
    detail = f"<br>{html.escape(picture.detail)}" if picture.detail else ""
    return f"<img src='{data_address(picture.pixels)}' alt=\"{alt}\"/><p>{words}{detail}</p>"
