"""The player of a race: a frame for every few steps, two buttons and a slider, all in the browser."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from core.figures.theme import GREY
from core.language import _
from core.models.landscape.descent import Path

_N_FRAMES: Final = 40
_FRAME_MS: Final = 70
_AT_ONCE: Final = {
    "frame": {"duration": 0, "redraw": False},
    "transition": {"duration": 0},
    "mode": "immediate",
}
_PLAYING: Final = _AT_ONCE | {"frame": {"duration": _FRAME_MS, "redraw": False}, "fromcurrent": False}


def add_player(figure: go.Figure, paths: Sequence[Path], numbers: Sequence[int]) -> None:
    """Add frames in which paths grow, buttons that play them, and a slider that goes through them.

    Parameters
    ----------
    figure
        Changed in place.
    paths
        The ways that grow.
    numbers
        Which trace of the figure is which path's.
    """
    n_steps = max(path.n_steps for path in paths)
    stops = sorted({round(stop) for stop in np.linspace(0, n_steps, min(_N_FRAMES, n_steps) + 1)})
    figure.update(
        frames=[
            {
                "name": str(stop),
                "traces": list(numbers),
                "data": [{"type": "scatter", **walked(path, stop)} for path in paths],
            }
            for stop in stops
        ]
    )
    figure.update_layout(updatemenus=[_buttons()], sliders=[_slider(stops)])


def walked(path: Path, until: int) -> dict[str, Any]:
    """Return the points of a path up to a step as parts of a trace; a large marker stands on the last."""
    points = path.points[: until + 1]
    n_before = len(points) - 1
    marker = {"size": [5] * n_before + [13], "line": {"color": "#FFFFFF", "width": [0] * n_before + [2]}}
    return {"x": points[:, 0], "y": points[:, 1], "marker": marker}


def _buttons() -> dict[str, Any]:
    return {
        "type": "buttons",
        "direction": "left",
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "y": -0.19,
        "yanchor": "top",
        "pad": {"t": 0, "r": 8},
        "buttons": [
            {"label": f"▶ {_('Play')}", "method": "animate", "args": [None, _PLAYING]},
            {"label": f"❚❚ {_('Pause')}", "method": "animate", "args": [[None], _AT_ONCE]},
        ],
    }


def _slider(stops: Sequence[int]) -> dict[str, Any]:
    return {
        "active": len(stops) - 1,
        "steps": [
            {"label": str(stop), "method": "animate", "args": [[str(stop)], _AT_ONCE]} for stop in stops
        ],
        "x": 0,
        "len": 1,
        "y": -0.28,
        "yanchor": "top",
        "pad": {"t": 0},
        "currentvalue": {
            "prefix": f"{_('Steps made')}: ",
            "font": {"size": 14, "color": GREY},
            "xanchor": "right",
        },
        "font": {"size": 1, "color": "rgba(0,0,0,0)"},  # no words under the ticks
        "ticklen": 0,
        "minorticklen": 0,
    }
