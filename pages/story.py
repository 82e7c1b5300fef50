"""Clinic: six screens over the demo run, to be shown to a colleague; nothing has to be waited for."""

import html
from typing import Final

import streamlit as st

from core.errors import UserError
from core.language import _
from core.lessons import Lesson
from core.runs.store import DEMO_RUN, Run, open_run
from ui import answers
from ui.controls import empty_state, go_to, guard, lesson, lesson_header, lesson_text
from ui.scenes import SCENES, show_scene
from ui.shell import ASSETS

_STEP: Final = "story-step"


def main() -> None:
    shown = lesson("story")
    run = _demo_run()
    if run is None:
        lesson_header("story", shown)
        empty_state(
            _("The demo run is not here"),
            _(
                "This story is told over the run that ships with Lightbox. Train a network and judge that"
                " one."
            ),
            action=_("Train a network"),
            page="train",
        )
        return
    answers.warm_up()
    st.html(ASSETS / "story.css")
    step = _step()
    _head(shown, step)
    left, right = st.columns([2, 3], gap="large")
    with left, st.container(key="story-text"):
        lesson_text(shown.sections[step - 1].text)
    with right, st.container(key="story-figure"), guard():
        show_scene(run, step)
    _way_on(step)


def _demo_run() -> Run | None:
    try:
        run = open_run(DEMO_RUN)
        answers.val_labels(run)
    except UserError:
        return None
    return run if run.has_model else None


def _step() -> int:
    """Return the screen, from 1; the address keeps it, so that a reload comes back to it."""
    if _STEP not in st.session_state:
        asked = st.query_params.get("step", "")
        st.session_state[_STEP] = int(asked) if asked.isdecimal() and 1 <= int(asked) <= len(SCENES) else 1
    step = int(st.session_state[_STEP])
    st.query_params["step"] = str(step)
    return step


def _head(shown: Lesson, step: int) -> None:
    place = _("{title} · {step} of {total}", title=shown.title, step=step, total=len(SCENES))
    question = f"<p class='lb-question'>{html.escape(shown.question)}</p>" if step == 1 else ""
    with st.container(key="story-head", gap="small"):
        st.html(
            f"<header><p class='lb-eyebrow'>{html.escape(place)}</p>"
            f"<h1>{html.escape(shown.sections[step - 1].title)}</h1>{question}</header>"
        )
        st.progress(step / len(SCENES))


def _way_on(step: int) -> None:
    row = st.container(horizontal=True, horizontal_alignment="distribute", key="story-way")
    with row:
        st.button(
            _("Back"),
            key="story-back",
            disabled=step == 1,
            on_click=_go,
            args=(step - 1,),
            shortcut="Left",
        )
        if step < len(SCENES):
            st.button(
                _("Next"), key="story-next", type="primary", on_click=_go, args=(step + 1,), shortcut="Right"
            )
        elif st.button(_("Try it yourself: the first lesson"), key="story-end", type="primary"):
            go_to("images")


def _go(step: int) -> None:
    st.session_state[_STEP] = min(max(step, 1), len(SCENES))


main()
