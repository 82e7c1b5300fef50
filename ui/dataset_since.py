"""What has changed in a data set since a run was made with it."""

import streamlit as st

from core.language import _, ngettext
from core.runs.store import Run
from core.runs.uses import n_labels_changed


def label_change_note(run: Run) -> None:
    """Say on a page about a run that labels of its data set were changed since, and which labels count."""
    n = n_labels_changed(run)
    if not n:
        return
    text = ngettext("One label was changed since this run", "{n} labels were changed since this run", n)
    hint = _(
        "The truth here is the labels that the run was trained with, also for its predictions. Train anew to"
        " see what the corrections do."
    )
    st.badge(text, icon=":material/history:", color="orange", help=hint)
