"""The maps: one in large over its image and beside it, and others beside that."""

import streamlit as st

from core.explanation.catalog import EXPLAINERS
from core.explanation.records import Attribution
from core.explanation.settings import ExplainSettings
from core.language import _
from ui import maps
from ui.charts import show_pixels
from ui.explain import computed
from ui.explain.beside import show_beside
from ui.explain.case import Case
from ui.explain.look import Look, drawn, pick_look, true_mask, with_outline
from ui.explain.method_picker import pick_method
from ui.explain.settings_form import pick_settings
from ui.explain.take_away import offer
from ui.explain.trust_kept import kept_card
from ui.explain.trust_summary import quick_card, summary_line
from ui.session import full


def show(case: Case) -> None:
    """Show one map with its legend; at Full its settings, its exports, and what to hold it against."""
    st.subheader(_("Where did it look?"), anchor=False)
    has_outline = true_mask(case.network, case.subject) is not None
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="explain-controls"):
        method = pick_method(case.network)
        settings = pick_settings(case.network, method) if full() else ExplainSettings()
        with st.popover(_("Picture") if full() else _("Opacity"), key="explain-look"):
            look = pick_look(case.subject.image, has_outline=has_outline)
    answer = computed.stoppable(case.network, case.subject, method, case.target, settings)
    if answer is None:
        return
    _one_map(case, answer, look)
    if full():
        offer(case, answer, look, kept_card(case, method, settings))
        show_beside(case, method, settings, look)
    else:
        _trust(case, method)
        _side_by_side(case, look)


def show_map(case: Case, answer: Attribution, look: Look) -> None:
    """Show a map over its image."""
    mask = true_mask(case.network, case.subject)
    pixels = with_outline(drawn(case.subject.image, look, answer), mask, look)
    method = _(EXPLAINERS[answer.method].title)
    alt = _("{method} over the image, for the class '{name}'", method=method, name=answer.class_name)
    show_pixels(pixels, alt=alt)


def _one_map(case: Case, answer: Attribution, look: Look) -> None:
    left, right = st.columns(2, gap="large")
    with left, st.container(key="explain-map"):
        show_map(case, answer, look)
        if full():  # its colours are the map's: they stand under it
            maps.legend(answer)
    with right:
        if full():
            mask = true_mask(case.network, case.subject)
            pixels = with_outline(drawn(case.subject.image, look), mask, look)
            show_pixels(pixels, alt=_("The image that the network is asked about"))
        else:
            maps.legend(answer)


def _trust(case: Case, method: str) -> None:
    """Say in one line whether a quick look found the map to fail; at Full there is a view for it."""
    st.markdown(f"**{_('Can I trust this map?')}**")
    with st.spinner(_("Trying to break this map…")):
        card = quick_card(case, method)
    st.markdown(summary_line(card))


def _side_by_side(case: Case, look: Look) -> None:
    first = [name for name, spec in EXPLAINERS.items() if spec.shown_first]
    fold = st.expander(_("All {n} methods side by side", n=len(first)), on_change="rerun", key="explain-all")
    if not fold.open:
        return
    with fold:
        for column, method in zip(st.columns(len(first)), first, strict=True):
            with column:
                st.markdown(f"**{_(EXPLAINERS[method].title)}**")
                answer = computed.attribution(case.network, case.subject, method, case.target)
                show_map(case, answer, look)
                st.caption(_(EXPLAINERS[method].reads))
