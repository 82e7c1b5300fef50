"""The values along one line of a picture after several steps, one below the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from core.figures.theme import COLOURS, GREY, furnish
from core.images.line_profile import Width
from core.language import _, joined

_PANEL = 150  # pixels
_REST = 150


@dataclass(frozen=True, eq=False)
class ProfileCurve:
    """The values along a line after one step.

    Attributes
    ----------
    name
        What the step is called, translated and escaped.
    unit
        Of the values, translated.
    values
        ndarray of shape (n,), float64; NaN where the line has left the picture.
    width
        The one peak or edge on it, if there is one.
    """

    name: str
    unit: str
    values: NDArray[np.float64]
    width: Width | None = None


def line_profile_figure(
    curves: Sequence[ProfileCurve], distances: NDArray[np.float64], *, in_mm: bool
) -> go.Figure:
    """Draw each curve in a panel of its own over the same distances.

    Parameters
    ----------
    curves
        From the first step to the last.
    distances
        ndarray of shape (n,), float64: from the start of the line.
    in_mm
        Whether they are millimetres; else pixels of the original picture.
    """
    unit = _("mm") if in_mm else _("pixels of the original")
    titles = [curve.name for curve in curves]
    figure = make_subplots(
        rows=len(curves), cols=1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=_gap(len(curves))
    )
    for number, curve in enumerate(curves):
        line = {"color": COLOURS[number % 6], "width": 2}
        figure.add_scatter(
            x=distances, y=curve.values, name=curve.name, mode="lines", line=line, row=number + 1, col=1
        )
        figure.update_yaxes(title_text=curve.unit, row=number + 1, col=1)
        if curve.width is not None:
            _add_width(figure, curve.width, row=number + 1, unit=unit)
    figure.update_annotations(font={"size": 13}, x=0, xanchor="left", selector={"showarrow": False})
    figure.update_layout(showlegend=False, hovermode="x", height=_REST + _PANEL * len(curves))
    y_titles = [curve.unit for curve in curves]
    furnish(figure, title=_("Which values lie along the line?"), alt=_alt(curves, distances, unit))
    for number, title in enumerate(y_titles):  # furnish gives all panels one title
        figure.update_yaxes(title_text=title, row=number + 1, col=1)
    last = _("Distance from the start of the line ({unit})", unit=unit)
    return figure.update_xaxes(title_text=last, row=len(curves), col=1)


def _add_width(figure: go.Figure, width: Width, *, row: int, unit: str) -> None:
    """Draw the width as a bar with its length on it."""
    middle = (width.start + width.end) / 2
    figure.add_scatter(
        x=[width.start, middle, width.end],
        y=[width.low, (width.low + width.high) / 2, width.high],
        mode="lines+markers+text",
        text=["", f"<b>{width.length:.3g} {unit}</b>", ""],
        textposition="top center" if width.kind == "valley" else "bottom center",
        line={"color": GREY, "width": 3, "dash": "dot"},
        marker={"symbol": "line-ns-open", "size": 12, "color": GREY},
        hoverinfo="skip",
        row=row,
        col=1,
    )


def _gap(n: int) -> float:
    return 0.0 if n < 2 else min(0.2, 0.3 / n)


def _alt(curves: Sequence[ProfileCurve], distances: NDArray[np.float64], unit: str) -> str:
    parts = [
        _(
            "{name}: from {low:.4g} to {high:.4g}",
            name=curve.name,
            low=float(np.nanmin(curve.values)),
            high=float(np.nanmax(curve.values)),
        )
        for curve in curves
        if np.isfinite(curve.values).any()
    ]
    return _(
        "The values along a line of {length:.4g} {unit}. {curves}.",
        length=float(distances[-1]),
        unit=unit,
        curves=joined(parts, "; "),
    )
