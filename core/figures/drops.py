"""What painting a region out does to a probability: of the guess, of regions elsewhere, of the finding."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.answers import shown_change, shown_probability
from core.figures.theme import BLUE, GREEN, GREY, furnish, label
from core.language import _, joined


def probability_drops(
    before: float, guess: float, elsewhere: Sequence[float], truth: float | None, *, class_name: str
) -> go.Figure:
    """Draw the probability after each region was painted out, beside what it was before.

    Parameters
    ----------
    before
        On the image as it is, in [0, 1].
    guess, truth
        With the guess, and with the finding, painted out; None where the finding is not known.
    elsewhere
        With a region like the guess painted out at each of n places; may be empty.
    class_name
        Whose probability it is: somebody else's text.
    """
    rows = [(_("Your guess"), [guess], BLUE, "circle")]
    if elsewhere:
        rows.append((_("Same size, elsewhere"), list(elsewhere), GREY, "circle-open"))
    if truth is not None:
        rows.append((_("The true finding"), [truth], GREEN, "diamond"))
    figure = go.Figure()
    for name, values, colour, symbol in rows:
        figure.add_scatter(
            x=values,
            y=[name] * len(values),
            mode="markers",
            marker={"size": 13, "color": colour, "symbol": symbol, "line": {"width": 2, "color": colour}},
            hovertemplate="%{x:.3f}<extra></extra>",
            showlegend=False,
        )
    figure.add_vline(x=before, line={"dash": "dash", "width": 2, "color": GREY})
    figure.add_annotation(
        x=before,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="right" if before > 0.5 else "left",  # else the border cuts it off
        showarrow=False,
        text=_("nothing painted out"),
    )
    figure.update_xaxes(range=[-0.03, 1.03], tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_layout(height=150 + 48 * len(rows))
    return furnish(
        figure,
        title=_title(before, guess, elsewhere),
        x=_("Probability of '{name}' (0 to 1)", name=label(class_name)),
        alt=_alt(before, rows),
    )


def _title(before: float, guess: float, elsewhere: Sequence[float]) -> str:
    change, n = guess - before, len(elsewhere)
    if not elsewhere:
        return _("With your guess painted out it changes by {change}", change=shown_change(change))
    return _(
        "Your guess changes it by {change}, {n} places elsewhere by {mean} on average",
        change=shown_change(change),
        n=n,
        mean=shown_change(float(np.mean(elsewhere)) - before),
    )


def _alt(before: float, rows: Sequence[tuple[str, list[float], str, str]]) -> str:
    parts = [
        f"{name}: {joined(map(shown_probability, sorted(values)))}" for name, values, _colour, _symbol in rows
    ]
    return joined((f"{_('nothing painted out')}: {shown_probability(before)}", *parts), "; ")
