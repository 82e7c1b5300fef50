"""The spectrum of a picture: how much coarse and fine detail it has, before and after a step."""

import base64
from io import BytesIO
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from core.figures.theme import BLUE, ORANGE, SKY, furnish
from core.images.spectrum import RadialProfile, Spectrum
from core.language import _

_RANGE_DB: Final = 80.0  # from white to black
_CELLS: Final = 256  # a side: more than a phone shows
_SHADE: Final = "rgba(230, 159, 0, 0.16)"


def spectrum_picture(
    spectrum: Spectrum,
    *,
    title: str,
    unit: str,
    reach: tuple[float, float],
    inner: tuple[float, float] | None = None,
    is_after: bool = False,
) -> go.Figure:
    """Draw the two-dimensional spectrum, coarse detail in the middle, fine detail outside.

    Parameters
    ----------
    spectrum
        Shown in decibels below its strongest frequency: white 0, black 80 and more.
    title
        Whose it is.
    unit
        Of the frequencies, translated.
    reach
        The frequencies (down, across) at which the axes end, so that two pictures share them.
    inner
        The Nyquist limits (down, across) of the picture after, to draw as a second frame.
    is_after
        Gives its own frame the colour of "after".
    """
    shown, (top, left), (down, across) = _reduced(spectrum)
    figure = go.Figure(
        go.Image(source=_png(shown), x0=left, y0=top, dx=across, dy=down, hoverinfo="skip", name="")
    )
    _add_frame(figure, spectrum.limits, ORANGE if is_after else SKY, "dash" if is_after else "solid")
    if inner is not None:
        _add_frame(figure, inner, ORANGE, "dash")
    figure.update_xaxes(range=[-1.04 * reach[1], 1.04 * reach[1]], constrain="domain", nticks=5)
    figure.update_yaxes(range=[1.04 * reach[0], -1.04 * reach[0]], constrain="domain", nticks=5)
    # as many frequencies a centimetre of the screen in both directions
    figure.update_yaxes(scaleanchor="x", scaleratio=1)
    figure.update_layout(height=450)
    alt = _(
        "Spectrum, bright where there is much of a frequency. Nyquist limits {down:.3g} down and {across:.3g}"
        " across, in {unit}.",
        down=spectrum.limits[0],
        across=spectrum.limits[1],
        unit=unit,
    )
    across_title = _("Across ({unit})", unit=unit)
    furnish(figure, title=title, x=across_title, y=_("Down ({unit})", unit=unit), alt=f"{title}. {alt}")
    figure.update_layout(margin={"t": 45, "r": 5})
    return figure.update_xaxes(showgrid=False).update_yaxes(showgrid=False)


def radial_figure(
    before: tuple[RadialProfile, Spectrum],
    after: tuple[RadialProfile, Spectrum],
    *,
    title: str,
    unit: str,
    power: str,
) -> go.Figure:
    """Draw the mean power of all directions over the frequency, before and after, with both Nyquist limits.

    Parameters
    ----------
    before, after
        Profile and spectrum of each, in the same unit.
    title
        What it finds or asks.
    unit
        Of the frequencies, translated.
    power
        Title of the axis of the power, with its unit.
    """
    figure = go.Figure()
    looks = ((_("before"), BLUE, "solid"), (_("after"), ORANGE, "dash"))
    for (profile, _spectrum), (name, colour, dash) in zip((before, after), looks, strict=True):
        line = {"color": colour, "dash": dash, "width": 2.5}
        density = np.where(profile.density > 0, profile.density, np.nan)
        figure.add_scatter(x=profile.frequencies, y=density, name=name, mode="lines", line=line)
    low, high = _span([before[0].density, after[0].density])
    old, new = before[1].limit, after[1].limit
    if new < old * (1 - 1e-6):
        figure.add_vrect(
            x0=new,
            x1=old,
            fillcolor=_SHADE,
            line_width=0,
            layer="below",
            name=_("too fine for the pixels after"),
            showlegend=True,
        )
        name = _("Nyquist limit after: {limit:.3g}", limit=new)
        _add_limit(figure, new, (low, high), name, ORANGE)
    _add_limit(figure, old, (low, high), _("Nyquist limit before: {limit:.3g}", limit=old), BLUE)
    figure.update_layout(height=400, hovermode="x")
    alt = _(
        "Mean power over frequency, before and after. Nyquist limit before {old:.3g}, after {new:.3g}, in"
        " {unit}.",
        old=old,
        new=new,
        unit=unit,
    )
    furnish(figure, title=title, x=_("Frequency ({unit})", unit=unit), y=power, alt=f"{title} {alt}")
    figure.update_yaxes(type="log", range=[np.log10(low), np.log10(high)], exponentformat="power", nticks=6)
    figure.update_xaxes(range=[0, 1.05 * max(old, new)])
    return figure.update_layout(legend={"y": -0.3, "yanchor": "top"}, margin={"b": 110})


def _reduced(
    spectrum: Spectrum,
) -> tuple[NDArray[np.float64], tuple[float, float], tuple[float, float]]:
    """Return decibels on at most 256 cells a side, the first cell's middle (down, across), and their size."""
    power = spectrum.power
    factors = [-(-size // _CELLS) for size in power.shape]
    padding = [(0, -size % factor) for size, factor in zip(power.shape, factors, strict=True)]
    height, width = (
        (size + pad[1]) // factor for size, pad, factor in zip(power.shape, padding, factors, strict=True)
    )
    # the strongest of a cell, so that a thin peak stays one
    cells = np.pad(power, padding).reshape(height, factors[0], width, factors[1]).max(axis=(1, 3))
    strongest = float(cells.max()) or 1.0
    decibels = 10 * np.log10(np.maximum(cells / strongest, 10 ** (-_RANGE_DB / 10)))
    steps = [float(each[1] - each[0]) for each in (spectrum.rows, spectrum.columns)]
    first = [float(each[0]) for each in (spectrum.rows, spectrum.columns)]
    top, left = (
        begin + (factor - 1) / 2 * step for begin, factor, step in zip(first, factors, steps, strict=True)
    )
    return decibels, (top, left), (factors[0] * steps[0], factors[1] * steps[1])


def _png(decibels: NDArray[np.float64]) -> str:
    shade = np.round((decibels / _RANGE_DB + 1) * 255).astype(np.uint8)
    content = BytesIO()
    Image.fromarray(shade).save(content, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def _add_frame(figure: go.Figure, limits: tuple[float, float], colour: str, dash: str) -> None:
    line = {"color": colour, "dash": dash, "width": 2}
    figure.add_shape(type="rect", x0=-limits[1], x1=limits[1], y0=-limits[0], y1=limits[0], line=line)


def _add_limit(figure: go.Figure, limit: float, span: tuple[float, float], name: str, colour: str) -> None:
    line = {"color": colour, "dash": "dot", "width": 2}
    figure.add_scatter(x=[limit, limit], y=list(span), name=name, mode="lines", line=line, hoverinfo="skip")


def _span(densities: list[NDArray[np.float64]]) -> tuple[float, float]:
    """Return where the axis of the power begins and ends: at most ten powers of ten, or nothing is seen."""
    values = np.concatenate(densities)
    values = values[values > 0]
    if len(values) == 0:
        return 0.1, 10.0
    high = 2 * float(values.max())
    return max(float(values.min()) / 2, high / 1e10), high
