"""What mistakes in preprocessing do: to one answer, and to the AUROC."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.evaluation.decisions import threshold_text
from core.figures.answers import shown_probability
from core.figures.leak import Estimate
from core.figures.theme import BLUE, GREY, VERMILION, furnish, label
from core.language import Message, _, joined

_ROW = 58  # pixels
_CLOSE = 0.12  # probabilities whose numbers would stand on one another


@dataclass(frozen=True)
class AnswerChange:
    """The probability of a class, from 0 to 1, before and after."""

    class_name: str
    right: float
    broken: float


@dataclass(frozen=True)
class DamageRow:
    """A mistake (translated, with values from outside escaped), and its difference of the AUROC.

    `difference` is None where it is not defined.
    """

    name: str
    difference: Estimate | None
    is_worse: bool


def answer_change(
    changes: Sequence[AnswerChange], *, title: Message, threshold: float | None = None
) -> go.Figure:
    """Draw how far the probabilities of classes move, from right (ring) to broken (disc).

    Parameters
    ----------
    changes
        A row each.
    title
        What was found; class names in it are escaped.
    threshold
        Of the first class; None where there is none.
    """
    figure = go.Figure()
    for row, change in enumerate(changes):
        figure.add_scatter(
            x=[change.right, change.broken],
            y=[row, row],
            mode="lines",
            line={"color": GREY, "width": 3},
            hoverinfo="skip",
            showlegend=False,
        )
        _name_row(figure, row, label(change.class_name))
    _ends(figure, changes)
    if threshold is not None:
        _threshold_line(figure, threshold)
    figure.update_xaxes(range=[-0.04, 1.04], tickvals=[0, 0.25, 0.5, 0.75, 1])
    _rows(figure, len(changes))
    alt = joined(
        (
            f"{one.class_name}: {shown_probability(one.right)} → {shown_probability(one.broken)}"
            for one in changes
        ),
        "; ",
    )
    return furnish(figure, title=title, x=_("Probability (0 to 1)"), alt=alt)


def _ends(figure: go.Figure, changes: Sequence[AnswerChange]) -> None:
    """Draw both ends of each row, with their numbers side by side where they are close."""
    right = [change.right for change in changes]
    broken = [change.broken for change in changes]
    sides = (
        (_("as it should be"), BLUE, "circle-open", right, broken),
        (_("broken"), VERMILION, "circle", broken, right),
    )
    for name, colour, symbol, values, others in sides:
        figure.add_scatter(
            x=values,
            y=list(range(len(values))),
            name=name,
            mode="markers+text",
            marker={"color": colour, "symbol": symbol, "size": 15, "line": {"width": 3, "color": colour}},
            text=[shown_probability(value) for value in values],
            textposition=[
                _beside(value, other, is_broken=values is broken)
                for value, other in zip(values, others, strict=True)
            ],
            cliponaxis=False,
            hovertemplate="%{x:.3f}<extra>" + name + "</extra>",
        )


def _beside(value: float, other: float, *, is_broken: bool) -> str:
    if abs(value - other) > _CLOSE:
        return "bottom center"
    is_left = value < other or (value == other and not is_broken)
    return "bottom left" if is_left else "bottom right"


def damages(rows: Sequence[DamageRow], *, title: Message) -> go.Figure:
    """Draw the difference of the AUROC that each mistake makes, with its interval, in the order given."""
    figure = go.Figure()
    for number, row in enumerate(rows):
        _name_row(figure, number, row.name)
        if row.difference is not None:
            _estimate(figure, number, row.difference, VERMILION if row.is_worse else GREY)
    figure.add_vline(x=0, line={"width": 2, "color": GREY, "dash": "dash"})
    known = [row.difference for row in rows if row.difference is not None]
    ends = [end for one in known for end in (one.value, one.low, one.high) if end is not None]
    figure.update_xaxes(range=[min(-0.1, *ends, 0) - 0.05, max(0.05, *ends, 0) + 0.05])
    _rows(figure, len(rows))
    alt = joined((f"{row.name}: {_words(row.difference)}" for row in rows), "; ")
    return furnish(figure, title=title, x=_("AUROC broken minus right, with 95 % interval"), alt=alt)


def _estimate(figure: go.Figure, row: int, estimate: Estimate, colour: str) -> None:
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    figure.add_scatter(
        x=[low, high],
        y=[row, row],
        mode="lines",
        line={"color": colour, "width": 3},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=[estimate.value],
        y=[row],
        mode="markers",
        marker={"color": colour, "symbol": "diamond", "size": 12},
        hovertemplate=f"{_words(estimate)}<extra></extra>",
        showlegend=False,
    )


def _words(estimate: Estimate | None) -> str:
    if estimate is None:
        return _("not defined")
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:+.2f}"
    return _(
        "{value:+.2f} ({low:+.2f} to {high:+.2f})",
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
    )


def _name_row(figure: go.Figure, row: int, name: str) -> None:
    """Write a row's name above it: beside it there is no room on a phone."""
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=row, yshift=19, text=name, showarrow=False, align="left"
    )


def _threshold_line(figure: go.Figure, threshold: float) -> None:
    line = {"dash": "dash", "width": 3, "color": GREY}
    figure.add_shape(type="line", x0=threshold, x1=threshold, y0=-0.45, y1=0.45, line=line)
    name = _("threshold {threshold}", threshold=threshold_text(threshold))
    figure.add_scatter(x=[None], y=[None], mode="lines", line=line, name=name)


def _rows(figure: go.Figure, n_rows: int) -> None:
    figure.update_yaxes(range=[n_rows - 0.5, -0.75], showticklabels=False, showgrid=False)
    figure.update_layout(height=160 + _ROW * n_rows)
