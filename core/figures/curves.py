"""Curves of a run, thinned to what a screen can show."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import COLOURS, DASHES, furnish
from core.language import _


def thin(
    x: NDArray[np.float64], y: NDArray[np.float64], n: int = 600
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Thin a curve and keep its peaks: of each stretch its first, lowest, highest and last point.

    Parameters
    ----------
    x, y
        ndarrays of shape (m,); x rises. NaN in y (a metric that was not defined) stays a gap where a whole
        stretch has no number.
    n
        How many points to keep at most.

    Returns
    -------
    x and y of the kept points, in order: at most n, all of them if there are no more.
    """
    if len(x) <= n:
        return x, y
    stretches = np.array_split(np.arange(len(x)), max(1, n // 4))
    kept = [index for stretch in stretches for index in _extremes(stretch, y)]
    return x[kept], y[kept]


def loss_curves(
    curves: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    *,
    title: str = "",
    y_title: str = "",
) -> go.Figure:
    """Draw curves over epochs, for a page that stands still.

    Parameters
    ----------
    curves
        What a curve shows to its (epochs, values), each of shape (m,).
    title, y_title
        Default: what became of the loss, in nats.
    """
    figure = go.Figure()
    for index, (name, (epochs, values)) in enumerate(curves.items()):
        x, y = thin(epochs, values)
        line = {"color": COLOURS[index % len(COLOURS)], "dash": DASHES[index % len(DASHES)], "width": 2}
        figure.add_scatter(x=x, y=y, name=name, mode="lines+markers" if len(x) < 40 else "lines", line=line)
    return furnish(
        figure,
        title=title or _("Is it still learning? The loss, epoch by epoch"),
        x=_("Epoch"),
        y=y_title or _("Loss (cross-entropy, nats)"),
    )


def _extremes(stretch: NDArray[np.intp], y: NDArray[np.float64]) -> list[int]:
    values = y[stretch]
    if np.isnan(values).all():
        return [int(stretch[0])]
    chosen = {0, int(np.nanargmin(values)), int(np.nanargmax(values)), len(stretch) - 1}
    return [int(stretch[index]) for index in sorted(chosen)]
