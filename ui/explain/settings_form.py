"""The settings of a method: each with one sentence on what it changes."""

import streamlit as st

from core.explanation.catalog import EXPLAINERS
from core.explanation.settings import ExplainSettings
from core.language import _
from ui.explain.case import Network
from ui.fields import field_widget
from ui.option_names import option_name

_USUAL = ExplainSettings()


def pick_settings(network: Network, method: str) -> ExplainSettings:
    """Let the visitor choose what this method heeds; what was chosen holds for every image."""
    names = EXPLAINERS[method].settings
    if not names:
        return _USUAL
    with st.popover(_("Settings of this method"), key="explain-settings"):
        chosen = {name: _field(network, method, name) for name in names}
        for name in names:
            title, description = _words(name)
            st.caption(f"**{_(title)}** · {_(description)}")
    return _USUAL.model_copy(update=chosen)


def _words(name: str) -> tuple[str, str]:
    field = ExplainSettings.model_fields[name]
    return field.title or name, field.description or ""


def _field(network: Network, method: str, name: str) -> object:
    key = f"explain-setting-{method}-{name}"
    if name != "layer":
        return field_widget(ExplainSettings, name, getattr(_USUAL, name), key=key)
    from core.explanation.layers import cam_layers

    layers = cam_layers(network.card.model)
    key = f"{key}-{network.card.model}"
    return field_widget(ExplainSettings, name, layers[-1], key=key, options=layers, names=option_name)
