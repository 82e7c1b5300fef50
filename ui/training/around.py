"""What is asked before and around a single run: the learning rate, weights from elsewhere, several folds."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _
from core.runs.store import Run
from core.training.config import TrainingConfig
from ui.training.values import widget_key


def around_run(info: DatasetInfo, config: TrainingConfig, previous: Run | None) -> None:
    """Offer the instruments around a run, each in a fold of its own that works only while it is open.

    Parameters
    ----------
    info
        The data set.
    config
        What the form describes; it has no problems.
    previous
        The run that the form began with.
    """
    with st.expander(_("Find a learning rate"), key="train-around-rate", on_change="rerun") as part:
        if part.open:
            from ui.rate_finder_view import rate_finder  # what stays folded is not loaded

            rate_finder(config, key="train-finder", on_use=lambda rate: _use(rate, previous))
    title = _("From scratch against pretrained")
    with st.expander(title, key="train-around-transfer", on_change="rerun") as part:
        if part.open:
            from ui.transfer_view import transfer_section

            transfer_section(info, config, previous)
    title = _("Train once for each fold (cross-validation)")
    with st.expander(title, key="train-around-folds", on_change="rerun") as part:
        if part.open:
            from ui.folds_view import folds_section

            folds_section(info, config, key="train-folds")


def _use(rate: float, previous: Run | None) -> None:
    """Put a rate into the form: it begins to count when the page runs again."""
    st.session_state[widget_key("learning_rate", previous)] = float(f"{rate:.2g}")
