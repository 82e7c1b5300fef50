"""The maps over the image: one in large, and the others beside it."""

from contextlib import nullcontext

import streamlit as st

from core.language import _
from ui import maps
from ui.explain.case import Case
from ui.session import full


def show(case: Case) -> None:
    """Show one map with its legend, and the methods side by side."""
    run, subject = case.network.run, case.subject
    if run is None:
        return
    st.subheader(_("Where did it look?"), anchor=False)
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom", key="explain-controls"):
        method = maps.method_control(key="explain-method")
        with nullcontext() if full() else st.popover(_("Opacity")):
            opacity = (
                st.slider(_("Opacity of the map (per cent)"), 0, 100, 60, 5, key="explain-opacity") / 100
            )
    answer = maps.compute(run, subject, method, case.target)
    left, right = st.columns(2, gap="large")
    with left:
        maps.show_map(run, subject, answer, opacity=opacity)
    with right:
        maps.legend(answer)
        maps.download(subject, answer, opacity=opacity)
    maps.side_by_side(run, subject, case.target, opacity=opacity)
