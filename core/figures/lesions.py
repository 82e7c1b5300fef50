"""How many lesions each augmentation pushes out of the picture or hides, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Final

import plotly.graph_objects as go

from core.experiments.lesion_records import LesionLoss
from core.figures.theme import BLUE, VERMILION, furnish
from core.language import _, joined
from core.statistics.shares import Share

_ROW: Final = 46  # pixels


def lesion_losses(losses: Sequence[LesionLoss], titles: Mapping[str, str]) -> go.Figure:
    """Draw both shares of each augmentation, and of all together, one under the other.

    Parameters
    ----------
    losses
        Of each augmentation alone, then of all together.
    titles
        The shown title of each augmentation, translated.
    """
    names = [_name(loss, titles) for loss in losses]
    figure = go.Figure()
    looks = (
        (_("pushed out"), [loss.pushed_out for loss in losses], VERMILION, "diamond"),
        (_("no longer visible"), [loss.hidden for loss in losses], BLUE, "circle"),
    )
    for name, shares, colour, symbol in looks:
        figure.add_scatter(
            x=[_percent(share.value) for share in shares],
            y=names,
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": symbol, "size": 11},
            error_x=_bars(shares, colour),
            text=[words(share) for share in shares],
            hovertemplate="%{y}: %{text}<extra>" + name + "</extra>",
        )
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_xaxes(rangemode="tozero", ticksuffix=" %")
    figure.update_layout(height=190 + _ROW * len(names), scattermode="group", scattergap=0.4)
    last = losses[-1]
    title = _(
        "{name}: {out} of the lesions are pushed out, {hidden} of the visible ones are hidden",
        name=names[-1],
        out=_short(last.pushed_out),
        hidden=_short(last.hidden),
    )
    alt = joined(
        (
            _(
                "{name}: {out} pushed out, {hidden} hidden",
                name=name,
                out=words(loss.pushed_out),
                hidden=words(loss.hidden),
            )
            for name, loss in zip(names, losses, strict=True)
        ),
        "; ",
    )
    return furnish(figure, title=title, x=_("Share of the draws, with its 95 % interval"), alt=alt)


def words(share: Share) -> str:
    """Return a share with its interval, or that there is none."""
    if share.value is None or share.low is None or share.high is None:
        return _("not to be measured")
    return _(
        "{value:.1f} % ({low:.1f} to {high:.1f})",
        value=100 * share.value,
        low=100 * share.low,
        high=100 * share.high,
    )


def _name(loss: LesionLoss, titles: Mapping[str, str]) -> str:
    return _("All together") if loss.step is None else titles[loss.step]


def _short(share: Share) -> str:
    return "–" if share.value is None else _("{value:.1f} %", value=100 * share.value)


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _bars(shares: Sequence[Share], colour: str) -> dict[str, object]:
    ends = [(share.value or 0.0, share.low or 0.0, share.high or 0.0) for share in shares]
    return {
        "type": "data",
        "symmetric": False,
        "array": [100 * max(0.0, high - value) for value, _low, high in ends],
        "arrayminus": [100 * max(0.0, value - low) for value, low, _high in ends],
        "color": colour,
        "thickness": 2,
        "width": 4,
    }
