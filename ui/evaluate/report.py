"""The report: what is missing in red, the one page as it will look, and every form of it to take along."""

import streamlit as st

from core.language import _, joined
from core.report import pdf
from core.report.facts import of_whom, threshold_words
from core.report.gathering import may_show_pictures
from core.report.missing import missing_from
from core.report.study import Study
from ui.evaluate.judged import Judged, Threshold
from ui.evaluate.report_made import FORMS, Form, key_of, make, one_page_html, study_of
from ui.messages import escape, simulated_badge

_HEIGHT = 1480  # of the preview, in CSS pixels: an A4 page in the width of the column
_SHOWN = "evaluate-report-shown"


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view."""
    study = study_of(case, threshold, with_pictures=True)
    _missing(study)
    st.subheader(_("Take it along"), anchor=False)
    if study.background.simulated:
        simulated_badge()
    st.caption(escape(_("Of {people}. {threshold}", people=of_whom(study), threshold=threshold_words(study))))
    with_pictures = _ask_for_pictures(study)
    study = study_of(case, threshold, with_pictures=with_pictures)
    _downloads(study)
    _preview(study)


def _missing(study: Study) -> None:
    statements = missing_from(study)
    lines = [f"- **{escape(one.short)}** – {escape(one.text)}" for one in statements]
    title = _("What a reader of such a study would miss here")
    st.error(f"**{escape(title)}**\n\n" + "\n".join(lines), icon=":material/search:")
    with st.expander(_("Which checklist asks for it")):
        st.caption(
            _(
                "Behind each stands the checklist that asks for it, the topic, and the number of the item:"
                " STARD 2015 for tests, TRIPOD+AI for prediction models, CLAIM 2024 for AI on images. The"
                " report says the same, in red."
            )
        )
        asked = [
            f"- **{escape(one.short)}** – {escape(joined(map(str, one.items), '; '))}" for one in statements
        ]
        st.markdown("\n".join(asked))


def _ask_for_pictures(study: Study) -> bool:
    may = may_show_pictures(study.background.info)
    key = f"evaluate-report-pictures-{'open' if may else 'closed'}"
    st.session_state.setdefault(key, may)
    chosen = st.checkbox(_("With pictures of what it gets wrong"), key=key, persist_state="session")
    if chosen and not may:
        text = _(
            "No licence is recorded for these images. Pictures of patients may leave the house only if you"
            " are allowed to pass them on; writing that is burned into them stays in."
        )
        st.caption(text)
    return chosen


def _downloads(study: Study) -> None:
    no_pdf = pdf.problem()
    with st.container(horizontal=True, key="report-downloads", gap="small"):
        for form in FORMS:
            if form.needs_pdf and no_pdf is not None:
                continue
            _download(form, study)
    if no_pdf is not None:
        st.caption(escape(no_pdf))
    st.caption(
        _("Made when you press, for the threshold above. Every form says that it is not for diagnosis.")
    )


def _download(form: Form, study: Study) -> None:
    st.download_button(
        _(form.title),
        make(form, study),
        file_name=form.file_name(study),
        mime=form.mime,
        key=f"report-{form.name}{form.ending}",
        icon=":material/download:",
        on_click="ignore",
    )


def _preview(study: Study) -> None:
    key = key_of(study)
    if st.session_state.get(_SHOWN) != key:
        if st.session_state.get(_SHOWN):
            st.caption(_("Something has changed since the page was shown; show it again."))
        label = _("Show the one page here")
        st.button(label, key="report-show", icon=":material/visibility:", on_click=_remember, args=(key,))
        return
    with st.spinner(_("Writing the page…")):
        html = one_page_html(study)
    st.iframe(html, height=_HEIGHT, alt=_("The one page, as it will look"))


def _remember(key: str) -> None:
    st.session_state[_SHOWN] = key
