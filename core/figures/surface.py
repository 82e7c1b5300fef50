"""The loss over two weights as a map, and the ways of three optimizers on it, step by step."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.descent_player import add_player, walked
from core.figures.theme import BLUE, GREEN, GREY, VERMILION, furnish
from core.language import N_, _, joined
from core.models.landscape.descent import METHODS, Method, Path
from core.models.landscape.terrain import Terrain

_N_GRID: Final = 61
_N_LEVELS: Final = 14
_TICKS: Final = 5
_MOST_DROPS: Final = 3.0  # of the way down: a loss that rises higher is cut off
_LOWEST_LIFT: Final = 0.01  # nats above the bottom at which the lines stop to come closer
# The valley is light and the heights are dark, in one hue: the paths have the colours.
_SCALE: Final = ((0.0, "#F4F7FB"), (0.35, "#D3DCE8"), (0.7, "#A9B7C9"), (1.0, "#7C8CA3"))
_LOOKS: Final[Mapping[Method, tuple[str, str, str]]] = {
    "sgd": (BLUE, "solid", "circle"),
    "momentum": (VERMILION, "dash", "square"),
    "adam": (GREEN, "dot", "triangle-up"),
}
_INK: Final = "#10202F"  # on the map, which is light in both rooms


def descent_map(
    terrain: Terrain,
    paths: Sequence[Path],
    *,
    title: str,
    axes: tuple[str, str],
    learned: NDArray[np.float64] | None = None,
) -> go.Figure:
    """Draw the loss as a map with lines of equal height, the paths on it, and a player of their steps.

    Parameters
    ----------
    terrain
        The land and the part to show.
    paths
        From the same start; each grows with the steps of the player.
    title
        What the race found.
    axes
        What is moved to the right and upwards.
    learned
        ndarray of shape (2,): where the network itself stands; None marks nothing.
    """
    figure = go.Figure()
    _add_land(figure, terrain)
    n_steps = max(path.n_steps for path in paths)
    first = len(figure.data)
    for path in paths:
        look, way = _line(path.method), walked(path, n_steps)
        figure.add_scatter(**way | look | {"marker": way["marker"] | look["marker"]})
    numbers = list(range(first, first + len(paths)))
    _add_marks(figure, terrain, learned)
    add_player(figure, paths, numbers)
    furnish(figure, title=title, x=axes[0], y=axes[1], alt=_alt(title, paths))
    window = terrain.window
    figure.update_xaxes(range=[window.left, window.right], constrain="domain", showgrid=False)
    figure.update_yaxes(range=[window.bottom, window.top], showgrid=False)
    top = figure.layout.margin.t
    figure.update_layout(height=620 + top - 70, margin={"t": top + 46, "b": 150, "r": 10})
    return figure


def loss_by_step(paths: Sequence[Path], *, bottom: float) -> go.Figure:
    """Draw the loss after each step of each path, and the lowest loss of the picture.

    Parameters
    ----------
    paths
        From the same start.
    bottom
        The loss at the lowest point, in nats.
    """
    figure = go.Figure()
    for path in paths:
        _add_losses(figure, path)
    figure.add_hline(y=bottom, line={"color": GREY, "dash": "dot", "width": 1})
    best = min(paths, key=lambda path: (path.left_at is not None, float(path.losses[-1])))
    title = _("All three leave the picture")
    if best.left_at is None:
        text = N_("{name} ends lowest, at {loss}")
        title = _(text, name=_(METHODS[best.method]), loss=f"{best.losses[-1]:.3f}")
    drop = float(paths[0].losses[0]) - bottom
    worst = max(float(path.losses.max()) for path in paths) - bottom
    furnish(figure, title=title, x=_("Steps made"), y=_("Loss (nats)"), alt=_alt(title, paths))
    figure.update_yaxes(
        range=[bottom - 0.06 * drop, bottom + min(max(1.1 * drop, worst), _MOST_DROPS * drop)]
    )
    figure.update_layout(height=330, margin={"t": figure.layout.margin.t + 24})
    return figure


def _add_losses(figure: go.Figure, path: Path) -> None:
    colour, dash, _symbol = _LOOKS[path.method]
    name = _(METHODS[path.method])
    line = {"color": colour, "dash": dash, "width": 2}
    figure.add_scatter(x=np.arange(len(path.losses)), y=path.losses, mode="lines", name=name, line=line)
    if path.left_at is not None:
        figure.add_scatter(
            x=[path.left_at],
            y=[path.losses[-1]],
            mode="markers",
            marker={"color": colour, "symbol": "x", "size": 10},
            name=name,
            showlegend=False,
            hoverinfo="skip",
        )


def _add_land(figure: go.Figure, terrain: Terrain) -> None:
    xs, ys, losses = terrain.grid(_N_GRID)
    bottom = float(min(losses.min(), terrain.surface.loss(terrain.lowest[None])[0]))

    def height(loss: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height that is drawn: in logarithms, so that the floor of the valley has lines too."""
        lifted: NDArray[np.float64] = np.log(loss - bottom + _LOWEST_LIFT)
        return lifted

    heights = height(losses)
    shown = np.geomspace(_LOWEST_LIFT, float(losses.max()) - bottom, _TICKS) + bottom
    figure.add_contour(
        x=xs,
        y=ys,
        z=heights,
        customdata=losses,
        colorscale=_SCALE,
        ncontours=_N_LEVELS,
        line={"color": "rgba(60, 76, 100, 0.55)", "width": 1},
        colorbar={
            "title": {"text": _("Loss"), "side": "top"},
            "tickvals": height(shown).tolist(),
            "ticktext": [f"{loss:.2f}" for loss in shown],
            "thickness": 10,
            "outlinewidth": 0,
            "len": 0.9,
        },
        hovertemplate=_("Loss {loss}", loss="%{customdata:.3f}") + "<extra></extra>",
        name=_("Loss"),
    )


def _add_marks(figure: go.Figure, terrain: Terrain, learned: NDArray[np.float64] | None) -> None:
    marks = [
        (_("Start"), terrain.start, "x", "top center"),
        (_("Lowest point"), terrain.lowest, "star", "middle right"),
    ]
    if learned is not None:
        marks.append((_("As the network is"), learned, "diamond-open", "middle left"))
    for name, point, symbol, position in marks:
        figure.add_scatter(
            x=[point[0]],
            y=[point[1]],
            mode="markers+text",
            text=[name],
            textposition=position,
            textfont={"color": _INK, "size": 12},
            marker={"color": _INK, "symbol": symbol, "size": 11, "line": {"width": 2, "color": _INK}},
            hovertemplate=f"{name}: %{{x:.2f}}, %{{y:.2f}}<extra></extra>",
            showlegend=False,
        )


def _line(method: Method) -> dict[str, Any]:
    colour, dash, symbol = _LOOKS[method]
    return {
        "mode": "lines+markers",
        "name": _(METHODS[method]),
        "line": {"color": colour, "dash": dash, "width": 2.5},
        "marker": {"color": colour, "symbol": symbol, "opacity": 1},
        "hovertemplate": "%{x:.2f}, %{y:.2f}",
    }


def _alt(title: str, paths: Sequence[Path]) -> str:
    ways = joined(
        (
            _(
                "{name}: loss {first} at the start, {last} after {n} steps",
                name=_(METHODS[path.method]),
                first=f"{path.losses[0]:.3f}",
                last=f"{path.losses[-1]:.3f}",
                n=path.n_steps,
            )
            for path in paths
        ),
        "; ",
    )
    return f"{title}. {ways}."
