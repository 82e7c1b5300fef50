"""Which method is asked: three at first, the others a click away, each with what it does."""

from typing import Final

import streamlit as st

from core.explanation.catalog import EXPLAINERS
from core.language import _, joined
from ui.explain.case import Network
from ui.explain.offered import offered
from ui.messages import escape
from ui.session import full

KEY: Final = "explain-method"  # the method of the maps view: other views begin with it
_FIRST: Final = "grad_cam"
_MORE: Final = "explain-more"


def pick_method(network: Network, *, key: str = KEY) -> str:
    """Let the visitor choose a method that may be asked of this network."""
    reasons = refused(network)
    first = [name for name, spec in EXPLAINERS.items() if spec.shown_first and name not in reasons]
    others = [name for name in EXPLAINERS if name not in first and name not in reasons]
    current = st.session_state.get(key)
    shown = [*first, *([current] if current in others else [])] if full() else first
    start = _FIRST if _FIRST in shown else shown[0]
    if current not in shown:
        st.session_state[key] = start
    chosen = st.segmented_control(
        _("Method"), shown, format_func=_title, key=key, required=True, persist_state="session"
    )
    if full():
        with st.popover(_("More methods ({n})", n=len(others)), key=_MORE):
            _offer(others, reasons, key)
    return str(chosen or start)


def refused(network: Network) -> dict[str, str]:
    """Return the methods that are wrong for this network, with the reason."""
    return offered(network.card.model)[1]


def _title(name: str) -> str:
    return _(EXPLAINERS[name].title)


def _offer(others: list[str], reasons: dict[str, str], key: str) -> None:
    for name in others:
        spec = EXPLAINERS[name]
        st.button(
            _title(name),
            key=f"{_MORE}-{name}",
            type="tertiary",
            on_click=_take,
            args=(key, name),
            icon=":material/add:",
        )
        st.caption(joined((_(spec.summary), _(spec.caution)), " "))
    if reasons:
        st.markdown(f"**{_('Not offered for this network')}**")
        for name, reason in reasons.items():
            st.caption(f"{_title(name)}: {escape(reason)}")


def _take(key: str, name: str) -> None:
    st.session_state[key] = name
