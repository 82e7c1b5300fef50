"""Two arms of an experiment: what their trainings reached, what they differ by, how they learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from core.figures.theme import BLUE, GREY, ORANGE, VERMILION, furnish, label
from core.language import Message, _, joined

_COLOURS: Final = (BLUE, ORANGE)
_SYMBOLS: Final = ("circle", "square")
_HEIGHT: Final = 360


@dataclass(frozen=True)
class Measured:
    """A number with its interval; `low` and `high` are None where there is none."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class Arm:
    """One arm: its name (escaped here, for it may be somebody's), each training's AUROC, and their mean."""

    name: str
    areas: tuple[float, ...]
    mean: Measured


@dataclass(frozen=True, eq=False)
class Losses:
    """How one arm learned: ndarrays of shape (n_trainings, n_epochs), in nats."""

    name: str
    train: NDArray[np.float64]
    answer: NDArray[np.float64]


def two_arms(
    arms: tuple[Arm, Arm], difference: Measured, *, title: str | Message, score: str = ""
) -> go.Figure:
    """Draw each training as a dot and each mean with its interval; below, the difference and its zero.

    Parameters
    ----------
    arms
        The first is what is compared with.
    difference
        Mean of the second - mean of the first.
    title
        What was found.
    score
        What is on the axes, translated; the AUROC if empty.
    """
    score = score or _("AUROC")
    figure = make_subplots(rows=2, cols=1, row_heights=[0.6, 0.4], vertical_spacing=0.3)
    for arm, colour, symbol in zip(arms, _COLOURS, _SYMBOLS, strict=True):
        _draw_arm(figure, arm, colour, symbol)
    name = _("Difference")
    _add(figure, difference, name, VERMILION, "diamond", row=2)
    figure.add_vline(x=0, line={"color": GREY, "width": 2}, row=2, col=1)
    alt = joined(
        [*(f"{arm.name}: {_words(arm.mean)}" for arm in arms), f"{name}: {_signed(difference)}"], "; "
    )
    furnish(figure, title=title, alt=alt)
    figure.update_layout(height=_HEIGHT, legend={"y": 1.0})
    # From the top down, with room above the first row for its number.
    figure.update_yaxes(range=[1.5, -0.75], row=1, col=1)
    figure.update_yaxes(range=[0.5, -0.75], row=2, col=1)
    figure.update_xaxes(title_text=score, range=_around_areas(arms), row=1, col=1)
    figure.update_xaxes(
        title_text=_("Difference ({score}), with its 95 % interval", score=score),
        range=_around_zero(difference),
        tickformat="+.2f",
        row=2,
        col=1,
    )
    return figure


def arm_losses(arms: Sequence[Losses], *, title: str | Message) -> go.Figure:
    """Draw the mean loss of each arm over the epochs, and each training as a thin line.

    A line that rises again on patients who did not train, while the other falls, is over-fitting.
    """
    figure = go.Figure()
    for arm, colour in zip(arms, _COLOURS, strict=True):
        for values, kind, dash in (
            (arm.answer, _("patients who answer"), "solid"),
            (arm.train, _("images that train"), "dot"),
        ):
            epochs = np.arange(1, values.shape[1] + 1)
            for one in values:
                figure.add_scatter(
                    x=epochs,
                    y=one,
                    mode="lines",
                    opacity=0.3,
                    line={"color": colour, "dash": dash, "width": 1},
                    hoverinfo="skip",
                    showlegend=False,
                )
            figure.add_scatter(
                x=epochs,
                y=values.mean(axis=0),
                mode="lines",
                name=f"{label(arm.name)}, {kind}",
                line={"color": colour, "dash": dash, "width": 3},
                hovertemplate="%{y:.3f}",
            )
    figure.update_layout(height=_HEIGHT + 60, hovermode="x unified")
    furnish(figure, title=title, x=_("Epoch"), y=_("Loss (cross-entropy, nats)"), alt=_alt_of_losses(arms))
    # Four names need room of their own: above the plot they would push it off a phone.
    figure.update_layout(legend={"y": -0.25, "yanchor": "top"})
    figure.update_yaxes(rangemode="tozero")
    return figure


def _draw_arm(figure: go.Figure, arm: Arm, colour: str, symbol: str) -> None:
    name = label(arm.name)
    figure.add_scatter(
        x=list(arm.areas),
        y=[name] * len(arm.areas),
        mode="markers",
        marker={"color": colour, "symbol": f"{symbol}-open", "size": 9, "line": {"width": 2}},
        hovertemplate="%{x:.3f}<extra></extra>",
        showlegend=False,
        row=1,
        col=1,
    )
    _add(figure, arm.mean, name, colour, symbol, row=1)


def _add(figure: go.Figure, measured: Measured, name: str, colour: str, symbol: str, *, row: int) -> None:
    figure.add_scatter(
        x=[measured.value],
        y=[name],
        error_x=_bars(measured, colour),
        mode="markers+text",
        marker={"color": colour, "symbol": symbol, "size": 13},
        text=[f"{measured.value:+.3f}" if row == 2 else f"{measured.value:.3f}"],
        textposition="top center",
        hovertemplate=f"{_signed(measured) if row == 2 else _words(measured)}<extra></extra>",
        showlegend=False,
        row=row,
        col=1,
    )


def _bars(measured: Measured, colour: str) -> dict[str, object]:
    if measured.low is None or measured.high is None:
        return {"visible": False}
    return {
        "type": "data",
        "symmetric": False,
        "array": [measured.high - measured.value],
        "arrayminus": [measured.value - measured.low],
        "color": colour,
        "thickness": 3,
    }


def _around_areas(arms: tuple[Arm, Arm]) -> list[float]:
    ends = [end for arm in arms for end in (*arm.areas, arm.mean.low, arm.mean.high) if end is not None]
    room = 0.08 * (max(ends) - min(ends)) + 0.01
    return [min(ends) - room, max(ends) + room]


def _around_zero(difference: Measured) -> list[float]:
    ends = [0.0, difference.value, difference.low or 0.0, difference.high or 0.0]
    room = 0.1 * (max(ends) - min(ends)) + 0.005
    return [min(ends) - room, max(ends) + room]


def _words(measured: Measured) -> str:
    if measured.low is None or measured.high is None:
        return f"{measured.value:.3f}"
    return _(
        "{value:.3f} ({low:.3f} to {high:.3f})", value=measured.value, low=measured.low, high=measured.high
    )


def _signed(measured: Measured) -> str:
    if measured.low is None or measured.high is None:
        return f"{measured.value:+.3f}"
    return _(
        "{value:+.3f} ({low:+.3f} to {high:+.3f})",
        value=measured.value,
        low=measured.low,
        high=measured.high,
    )


def _alt_of_losses(arms: Sequence[Losses]) -> str:
    parts = []
    for arm in arms:
        values = {
            "name": arm.name,
            "train": float(arm.train[:, -1].mean()),
            "answer": float(arm.answer[:, -1].mean()),
            "lowest": float(arm.answer.mean(axis=0).min()),
        }
        text = _(
            "{name}: at the end {train:.2f} on the images that train, {answer:.2f} on the patients who"
            " answer, whose lowest was {lowest:.2f}",
            **values,
        )
        parts.append(text)
    return joined(parts, "; ")
