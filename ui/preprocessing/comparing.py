"""Two pipelines side by side, on the same image and the same pixel."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.language import Message, _
from core.transforms.preprocessing.differing import differences
from core.transforms.preprocessing.following import PixelStep, follow, shown_number
from core.transforms.preprocessing.library import list_pipelines
from core.transforms.preprocessing.parsing import parse_preprocessing
from core.transforms.preprocessing.pipeline import StepTrace
from core.transforms.records import Preprocessing
from ui.messages import escape, guard
from ui.option_names import option_name
from ui.places import Place
from ui.preprocessing import state
from ui.preprocessing.pictures import LARGE, show_difference, show_histogram, show_step_picture
from ui.preprocessing.source import Subject
from ui.preprocessing.story import where
from ui.preprocessing.tracing import traced

_PINNED: Final = "preprocess-pinned"
_OTHER: Final = "preprocess-compare"
_USUAL, _PIN = "usual", "pin"  # saved ones are "saved:NAME"
_SAVED: Final = "saved:"


def compare_section(
    subject: Subject, preprocessing: Preprocessing, steps: list[StepTrace], place: Place
) -> None:
    """Hold the pipeline of the page against another one."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="preprocess-compare-row"):
        other = _pick_other(subject, preprocessing)
    if other is None:
        return
    with guard():
        theirs = follow(traced(subject, other), place.row, place.column)[-1]
        mine = follow(steps, place.row, place.column)[-1]
        _side_by_side(mine, theirs)
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown(f"**{_('The difference: this one minus the other')}**")
            show_difference(mine.values, theirs.values, names=(_("in this one"), _("in the other")))
        with right:
            _list(preprocessing, other)


def _pick_other(subject: Subject, preprocessing: Preprocessing) -> Preprocessing | None:
    saved = {f"{_SAVED}{one.name}": one for one in list_pipelines()}
    names = {_USUAL: _("the usual pipeline")}
    if _PINNED in st.session_state:
        names[_PIN] = _("the pinned one")
    names |= {key: one.name for key, one in saved.items()}
    if st.session_state.get(_OTHER) not in names:
        st.session_state[_OTHER] = _USUAL
    chosen = st.selectbox(
        _("Compare with"), list(names), format_func=names.__getitem__, key=_OTHER, persist_state="session"
    )
    st.button(
        _("Pin this one"),
        key="preprocess-pin",
        icon=":material/keep:",
        help=_("Then change something: the pinned pipeline stays to compare with."),
        on_click=_pin,
        args=(preprocessing,),
    )
    if chosen == _USUAL:
        return state.usual(subject.info)
    return parse_preprocessing(st.session_state[_PINNED]) if chosen == _PIN else saved[chosen].preprocessing


def _pin(preprocessing: Preprocessing) -> None:
    st.session_state[_PINNED] = preprocessing.model_dump_json()
    st.session_state[_OTHER] = _PIN


def _side_by_side(mine: PixelStep, theirs: PixelStep) -> None:
    titles = (_("This pipeline"), _("The other pipeline"))
    for column, title, step in zip(st.columns(2, gap="large"), titles, (mine, theirs), strict=True):
        with column:
            st.markdown(f"**{title}**")
            alt = _("What the network gets: {title}.", title=title)
            show_step_picture(step, alt=alt, side=LARGE)
            show_histogram(step, title=title)
            numbers = " · ".join(shown_number(value) for value in step.after)
            text = escape(numbers) if numbers else _("cut off")
            st.markdown(f"{_('The pixel ends as')} **{text}** :gray[{where(step)}]")


def _list(preprocessing: Preprocessing, other: Preprocessing) -> None:
    st.markdown(f"**{_('In what they differ')}**")
    found = differences(preprocessing, other)
    if not found:
        st.markdown(_("In nothing: both do the same."))
    else:
        st.markdown("\n".join(f"- {escape(_named(message))}" for message in found))


def _named(message: Message) -> Message:
    """Call the options of a list by the names that the form gives them."""
    values = {
        name: option_name(value) if name in ("value", "other") else value
        for name, value in message.values.items()
    }
    return Message(text=message.text, values=values)
