"""Home: three doors, a real result from the first second, and the last run."""

import streamlit as st

from core.errors import UnknownNameError
from core.jobs.status import ALIVE
from core.language import _
from core.runs.store import DEMO_RUN, Run, list_runs, open_run
from ui.controls import (
    Key,
    empty_state,
    go_to,
    lesson,
    lesson_header,
    lesson_more,
    lesson_text,
    simulated_badge,
)
from ui.hero import films_on_panel
from ui.teaching import door, result_line
from ui.time_machine.link import see_it_learn


def main() -> None:
    shown = lesson("home")
    left, right = st.columns((6, 5), gap="large", vertical_alignment="center")
    with left:
        lesson_header("home", shown, body=False)
    with right:
        films_on_panel()
    _doors()
    result, welcome = st.columns((5, 6), gap="large")
    with result:
        _last_run()
        _demo_result()
    with welcome, st.container(key="lesson-text-home"):
        lesson_text(shown.body)
        lesson_more(shown)


def _doors() -> None:
    with st.container(key="doors"):
        learn, story, workbench = st.columns(3, gap="medium")
    with learn:
        door(
            "images",
            _("Learn in ten minutes"),
            _("Seven short pages, from the image to the explained answer. You train a network yourself."),
            first=True,
        )
    with story:
        door(
            "story",
            _("Show a colleague"),
            _("Screen by screen, for somebody who reads films: how many patients, how sure, what it misses."),
        )
    with workbench:
        door(
            "datasets",
            _("Open the workbench"),
            _("Bring your own images, change one setting at a time, and compare the runs."),
        )


def _last_run() -> None:
    last = next((run for run in list_runs() if not (run.is_shipped or run.is_fold or run.came_alone)), None)
    if last is None:
        return
    with st.container(border=True, key="card-last-run", gap="small"):
        st.markdown(f"##### {_('Your last run')}", anchors=False)
        st.text(last.run_id)
        is_done = last.state == "completed" and last.has_model
        label = _("Judge it") if is_done else _("Watch it") if last.state in ALIVE else _("Open it")
        if st.button(label, key="home-resume"):
            st.session_state[Key.RUN] = last.run_id
            st.session_state[Key.LIVE_RUN] = last.run_id
            go_to("evaluate" if is_done else "train")


def _demo_result() -> None:
    try:
        demo = open_run(DEMO_RUN)
    except UnknownNameError:
        demo = None
    if demo is None or not demo.has_model:
        empty_state(
            _("No trained example here"),
            _("The network that comes with Lightbox is missing. Run `make demo`, or train one yourself."),
        )
        return
    _result(demo)


def _result(demo: Run) -> None:
    card = demo.card
    with st.container(border=True, key="card-demo-result", gap="small"):
        st.markdown(f"##### {_('A trained network, ready to question')}", anchors=False)
        if card.simulated:
            simulated_badge()
        result_line(card)
        with st.container(horizontal=True, gap="small"):
            if st.button(_("See how it was judged"), key="home-demo"):
                st.session_state[Key.RUN] = demo.run_id
                go_to("evaluate")
            see_it_learn(demo, key="home-learn")


main()
