"""Numbers in a grid, each on the colour that it stands for: a table that a screen reader can read too."""

import html
from collections.abc import Sequence
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

_FEW: Final = 4  # columns that leave room for larger figures


def number_grid(
    words: Sequence[Sequence[str]],
    colours: NDArray[np.uint8] | None = None,
    *,
    caption: str,
    marked: tuple[int, int] | None = None,
    top: int | None = None,
    left: int = 0,
    cell_rem: float = 2.6,
) -> None:
    """Show numbers as a grid of coloured cells.

    Parameters
    ----------
    words
        The numbers as they are written, row by row; a line break stays one.
    colours
        ndarray of shape (n_rows, n_columns, 3), uint8, or None for cells without colour.
    caption
        What the numbers are.
    marked
        (row, column) of a cell to frame.
    top, left
        The numbers of the first row and column, shown at the edges; None: none are shown.
    cell_rem
        Height of a cell; its width follows the grid's.
    """
    head = "" if top is None else _head(len(words[0]), left)
    rows = ""
    for number, line in enumerate(words):
        edge = "" if top is None else _edge(top + number, "row")
        shades = [None] * len(line) if colours is None else list(colours[number])
        cells = (
            _cell(*pair, (number, place) == marked)
            for place, pair in enumerate(zip(line, shades, strict=True))
        )
        rows += f"<tr>{edge}{''.join(cells)}</tr>"
    size = " lb-large" if len(words[0]) <= _FEW else ""
    st.html(
        f"<table class='lb-numbers{size}' style='--cell:{cell_rem}rem'>"
        f"<caption>{html.escape(caption)}</caption>"
        f"{head}<tbody>{rows}</tbody></table>"
    )


def _head(n: int, left: int) -> str:
    return f"<thead><tr><td></td>{''.join(_edge(left + place, 'col') for place in range(n))}</tr></thead>"


def _edge(number: int, scope: str) -> str:
    return f"<th scope='{scope}'>{number}</th>"


def _cell(word: str, colour: NDArray[np.uint8] | None, is_marked: bool) -> str:
    text = html.escape(word).replace("\n", "<br/>")
    css_class = " class='lb-marked'" if is_marked else ""
    if colour is None:
        return f"<td{css_class}>{text}</td>"
    red, green, blue = (int(part) for part in colour)
    is_light = 0.299 * red + 0.587 * green + 0.114 * blue > 117  # from there on black has more contrast
    ink = "#000" if is_light else "#fff"
    return f"<td{css_class} style='background:rgb({red},{green},{blue});color:{ink}'>{text}</td>"
