"""The confusion matrix whose cells open their images: a component of our own, whose script is in ui/assets/.

Its cells are buttons in a table, so that a mouse, a finger, the keys and a screen reader open them alike.
"""

from typing import Any, Final

import numpy as np
import streamlit as st
import streamlit.components.v2 as components

from core.evaluation.cells import By, Cell, cell_shares, count_cells
from core.figures.confusion import spelled_out
from core.language import N_, _
from core.runs.predictions import Predictions
from ui.evaluate import images_state as state
from ui.evaluate.judged import Judged, Threshold, predictions
from ui.messages import simulated_badge
from ui.session import full
from ui.shell import ASSETS

_BY: Final[dict[By, str]] = {
    "count": N_("Counts"),
    "row": N_("% of each truth"),
    "column": N_("% of each call"),
}
_component = components.component(
    "lightbox_cells",
    css=(ASSETS / "evaluate_cells.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + (ASSETS / "evaluate_cells.js").read_text(encoding="utf-8"),
)


def cells(case: Judged, threshold: Threshold, *, key: str = "evaluate-cells") -> None:
    """Show the confusion matrix; a cell that is pressed is the one that `images_state.cell` returns."""
    found = predictions(case)
    state.begin(case, len(found.class_names))
    counts = count_cells(found, threshold)
    title = _("{hits} of {n} images were called right", hits=int(np.trace(counts)), n=int(counts.sum()))
    st.markdown(f"##### {title}", anchors=False)
    if case.is_simulated:
        simulated_badge()
    by = _pick_by(key) if full() else "row"

    def remember() -> None:
        picked = st.session_state[key].picked
        if picked:
            state.open_cell(Cell(int(picked["truth"]), int(picked["called"])))

    _component(data=_drawn(found, counts, by), key=key, height="content", on_picked_change=remember)


def _pick_by(key: str) -> By:
    name = f"{key}-by"
    chosen: By | None = st.segmented_control(
        _("Cells show"),
        list(_BY),
        format_func=lambda by: _(_BY[by]),
        default=None if name in st.session_state else "row",
        key=name,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    return chosen or "row"


def _drawn(found: Predictions, counts: "np.ndarray[Any, np.dtype[np.int64]]", by: By) -> dict[str, Any]:
    shares, chosen = cell_shares(counts, by), state.cell()
    is_open = chosen is not None and state.kind() == "cell"
    return {
        "alt": _("Confusion matrix. {counts}", counts=spelled_out(counts, found.class_names)),
        "names": list(found.class_names),
        "counts": counts.tolist(),
        "shares": shares.round(4).tolist(),
        "percents": [["" if by == "count" else f"{share:.0%}" for share in row] for row in shares],
        "chosen": [chosen.truth, chosen.called] if chosen is not None and is_open else None,
        "strings": {
            "truth": _("Truth"),
            "called": _("Called"),
            "cell": _("truly '{truth}', called '{called}'", truth="{truth}", called="{called}"),
            "hint": _("Press a cell to see its images."),
        },
    }
