"""A model that came without its images is judged elsewhere; two views need what it does not have."""

from typing import Final

import streamlit as st

from core.language import N_, _
from core.runs.store import Run

_WHY_NOT: Final = {
    "rivals": N_(
        "Rivals are trained on the training images of a run, and this model came without any: choose a run."
    ),
    "in_clinic": N_(
        "This view chooses on validation images, and this model came without any: choose a run. The ward of"
        " 1,000 needs them too."
    ),
}


def is_out_of_reach(run: Run, view: str) -> bool:
    """Return whether a view cannot be shown of a run, and say why."""
    if not run.came_alone or view not in _WHY_NOT:
        return False
    st.info(_(_WHY_NOT[view]))
    return True
