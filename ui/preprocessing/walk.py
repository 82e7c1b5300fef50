"""The preprocessing of the Basic level: one film, one size, one pixel, and its story."""

from __future__ import annotations

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing.following import PixelStep, follow, shown_number
from ui.places import Grid, Place, chosen_place
from ui.preprocessing import state
from ui.preprocessing.break_view import break_fold
from ui.preprocessing.laboratory import place_key, show_picture
from ui.preprocessing.pictures import LARGE, show_step_picture, shown_shape
from ui.preprocessing.source import pick_subject
from ui.preprocessing.statistics_note import statistics_note
from ui.preprocessing.story import story_cards
from ui.preprocessing.tracing import traced

SIZES = (16, 32, 64, 96, 128, 192, 256)


def walk(info: DatasetInfo) -> None:
    """Show the film, the story of its pixel, and, folded, the picture after each step."""
    left, right = st.columns(2, gap="large")
    with left:
        subject = pick_subject(info, with_files=False)
    with right:
        pick_size()
    if subject is None:
        return
    preprocessing = state.usual(info)
    rows, columns = subject.image.values.shape[:2]
    grid, key = Grid(rows, columns), place_key(subject)
    place = chosen_place(key, grid, Place(rows // 2, columns // 3))
    with st.spinner(_("The steps are being done…")):
        steps = follow(traced(subject, preprocessing), place.row, place.column)
    with left:
        show_picture(subject, key=key, grid=grid, place=place)
    with right:
        story_cards(steps)
        statistics_note(subject, preprocessing)
    with left:
        st.markdown(f"**{_('What the network gets')}**")
        show_step_picture(steps[-1], alt=_("What the network gets."), side=LARGE)
    with st.expander(_("The whole picture after each step")):
        _each_picture(steps)
    if subject.sample_id is not None:
        break_fold(info, subject.sample_id)


def pick_size() -> None:
    """Let the visitor choose the side of the picture that the network gets."""
    field = PREPROCESSING_STEPS["resize"].parameters.model_fields["size"]
    st.session_state.setdefault(state.SIZE, state.USUAL_SIZE)
    st.select_slider(
        _(str(field.title)),
        SIZES,
        format_func=lambda side: f"{side} x {side}",
        help=_(str(field.description)),
        key=state.SIZE,
        persist_state="session",
    )


def _each_picture(steps: list[PixelStep]) -> None:
    """Show the whole picture after each step, with shape, type and range."""
    for number, step in enumerate(steps):
        if number % 3 == 0:  # a new row, so that a phone shows the steps in their order
            columns = st.columns(3, gap="medium")
        with columns[number % 3]:
            alt = _("The picture after the step {title}.", title=_(step.title))
            show_step_picture(step, alt=alt, side=LARGE)
            st.markdown(f"**{number}. {_(step.title)}**  \n{shown_shape(step.values.shape)}, {step.dtype}")
            st.caption(_("from {low} to {high}", low=shown_number(step.low), high=shown_number(step.high)))
    st.caption(_("Each picture is shown from its own darkest to its brightest value, the pixel in orange."))
