"""Break it: make a mistake on purpose, and see what it does to the picture, the answer and the score."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _


def break_section(info: DatasetInfo, sample_id: int) -> None:
    """Show switches for mistakes, and what they do to one image and to a network's answer."""
    st.subheader(_("Break it"), anchor=False)
