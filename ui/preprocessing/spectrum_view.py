"""Coarse and fine detail of the picture before and after a step, and what folds when pixels are left out."""

import streamlit as st

from core.images.records import MedicalImage
from core.language import _
from core.transforms.preprocessing.pipeline import StepTrace


def spectrum_section(steps: list[StepTrace], image: MedicalImage, *, key: str) -> None:
    """Show the spectrum before and after a step, and a demonstration of sampling."""
    st.subheader(_("How fine is the detail? The spectrum"), anchor=False)
