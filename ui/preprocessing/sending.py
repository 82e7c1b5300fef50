"""Hand the pipeline to Train, or say in one sentence why Train cannot use it."""

from __future__ import annotations

import streamlit as st

from core.datasets.records import DatasetInfo
from core.errors import LightboxError
from core.language import _
from core.training.config import parse_config
from core.transforms.records import Preprocessing
from ui.handover import preprocessing_fields, send_preprocessing
from ui.messages import escape
from ui.navigation import go_to
from ui.preprocessing.step_names import with_titles


def send_button(info: DatasetInfo, preprocessing: Preprocessing) -> None:
    """Show the button; a pipeline that Train cannot use is refused before anything is handed over."""
    with st.container(horizontal=True, vertical_alignment="center", key="preprocess-send-row"):
        is_asked = st.button(
            _("Train with this preprocessing"), key="preprocess-send", icon=":material/model_training:"
        )
    if not is_asked:
        return
    try:
        parse_config({"dataset": info.dataset_id, **preprocessing_fields(preprocessing)})
    except LightboxError as error:
        st.error(escape(with_titles(error)), icon=":material/warning:")
        return
    send_preprocessing(info.dataset_id, preprocessing)
    go_to("train")
