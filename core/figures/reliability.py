"""The reliability diagram: how often it is so, by the probability given, before and after calibration."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from core.figures.theme import BLUE, GREY, VERMILION, furnish, label
from core.language import N_, Message, _, joined
from core.statistics.reliability import Binning, Reliability

BINNINGS: Final[dict[Binning, str]] = {
    "equal width": N_("ten bins of equal width"),
    "equal count": N_("ten bins of equal count"),
}
_HEIGHT: Final = 620
_SMALLEST, _LARGEST = 4, 13  # markers, in pixels
_ASIDE: Final = 0.006  # so that the intervals of before and after do not cover each other


def reliability_diagram(
    before: Reliability,
    after: Reliability | None = None,
    *,
    class_name: str,
    title: str | Message,
    alt: str | Message,
) -> go.Figure:
    """Draw the share of a class's images in each bin, with intervals, and below it how many images it has.

    Parameters
    ----------
    before, after
        As the network says it, and with calibrated probabilities where there are any.
    class_name
        Whose probability it is.
    title, alt
        What was found: with the class name escaped, and as it is.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.78, 0.22], vertical_spacing=0.05)
    diagonal = {"color": GREY, "dash": "dot", "width": 1}
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line=diagonal, name=_("probabilities that hold"), hoverinfo="skip"
    )
    _add_bins(figure, before, name=_("as the network says it"), colour=BLUE, symbol="circle", aside=-_ASIDE)
    if after is not None:
        name = _("with the temperature")
        _add_bins(figure, after, name=name, colour=VERMILION, symbol="diamond", aside=_ASIDE)
    furnish(figure, title=title, alt=f"{alt}. {_spelled_out(before)}")
    x = _("Probability of '{name}'", name=label(class_name, 24))
    figure.update_xaxes(range=[-0.02, 1.02])
    figure.update_xaxes(title_text=x, row=2)
    figure.update_yaxes(title_text=_("How often it is so"), range=[-0.02, 1.02], row=1)
    figure.update_yaxes(title_text=_("Images"), row=2, nticks=4, rangemode="tozero")
    figure.update_layout(
        height=_HEIGHT, barmode="overlay", legend={"orientation": "v", "y": -0.13, "yanchor": "top"}
    )
    return figure


def _add_bins(
    figure: go.Figure, found: Reliability, *, name: str, colour: str, symbol: str, aside: float
) -> None:
    hover = _("mean probability %{x:.2f}: so in %{y:.2f} (%{customdata[0]:.2f} to %{customdata[1]:.2f})")
    counted = _("n = %{customdata[2]}")
    figure.add_scatter(
        x=found.mean_score + aside,
        y=found.share,
        mode="markers",
        marker={"color": colour, "size": _sizes(found), "symbol": symbol},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": found.high - found.share,
            "arrayminus": found.share - found.low,
            "color": colour,
            "thickness": 1.5,
            "width": 4,
        },
        customdata=np.stack([found.low, found.high, found.n], axis=1),
        name=name,
        hovertemplate=f"{hover}, {counted}<extra></extra>",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=np.repeat(found.mean_score + aside, 3),
        y=np.stack([np.zeros(len(found.n)), found.n, np.full(len(found.n), np.nan)], axis=1).ravel(),
        mode="lines",
        line={"color": colour, "width": 6},
        showlegend=False,
        hoverinfo="skip",
        row=2,
        col=1,
    )


def _sizes(found: Reliability) -> NDArray[np.float64]:
    """Return the size of each marker: that of one image is small, so that it does not seem to say much."""
    most = found.n.max(initial=1)
    sizes: NDArray[np.float64] = _SMALLEST + (_LARGEST - _SMALLEST) * np.sqrt(found.n / most)
    return sizes


def _spelled_out(found: Reliability) -> str:
    parts = zip(found.mean_score, found.share, found.n, strict=True)
    return joined(
        (
            _("probability {p:.2f}: so in {share:.2f} of {n}", p=float(p), share=float(share), n=int(n))
            for p, share, n in parts
        ),
        "; ",
    )
