"""The scores of one class, by what the images truly are, and which of them are called so."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from core.figures.theme import BLUE, ORANGE, furnish, label
from core.language import _

_N_BINS: Final = 20
_MOST_ROWS: Final = 7  # of other classes; the rest of them share one row
_ROW_HEIGHT: Final = 96  # this and what follows: in pixels
_TOP: Final = 100  # title, legend and the name of the first row
_BOTTOM: Final = 55
_ABOVE: Final = 22  # from the first row to the legend
_LINE_HEIGHT: Final = 21  # of a title that breaks


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
) -> go.Figure:
    """Draw how high each class's images score for one class: a row for each, that class first.

    Orange bars are images that are called so at the present operating point, blue ones are not. With many
    classes those whose images score highest follow, and the rest share a row.

    Parameters
    ----------
    y_true, score, is_called
        ndarrays of shape (n,): class indices, the probability of `chosen`, and whether it is called.
    class_names, chosen
        The classes, and which of them the score speaks for.
    """
    rows = _rows(y_true, score, class_names, chosen)
    titles = [f"{row.name}, n = {int(row.images.sum())}" for row in rows]
    figure = make_subplots(
        rows=len(rows), cols=1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=_gap(len(rows))
    )
    edges = np.linspace(0, 1, _N_BINS + 1)
    for number, row in enumerate(rows):
        for called in (True, False):
            figure.add_bar(
                x=(edges[:-1] + edges[1:]) / 2,
                y=np.histogram(score[row.images & (is_called == called)], edges)[0],
                width=1 / _N_BINS,
                marker={"color": ORANGE if called else BLUE, "opacity": 1 if called else 0.45},
                name=_("called '{name}'", name=label(class_names[chosen]))
                if called
                else _("called something else"),
                legendgroup=str(called),
                showlegend=number == 0,
                row=number + 1,
                col=1,
            )
    name = class_names[chosen]
    title = _("Do images of '{name}' score higher for it than others?", name=label(name))
    furnish(figure, title=title, alt=_spelled_out(rows, score, name))
    figure.update_xaxes(range=[0, 1])
    figure.update_xaxes(
        title_text=_("Score: the probability of '{positive}'", positive=label(name)), row=len(rows)
    )
    figure.update_yaxes(nticks=3)
    figure.update_annotations(font={"size": 12}, x=0, xanchor="left")
    breaks = str(figure.layout.title.text).count("<br>")
    top = _TOP + _LINE_HEIGHT * breaks
    height = top + _BOTTOM + _ROW_HEIGHT * len(rows)
    # Legend and row names are placed in parts of the plot's height: turn pixels into those.
    above = 1 + _ABOVE / (height - top - _BOTTOM)
    figure.update_layout(barmode="stack", bargap=0, height=height)
    figure.update_layout(margin={"t": top, "b": _BOTTOM}, legend={"y": above})
    return figure


def _gap(n_rows: int) -> float:
    """Return the room between rows as a part of the plot's height: that of a row's name."""
    return 36 / (_ROW_HEIGHT * n_rows)


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
    return _("truly '{name}'", name=label(name))


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
    return _("Scores for '{name}'. {rows}", name=name, rows="; ".join(parts))
