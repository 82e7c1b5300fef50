"""A convolution that can be stepped through: nine products, one number, and the map it is written into."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.images.drawing import grey_picture, resample, signed_picture
from core.language import _, joined
from core.models.convolution import Convolved, pool_at, step_at
from ui import cache
from ui.numbers import number_grid
from ui.places import Grid, Place, chosen_place, place_picture, put_place
from ui.session import full

_SIDE = 512
_KERNEL = 3


def place_on(block: Convolved, *, key: str) -> tuple[Grid, Place]:
    """Return what there is to choose from, and the chosen place; at first where the kernel answers most."""
    rows, columns = block.output.shape
    grid = Grid(rows, columns, _KERNEL, overhang=True)
    return grid, chosen_place(key, grid, Place(*block.strongest_place))


def step_slider(grid: Grid, place: Place, *, key: str) -> None:
    """Let the visitor press Step to move the kernel one on; at Full slide it over all places."""

    def go() -> None:
        number = int(st.session_state[f"{key}-step"])
        put_place(key, Place(*divmod(number, grid.columns)))

    n_places = grid.rows * grid.columns
    now = place.row * grid.columns + place.column
    st.session_state[f"{key}-step"] = now
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if full():
            st.slider(
                _("Place of the kernel, from 0 to {last}", last=n_places - 1),
                0,
                n_places - 1,
                key=f"{key}-step",
                on_change=go,
            )
        onwards = Place(*divmod((now + 1) % n_places, grid.columns))
        st.button(_("Step"), key=f"{key}-on", on_click=put_place, args=(key, onwards))


def show_sum(picture: NDArray[np.float32], weights: NDArray[np.float32], place: Place) -> None:
    """Show nine pixels, nine weights and nine products, and their sum."""
    step = step_at(picture, weights, place.row, place.column)
    strongest = float(max(abs(step.products).max(), 1e-6))
    low, high = float(picture.min()), float(picture.max())
    shades = _shades(step.pixels, low, high)
    left, middle, right = st.columns(3, gap="medium")
    with left:
        number_grid(_words(step.pixels), shades, caption=_("Nine pixels"))
    with middle:
        top = float(max(abs(weights).max(), 1e-6))
        number_grid(_words(step.weights), signed_picture(step.weights, top), caption=_("times nine weights"))
    with right:
        number_grid(
            _words(step.products), signed_picture(step.products, strongest), caption=_("make nine products")
        )
    st.markdown(
        _(
            "Their sum is **{total}**: the new pixel in row {row}, column {column}.",
            total=f"{step.total:.3f}",
            row=place.row,
            column=place.column,
        )
    )


def show_pictures(
    picture: NDArray[np.float32], block: Convolved, grid: Grid, place: Place, *, key: str
) -> None:
    """Show the picture and, beside it, the map that the kernel makes of it, the place framed in both."""
    left, right = st.columns(2, gap="large")
    with left:
        shown = cache.png_bytes(resample(grey_picture(picture), _SIDE))
        alt = _("The picture, {rows} x {columns} pixels.", rows=grid.rows, columns=grid.columns)
        st.markdown(f"**{_('The picture')}**")
        place_picture(shown, key=key, grid=grid, place=place, alt=alt)
    with right:
        shown = cache.png_bytes(resample(signed_picture(block.output, block.strongest), _SIDE))
        st.markdown(f"**{_('The map that the kernel makes of it')}**")
        one = Grid(grid.rows, grid.columns)
        place_picture(shown, key=key, grid=one, place=place, alt=_("The map of all sums."), name="map")
        st.caption(
            _(
                "Orange is above 0, blue below, dark is 0; full colour from {strongest:.3g}.",
                strongest=block.strongest,
            )
        )


def show_block(block: Convolved, place: Place) -> None:
    """Show what ReLU and pooling make of the map, and of the number at the place."""
    left, right = st.columns(2, gap="large")
    before, after = (float(values[place.row, place.column]) for values in (block.output, block.rectified))
    four = pool_at(block.rectified, place.row, place.column)
    with left:
        st.markdown(f"**{_('After ReLU: negative numbers become 0')}**")
        _still(block.rectified, block.strongest, alt=_("The map after ReLU."))
        st.caption(_("At the place: {before} becomes {after}.", before=f"{before:.3f}", after=f"{after:.3f}"))
    with right:
        st.markdown(f"**{_('After pooling: the largest of four stays')}**")
        _still(block.pooled, block.strongest, alt=_("The map after pooling, half as wide and half as high."))
        st.caption(
            _(
                "At the place: of {numbers} stays {largest}. {old} x {old} became {new} x {new}.",
                numbers=joined(f"{number:.3f}" for number in four.ravel()),
                largest=f"{four.max():.3f}",
                old=len(block.output),
                new=len(block.pooled),
            )
        )


def _still(values: NDArray[np.float32], strongest: float, *, alt: str) -> None:
    shown = cache.png_bytes(resample(signed_picture(values, strongest), _SIDE))
    st.image(shown, alt=alt, width="stretch")


def _words(values: NDArray[np.float32]) -> Sequence[Sequence[str]]:
    return [[f"{value:.2f}" for value in line] for line in values]


def _shades(pixels: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    unit = np.clip((pixels - low) / ((high - low) or 1.0), 0, 1)
    return np.repeat(np.round(unit * 255).astype(np.uint8)[..., None], 3, axis=2)
