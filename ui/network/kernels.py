"""What the Network page looks at: a picture small enough to step through, and its kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import N_, _
from core.models.convolution import KERNELS
from core.runs.filters import first_filters
from core.runs.store import Run, list_runs
from core.transforms.preprocessing import default_preprocessing, image_part, to_input, unit
from ui import cache
from ui.session import full

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE: Final = 32  # pixels of the picture that hand-made kernels slide over
_LEARNED: Final = N_("Learned")
_OWN: Final = N_("My own numbers")


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel to slide: its weights (3, 3), what it does, and the run that learned it, if one did."""

    weights: NDArray[np.float32]
    summary: str
    run: Run | None = None


def pick_kernel() -> Kernel:
    """Let the visitor choose a kernel: one of the classics, a learned one, or nine numbers at Full."""
    run = _learned_run()
    options = [*KERNELS, *([_LEARNED] if run else []), *([_OWN] if full() else [])]
    if st.session_state.get("network-kernel") not in options:
        st.session_state["network-kernel"] = options[0]
    chosen = st.selectbox(
        _("Kernel"), options, format_func=_kernel_name, key="network-kernel", persist_state="session"
    )
    if chosen == _OWN:
        return _own_kernel()
    if chosen == _LEARNED and run is not None:
        return _learned_kernel(run)
    return Kernel(KERNELS[chosen].values, _(KERNELS[chosen].summary))


def picture_for(info: DatasetInfo, sample_id: int, kernel: Kernel) -> NDArray[np.float32]:
    """Return the picture (H, W) that a kernel slides over: for a learned one what its network is given."""
    image = cache.image(info.dataset_id, sample_id)
    if kernel.run is not None:
        card = kernel.run.card
        channels = to_input(image, card.preprocessing, card.statistics)
    else:
        channels = unit(image_part(image, default_preprocessing(SIDE, 1)))
    picture: NDArray[np.float32] = channels[0]  # (1, H, W) -> (H, W)
    return picture


def _learned_run() -> Run | None:
    """Return the newest run that has learned 3 x 3 kernels on one channel."""
    return next((run for run in list_runs() if first_filters(run) is not None), None)


def _learned_kernel(run: Run) -> Kernel:
    filters = first_filters(run)
    if filters is None:
        raise RuntimeError("the run was chosen because it has filters")
    number = 1
    if full():
        number = st.slider(_("Filter"), 1, len(filters), key="network-filter", persist_state="session")
    summary = _(
        "Filter {number} of {n}, as '{run}' has learned it; the picture is what that network is given.",
        number=number,
        n=len(filters),
        run=run.run_id,
    )
    return Kernel(filters[number - 1], summary, run)


def _own_kernel() -> Kernel:
    start = KERNELS["vertical_edge"].values
    weights = start.copy()
    for row in range(3):
        for column, place in enumerate(st.columns(3, wrap=False)):
            label = _("Row {row}, column {column}", row=row + 1, column=column + 1)
            weights[row, column] = place.number_input(
                label,
                -9.0,
                9.0,
                float(start[row, column]),
                step=0.5,
                key=f"network-weight-{row}-{column}",
                label_visibility="collapsed",
                persist_state="session",
            )
    return Kernel(weights, _("Nine numbers of your own."))


def _kernel_name(name: str) -> str:
    return _(KERNELS[name].title) if name in KERNELS else _(name)
