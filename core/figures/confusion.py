"""The confusion matrix: what the images are, and what they were called."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.evaluation.cells import By, cell_shares
from core.figures.theme import furnish, tick
from core.language import _, joined

PALE_TO_BLUE: Final = ((0.0, "#EEF3F8"), (1.0, "#084B83"))
DARK_FROM: Final = 0.5  # from here on a cell is dark and its words are white
MOST_IN_WORDS: Final = 12  # classes; of more, the numbers would run into each other


def confusion_matrix(
    matrix: NDArray[np.integer], class_names: tuple[str, ...], *, by: By = "row"
) -> go.Figure:
    """Draw a confusion matrix: rows the truth, columns what was called; counts, and per cent.

    Parameters
    ----------
    matrix
        ndarray of shape (k, k), rows the truth.
    class_names
        The k classes.
    by
        What the per cent and the colours are of: the "row" (all of one truth), the "column" (all that were
        called so), or the whole: "count" shows no per cent.
    """
    counts = np.asarray(matrix)
    shares = cell_shares(counts, by)
    names = [tick(name) for name in class_names]
    places = list(range(len(names)))
    figure = go.Figure()
    figure.add_heatmap(
        z=shares,
        x=places,
        y=places,
        zmin=0,
        zmax=1,
        colorscale=PALE_TO_BLUE,
        xgap=3 if len(names) <= MOST_IN_WORDS else 1,
        ygap=3 if len(names) <= MOST_IN_WORDS else 1,
        showscale=False,
        hoverinfo="skip",
    )
    if len(names) <= MOST_IN_WORDS:
        _write(figure, counts, shares, by)
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": names, "showgrid": False}
    figure.update_xaxes(side="bottom", **ticks)
    figure.update_yaxes(autorange="reversed", **ticks)
    title = _("{hits} of {n} images were called right", hits=int(np.trace(counts)), n=int(counts.sum()))
    return furnish(figure, title=title, x=_("Called"), y=_("Truth"), alt=spelled_out(counts, class_names))


def spelled_out(counts: NDArray[np.integer], class_names: tuple[str, ...]) -> str:
    """Return a confusion matrix in words, not escaped; of many classes what occurs."""
    rows = []
    for name, row in zip(class_names, counts, strict=True):
        kept = row > 0 if len(class_names) > MOST_IN_WORDS else np.ones(len(row), dtype=np.bool_)
        pairs = zip(class_names, row, kept, strict=True)
        called = joined(f"{other} {n}" for other, n, is_kept in pairs if is_kept)
        rows.append(_("truly '{name}': called {called}", name=name, called=called or "–"))
    return joined(rows, "; ")


def _write(figure: go.Figure, counts: NDArray[np.integer], shares: NDArray[np.float64], by: By) -> None:
    for row, column in np.ndindex(counts.shape):
        colour = "#FFFFFF" if shares[row, column] >= DARK_FROM else "#152238"
        percent = "" if by == "count" else f"<br>{shares[row, column]:.0%}"
        text = f"<b>{counts[row, column]}</b>{percent}"
        figure.add_annotation(x=column, y=row, text=text, showarrow=False, font={"color": colour})
