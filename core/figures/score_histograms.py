"""The scores of one class, by what the images truly are, and which of them are called so."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import ORANGE, SKY, VERMILION, furnish, label, legend_below
from core.language import _, joined

_N_BINS: Final = 20
_MOST_ROWS: Final = 7  # of other classes; the rest of them share one row
_ROW_HEIGHT: Final = 92  # in pixels
_AROUND: Final = 200  # title, axis and legend, in pixels
_FULL: Final = 0.74  # of a row, which is 1 high: the highest bar


@dataclass(frozen=True, eq=False)
class _Row:
    """One row: whose scores it shows, and which images these are, ndarray of shape (n,)."""

    name: str
    images: NDArray[np.bool_]


def scores_by_class(
    y_true: NDArray[np.integer],
    score: NDArray[np.floating],
    is_called: NDArray[np.bool_],
    *,
    class_names: tuple[str, ...],
    chosen: int,
    threshold: float | None = None,
) -> go.Figure:
    """Draw how high each class's images score for one class: a row for each, that class first.

    Orange bars are images that are called so at the present operating point, blue ones are not. Each row has
    a height of its own, for classes differ in number; the counts stand under the cursor. With many classes
    those whose images score highest follow, and the rest share a row.

    Parameters
    ----------
    y_true, score, is_called
        ndarrays of shape (n,): class indices, the probability of `chosen`, and whether it is called.
    class_names, chosen
        The classes, and which of them the score speaks for.
    threshold
        Of two classes: from which score on an image is called; a line stands there.
    """
    rows, name = _rows(y_true, score, class_names, chosen), class_names[chosen]
    # (number of rows, 2, bins): how many are called so, and how many are not
    counts = np.array(
        [[_counted(score[row.images & side]) for side in (is_called, ~is_called)] for row in rows]
    )
    heights = _FULL * counts / np.maximum(counts.sum(axis=1).max(axis=1), 1)[:, np.newaxis, np.newaxis]
    floors = -np.arange(len(rows), dtype=np.float64)[:, np.newaxis].repeat(_N_BINS, axis=1)
    called, other = _("called '{name}'", name=label(name)), _("called something else")
    figure = go.Figure(
        [
            _bars(called, ORANGE, counts[:, 0], heights[:, 0], floors),
            _bars(other, SKY, counts[:, 1], heights[:, 1], floors + heights[:, 0]),
        ],
        {
            "annotations": _names_of(rows, counts),
            "shapes": _lines(threshold, len(rows)),
            "barmode": "overlay",
            "bargap": 0,
        },
    )
    title = _("Do images of '{name}' score higher for it than others?", name=label(name))
    x = _("Score: the probability of '{positive}'", positive=label(name))
    furnish(figure, title=title, x=x, alt=_spelled_out(rows, score, name))
    figure.update_xaxes(range=[0, 1])
    figure.update_yaxes(range=[1 - len(rows) - 0.02, 1.05], showticklabels=False, showgrid=False)
    figure.update_layout(height=_AROUND + _ROW_HEIGHT * len(rows))
    return legend_below(figure)


def _counted(score: NDArray[np.floating]) -> NDArray[np.int64]:
    return np.histogram(score, _N_BINS, (0, 1))[0]


def _bars(
    name: str,
    colour: str,
    counts: NDArray[np.int64],
    heights: NDArray[np.float64],
    floors: NDArray[np.float64],
) -> dict[str, Any]:
    """Return one trace over all rows; arrays of shape (number of rows, bins)."""
    middles = (np.arange(_N_BINS) + 0.5) / _N_BINS
    return {
        "type": "bar",
        "x": np.tile(middles, len(counts)),
        "y": heights.ravel(),
        "base": floors.ravel(),
        "width": 1 / _N_BINS,
        "marker": {"color": colour},
        "name": name,
        "customdata": counts.ravel(),
        "hovertemplate": _("probability about %{x:.2f}: %{customdata} images")
        + "<extra>%{fullData.name}</extra>",
    }


def _lines(threshold: float | None, n_rows: int) -> list[dict[str, Any]]:
    """Return a line across the bars of each row, which leaves the words between the rows alone."""
    if threshold is None:
        return []
    line = {"dash": "dash", "width": 2, "color": VERMILION}
    places = [{"x0": threshold, "x1": threshold, "y0": -row, "y1": _FULL - row} for row in range(n_rows)]
    return [{"type": "line", **ends, "line": line} for ends in places]


def _names_of(rows: list[_Row], counts: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return each row's name, its n, and how many images its tallest bar has, above it."""
    return [
        {
            "text": _(
                "{row}: n = {n}, tallest bar {most}",
                row=row.name,
                n=int(row.images.sum()),
                most=int(counts[number].sum(axis=0).max()),
            ),
            "x": 0,
            "y": _FULL - number,
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 12},
        }
        for number, row in enumerate(rows)
    ]


def _rows(
    y_true: NDArray[np.integer], score: NDArray[np.floating], class_names: tuple[str, ...], chosen: int
) -> list[_Row]:
    others = [index for index in range(len(class_names)) if index != chosen and (y_true == index).any()]
    others.sort(key=lambda index: -float(score[y_true == index].mean()))
    alone = others if len(others) <= _MOST_ROWS else others[: _MOST_ROWS - 1]
    rest = others[len(alone) :]
    rows = [_Row(_truly(class_names[index]), y_true == index) for index in (chosen, *alone)]
    if rest:
        rows.append(_Row(_("{n} other classes", n=len(rest)), np.isin(y_true, rest)))
    return rows


def _truly(name: str) -> str:
    return _("truly '{name}'", name=label(name, 24))


def _spelled_out(rows: list[_Row], score: NDArray[np.floating], name: str) -> str:
    parts = [
        _(
            "{row}: {n} images, median probability {median:.2f}",
            row=row.name,
            n=int(row.images.sum()),
            median=float(np.median(score[row.images])) if row.images.any() else float("nan"),
        )
        for row in rows
    ]
    return _("Scores for '{name}'. {rows}", name=name, rows=joined(parts, "; "))
