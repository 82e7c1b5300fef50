"""What leaves with a visitor: the picture, the numbers, and a page. Never DICOM: a map is no study."""

import streamlit as st

from core.explanation.array import to_npz
from core.explanation.checks.records import CheckCard
from core.explanation.picture import to_png
from core.explanation.records import Attribution
from core.language import _
from ui.explain.case import Case
from ui.explain.look import Look
from ui.explain.report_page import page_of
from ui.later import in_this_language


def offer(case: Case, answer: Attribution, look: Look, card: CheckCard) -> None:
    """Offer a map as a picture, as numbers, and as a page with all that was found."""
    image, name = case.subject.image, f"lightbox-{answer.method}"
    shape = (image.values.shape[0], image.values.shape[1])
    with st.container(horizontal=True, gap="small", key="explain-take-away"):
        st.download_button(
            _("Picture (PNG)"),
            in_this_language(
                lambda: to_png(image, answer, opacity=look.opacity, weakest=look.weakest, window=look.window)
            ),
            file_name=f"{name}.png",
            mime="image/png",
            key="explain-download",
            on_click="ignore",
            help=_("It carries its legend and the words “Not for diagnosis”."),
        )
        st.download_button(
            _("Numbers (NPZ)"),
            in_this_language(lambda: to_npz(answer, shape)),
            file_name=f"{name}.npz",
            mime="application/octet-stream",
            key="explain-download-array",
            on_click="ignore",
            help=_("The map as numpy arrays, on the network's grid and on the image."),
        )
        st.download_button(
            _("Report page (HTML)"),
            in_this_language(page_of(case, answer, look, card)),
            file_name="lightbox-explained.html",
            mime="text/html",
            key="explain-download-page",
            on_click="ignore",
            help=_("Answer, map, checks and warnings on one page that needs nothing else."),
        )
    st.caption(_("There is no DICOM: a map must not find its way into an archive of real studies."))
