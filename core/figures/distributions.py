"""How values and classes are spread."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import COLOURS, PATTERNS, furnish, label
from core.language import Message, _

_N_BINS: Final = 64


def histogram(
    series: Mapping[str, NDArray[np.generic]],
    *,
    title: str | Message,
    x_title: str,
    y_title: str = "",
    bounds: tuple[float, float] | None = None,
) -> go.Figure:
    """Draw how often values occur.

    Parameters
    ----------
    series
        What the values are (translated by the caller) to the values, of any shape; NaN is left out.
    title, x_title, y_title
        The question or the finding; what the values are, with their unit; what is counted, by default pixels.
    bounds
        The range of the axis; default: from the smallest value to the largest.
    """
    arrays = {name: _finite(values) for name, values in series.items()}
    edges = _edges(arrays, bounds)
    middles, width = (edges[:-1] + edges[1:]) / 2, edges[1] - edges[0]
    figure = go.Figure()
    for index, (name, values) in enumerate(arrays.items()):
        counts = np.histogram(values, edges)[0]
        colour = COLOURS[index % len(COLOURS)]
        figure.add_bar(x=middles, y=counts, width=width, name=name, marker={"color": colour, "opacity": 0.65})
    figure.update_layout(barmode="overlay", bargap=0, showlegend=len(arrays) > 1)
    return furnish(figure, title=title, x=x_title, y=y_title or _("Number of pixels"))


def class_counts(counts: Mapping[str, int]) -> go.Figure:
    """Draw how many images each class has; the title says which is the rarest."""
    figure = go.Figure()
    names = [label(name) for name in counts]
    figure.add_bar(x=list(counts.values()), y=names, orientation="h", text=list(counts.values()))
    figure.update_traces(marker={"color": COLOURS[0]}, textposition="auto", cliponaxis=False)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    title = _rarest(counts, escaped=True)
    return furnish(figure, title=title, x=_("Number of images"), alt=_rarest(counts, escaped=False))


def split_counts(counts: Mapping[str, Mapping[str, int]]) -> go.Figure:
    """Draw how many images of each class stand in each split.

    Parameters
    ----------
    counts
        Split (marked and translated by the caller) to class to number of images.
    """
    figure = go.Figure()
    classes = list(dict.fromkeys(name for of_split in counts.values() for name in of_split))
    for index, name in enumerate(classes):
        numbers = [of_split.get(name, 0) for of_split in counts.values()]
        marker = {
            "color": COLOURS[index % len(COLOURS)],
            "pattern": {"shape": PATTERNS[index % len(PATTERNS)]},
        }
        figure.add_bar(x=list(counts), y=numbers, name=label(name), text=numbers, marker=marker)
    figure.update_traces(textposition="outside", cliponaxis=False)
    figure.update_layout(barmode="group")
    return furnish(
        figure,
        title=_("Has each split its share of each class?"),
        x=_("Split"),
        y=_("Number of images"),
    )


def _rarest(counts: Mapping[str, int], *, escaped: bool) -> str:
    total = sum(counts.values())
    if not total:
        return _("There is no image")
    rarest = min(counts, key=lambda name: counts[name])
    name, n = label(rarest) if escaped else rarest, counts[rarest]
    if len(counts) == 1:
        return _("All {n} images belong to one class, '{name}'", n=n, name=name)
    if len(set(counts.values())) == 1:
        return _("Each of the {k} classes has {n} images", k=len(counts), n=n)
    return _("The rarest class, '{name}', has {n} of {total} images", name=name, n=n, total=total)


def _finite(values: NDArray[np.generic]) -> NDArray[np.float64]:
    flat = np.asarray(values, dtype=np.float64).ravel()
    return flat[np.isfinite(flat)]


def _edges(
    arrays: Mapping[str, NDArray[np.float64]], bounds: tuple[float, float] | None
) -> NDArray[np.float64]:
    values = np.concatenate([np.zeros(0), *arrays.values()])
    low, high = bounds or ((values.min(), values.max()) if len(values) else (0.0, 1.0))
    return np.linspace(low, high if high > low else low + 1, _N_BINS + 1)
