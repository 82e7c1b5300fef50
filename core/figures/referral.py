"""Refer, don't guess: the error on the rest against the share that is referred."""

from typing import Final

import numpy as np
import plotly.graph_objects as go

from core.evaluation.referral import ReferralCurve
from core.figures.theme import BLUE, GREEN, GREY, VERMILION, furnish, legend_below
from core.language import _

_BAND: Final = "rgba(0, 114, 178, 0.18)"  # BLUE, pale
_WIDE_FROM: Final = 0.8  # referred: the few that are left make a band that would press all else flat


def referral(curve: ReferralCurve, *, share: float | None = None) -> go.Figure:
    """Draw a referral curve between that of the lot and that of the oracle; `share` is marked."""
    figure, x = go.Figure(), 100 * curve.referred
    around, ends = np.concatenate([x, x[::-1]]), np.concatenate([curve.high, curve.low[::-1]])
    band = {"fill": "toself", "fillcolor": _BAND, "line": {"width": 0}, "hoverinfo": "skip"}
    figure.add_scatter(x=around, y=100 * ends, mode="lines", name=_("95 % band, by patient"), **band)
    hover = _("refer %{x:.0f} %: %{y:.1f} % of the rest are wrong") + "<extra>%{fullData.name}</extra>"
    by_lot, knowing = np.full(len(x), curve.area_random), curve.oracle
    for name, y, line in (
        (_("refer by lot"), by_lot, {"color": VERMILION, "dash": "dash", "width": 2}),
        (_("refer the least sure"), curve.error, {"color": BLUE, "width": 3}),
        (
            _("refer exactly the wrong ones (nobody can)"),
            knowing,
            {"color": GREEN, "dash": "dot", "width": 2},
        ),
    ):
        figure.add_scatter(x=x, y=100 * y, mode="lines", line=line, name=name, hovertemplate=hover)
    if share is not None:
        figure.add_vline(x=100 * share, line={"color": GREY, "dash": "dash", "width": 1.5})
    figure.update_xaxes(range=[0, 100])
    top = max(float(curve.high[curve.referred <= _WIDE_FROM].max()), curve.area_random, 0.01)
    figure.update_yaxes(range=[0, 110 * top])
    figure.update_layout(height=440)
    furnish(
        figure, title=_title(curve, share), x=_("Referred to a person (%)"), y=_("Wrong among the rest (%)")
    )
    return legend_below(figure)


def _title(curve: ReferralCurve, share: float | None) -> str:
    if share is None:
        return _("How many errors are left when the least sure are referred?")
    place = int(np.argmin(np.abs(curve.referred - share)))
    return _(
        "Refer {share:.0f} %, and {rest:.1f} % of the rest are wrong instead of {whole:.1f} %",
        share=100 * share,
        rest=100 * curve.error[place],
        whole=100 * curve.area_random,
    )
