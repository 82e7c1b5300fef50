"""The test split as a sealed envelope: opened on purpose, and each look counted."""

import streamlit as st

from core.datasets.records import SplitName
from core.evaluation.looks import n_looks
from core.language import _, ngettext
from core.runs.store import Run
from core.training.launch import split_counts
from ui import answers
from ui.pickers import pick_split

_SPLIT_KEY = "evaluate-split"


def judged_split(run: Run) -> SplitName:
    """Return validation, or what the visitor chose after opening the test split of this run."""
    if split_counts(run)["test"] == 0:
        st.caption(_("This run has no test split: the numbers are of the validation split."))
        return "val"
    n = n_looks(run)
    if not answers.is_open(run):
        with st.popover(_("Test split: sealed"), icon=":material/lock:", width="stretch"):
            _offer(run, n)
        return "val"
    split = pick_split(key=_SPLIT_KEY, names=("val", "test"))
    st.caption(ngettext("The test split was looked at once.", "The test split was looked at {n} times.", n))
    return split


def _offer(run: Run, n: int) -> None:
    st.markdown(
        _(
            "The numbers here are of the **validation** split. The test split is a sealed envelope: whoever"
            " looks, changes something and looks again is training on it. So **each look is counted**."
            " Open it once, when you are done choosing."
        )
    )
    st.caption(_("Looks so far: {n}", n=n))
    if st.button(_("Open the test split: this look is counted"), key="evaluate-open-test"):
        with st.spinner(_("Asking the network about each image of the test split…")):
            answers.open_test(run)
        st.session_state[_SPLIT_KEY] = "test"
        st.rerun()
