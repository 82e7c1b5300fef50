"""k-fold cross-validation on a page: how many folds, how far, and what they say together."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _
from core.training.config import TrainingConfig


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
    st.caption(_("Trains once for each part of the patients."))
