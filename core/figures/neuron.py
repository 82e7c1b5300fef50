"""One number on its way through a network: activations and slopes, a weighted sum, the loss of an answer."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import BLUE, GREEN, GREY, ORANGE, PINK, VERMILION, furnish, label, tick
from core.language import _, joined
from core.models.neuron.activations import ACTIVATIONS, activate, slope
from core.models.neuron.answer import Softmax, WeightedSum

_LOOKS: Final = ((BLUE, "solid", "circle"), (VERMILION, "dash", "square"), (GREEN, "dot", "diamond"),
                 (PINK, "dashdot", "triangle-up"))  # fmt: skip
_REACH: Final = 4.0  # of the axis at least, to both sides
_LEAST_SHARE: Final = 0.002  # a probability smaller than this is drawn here, else the curve is all wall
_HEIGHT: Final = 360
_MOST_ENTRIES: Final = 4  # classes in the legend; of more only the true one


def activation_curves(value: float, names: Sequence[str], *, used: str | None) -> go.Figure:
    """Draw activations with what each makes of one number.

    Parameters
    ----------
    value
        The number that comes in.
    names
        Keys of ACTIVATIONS.
    used
        The one that the network uses: its line is the thick one.
    """
    parts = [f"{_(ACTIVATIONS[name].title)} {activate(name, value):.2f}" for name in names]
    title = _("What becomes of {value}: {results}", value=f"{value:.2f}", results=joined(parts))
    figure = _curves(value, names, used=used, of_slope=False)
    return furnish(figure, title=title, x=_("Number that comes in"), y=_("Number that goes on"))


def slope_curves(value: float, names: Sequence[str], *, used: str | None) -> go.Figure:
    """Draw the slopes of activations with that at one number; parameters as in `activation_curves`."""
    parts = [f"{_(ACTIVATIONS[name].title)} {slope(name, value):.2f}" for name in names]
    title = _("How much of the learning signal passes back: {results}", results=joined(parts))
    figure = _curves(value, names, used=used, of_slope=True)
    return furnish(figure, title=title, x=_("Number that comes in"), y=_("Slope"))


def sum_bars(one: WeightedSum, *, n: int, feature_names: Sequence[str], class_name: str) -> go.Figure:
    """Draw how a logit is summed up: the strongest contributions, all others together, the bias, the logit.

    Parameters
    ----------
    one
        The sum.
    n
        Contributions to draw by themselves.
    feature_names
        What each feature is called, translated.
    class_name
        Whose logit it is; somebody else's text.
    """
    rows, parts = _parts(one, n, feature_names)
    title = _(
        "{n} numbers add up to the logit of '{name}': {logit}",
        n=len(one.contributions),
        name=label(class_name),
        logit=f"{one.logit:.3f}",
    )
    alt = _("{title}. {parts}.", title=title, parts=joined(map("{}: {:+.3f}".format, rows, parts), "; "))
    figure = _waterfall(rows, parts, one.logit)
    furnish(figure, title=title, x=_("Running sum: blue adds, red takes away"), alt=alt)
    ends = np.cumsum(parts)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    low, high = min(0.0, *ends), max(0.0, *ends)
    room = 0.16 * (high - low or 1)
    figure.update_xaxes(range=[low - room, high + room], zeroline=True, zerolinecolor=GREY)
    figure.update_layout(height=130 + 30 * len(rows), bargap=0.35)
    return figure


def _waterfall(rows: Sequence[str], parts: Sequence[float], logit: float) -> go.Figure:
    """Draw parts that begin where the one before ended, and under them what they come to."""
    ends = np.cumsum(parts)
    return go.Figure().add_bar(
        y=[*rows, _("Logit")],
        x=[*parts, logit],
        base=[*(ends - parts), 0.0],
        orientation="h",
        marker={"color": [*(VERMILION if part < 0 else BLUE for part in parts), GREY]},
        text=[*(f"{part:+.3f}" for part in parts), f"{logit:+.3f}"],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{text}<extra></extra>",
        showlegend=False,
    )


def loss_curve(answer: Softmax, *, target: int, class_names: Sequence[str]) -> go.Figure:
    """Draw -ln p with the probability of the true class on it, and those of the other classes beside it.

    Parameters
    ----------
    answer
        The network's answer.
    target
        Number of the true class.
    class_names
        Somebody else's text.
    """
    probabilities = answer.probabilities
    shares = np.linspace(_LEAST_SHARE, 1, 400)
    figure = go.Figure()
    figure.add_scatter(
        x=shares, y=-np.log(shares), mode="lines", line={"color": GREY, "width": 2}, name="-ln p"
    )
    others = [number for number in range(len(class_names)) if number != target]
    for number in [*others, target]:
        _add_class(figure, answer, number, name=class_names[number], is_target=number == target)
    title = _(
        "True class '{name}': probability {share}, loss {loss} nats",
        name=label(class_names[target]),
        share=f"{probabilities[target]:.3f}",
        loss=f"{answer.cross_entropy(target):.3f}",
    )
    furnish(figure, title=title, x=_("Probability of the true class"), y=_("Loss, -ln p (nats)"))
    figure.update_xaxes(range=[-0.01, 1.02])
    figure.update_yaxes(range=[-0.05, -np.log(_LEAST_SHARE)])
    n_entries = len(class_names) + 1
    if len(class_names) > _MOST_ENTRIES:
        figure.update_traces(showlegend=False, selector={"marker.symbol": "circle-open"})
        n_entries = 2
    figure.update_layout(
        height=_HEIGHT + 20 * n_entries, margin={"t": figure.layout.margin.t + 20 * n_entries}
    )
    return figure


def push_bars(slopes: NDArray[np.float64], *, class_names: Sequence[str]) -> go.Figure:
    """Draw where each logit is pushed: against the slope of the loss, y - p.

    Parameters
    ----------
    slopes
        ndarray of shape (n_classes,): p - y.
    class_names
        Somebody else's text.
    """
    pushes = -slopes
    figure = go.Figure()
    figure.add_bar(
        y=[tick(name) for name in class_names],
        x=pushes,
        orientation="h",
        marker={"color": [BLUE if push >= 0 else VERMILION for push in pushes]},
        text=[f"{push:+.3f}" for push in pushes],
        textposition="outside",
        cliponaxis=False,
        showlegend=False,
        hovertemplate="%{y}: %{x:+.3f}<extra></extra>",
    )
    up = int(pushes.argmax())
    title = _("Learning would raise '{name}' and lower the rest", name=label(class_names[up]))
    alt = _(
        "{title}. {parts}.",
        title=title,
        parts=joined((f"{name}: {push:+.3f}" for name, push in zip(class_names, pushes, strict=True)), "; "),
    )
    furnish(figure, title=title, x=_("Push on the logit, y - p"), alt=alt)
    figure.update_xaxes(range=[-1.2, 1.2], zeroline=True, zerolinecolor=GREY)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    figure.update_layout(height=150 + 34 * len(class_names), bargap=0.35)
    return figure


def _parts(one: WeightedSum, n: int, feature_names: Sequence[str]) -> tuple[list[str], list[float]]:
    """Return what a logit is added up of: the `n` strongest by name, all others together, the bias."""
    strongest = one.strongest(n)
    values = one.contributions[strongest]
    n_rest = len(one.contributions) - len(strongest)
    rows, parts = [feature_names[number] for number in strongest], values.tolist()
    if n_rest:
        rows.append(_("{n} others", n=n_rest))
        parts.append(float(one.contributions.sum() - values.sum()))
    return [*rows, _("Bias")], [*parts, one.bias]


def _add_class(figure: go.Figure, answer: Softmax, number: int, *, name: str, is_target: bool) -> None:
    """Mark a class on the curve of the loss; the true one stands on a bar."""
    probability, loss = answer.probabilities[number], answer.cross_entropy(number)
    share = max(float(probability), _LEAST_SHARE)
    height = -np.log(share)
    if is_target:
        figure.add_scatter(
            x=[share, share],
            y=[0, height],
            mode="lines",
            line={"color": BLUE, "width": 6},
            showlegend=False,
            hoverinfo="skip",
        )
    look = {"color": BLUE, "symbol": "circle"} if is_target else {"color": ORANGE, "symbol": "circle-open"}
    figure.add_scatter(
        x=[share],
        y=[height],
        mode="markers",
        marker={**look, "size": 12, "line": {"width": 2}},
        name=_(
            "{name}: p {share}, loss {loss}", name=tick(name), share=f"{probability:.3f}", loss=f"{loss:.2f}"
        ),
        hovertemplate="%{fullData.name}<extra></extra>",
    )


def _curves(value: float, names: Sequence[str], *, used: str | None, of_slope: bool) -> go.Figure:
    reach = max(_REACH, 1.2 * abs(value))
    xs = np.linspace(-reach, reach, 321)
    figure = go.Figure()
    for name, (colour, dash, symbol) in zip(names, _LOOKS, strict=False):
        entry = ACTIVATIONS[name]
        function = entry.slope if of_slope else entry.value
        line = {"color": colour, "dash": dash, "width": 4 if name == used else 2}
        figure.add_scatter(x=xs, y=function(xs), mode="lines", name=_(entry.title), line=line)
        figure.add_scatter(
            x=[value],
            y=function(np.array([value])),
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 11, "line": {"color": "#FFFFFF", "width": 1}},
            name=_(entry.title),
            showlegend=False,
            hovertemplate="%{x:.3f} → %{y:.3f}<extra></extra>",
        )
    figure.add_vline(x=value, line={"color": GREY, "dash": "dot", "width": 1})
    top = {"range": [-0.05, 1.3]} if of_slope else {"range": [-1.4, max(_REACH, 1.2 * value)]}
    figure.update_layout(yaxis=top, height=_HEIGHT)
    return figure
