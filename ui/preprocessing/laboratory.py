"""The preprocessing laboratory of the Full level: the pipeline as cards, followed by a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.datasets.records import DatasetInfo
from core.errors import LightboxError
from core.language import _
from core.transforms.preprocessing.following import PixelStep, follow
from core.transforms.preprocessing.order import advice
from core.transforms.preprocessing.pipeline import StepTrace
from core.transforms.records import Preprocessing
from ui.messages import escape, simulated_badge
from ui.places import Grid, Place, chosen_place, place_picture, place_sliders
from ui.preprocessing import builder, state
from ui.preprocessing.sending import send_button
from ui.preprocessing.source import Subject, pick_subject
from ui.preprocessing.state import Draft
from ui.preprocessing.statistics_note import statistics_note
from ui.preprocessing.step_cards import Shown, show_cards, show_step, show_switched_off
from ui.preprocessing.step_names import with_titles
from ui.preprocessing.story import story_list
from ui.preprocessing.tools import show_tool
from ui.preprocessing.tracing import traced
from ui.shell import ASSETS


@dataclass(frozen=True, eq=False)
class _Run:
    """The pipeline that is applied, what it did to the image, and why a newer one is not applied."""

    draft: Draft
    preprocessing: Preprocessing
    steps: list[StepTrace]
    error: LightboxError | None = None


def laboratory(info: DatasetInfo) -> None:
    """Show the whole laboratory."""
    st.html(ASSETS / "preprocess.css")
    subject = pick_subject(info, with_files=True)
    if subject is None:
        st.info(_("Give a file, or choose another image above."))
        return
    rows, columns = subject.image.values.shape[:2]
    grid, key = Grid(rows, columns), place_key(subject)
    place = chosen_place(key, grid, Place(rows // 2, columns // 3))
    left, right = st.columns([2, 3], gap="large")
    with left:
        show_picture(subject, key=key, grid=grid, place=place)
    notices, draft, cards = _pipeline(info, simulated=subject.simulated)
    with st.spinner(_("The steps are being done…")):
        run = _run(info, subject, draft)
        steps = follow(run.steps, place.row, place.column)
    with right:
        story_list(subject, steps)
        statistics_note(subject, run.preprocessing)
    with notices:
        _notices(run)
    _fill(cards, subject, run, steps)
    if run.error is None:
        send_button(info, run.preprocessing)
    show_tool(subject, run.preprocessing, run.steps, place)


def place_key(subject: Subject) -> str:
    """Return the key under which the session holds the pixel that is followed."""
    if subject.sample_id is not None:
        return f"preprocess-{subject.info.dataset_id}-{subject.sample_id}"
    return f"preprocess-{subject.key}"


def show_picture(subject: Subject, *, key: str, grid: Grid, place: Place, numbers_open: bool = False) -> None:
    """Show the image in which the pixel is chosen."""
    if subject.simulated:
        simulated_badge()
    place_picture(subject.png(), key=key, grid=grid, place=place, alt=subject.alt)
    st.caption(_("Blue frame: the pixel you follow. Click into the picture to choose another."))
    with st.expander(_("Choose by numbers"), expanded=numbers_open):
        place_sliders(key, grid, place)


def _pipeline(
    info: DatasetInfo, *, simulated: bool
) -> tuple[st.delta_generator.DeltaGenerator, Draft, list[Shown]]:
    """Show the bar and the cards; return where notices go, the draft as its widgets say, and the cards."""
    st.subheader(_("The pipeline, step by step"), anchor=False)
    st.caption(_("Each picture is shown from its own darkest to its brightest value, the pixel in orange."))
    bar = st.container(horizontal=True, vertical_alignment="center", key="preprocess-bar")
    notices = st.container(key="preprocess-notices", gap="small")
    before = state.draft(info)
    builder.begin_with(before)
    draft, cards = show_cards(info, before)
    if draft != before:
        state.change(info, draft)
    with bar:  # after the cards, for they may have made a change that can be taken back
        builder.add_menu(info)
        builder.way_back(info)
        if simulated:
            simulated_badge()
    return notices, draft, cards


def _run(info: DatasetInfo, subject: Subject, draft: Draft) -> _Run:
    """Run the draft; where it cannot work, the last one that did."""
    try:
        preprocessing = draft.checked()
        steps = traced(subject, preprocessing)
    except LightboxError as error:
        last = state.applied(info)
        return _Run(last, last.checked(), traced(subject, last.checked()), error)
    state.apply(draft)
    return _Run(draft, preprocessing, steps)


def _notices(run: _Run) -> None:
    if run.error is not None:
        text = _("Not applied yet; the pictures show the last pipeline that worked.")
        st.error(f"{escape(with_titles(run.error))} {text}", icon=":material/warning:")
        return
    for message in advice(run.preprocessing):
        st.info(escape(with_titles(message)), icon=":material/lightbulb:")


def _fill(cards: list[Shown], subject: Subject, run: _Run, steps: list[PixelStep]) -> None:
    """Put into each card what its step did, where the step is part of what is applied."""
    done = {
        run.draft.cards[step.index].id: (steps[place - 1], step)
        for place, step in enumerate(steps)
        if step.index is not None
    }
    for shown in cards:
        if shown.card.enabled or run.error is not None:
            show_step(shown, *done.get(shown.card.id, (None, None)))
        else:
            show_switched_off(shown, subject, run.draft)
