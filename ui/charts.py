"""Show a chart of core.figures, and a picture from an array, with the words that stand for them."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.figures.theme import alt_of
from ui.cache import png_bytes
from ui.messages import simulated_badge


def show_figure(figure: Any, *, key: str, simulated: bool = False, height: int | None = None) -> None:
    """Show a Plotly figure with its description; `simulated` sets the word SIMULATED above it."""
    if simulated:
        simulated_badge()
    if height is not None:
        figure.update_layout(height=height)
    alt = alt_of(figure)
    st.plotly_chart(figure, key=key, alt=alt, config={"displayModeBar": False})


def show_pixels(pixels: NDArray[np.uint8], *, alt: str, caption: str | None = None) -> None:
    """Show an ndarray of shape (H, W) or (H, W, 3) as wide as its column."""
    st.image(png_bytes(pixels), caption=caption, alt=alt, width="stretch")
