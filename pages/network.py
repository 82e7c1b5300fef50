"""Learn 4: a network from one kernel to all its layers, what it sees, and how it finds its weights."""

from typing import Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import N_, _
from ui.controls import (
    full,
    guard,
    lesson_header,
    lesson_more,
    next_button,
    pick_dataset,
    self_check,
)
from ui.films import current_film, pick_film
from ui.network import compare_view, kernel_view, layers_view, neuron_view, sees_view, surface_view
from ui.network.chosen import pick_network

_PARTS: Final = {
    "kernel": N_("One kernel"),
    "answer": N_("From image to answer"),
    "layers": N_("Layers"),
    "sees": N_("What it sees"),
    "downhill": N_("Downhill"),
    "compare": N_("Compare two"),
}
_ONLY_FULL: Final = ("compare",)


def main() -> None:
    parts = [part for part in _PARTS if full() or part not in _ONLY_FULL]
    if st.session_state.get("network-part") not in parts:
        st.session_state["network-part"] = parts[0]
    shown = lesson_header("network", body=st.session_state["network-part"] == parts[0])
    info = pick_dataset()
    if info is not None:
        part = _pick_part(parts)
        with guard():
            _show(part, info)
    lesson_more(shown)
    self_check("network", shown)
    next_button("train")


def _pick_part(parts: list[str]) -> str:
    chosen = st.segmented_control(
        _("Part of this page"),
        parts,
        format_func=lambda part: _(_PARTS[part]),
        key="network-part",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen or parts[0]


def _show(part: str, info: DatasetInfo) -> None:
    st.subheader(_(_PARTS[part]), anchor=False)
    if part == "layers":
        layers_view.show(info)
    elif part == "compare":
        compare_view.show(info)
    else:
        # going downhill is on a batch of training images: a film of one's choice would change nothing
        picks = full() and part != "downhill"
        _show_with_film(part, info, pick_film(info) if picks else current_film(info))


def _show_with_film(part: str, info: DatasetInfo, sample_id: int) -> None:
    if part == "kernel":
        kernel_view.show(info, sample_id)
    elif part == "sees":
        sees_view.show(info, sample_id)
    elif part == "answer":
        neuron_view.show(info, sample_id, pick_network(info))
    else:
        surface_view.show(info, sample_id, pick_network(info))


main()
