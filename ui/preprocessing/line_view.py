"""The values along a line through the picture, before and after chosen steps."""

import streamlit as st

from core.images.records import MedicalImage
from core.language import _
from core.transforms.preprocessing.pipeline import StepTrace


def line_section(steps: list[StepTrace], image: MedicalImage, *, key: str) -> None:
    """Let the visitor lay a line through the picture and show the values along it."""
    st.subheader(_("The values along a line"), anchor=False)
