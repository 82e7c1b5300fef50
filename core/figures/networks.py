"""A network as a stack of blocks, as high as their maps and as wide as they are many; and its costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

import plotly.graph_objects as go

from core.figures.theme import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION, furnish, label
from core.language import _, joined
from core.models.stages import Stage, shape_words

_HIGHEST: Final = 84  # pixels of the screen, for the image itself
_LOWEST: Final = 5
_PITCH: Final = 30  # from row to row: a line of words, and more for each line after it
_LINE: Final = 16
_LINE_WIDTH: Final = 32  # letters
_GAP: Final = 10
_WIDEST: Final = 0.4  # of the figure; words to the right of it


@dataclass(frozen=True)
class Box:
    """One row of the diagram: its words, and the box's size in doublings of channels and screen pixels."""

    title: str
    shape: str
    note: str
    colour: str
    width: float
    height: float
    details: str


def network_diagram(stages: Sequence[Stage], input_shape: tuple[int, int, int]) -> go.Figure:
    """Draw the blocks of a network under each other.

    A box is as high as the side of its maps, and one step wider for each doubling of their number.

    Parameters
    ----------
    stages
        From the image to the answer.
    input_shape
        (C, H, W) of what goes in.
    """
    boxes = [
        _image_box(input_shape),
        *(_box(stage, n, stages, input_shape) for n, stage in enumerate(stages)),
    ]
    places = _places(boxes)
    widest = max(box.width for box in boxes)
    figure = go.Figure()
    figure.add_bar(
        x=[box.width for box in boxes],
        y=places,
        base=[-box.width / 2 for box in boxes],
        width=[box.height for box in boxes],
        orientation="h",
        marker={"color": [box.colour for box in boxes]},
        customdata=[box.details for box in boxes],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    for box, place in zip(boxes, places, strict=True):
        _add_words(figure, box, place, widest)
    for stage, box, place in zip(stages, boxes[1:], places[1:], strict=True):
        _add_branches(figure, stage, box, place)
    steps = joined((f"{box.title}: {box.shape}" for box in boxes), "; ")
    title = _(
        "From {n} pixels to {k} numbers",
        n=f"{input_shape[1] * input_shape[2]:,}",
        k=stages[-1].output_shape[0],
    )
    furnish(figure, title=title, alt=_("From the image to the answer: {steps}.", steps=steps))
    bottom = places[-1] + _words_height(boxes[-1]) / 2
    figure.update_layout(
        height=round(bottom - places[0] + boxes[0].height / 2) + 90,
        margin={"l": 4, "r": 4, "t": 60, "b": 10},
        clickmode="event+select",
    )
    figure.update_traces(unselected={"marker": {"opacity": 1}}, selector={"type": "bar"})
    hidden = {"visible": False, "fixedrange": True}
    figure.update_yaxes(range=[bottom, places[0] - boxes[0].height / 2 - 6], **hidden)
    figure.update_xaxes(range=[-widest / 2 - 0.6, widest / 2 + widest * (1 / _WIDEST - 1)], **hidden)
    return figure


@dataclass(frozen=True)
class Cost:
    """What a network costs: its name as it is shown, its weights, and multiply-adds for one image."""

    name: str
    n_parameters: int
    multiply_adds: int


def costs_chart(costs: Sequence[Cost], chosen: tuple[str, str], *, title: str) -> go.Figure:
    """Draw multiply-adds against weights, both by powers of ten, with two networks marked.

    Parameters
    ----------
    costs
        All networks.
    chosen
        The names of the two that are compared.
    title
        What it finds.
    """
    figure = go.Figure()
    others = [cost for cost in costs if cost.name not in chosen]
    _add_costs(figure, others, GREY, _("Others"), size=9)
    for name, colour in zip(dict.fromkeys(chosen), (BLUE, VERMILION), strict=False):
        _add_costs(figure, [cost for cost in costs if cost.name == name], colour, label(name), size=15)
    alt = _(
        "Weights and multiply-adds of {n} networks: {list}.",
        n=len(costs),
        list=joined((f"{cost.name} {cost.n_parameters:,}, {cost.multiply_adds:,}" for cost in costs), "; "),
    )
    furnish(
        figure,
        title=title,
        x=_("Weights (powers of ten)"),
        y=_("Multiply-adds for one image (powers of ten)"),
        alt=alt,
    )
    figure.update_xaxes(type="log", dtick=1)
    figure.update_yaxes(type="log", dtick=1)
    figure.update_layout(height=460)
    return figure


def _add_costs(figure: go.Figure, costs: Sequence[Cost], colour: str, name: str, *, size: int) -> None:
    figure.add_scatter(
        x=[cost.n_parameters for cost in costs],
        y=[cost.multiply_adds for cost in costs],
        mode="markers",
        name=name,
        marker={"color": colour, "size": size},
        customdata=[label(cost.name) for cost in costs],
        hovertemplate="%{customdata}<br>%{x:,}<br>%{y:,}<extra></extra>",
    )


def _image_box(shape: tuple[int, int, int]) -> Box:
    words = shape_words(shape)
    title = _("Image")
    return Box(title, words, "", SKY, log2(shape[0] + 1), _HIGHEST, f"{title}<br>{words}")


def _box(stage: Stage, number: int, stages: Sequence[Stage], input_shape: tuple[int, int, int]) -> Box:
    is_head = number == len(stages) - 1
    title = _("Answer") if is_head else _("Block {number}", number=number + 1)
    words = shape_words(stage.output_shape)
    height = max(_LOWEST, _HIGHEST * stage.side / input_shape[1])
    width = log2(stage.n_channels + 1)
    colour = ORANGE if is_head else (GREEN if _is_costly(stage, stages) else BLUE)
    details = [
        f"<b>{title}</b> {joined(stage.modules[:3])}",
        stage.summary,
        words,
        _("{n} layers, {weights} weights", n=stage.n_layers, weights=f"{stage.n_parameters:,}"),
        _("{n} million multiply-adds", n=f"{stage.multiply_adds / 1e6:,.1f}"),
        field_words(stage.receptive_field),
    ]
    return Box(title, words, stage.summary, colour, width, height, "<br>".join(details))


def field_words(field: tuple[int, int] | None) -> str:
    """Return a receptive field in words."""
    if field is None:
        return _("sees the whole image")
    return _("sees {height} x {width} pixels", height=field[0], width=field[1])


def _is_costly(stage: Stage, stages: Sequence[Stage]) -> bool:
    return stage.multiply_adds == max(other.multiply_adds for other in stages)


def _places(boxes: Sequence[Box]) -> list[float]:
    """Return the middle of each row, downwards, so that no box and no words meet."""
    places = [0.0]
    for above, below in zip(boxes, boxes[1:], strict=False):
        words = (_words_height(above) + _words_height(below)) / 2
        apart = max(words, (above.height + below.height) / 2 + _GAP)
        places.append(places[-1] + apart)
    return places


def _words_height(box: Box) -> int:
    return _PITCH + _LINE * len(_lines(box.note))


def _add_words(figure: go.Figure, box: Box, place: float, widest: float) -> None:
    lines = [f"<b>{box.title}</b>  {box.shape}", *_lines(box.note)]
    figure.add_annotation(
        x=widest / 2,
        y=place,
        text="<br>".join(lines),
        showarrow=False,
        xanchor="left",
        xshift=12,
        align="left",
        font={"size": 12},
    )


def _lines(note: str) -> list[str]:
    """Break a list at its commas into lines that a phone shows; a Chinese sign is as wide as two letters."""
    lines: list[str] = []
    for part in filter(None, note.split(", ")):
        longer = f"{lines[-1]}, {part}" if lines else part
        if lines and sum(1 + (sign >= "\u3000") for sign in longer) <= _LINE_WIDTH:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _add_branches(figure: go.Figure, stage: Stage, box: Box, place: float) -> None:
    """Hint at what goes around a block (a line at its side) and at what lies side by side in it (gaps)."""
    top, bottom = place - max(box.height, _LOWEST * 2) / 2, place + max(box.height, _LOWEST * 2) / 2
    if stage.joins:
        for part in (-1 / 6, 1 / 6):
            x = box.width * part
            figure.add_shape(
                type="line", x0=x, x1=x, y0=top, y1=bottom, line={"color": "#FFFFFF", "width": 2}
            )
    if stage.adds:
        x, out = -box.width / 2, -box.width / 2 - 0.45
        path = f"M {x},{top - 4} L {out},{top - 4} L {out},{bottom + 4} L {x},{bottom + 4}"
        figure.add_shape(type="path", path=path, line={"color": GREY, "width": 2})
