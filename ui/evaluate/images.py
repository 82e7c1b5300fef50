"""Every picture behind the numbers: by cell, by how sure the network was, on a map, and one by one."""

from math import ceil
from typing import Final

import streamlit as st

from core.evaluation.cells import KINDS, Cell, Kind, described, places_of
from core.figures.confusion import MOST_IN_WORDS
from core.language import _, joined, ngettext
from core.runs.predictions import Predictions
from ui.evaluate import images_state as state
from ui.evaluate.case_panel import case_panel
from ui.evaluate.cells import cells
from ui.evaluate.embedding_map import embedding_map
from ui.evaluate.images_jump import jump_here
from ui.evaluate.images_source import source_of
from ui.evaluate.images_tiles import tile_of, tiles
from ui.evaluate.judged import Judged, Threshold, predictions
from ui.messages import escape, simulated_badge

_A_PAGE: Final = 24
_ROOM: Final = 330  # pixels of a row of images with its words
_TRUTH: Final = "images-truth"
_CALLED: Final = "images-called"


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view."""
    found = predictions(case)
    state.begin(case, len(found.class_names))
    is_wide = len(found.class_names) > MOST_IN_WORDS
    left, right = (st.container(), st.container()) if is_wide else st.columns(2, gap="large")
    with left:
        cells(case, threshold, key="images-cells")
    with right:
        embedding_map(case, threshold)
    case_panel(case, threshold)
    _choose(found)
    listed(case, threshold, a_page=_A_PAGE, key="images-tiles")


def listed(case: Judged, threshold: Threshold, *, a_page: int, key: str) -> None:
    """Show a page of the images of the chosen kind, each of which opens; also where a page has no choice."""
    found, kind, cell = predictions(case), state.kind(), state.cell()
    places = places_of(found, threshold, kind=kind, cell=cell)
    jump_here(now=state.is_fresh_list(), of=str(cell), key=f"{key}-jump", room=_ROOM)
    st.caption(_in_words(found, kind, cell, len(places)))
    if not len(places):
        return
    n_pages = ceil(len(places) / a_page)
    page = min(int(st.session_state.get(state.PAGE, 1)), n_pages)
    st.session_state[state.PAGE] = page
    shown = described(found, places[(page - 1) * a_page : page * a_page], threshold)
    if case.is_simulated:
        simulated_badge()
    tiles(
        [tile_of(one, found.positive_class) for one in shown],
        source_of(case),
        name=_("Images"),
        key=key,
    )
    if n_pages > 1:
        st.pagination(n_pages, key=state.PAGE, max_visible_pages=5)


def _choose(found: Predictions) -> None:
    """Let the visitor choose which images are listed; the cell also without pressing it in the matrix."""
    kind = st.segmented_control(
        _("Which images"),
        list(KINDS),
        format_func=lambda name: _(KINDS[name]),
        default=None if state.WHICH in st.session_state else "errors",
        key=state.WHICH,
        required=True,
        persist_state="session",
        on_change=_begin_anew,
    )
    if kind != "cell":
        return
    names = found.class_names
    if state.cell() is None:
        st.session_state[state.CELL] = [0, min(1, len(names) - 1)]
    st.session_state[_TRUTH], st.session_state[_CALLED] = st.session_state[state.CELL]
    with st.container(horizontal=True, key="images-cell-row"):
        for label, key in ((_("Truth"), _TRUTH), (_("Called"), _CALLED)):
            places = range(len(names))
            st.selectbox(label, places, format_func=names.__getitem__, key=key, on_change=_take, width=260)


def _begin_anew() -> None:
    st.session_state[state.PAGE] = 1


def _take() -> None:
    state.open_cell(Cell(int(st.session_state[_TRUTH]), int(st.session_state[_CALLED])))


def _in_words(found: Predictions, kind: Kind, cell: Cell | None, n: int) -> str:
    total = found.n_samples
    if kind == "cell" and cell is not None:
        truth, called = (escape(found.class_names[code]) for code in (cell.truth, cell.called))
        if not n:
            text = _(
                "No image that is truly '{truth}' is called '{called}' here.", truth=truth, called=called
            )
            return joined((text, _("The cell is empty.")), " ")
        return ngettext(
            "One image of {total}: truly '{truth}', called '{called}'.",
            "{n} images of {total}: truly '{truth}', called '{called}', the surest first.",
            n,
            total=total,
            truth=truth,
            called=called,
        )
    if kind == "errors":
        if not n:
            return _("Nothing is called wrong here.")
        text = _(
            "{n} of {total} are called wrong: those first where the network was surest.", n=n, total=total
        )
        return joined((text, _("Is there something to see that explains it?")), " ")
    if kind == "least_sure":
        return _("All {n}, those first that nearly were called otherwise.", n=n)
    return _("All {n}, the surest first.", n=n)
