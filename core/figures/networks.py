"""A network as a funnel: the picture at the top, a few numbers at the bottom."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from core.figures.theme import BLUE, ORANGE, SKY, furnish
from core.language import _
from core.models.stages import Stage, kind_title

_ROW_PIXELS: Final = 46
_INSIDE: Final = 0.45  # a bar narrower than this part of the widest has its words beside it


def network_diagram(stages: Sequence[Stage], input_shape: tuple[int, int, int]) -> go.Figure:
    """Draw the stages of a network under each other, as wide as their maps.

    Parameters
    ----------
    stages
        Layers gathered by output shape.
    input_shape
        (C, H, W) of what goes in.
    """
    names = [_("Image"), *(", ".join(kind_title(kind) for kind in stage.kinds) for stage in stages)]
    sides = [input_shape[1], *(stage.side for stage in stages)]
    shapes = [input_shape, *(stage.output_shape for stage in stages)]
    words = [_shape_words(shape) for shape in shapes]
    rows = [f"{number}. {name}" for number, name in enumerate(names)]
    widest = max(sides)
    figure = go.Figure()
    figure.add_bar(
        x=sides,
        y=rows,
        base=[-side / 2 for side in sides],
        orientation="h",
        marker={"color": [SKY, *[BLUE] * (len(stages) - 1), ORANGE]},
        customdata=words,
        hovertemplate="%{y}<br>%{customdata}<extra></extra>",
        showlegend=False,
    )
    for row, name, side, text in zip(rows, names, sides, words, strict=True):
        inside = side >= _INSIDE * widest
        figure.add_annotation(
            x=0 if inside else side / 2,
            y=row,
            text=text,
            showarrow=False,
            xanchor="center" if inside else "left",
            xshift=0 if inside else 6,
            font={"color": "#FFFFFF"}
            if inside and name != names[0]
            else ({"color": "#10202F"} if inside else {}),
        )
        figure.add_annotation(
            x=-widest / 2, y=row, text=name, showarrow=False, xanchor="left", yshift=20, font={"size": 12}
        )
    figure.update_layout(height=_ROW_PIXELS * len(rows) + 110, bargap=0.55)
    alt = _(
        "From the image to the answer: {steps}.",
        steps="; ".join(map(": ".join, zip(names, words, strict=True))),
    )
    title = _("From {n} pixels to {k} numbers", n=input_shape[1] * input_shape[2], k=shapes[-1][0])
    furnish(figure, title=title, x=_("Side of a map (pixels)"), alt=alt)
    figure.update_yaxes(autorange="reversed", showticklabels=False, showgrid=False, type="category")
    ticks = sorted({side for side in sides if side > 1})
    figure.update_xaxes(tickvals=[side / 2 for side in ticks], ticktext=ticks, showgrid=True)
    figure.update_layout(margin={"l": 10, "r": 10})
    return figure


def _shape_words(shape: tuple[int, ...]) -> str:
    if len(shape) == 3:
        return _("{n} x {height} x {width}", n=shape[0], height=shape[1], width=shape[2])
    return _("{n} numbers", n=shape[0])
