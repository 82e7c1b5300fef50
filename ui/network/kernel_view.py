"""One kernel by hand: choose it, step it over a film, and see the sum and the map."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _
from core.models.convolution import run_block
from ui.messages import escape, simulated_badge
from ui.network.convolution_view import place_on, show_block, show_pictures, show_sum, step_slider
from ui.network.kernels import pick_kernel, picture_for


def show(info: DatasetInfo, sample_id: int) -> None:
    """Show a kernel at work on a film."""
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
