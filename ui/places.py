"""A picture in which a place is chosen: by a click, with the arrow keys, or by numbers.

The picture is a component of our own, so that a place can be chosen where it is seen; the two sliders beside
it do the same for those who would rather give numbers. Its drawing is in ui/assets/place.js.
"""

import base64
from dataclasses import dataclass
from typing import Final

import streamlit as st
import streamlit.components.v2 as components

from core.language import _
from ui.shell import ASSETS


@dataclass(frozen=True)
class Grid:
    """The rows and columns to choose from, and the side of the square frame around the chosen place.

    `overhang` lets the frame reach over the border, as a kernel does; else it stays inside.
    """

    rows: int
    columns: int
    frame: int = 1
    overhang: bool = False


@dataclass(frozen=True)
class Place:
    """A chosen pixel."""

    row: int
    column: int


_component = components.component(
    "lightbox_place",
    html="<button type='button'><img alt=''/><span class='frame'></span></button>",
    css=(ASSETS / "place.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + (ASSETS / "place.js").read_text(encoding="utf-8"),
)
_WIDTH: Final = 520


def chosen_place(key: str, grid: Grid, start: Place) -> Place:
    """Return the place that the session holds under `key`, moved inside the grid; `start` at first."""
    row = int(st.session_state.get(f"{key}-row", start.row))
    column = int(st.session_state.get(f"{key}-column", start.column))
    return Place(min(max(row, 0), grid.rows - 1), min(max(column, 0), grid.columns - 1))


def place_picture(
    picture: bytes, *, key: str, grid: Grid, place: Place, alt: str, name: str = "picture"
) -> None:
    """Show a picture with a frame around `place`; a click or an arrow key chooses another.

    Parameters
    ----------
    picture
        A PNG.
    key
        Names the choice: `chosen_place` reads it in the next run.
    grid
        What there is to choose from.
    place
        The place now.
    alt
        What is seen.
    name
        Tells two pictures of the same choice apart.
    """

    def take() -> None:
        picked = st.session_state[f"{key}-{name}"].picked
        if picked:
            put_place(key, Place(int(picked["row"]), int(picked["column"])))

    reach = grid.frame // 2
    box = {"height": min(grid.frame, grid.rows), "width": min(grid.frame, grid.columns)}
    _component(
        data={
            "picture": f"data:image/png;base64,{base64.b64encode(picture).decode()}",
            "rows": grid.rows,
            "columns": grid.columns,
            "row": place.row,
            "column": place.column,
            "reach": reach,
            "box": box,
            "alt": alt,
            "hint": _("Click into the picture or use the arrow keys to choose another place."),
            "width": _WIDTH,
            "overhang": grid.overhang,
        },
        key=f"{key}-{name}",
        on_picked_change=take,
    )


def place_sliders(key: str, grid: Grid, place: Place) -> None:
    """Show the same choice as two numbers."""

    def take() -> None:
        put_place(
            key, Place(**{name: st.session_state[f"{key}-{name}-slider"] for name in ("row", "column")})
        )

    for name, label, n in (("row", _("Row"), grid.rows), ("column", _("Column"), grid.columns)):
        # its own key, so that a place counts as chosen only once somebody has chosen it
        st.session_state[f"{key}-{name}-slider"] = getattr(place, name)
        st.slider(label, 0, max(1, n - 1), key=f"{key}-{name}-slider", on_change=take)


def put_place(key: str, place: Place) -> None:
    """Choose a place from code."""
    st.session_state[f"{key}-row"], st.session_state[f"{key}-column"] = place.row, place.column
