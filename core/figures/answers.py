"""What a network says about one image: a probability for each class."""

from collections.abc import Mapping

import plotly.graph_objects as go

from core.evaluation.decisions import threshold_text
from core.figures.theme import BLUE, GREY, ORANGE, VERMILION, furnish, label
from core.language import _, joined


def probabilities(
    by_class: Mapping[str, float], *, positive: str | None = None, threshold: float | None = None
) -> go.Figure:
    """Draw the probability of each class as a bar, the threshold of the positive one across its bar.

    Parameters
    ----------
    by_class
        Class to its probability, in [0, 1].
    positive
        The positive class of two: its bar has another colour.
    threshold
        From it on an image is called positive; None draws none.
    """
    names, values = list(by_class), list(by_class.values())
    highest = max(names, key=by_class.__getitem__)
    figure = go.Figure()
    figure.add_bar(
        x=values,
        y=[label(name, 24) for name in names],
        orientation="h",
        text=[shown_probability(value) for value in values],
        textposition="outside",
        cliponaxis=False,
        marker={
            "color": [ORANGE if name == positive else BLUE if positive else GREY for name in names],
            "opacity": 0.7,
        },
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        width=0.6,
        showlegend=False,
    )
    if positive is not None and threshold is not None:
        row = names.index(positive)
        line = {"dash": "dash", "width": 4, "color": VERMILION}
        figure.add_shape(type="line", x0=threshold, x1=threshold, y0=row - 0.5, y1=row + 0.5, line=line)
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="lines",
            line=line,
            name=_("threshold {threshold}", threshold=threshold_text(threshold)),
        )
    figure.update_xaxes(range=[0, 1.12], tickvals=[0, 0.25, 0.5, 0.75, 1])  # room for the last number
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)  # a line through a number
    figure.update_layout(height=150 + 44 * len(names), showlegend=threshold is not None)
    shown = positive or highest
    value = shown_probability(by_class[shown])
    title = _("Probability of '{name}': {value}", name=label(shown), value=value)
    alt = joined((f"{name}: {shown_probability(value)}" for name, value in by_class.items()), "; ")
    return furnish(figure, title=title, x=_("Probability (0 to 1)"), alt=alt)


def shown_change(value: float) -> str:
    """Return a change of a probability with its sign; one that is too small for two decimals is said so."""
    if 0 < abs(value) < 0.005:
        return "≈0"
    return f"{value:+.2f}".replace("-", "−") if value else "0"


def shown_probability(value: float) -> str:
    """Return a probability with two decimals; what is neither 0 nor 1 is never shown as if it were."""
    if 0 < value < 0.005:
        return "< 0.01"
    if 0.995 <= value < 1:
        return "> 0.99"
    return f"{value:.2f}"
