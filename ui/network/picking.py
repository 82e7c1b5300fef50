"""Choosing one of the networks of the catalog, and what is known of it before it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.language import N_, _
from core.models.catalog import MODELS
from core.models.records import ModelSpec

if TYPE_CHECKING:
    from core.models.describe import LayerInfo

FAMILIES: Final = {
    "small": N_("Small"),
    "classic": N_("Classic"),
    "modern": N_("Modern"),
}


def pick_spec(*, key: str = "network-model") -> ModelSpec:
    """Let the visitor choose a family, and a network of it."""
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}-picker"):
        family = _pick_family(f"{key}-family")
        names = [name for name, spec in MODELS.items() if spec.family == family]
        if st.session_state.get(key) not in names:
            st.session_state[key] = names[0]
        name = st.selectbox(
            _("Network"),
            names,
            format_func=lambda name: f"{_(MODELS[name].title)} · {MODELS[name].year}",
            key=key,
            width=320,
            persist_state="session",
        )
    return MODELS[name]


def network_name(name: str) -> str:
    """Return a network's name with its family, for a list of all."""
    spec = MODELS[name]
    return _("{family}: {network}", family=_(FAMILIES[spec.family]), network=_(spec.title))


@st.cache_data(max_entries=64, show_spinner=False)
def layers_of(name: str, n_classes: int, n_channels: int, size: int) -> list[LayerInfo]:
    """Return the layers of a network for images of `size` pixels; the first call imports torch.

    Nothing but shapes is built, so a large network takes no more memory than a small one.
    """
    import torch

    from core.models.build import build_model
    from core.models.describe import describe

    with torch.device("meta"):
        model = build_model(name, n_classes=n_classes, n_channels=n_channels, image_size=size)
    return describe(model, (n_channels, size, size))


def show_spec(spec: ModelSpec, *, details: bool) -> None:
    """Say what a network is, what is for it and against it, and at `details` where it comes from."""
    st.markdown(_(spec.summary))
    lines = [f"**+** {_(spec.strength)}", f"**−** {_(spec.weakness)}"]
    if spec.difference:
        lines.append(f"**≠** {_(spec.difference)}")
    if details:
        lines += _details(spec)
    st.markdown("\n".join(f"- {line}" for line in lines))


def _details(spec: ModelSpec) -> list[str]:
    reads = (
        _("Grad-CAM reads the layer {layer}.", layer=f"`{spec.grad_cam_layer}`")
        if spec.grad_cam_layer
        else _("Grad-CAM has no maps to read here.")
    )
    return [
        _("Paper: {paper} ({year}).", paper=spec.paper, year=spec.year),
        _(
            "Made for images of {usual} pixels; they must have at least {smallest}.",
            usual=spec.usual_size,
            smallest=spec.smallest_size,
        ),
        reads,
    ]


def _pick_family(key: str) -> str:
    chosen = st.segmented_control(
        _("Family"),
        list(FAMILIES),
        format_func=lambda family: _(FAMILIES[family]),
        default=None if key in st.session_state else next(iter(FAMILIES)),
        key=key,
        required=True,
        persist_state="session",
    )
    return chosen or next(iter(FAMILIES))
