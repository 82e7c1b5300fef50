"""The spread of the answer under small changes; on a large network when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.explanation.spread import (
    MOST_BRIGHTNESS,
    MOST_CONTRAST,
    MOST_DEGREES,
    MOST_GAMMA,
    MOST_NOISE,
    MOST_SHIFT,
    N_CHANGES,
    Change,
    Spread,
)
from core.figures.answers import shown_probability
from core.language import _
from core.models.catalog import MODELS
from ui.explain import computed
from ui.explain.called import calling
from ui.explain.ink import MARKDOWN, TEXT, Ink
from ui.session import full

if TYPE_CHECKING:
    from ui.answers import Subject
    from ui.explain.case import Case, Network

_MULTIPLY_ADDS_A_SECOND: Final = 1e10  # of a slow CPU
_WORTH_SECONDS: Final = 0.5
_ASKED: Final = "explain-spread-asked"


def show_spread(case: Case) -> None:
    """Show the range of the probability; a button first where it takes long."""
    seconds = _seconds(case.network)
    if not _is_wanted(case):
        label = _("Try {n} small changes of the image", n=N_CHANGES)
        hint = _("About {seconds} s. It shows how far the probability moves.", seconds=round(seconds + 1))
        st.button(label, key="explain-spread", help=hint, on_click=_remember, args=(_key(case),))
        return
    with st.spinner(_("Trying small changes…"), show_time=seconds > _WORTH_SECONDS):
        found = _spread(case.network, case.subject)
    _show(case, found)


def spread_of_answer(case: Case) -> tuple[str, ...]:
    """Return the same as sentences; that it was not tried, where nobody asked a large network for it."""
    if not _is_wanted(case):
        return (_("Spread under small changes: not tried."),)
    return _said(case, _spread(case.network, case.subject), TEXT), _bounds()


def _is_wanted(case: Case) -> bool:
    return _seconds(case.network) <= _WORTH_SECONDS or st.session_state.get(_ASKED) == _key(case)


def _key(case: Case) -> str:
    return f"{case.network.key}/{case.subject.key}"


def _remember(key: str) -> None:
    st.session_state[_ASKED] = key


def _seconds(network: Network) -> float:
    spec = MODELS[network.card.model]
    side = (network.card.image_size or spec.usual_size) / spec.usual_size
    return N_CHANGES * spec.multiply_adds * side**2 / _MULTIPLY_ADDS_A_SECOND


def _spread(network: Network, subject: Subject) -> Spread:
    def compute() -> Spread:
        from core.explanation.spread import spread_of

        return spread_of(network.load(), subject.image)

    return computed.kept("spread", network, subject, compute)


def _show(case: Case, found: Spread) -> None:
    st.markdown(_said(case, found, MARKDOWN))
    with st.expander(_("Which small changes")):
        st.markdown(_bounds())
        if full():
            names, shown = list(case.probabilities), _class_shown(case)
            rows = [
                _row(change, row[names.index(shown)], shown)
                for change, row in zip(found.changes, found.probabilities, strict=True)
            ]
            st.dataframe(rows, hide_index=True, height=260)


def _class_shown(case: Case) -> str:
    return case.network.card.positive_class or max(case.probabilities, key=case.probabilities.__getitem__)


def _said(case: Case, found: Spread, ink: Ink) -> str:
    shown = _class_shown(case)
    low, high = found.range_of(list(case.probabilities).index(shown))
    return _(
        "{title} {low} to {high} for '{name}'; it is no confidence interval. {calls}",
        title=ink.strong(_("Spread under small changes:")),
        low=ink.plain(shown_probability(low)),
        high=ink.plain(shown_probability(high)),
        name=ink.plain(shown),
        calls=_calls(case, found),
    )


def _calls(case: Case, found: Spread) -> str:
    """Say how often another class was called."""
    call = calling(case)
    own = call(np.array([list(case.probabilities.values())]))[0]
    n = int((call(found.probabilities) != own).sum())
    if n == 0:
        return _("The call stayed the same all {n} times.", n=len(found.changes))
    return _("The call changed in {n} of {total}.", n=n, total=len(found.changes))


def _bounds() -> str:
    return _(
        "{n} times, each time all of these at random: shifted by up to {shift} % of a side, turned by up"
        " to {degrees}°, brightness up to ±{brightness} % of the shown range, contrast up to ±{contrast}"
        " %, gamma up to ±{gamma} %, and noise of up to {noise} % of the range. Nothing is mirrored."
        " Shown is the 5th to the 95th percentile. A network that is wrong may be wrong about all of"
        " them alike: that is why it is no confidence interval.",
        n=N_CHANGES,
        shift=f"{100 * MOST_SHIFT:g}",
        degrees=f"{MOST_DEGREES:g}",
        brightness=f"{100 * MOST_BRIGHTNESS:g}",
        contrast=f"{100 * MOST_CONTRAST:g}",
        gamma=f"{100 * MOST_GAMMA:g}",
        noise=f"{100 * MOST_NOISE:g}",
    )


def _row(change: Change, probability: float, name: str) -> dict[str, float]:
    return {
        _("Probability of '{name}'", name=name): round(float(probability), 3),
        _("Down (%)"): round(100 * change.down, 1),
        _("Across (%)"): round(100 * change.across, 1),
        _("Turned (°)"): round(change.degrees, 1),
        _("Brightness (%)"): round(100 * change.brightness, 1),
        _("Contrast (%)"): round(100 * change.contrast, 1),
        _("Gamma (%)"): round(100 * change.gamma, 1),
        _("Noise (%)"): round(100 * change.noise, 1),
    }
