"""k-fold cross-validation on a page: how many folds, how far, and what they say together."""

from typing import Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.experiments import folds
from core.experiments.folds import CrossValidation
from core.experiments.folds_records import FoldsRequest
from core.jobs.control import request_stop
from core.jobs.status import ALIVE, STATE_NAMES
from core.language import _
from core.training.config import TrainingConfig
from ui.fields import field_widget
from ui.folds_result import run_links, show_result
from ui.messages import escape, guard
from ui.session import use_language

_REFRESH_SECONDS: Final = 1.0


def folds_section(info: DatasetInfo, config: TrainingConfig, *, key: str) -> None:
    """Offer to cross-validate a config, follow the newest one of this data set, and show its result.

    Parameters
    ----------
    info
        The data set.
    config
        What each fold is trained with.
    key
        Of the widgets: `<key>-n`, `<key>-start`, `<key>-stop`, `<key>-resume`, `<key>-pick`.
    """
    mine = [one for one in folds.list_crossvalidations() if info.is_called(one.request.config.dataset)]
    is_busy = any(one.state in ALIVE for one in mine)
    _form(config, key=key, is_busy=is_busy)
    if not mine:
        return
    chosen = _pick(mine, key=key)
    if chosen.state in ALIVE:
        st.fragment(_follow, run_every=_REFRESH_SECONDS)(chosen, key)
        return
    _ended(chosen, info, key=key)
    if len(mine) > 1:
        st.caption(
            _(
                "This data set was cross-validated {n} times. To keep the best of several is to choose on the"
                " patients that judge: its score then flatters.",
                n=len(mine),
            )
        )


def _form(config: TrainingConfig, *, key: str, is_busy: bool) -> None:
    st.caption(
        _(
            "Cuts the patients into equal parts. Each part is the test once, for a network that has never"
            " seen it; the next part chooses the epoch, the others train. All patients take part, also those"
            " of a test split that the data came with: afterwards none is left that was never looked at."
        )
    )
    n_folds = int(field_widget(FoldsRequest, "n_folds", 5, key=f"{key}-n"))
    label = _("Cross-validate: {n} trainings", n=n_folds)
    if st.button(label, key=f"{key}-start", disabled=is_busy, icon=":material/view_week:"):
        with guard():
            folds.cross_validate(config, n_folds=n_folds)
            st.session_state.pop(f"{key}-pick", None)
            st.rerun()


def _pick(mine: list[CrossValidation], *, key: str) -> CrossValidation:
    if len(mine) == 1:
        return mine[0]
    by_name = {one.name: one for one in mine}
    if st.session_state.get(f"{key}-pick") not in by_name:
        st.session_state[f"{key}-pick"] = mine[0].name
    name = st.selectbox(_("Cross-validation"), list(by_name), key=f"{key}-pick", persist_state="session")
    return by_name[name]


def _follow(one: CrossValidation, key: str) -> None:
    use_language()
    status = one.status
    if one.state not in ALIVE:
        st.rerun()
    with st.container(border=True, key=f"{key}-progress"):
        st.progress(status.progress, text=escape(status.message or _("Waiting")))
        st.caption(_("It runs in the background: you may leave this page, and what it finds is kept."))
        if st.button(_("Stop"), key=f"{key}-stop"):
            with guard():
                request_stop(one.folder)
        run_links(one, key=f"{key}-live")


def _ended(one: CrossValidation, info: DatasetInfo, *, key: str) -> None:
    result = one.result
    if result is not None:
        show_result(one, result, key=key, simulated=info.simulated)
        return
    if one.status.error is not None:
        st.error(escape(one.status.error), icon=":material/warning:")
    n_done = sum(run.state == "completed" for run in one.runs().values())
    st.info(
        _(
            "{name}: {state} after {done} of {n} folds. Nothing is lost: it goes on where it was.",
            name=escape(one.name),
            state=_(STATE_NAMES[one.state]),
            done=n_done,
            n=one.request.n_folds,
        )
    )
    if st.button(_("Let it go on"), key=f"{key}-resume", icon=":material/play_arrow:"):
        with guard():
            folds.resume(one.name)
            st.rerun()
    run_links(one, key=f"{key}-runs")
