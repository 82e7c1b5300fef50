"""Learn 7: ask a network about an image, ask it why, and ask whether the reason can be trusted."""

import streamlit as st

from core.explanation.film import film
from core.language import _
from ui import answers, maps
from ui.charts import show_pixels
from ui.controls import (
    full,
    guard,
    lesson_header,
    lesson_more,
    lesson_text,
    next_button,
    self_check,
    simulated_badge,
)
from ui.explain import peek_door
from ui.explain.answer import show_answer
from ui.explain.case import Case
from ui.explain.kin import show_kin
from ui.explain.source import Source, asked, pick_source
from ui.explain.views import VIEWS, Show
from ui.views import View


def main() -> None:
    shown = lesson_header("explain", body=not full())
    answers.warm_up()
    if full():  # there it is a workplace: the lesson does not stand in the way
        with st.expander(_("The lesson"), icon=":material/school:"):
            lesson_text(shown.body)
    with guard():
        source = pick_source()
        if source is not None:
            _answer(source)  # no fragment: what is pressed in one would not stop what is being computed
    lesson_more(shown, folded=True)
    self_check("explain", shown)
    next_button("runs", highlighted=not peek_door.is_open())


def _answer(source: Source) -> None:
    case = asked(source)
    if case is None:
        return
    show_kin(case)
    left, right = st.columns([1, 2] if full() else 2, gap="large")
    with left:
        _film(case)
    with right:
        show_answer(case)
    view = _pick_view()
    if not peek_door.door(case):
        view.show(case)


def _film(case: Case) -> None:
    run, subject = case.network.run, case.subject
    if case.network.card.simulated and not subject.is_upload:
        simulated_badge()
    if run is None:
        show_pixels(film(subject.image), alt=_("The image that the network is asked about"))
    else:
        maps.show_film(run, subject, with_outline=not peek_door.is_open())
    if subject.is_upload:
        maps.upload_notes(case.network.card, subject)


def _pick_view() -> View[Show]:
    if not full():
        return VIEWS["maps"]
    key = "explain-view"
    name = st.segmented_control(
        _("View"),
        list(VIEWS),
        format_func=lambda name: _(VIEWS[name].title),
        default=None if key in st.session_state else "maps",
        key=key,
        required=True,
        persist_state="session",
    )
    return VIEWS[name or "maps"]


main()
