"""Learn 4: step a convolution by hand, and see the layers that do it a million times."""

import pandas as pd
import streamlit as st

from core.datasets.records import DatasetInfo
from core.figures.networks import network_diagram
from core.language import _
from core.models.catalog import MODELS
from core.models.convolution import run_block
from core.models.stages import kind_title, stages
from ui.charts import show_figure
from ui.controls import (
    escape,
    full,
    guard,
    lesson_header,
    lesson_more,
    next_button,
    pick_dataset,
    self_check,
    simulated_badge,
)
from ui.films import current_film, pick_film
from ui.network.convolution_view import place_on, show_block, show_pictures, show_sum, step_slider
from ui.network.kernels import layers, pick_kernel, picture_for

_SIZE = 64  # pixels a side of the image that the table is made for


def main() -> None:
    shown = lesson_header("network")
    info = pick_dataset()
    if info is not None:
        with guard():
            _convolution(info)
        with guard():
            _layers(info)
    lesson_more(shown)
    self_check("network", shown)
    next_button("train")


def _convolution(info: DatasetInfo) -> None:
    sample_id = pick_film(info) if full() else current_film(info)
    st.subheader(_("One kernel, step by step"), anchor=False)
    left, right = st.columns([1, 2], gap="large")
    with left:
        kernel = pick_kernel()
        st.caption(escape(kernel.summary))
    picture = picture_for(info, sample_id, kernel)
    key = f"network-{len(picture)}"
    block = run_block(picture, kernel.weights)
    grid, place = place_on(block, key=key)
    with right:
        step_slider(grid, place, key=key)
    if info.simulated:
        simulated_badge()
    show_sum(picture, kernel.weights, place)
    show_pictures(picture, block, grid, place, key=key)
    st.subheader(_("Then ReLU and pooling"), anchor=False)
    show_block(block, place)


def _layers(info: DatasetInfo) -> None:
    st.subheader(_("All layers of a network"), anchor=False)
    chosen = st.segmented_control(
        _("Network"),
        list(MODELS),
        format_func=lambda name: _(MODELS[name].title),
        default=None if "network-model" in st.session_state else next(iter(MODELS)),
        key="network-model",
        required=True,
        persist_state="session",
    )
    name = chosen or next(iter(MODELS))
    spec = MODELS[name]
    st.markdown(f"{_(spec.summary)} {_(spec.strength)} {_(spec.weakness)}")
    with st.spinner(_("The network is being built…")):
        found = layers(name, len(info.class_names), info.n_channels, _SIZE)
    shape = (info.n_channels, _SIZE, _SIZE)
    show_figure(network_diagram(stages(found, spec.blocks), shape), key="network-diagram")
    st.caption(
        _(
            "{weights} weights, and {operations} million multiply-adds for one image"
            " of {size} x {size} pixels.",
            weights=f"{sum(layer.n_parameters for layer in found):,}",
            operations=f"{sum(layer.multiply_adds for layer in found) / 1e6:.1f}",
            size=_SIZE,
        )
    )
    with st.expander(_("Layer by layer: {n} layers", n=len(found)), expanded=full()):
        table = {
            _("Layer"): [layer.name for layer in found],
            _("Kind"): [kind_title(layer.kind) for layer in found],
            _("Output shape"): [" x ".join(map(str, layer.output_shape)) for layer in found],
            _("Weights"): [layer.n_parameters for layer in found],
            _("Multiply-adds"): [layer.multiply_adds for layer in found],
        }
        st.dataframe(pd.DataFrame(table), hide_index=True, alt=_("The layers of {name}.", name=_(spec.title)))


main()
