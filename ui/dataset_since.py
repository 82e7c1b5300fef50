"""What has changed in a data set since a run was made with it."""

import streamlit as st

from core.datasets.store import open_dataset
from core.errors import UserError
from core.language import _, ngettext
from core.runs.store import Run
from core.runs.uses import n_labels_changed


@st.cache_data(max_entries=512, show_spinner=False)
def _n_changed(run_id: str, began_with: str, revision: str, _run: Run) -> int:
    return n_labels_changed(_run)


def labels_changed(run: Run) -> int:
    """Return how many labels of a run's data set were changed since the run began; 0 if that is gone."""
    try:
        info = open_dataset(run.config.dataset).info
    except UserError:
        return 0
    return _n_changed(run.run_id, run.request.dataset_revision, info.revision, run)


def label_change_note(run: Run) -> None:
    """Say on a page about a run that labels of its data set were changed since, and which labels count."""
    n = labels_changed(run)
    if not n:
        return
    text = ngettext("One label was changed since this run", "{n} labels were changed since this run", n)
    hint = _(
        "The truth here is the labels that the run was trained with, also for its predictions. Train anew to"
        " see what the corrections do."
    )
    st.badge(text, icon=":material/history:", color="orange", help=hint)
