"""Clinic: a run told step by step, to be shown to a colleague; nothing has to be waited for.

Presenter mode (?present=1) shows it to a room: large, one sentence and one picture a step, no jargon.
"""

import html

import streamlit as st

from core.language import _
from core.lessons import Lesson, plain_text
from ui import answers
from ui.controls import empty_state, go_to, guard, lesson, lesson_header, lesson_text
from ui.shell import ASSETS
from ui.story.choosing import go, pick_story, place, present, presenting
from ui.story.steps import Step, show_picture, steps_of
from ui.story.told import Told


def main() -> None:
    shown = lesson("story")
    run = pick_story()
    if run is None:
        lesson_header("story", shown)
        empty_state(
            _("The demo run is not here"),
            _(
                "This story is told over a network that was trained, such as the one that ships with"
                " Lightbox. Train one, and tell of it."
            ),
            action=_("Train a network"),
            page="train",
        )
        return
    answers.warm_up()
    in_room = presenting()
    st.html(ASSETS / "story.css")
    if in_room:
        st.html(ASSETS / "presenter.css")
    told = Told(run, in_room)
    steps = steps_of(told)
    where = place(steps)
    number, step = steps[where]
    _head(shown, number, where, len(steps))
    with st.container(key=f"story-stage-{'room' if in_room else 'desk'}"):
        left, right = st.columns([2, 3], gap="large")
        with left, st.container(key="story-text"):
            _text(shown, number, told, step)
        with right, st.container(key="story-figure"), guard():
            show_picture(told, step)
    _way_on(where, len(steps), in_room=in_room)


def _head(shown: Lesson, number: int, where: int, total: int) -> None:
    place_words = _("{title} · {step} of {total}", title=shown.title, step=where + 1, total=total)
    asks = where == 0 and not presenting()
    question = f"<p class='lb-question'>{html.escape(shown.question)}</p>" if asks else ""
    with st.container(key="story-head", gap="small"):
        st.html(
            f"<header><p class='lb-eyebrow'>{html.escape(place_words)}</p>"
            f"<h1>{html.escape(plain_text(shown.sections[number].title))}</h1>{question}</header>"
        )
        st.progress((where + 1) / total)


def _text(shown: Lesson, number: int, told: Told, step: Step) -> None:
    """Say the one sentence; at the desk the lesson's paragraph follows."""
    st.html(f"<p class='lb-said'>{html.escape(step.say(told))}</p>")
    if not told.in_room:
        lesson_text(shown.sections[number].text)


def _way_on(where: int, total: int, *, in_room: bool) -> None:
    row = st.container(horizontal=True, horizontal_alignment="distribute", key="story-way")
    with row:
        st.button(
            _("Back"), key="story-back", disabled=where == 0, on_click=go, args=(where - 1,), shortcut="Left"
        )
        st.button(
            _("Leave presenter mode") if in_room else _("Presenter mode"),
            key="story-present",
            icon=":material/close_fullscreen:" if in_room else ":material/slideshow:",
            type="tertiary",
            on_click=present,
            kwargs={"on": not in_room},
        )
        if where + 1 < total:
            st.button(
                _("Next"), key="story-next", type="primary", on_click=go, args=(where + 1,), shortcut="Right"
            )
        elif in_room:
            st.button(_("Again"), key="story-next", on_click=go, args=(0,))
        elif st.button(_("Try it yourself: the first lesson"), key="story-end", type="primary"):
            go_to("images")


main()
