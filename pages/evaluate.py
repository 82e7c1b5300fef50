"""Learn 6: how good is a run, how sure are we, and what does it miss?"""

import streamlit as st

from core.evaluation.leakage import label_warnings, overlap_warnings
from core.language import _
from ui import answers
from ui.controls import (
    escape,
    full,
    guard,
    lesson_header,
    lesson_more,
    lesson_text,
    next_button,
    self_check,
    use_language,
)
from ui.dataset_since import label_change_note
from ui.evaluate.alone import is_out_of_reach
from ui.evaluate.judged import Judged
from ui.evaluate.operating_point import operating_point
from ui.evaluate.rivals_found import rivals_warning
from ui.evaluate.source import pick_judged
from ui.evaluate.views import VIEWS, Show
from ui.training.again import again_button
from ui.views import View
from ui.waiting import first_time


def main() -> None:
    shown = lesson_header("evaluate", body=not full())
    if full():  # there it is a workplace: the lesson does not stand in the way
        with st.expander(_("The lesson"), icon=":material/school:"):
            lesson_text(shown.body)
    case = pick_judged()
    if case is not None:
        _warnings(case)
        st.fragment(_judgement)(case)
    lesson_more(shown, folded=True)
    self_check("evaluate", shown)
    if case is not None and not case.run.came_alone:  # else there are no images to train on
        again_button(case.run)
    next_button("explain")


def _warnings(case: Judged) -> None:
    run, is_own = case.run, case.dataset_id is None
    overlap = answers.overlap(run) if is_own else None  # nobody of its own split stands in another data set
    if is_own:
        label_change_note(run)
    for warning in (*label_warnings(run), *overlap_warnings(overlap)):
        st.warning(escape(warning), icon=":material/warning:")


def _judgement(case: Judged) -> None:
    use_language()
    with guard():
        view = _pick_view() if full() else VIEWS["overview"]
        if view.name != "rivals":  # where it stands first anyway
            rivals_warning(case)
        threshold = operating_point(case)
        if is_out_of_reach(case.run, view.name):
            return
        drawn = (case, answers.changed_ns(case.run), view.name)
        with first_time(
            drawn, _("Working out the numbers, and drawing the patients again for each of them…")
        ):
            view.show(case, threshold)


def _pick_view() -> View[Show]:
    key = "evaluate-view"
    name = st.segmented_control(
        _("View"),
        list(VIEWS),
        format_func=lambda name: _(VIEWS[name].title),
        default=None if key in st.session_state else "overview",
        key=key,
        required=True,
        persist_state="session",
    )
    return VIEWS[name or "overview"]


main()
