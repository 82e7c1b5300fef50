"""Where the network looked on one image: a map by Grad-CAM, which is no proof."""

import streamlit as st

from core.explanation.catalog import EXPLAINERS
from core.explanation.film import film, outlined
from core.explanation.picture import overlay
from core.explanation.records import Attribution
from core.language import _
from ui import answers, cache, maps
from ui.evaluate.case_source import OneCase
from ui.evaluate.judged import predictions
from ui.explain.case import network_of
from ui.messages import escape
from ui.session import full

_METHOD = "grad_cam"
_OPACITY = 0.6
_KEY = "case-explain"


@st.cache_data(max_entries=64, max_size="64mb", show_spinner=False)
def _drawn(
    network: str, key: str, target: int, *, _one: OneCase, _subject: answers.Subject, _answer: Attribution
) -> bytes:
    """Return the map over its film as PNG bytes."""
    pixels = overlay(film(_subject.image), _answer, _OPACITY)
    info = _one.source.info
    mask = None if info is None else cache.dataset(info.dataset_id).lesion_mask(_one.sample_id)
    return cache.png_bytes(pixels if mask is None else outlined(pixels, mask))


def explanation(one: OneCase) -> None:
    """Show where the network looked, when that is asked for; the first map of a server loads torch."""
    info = one.source.info
    if info is None:
        return
    st.session_state.setdefault(_KEY, full())
    hint = _("Takes a few seconds the first time.")
    if not st.toggle(_("Where does it look? (Grad-CAM)"), key=_KEY, help=hint, persist_state="session"):
        return
    run, found = one.case.run, predictions(one.case)
    target = found.positive_index
    if target is None:
        target = one.answer.called if one.answer is not None else 0
    subject = answers.subject_of_sample(info.dataset_id, one.sample_id)
    answer = maps.compute(run, subject, _METHOD, target)  # out here: what is cached may draw no progress
    png = _drawn(network_of(run).key, subject.key, target, _one=one, _subject=subject, _answer=answer)
    name = found.class_names[target]
    alt = _("{method} over the image, for the class '{name}'", method=_(EXPLAINERS[_METHOD].title), name=name)
    st.image(png, width="stretch", alt=alt)
    spec = EXPLAINERS[_METHOD]
    st.caption(_("What speaks for '{name}': {reads}", name=escape(name), reads=_(spec.reads)))
    st.caption(
        f"{_(spec.caution)} {_('A map is no proof: that it looks right does not make the answer right.')}"
    )
    for note in answer.notes:
        st.caption(escape(note))
