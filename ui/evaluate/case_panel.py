"""One image looked at closely: what it is, what was said, what it is like, and whether its label is right."""

import numpy as np
import streamlit as st

from core.errors import LightboxError
from core.evaluation.cells import places_of
from core.language import _
from ui import films
from ui.evaluate import images_state as state
from ui.evaluate.case_correction import correction_form
from ui.evaluate.case_explanation import explanation
from ui.evaluate.case_neighbours import neighbours, of_the_patient
from ui.evaluate.case_source import OneCase, one_case
from ui.evaluate.images_jump import jump_here
from ui.evaluate.judged import Judged, Threshold, predictions
from ui.messages import escape, guard, simulated_badge
from ui.session import full

_MOST_CLASSES = 6


def case_panel(case: Judged, threshold: Threshold) -> None:
    """Show the image that is open; nothing where none is."""
    opened = state.opened()
    if opened is None:
        return
    one = one_case(case, opened, threshold)
    with st.container(border=True, key="case-panel"), guard():
        jump_here(now=state.is_fresh(), of=f"{opened.side} {opened.sample_id}", key="case-jump")
        _head(one, threshold)
        if one.source.info is None or one.row is None:
            st.info(escape(one.source.reason or _("This picture is no longer there.")))
        left, right = st.columns([1, 1], gap="large")
        with left:
            _film(one)
        with right:
            _facts(one)
            map_goes_here = st.container()
        if one.source.info is None or one.row is None:
            return
        if full():
            neighbours(one)
            of_the_patient(one)
            correction_form(one)
        with map_goes_here:  # last: the first map of a server waits for torch
            explanation(one)


def _head(one: OneCase, threshold: Threshold) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="case-head"):
        title = _("Image {n}", n=one.sample_id)
        if one.opened.side == "training":
            title = _("Training image {n}", n=one.sample_id)
        st.markdown(f"#### {title}", anchors=False, width="stretch")
        before, after = _around(one, threshold)
        for sign, key, to, hint in (
            ("←", "case-previous", before, _("Previous image")),
            ("→", "case-next", after, _("Next image")),
        ):
            st.button(sign, key=key, help=hint, disabled=to is None, on_click=_go, args=(to,))
        st.button(_("Close"), key="case-close", icon=":material/close:", on_click=state.close_image)


def _around(one: OneCase, threshold: Threshold) -> tuple[int | None, int | None]:
    """Return the images before and after this one in the list that is shown."""
    if one.opened.side != "judged":
        return None, None
    found = predictions(one.case)
    places = places_of(found, threshold, kind=state.kind(), cell=state.cell())
    ids = found.sample_ids[places]
    here = np.flatnonzero(ids == one.sample_id)
    if not len(here):
        return None, None
    place = int(here[0])
    before = int(ids[place - 1]) if place > 0 else None
    return before, int(ids[place + 1]) if place + 1 < len(ids) else None


def _go(sample_id: int | None) -> None:
    if sample_id is not None:
        state.open_image(sample_id)


def _film(one: OneCase) -> None:
    info = one.source.info
    if info is None or one.row is None:
        return
    if info.simulated:
        simulated_badge()
    outlined = info.has_masks and st.session_state.get("case-outline", True)
    try:
        png = films.film_png(info, one.sample_id, with_mask=outlined)
        st.image(png, width="stretch", alt=films.film_alt(info, one.sample_id))
    except (LightboxError, OSError):
        st.caption(_("This picture is no longer there."))
        return
    if info.has_masks and full():
        st.toggle(_("Outline the finding"), value=True, key="case-outline", persist_state="session")


def _facts(one: OneCase) -> None:
    answer = one.answer
    if answer is None:
        if one.row is not None:
            st.markdown(_("Its label: **{label}**", label=escape(one.row["label"])))
        st.caption(_("It is not among the images that are judged here."))
        return
    found = predictions(one.case)
    names = found.class_names
    truth, called = escape(names[answer.truth]), escape(names[answer.called])
    if answer.is_right:
        st.success(_("Truly **{truth}**, and called so.", truth=truth), icon=":material/check:")
    else:
        st.error(
            _("Truly **{truth}**, called **{called}**.", truth=truth, called=called), icon=":material/close:"
        )
    order = np.argsort(-answer.scores, kind="stable")[:_MOST_CLASSES].tolist()
    if answer.truth not in order:
        order = [*order[:-1], answer.truth]
    for code in order:
        share = float(np.clip(answer.scores[code], 0, 1))
        st.progress(share, text=f"{escape(names[code])}: {share:.2f}")
    if len(names) > len(order):
        st.caption(
            _("The {n} most probable of {total} classes, and the true one.", n=len(order), total=len(names))
        )
    _attributes(one)


def _attributes(one: OneCase) -> None:
    if one.row is None or one.source.info is None or not full():
        return
    row = one.row
    known = {_("Size"): f"{int(row['width'])} × {int(row['height'])} px"}
    known |= {
        escape(name): escape(row[name]) for name in one.source.info.attributes if row[name] == row[name]
    }
    st.caption(" · ".join(f"{name}: {value}" for name, value in known.items()))
