"""How much of a score was leak: both scores and their difference, each with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures.theme import BLUE, GREEN, GREY, VERMILION, furnish
from core.language import Message, _, joined

_HEIGHT = 260


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; `low` and `high` are None where there is none."""

    value: float
    low: float | None
    high: float | None


def leak_estimates(by_image: Estimate, by_patient: Estimate, leak: Estimate, *, title: Message) -> go.Figure:
    """Draw the AUROC by image, by patient, and the difference, with their intervals.

    Parameters
    ----------
    by_image, by_patient
        AUROCs in [0, 1]; a grey stroke at 0.5 marks guessing.
    leak
        Their difference, in [-1, 1]: its zero is drawn too.
    title
        What was found.
    """
    rows = [
        (_("Split by image"), by_image, BLUE, "circle"),
        (_("Split by patient"), by_patient, GREEN, "square"),
        (_("Difference"), leak, VERMILION, "diamond"),
    ]
    figure = go.Figure()
    for name, estimate, colour, symbol in rows:
        figure.add_scatter(
            x=[estimate.value],
            y=[name],
            error_x=_bars(estimate, colour),
            mode="markers+text",
            marker={"color": colour, "symbol": symbol, "size": 13},
            text=[f"{estimate.value:.2f}"],
            textposition="top center",
            hovertemplate=f"{name}: {_words(estimate)}<extra></extra>",
            showlegend=False,
        )
    for place, rank in ((0.5, rows[:2]), (0.0, rows[2:])):
        _line(figure, place, [name for name, *_rest in rank])
    ends = [end for _name, one, *_rest in rows for end in (one.low, one.high, one.value) if end is not None]
    figure.update_xaxes(range=[min(0.0, *ends) - 0.05, 1.02])
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(height=_HEIGHT + 20)
    x = _("AUROC and its 95 % interval")
    return furnish(figure, title=title, x=x, alt=_alt(rows))


def _bars(estimate: Estimate, colour: str) -> dict[str, object]:
    if estimate.low is None or estimate.high is None:
        return {"visible": False}
    return {
        "type": "data",
        "symmetric": False,
        "array": [estimate.high - estimate.value],
        "arrayminus": [estimate.value - estimate.low],
        "color": colour,
        "thickness": 3,
    }


def _line(figure: go.Figure, place: float, names: Sequence[str]) -> None:
    """Draw a stroke across the rows that it belongs to."""
    figure.add_scatter(
        x=[place] * len(names),
        y=list(names),
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 44, "color": GREY, "line": {"width": 2}},
        hoverinfo="skip",
        showlegend=False,
    )


def _words(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f}"
    return _(
        "{value:.2f} ({low:.2f} to {high:.2f})", value=estimate.value, low=estimate.low, high=estimate.high
    )


def _alt(rows: Sequence[tuple[str, Estimate, str, str]]) -> str:
    return joined((f"{name}: {_words(estimate)}" for name, estimate, *_rest in rows), "; ")
