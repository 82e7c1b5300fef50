"""The filters of a first layer: as it has learned them, and as they were before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.language import _
from core.models.map_pictures import filter_sheet
from ui.charts import show_pixels
from ui.network.looked_at import Viewer, random_weights, trained_weights
from ui.session import full

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLUMNS: Final = 8
_MOST_BASIC: Final = 16
_MOST_FULL: Final = 64


def show(viewer: Viewer) -> None:
    """Show the weights of the convolution that meets the image, trained beside untrained."""
    st.subheader(_("The first filters"), anchor=False)
    if viewer.spec.first_convolution is None:
        st.caption(_("This network has no convolution that meets the image, so it has no filters to show."))
        return
    with st.spinner(_("The network is built as it was before training…")):
        before, after = random_weights(viewer), trained_weights(viewer)
    shown = [weights for weights in (after, before) if weights is not None]
    if not shown:
        st.caption(_("The first filters cannot be read from this run."))
        return
    strongest = max(float(np.abs(weights).max()) for weights in shown)
    st.caption(_words(shown[0], strongest))
    left, right = st.columns(2, gap="large")
    if after is not None:
        with left:
            _sheet(after, strongest, title=_("After training"))
    with right if after is not None else left:
        if before is not None:
            _sheet(before, strongest, title=_("Before training: random"))
        else:
            st.caption(_("This run began with the weights of another training, not with random ones."))
    if after is not None and before is not None and after.shape == before.shape:
        st.caption(_change(after, before))


def _sheet(weights: NDArray[np.float32], strongest: float, *, title: str) -> None:
    shown = weights[: _MOST_FULL if full() else _MOST_BASIC]
    st.markdown(f"**{title}**")
    if len(shown) < len(weights):
        st.caption(_("The first {n} of {total}.", n=len(shown), total=len(weights)))
    sheet = filter_sheet(shown, n_columns=min(_COLUMNS, len(shown)), strongest=strongest)
    show_pixels(sheet, alt=_("{n} filters as small pictures.", n=len(shown)))


def _words(weights: NDArray[np.float32], strongest: float) -> str:
    n, n_channels, height, width = weights.shape
    values = {"n": n, "height": height, "width": width, "strongest": f"{strongest:.2g}"}
    if n_channels == 1:
        return _(
            "{n} filters of {height} x {width} weights. Grey is 0, white +{strongest}, black −{strongest}.",
            **values,
        )
    return _(
        "{n} filters of {height} x {width} weights for each colour, shown as that colour. Grey is 0, full"
        " colour +{strongest}, none −{strongest}.",
        **values,
    )


def _change(after: NDArray[np.float32], before: NDArray[np.float32]) -> str:
    moved = float(np.linalg.norm(after - before) / np.linalg.norm(before))
    return _(
        "Training moved these weights by {percent} % of their own size. The filters before training are made"
        " again from the run's seed.",
        percent=f"{100 * moved:.0f}",
    )
