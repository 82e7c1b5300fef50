"""The third step of bringing images in: what was recognised is shown, changed and named."""

from pathlib import Path

import streamlit as st

from core.datasets.choosing import must_look_again, needs, propose_name
from core.datasets.options import ImportOptions
from core.datasets.staging import (
    asked_options,
    inspection_state,
    start_staged_import,
    take_inspection,
    token_of,
)
from core.jobs.control import view
from core.language import _
from ui import bring_state
from ui.bring_keep import choose_about_text, choose_kept, with_answers
from ui.bring_looking import look_again, start_over
from ui.bring_options import Recognised, answer_question, change_recognised
from ui.bring_plan import layout_title, n_to_import, plan_facts, plan_pictures, plan_skips, plan_warnings
from ui.messages import escape, guard


def recognised(staging: Path) -> None:
    """Show what was recognised, let it be changed, and start the import."""
    plan = take_inspection(staging)
    if plan is None:
        return
    found = Recognised(token_of(staging), plan, asked_options(staging))
    _title(staging, found)
    plan_facts(plan)
    options = _change(found)
    if must_look_again(found.asked, options):
        look_again(staging, options)
        return
    plan_pictures(staging, plan)
    plan_warnings(plan)
    kept = choose_kept(found)
    plan_skips(plan)
    answer = choose_about_text(found)
    options = with_answers(options, kept, answer)
    if answer.margins not in (None, found.asked.margins) and st.button(
        _("Show the pictures cut"), key="bring-show-cut", icon=":material/crop:"
    ):
        look_again(staging, options)
    _import(staging, found, options, is_ready=answer.is_given)


def _title(staging: Path, found: Recognised) -> None:
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="bring-title",
    ):
        title = _("Recognised: {layout}", layout=layout_title(found.plan))
        st.markdown(f"#### {title}", anchors=False, width="content")
        if st.button(_("Start over"), key="bring-start-over", type="tertiary", icon=":material/undo:"):
            start_over(staging)
            st.rerun()
    error = view(staging).status.error if inspection_state(staging) == "failed" else None
    if error is not None:
        st.error(escape(error), icon=":material/warning:")


def _change(found: Recognised) -> ImportOptions:
    """Ask what has to be said first, and offer the rest folded; return the options with the answers."""
    needed = needs(found.plan, found.asked)
    options = found.asked
    if found.plan.question is not None:
        with st.container(border=True, key="bring-question"):
            st.warning(escape(found.plan.question), icon=":material/help:")
            options = answer_question(found, needed)
    return change_recognised(found, needed, options)


def _import(staging: Path, found: Recognised, options: ImportOptions, *, is_ready: bool) -> None:
    """Ask for a name, and start."""
    n = n_to_import(found.plan)
    is_known = found.plan.question is None and inspection_state(staging) == "completed"
    key = found.key("name")
    if key not in st.session_state:
        st.session_state[key] = propose_name()
    with st.container(border=True, horizontal=True, vertical_alignment="bottom", key="bring-import-row"):
        name = st.text_input(
            _("Name of the new data set"),
            key=key,
            persist_state="session",
            help=_("It stays on this computer and stands on every page: no name of a patient."),
        )
        label = _("Import {n} images", n=f"{n:,}")
        if options.skip_suspicious:
            label = _("Import at most {n} images", n=f"{n:,}")
        if st.button(
            label,
            key="bring-import",
            type="primary",
            disabled=not (is_known and is_ready and n and name),
            help=None if is_ready else _("Say first what to do about text in the pictures."),
        ):
            with guard():
                bring_state.set_importing(
                    start_staged_import(staging, options.model_copy(update={"name": name}))
                )
                st.rerun()
