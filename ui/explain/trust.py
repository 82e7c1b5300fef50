"""Can I trust this map? Its check card, what the checks found, and what is known of the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.export import to_csv, to_json
from core.language import _
from ui.explain import computed
from ui.explain.look import Look
from ui.explain.maps import show_map
from ui.explain.method_picker import pick_method
from ui.explain.settings_form import pick_settings
from ui.explain.trust_figures import show_figures
from ui.explain.trust_kept import kept_card, run_checks, seconds_for
from ui.explain.trust_lines import duration, show_lines
from ui.explain.trust_summary import summary_line
from ui.explain.trust_truth import show_own_box, show_true_finding

if TYPE_CHECKING:
    from core.explanation.checks.records import CheckCard
    from core.explanation.settings import ExplainSettings
    from ui.explain.case import Case

_ASKED: Final = "trust-asked"  # names of checks; gone with the run of the script that heeds it


def show(case: Case) -> None:
    """Show the check card of a map; each check can be run alone, and stopped."""
    st.subheader(_("Can I trust this map?"), anchor=False)
    st.caption(
        _(
            "A map is easy to draw and easy to be wrong. Each check can find a failure; none can prove a map"
            " right."
        )
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="trust-controls"):
        method = pick_method(case.network)
        settings = pick_settings(case.network, method)
    answer = computed.stoppable(case.network, case.subject, method, case.target, settings)
    if answer is None:
        return
    left, right = st.columns([1, 2], gap="large")
    with left:
        show_map(case, answer, Look())
        below_map = st.container()
    with right:
        card = _card(case, method, settings)
    is_simulated = case.network.card.simulated and not case.subject.is_upload
    show_figures(card, answer, simulated=is_simulated)
    with below_map:
        _take_away(card)
        show_true_finding(case, answer)
    show_own_box(case, answer)


def _card(case: Case, method: str, settings: ExplainSettings) -> CheckCard:
    """Run what was asked for, show the lines, and return what there is then."""
    _run(case, method, settings, st.session_state.pop(_ASKED, ()))
    card = kept_card(case, method, settings)
    missing = tuple(name for name in CHECKS if name not in {line.name for line in card.lines})
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(f"**{summary_line(card)}**", width="stretch")
        if missing:
            time = duration(seconds_for(case, method, settings, missing))
            label = _("Run all checks ({time})", time=time)
            if card.lines:
                label = _("Run the other {n} ({time})", n=len(missing), time=time)
            icon = ":material/fact_check:"
            st.button(label, key="trust-run", type="primary", icon=icon, on_click=_ask, args=missing)
    show_lines(card, seconds=lambda name: seconds_for(case, method, settings, (name,)), ask=_ask)
    return card


def _ask(*names: str) -> None:
    """Remember until the next run of the script which checks were asked for."""
    st.session_state[_ASKED] = names


def _run(case: Case, method: str, settings: ExplainSettings, names: tuple[str, ...]) -> None:
    """Run checks with a way to stop; any press ends them, and what is done by then stays."""
    place = st.empty()  # there whether anything runs or not: what follows keeps its place on the page
    if not names:
        return
    with place.container():
        st.button(_("Stop"), key="trust-stop", icon=":material/stop:", help=_("Lines that are done stay."))
        run_checks(case, method, settings, names)
    place.empty()


def _take_away(card: CheckCard) -> None:
    """Offer the card as a file: it says in itself that it is not for diagnosis."""
    if not card.lines:
        return
    with st.container(horizontal=True, gap="small"):
        for name, content, mime in (
            ("csv", to_csv(card), "text/csv"),
            ("json", to_json(card), "application/json"),
        ):
            st.download_button(
                _("Card as {kind}", kind=name.upper()),
                content,
                file_name=f"lightbox-checks-{card.method}.{name}",
                mime=mime,
                key=f"trust-download-{name}",
                on_click="ignore",
                icon=":material/download:",
            )
