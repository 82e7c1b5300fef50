"""The learning rate of the race on the landscape: its slider, and the largest rate that can settle."""

from typing import Final

import numpy as np
import streamlit as st

from core.language import N_, _
from core.models.landscape.descent import MOMENTUM
from core.models.landscape.terrain import Terrain
from ui.session import full

_DEFAULT_PART: Final = 0.03  # of the largest stable rate: Adam arrives, momentum nearly, SGD does not
_LOWEST_PART, _HIGHEST_PART = 1e-3, 8.0
_MANTISSAS: Final = (1, 2, 3, 5, 7)
_SAME: Final = 0.0  # stands for "as above" among the rates of Adam


def pick_rates(terrain: Terrain, *, key: str, adam_start: float = _SAME) -> tuple[float, float]:
    """Return the learning rate, and that of Adam, which is the same unless chosen otherwise at Full.

    Parameters
    ----------
    terrain
        Decides which rates there are: from far below the largest stable one to far above.
    key
        Of the slider; what was chosen is remembered under it.
    adam_start
        What Adam has at first at Full; 0 stands for the same rate.
    """
    rates = _rates(terrain.stable_rate)
    start = _DEFAULT_PART * terrain.stable_rate
    if not full():
        rate = _rate_slider(_("Learning rate"), rates, key=key, start=start)
        return rate, rate
    left, right = st.columns(2, gap="large")
    with left:
        rate = _rate_slider(_("Learning rate"), rates, key=key, start=start)
    with right:
        adam = _rate_slider(_("Learning rate of Adam"), [_SAME, *rates], key=f"{key}-adam", start=adam_start)
    return rate, adam or rate


def _rate_slider(title: str, rates: list[float], *, key: str, start: float) -> float:
    if st.session_state.get(key) not in rates:
        wanted = float(st.session_state.get(key, start))
        st.session_state[key] = min(rates, key=lambda rate: abs(np.log((rate or 1e-9) / (wanted or 1e-9))))
    chosen = st.select_slider(
        title,
        rates,
        format_func=lambda rate: f"{rate:g}" if rate else _("as above"),
        key=key,
        persist_state="session",
    )
    return float(chosen)


def _rates(stable: float) -> list[float]:
    """Return round learning rates, from far below the largest stable one to far above."""
    if not np.isfinite(stable):
        stable = 1.0
    decades = range(int(np.floor(np.log10(stable * _LOWEST_PART))), int(np.ceil(np.log10(stable))) + 2)
    rates = [float(f"{number}e{decade}") for decade in decades for number in _MANTISSAS]
    return [rate for rate in rates if _LOWEST_PART * stable <= rate <= _HIGHEST_PART * stable]


def explain_rate(terrain: Terrain, rate: float) -> None:
    """Say how large a rate plain SGD can settle with, and where this one stands."""
    stable = terrain.stable_rate
    if not np.isfinite(stable):
        st.caption(_("The ground is flat at the lowest point: no rate is too large there."))
        return
    text = (
        N_("This rate is {part} of it: plain SGD can settle at the bottom.")
        if rate < stable
        else N_(
            "This rate is {part} of it: near the bottom each step of plain SGD lands on the other side,"
            " farther off than before. It cannot settle there."
        )
    )
    st.markdown(
        _(
            "Plain SGD can settle with a rate up to **2 / largest curvature = 2 / {curvature} = {stable}**.",
            curvature=f"{terrain.curvatures[1]:.3g}",
            stable=f"{stable:.3g}",
        )
        + " "
        + _(text, part=f"{rate / stable:.1%}" if rate < 0.1 * stable else f"{rate / stable:.0%}")
    )
    if full():
        st.caption(
            _(
                "With momentum {momentum} the limit is {limit}. The valley is {ratio} times as steep across"
                " as along: one rate is too large for the one and too small for the other.",
                momentum=MOMENTUM,
                limit=f"{(1 + MOMENTUM) * stable:.3g}",
                ratio=f"{terrain.curvatures[1] / max(terrain.curvatures[0], 1e-12):,.0f}",
            )
        )
