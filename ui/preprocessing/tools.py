"""What can be done with a pipeline: one instrument at a time, so that nobody waits for the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.language import N_, _
from core.transforms.preprocessing.pipeline import StepTrace
from core.transforms.records import Preprocessing
from ui.places import Place
from ui.preprocessing.break_view import break_section
from ui.preprocessing.comparing import compare_section
from ui.preprocessing.line_view import line_section
from ui.preprocessing.many import many_section
from ui.preprocessing.saving import saving_section
from ui.preprocessing.source import Subject
from ui.preprocessing.spectrum_view import spectrum_section

_Tool = Callable[[Subject, Preprocessing, list[StepTrace], Place], None]
_TOOL: Final = "preprocess-tool"


def show_tool(subject: Subject, preprocessing: Preprocessing, steps: list[StepTrace], place: Place) -> None:
    """Let the visitor choose an instrument, and show it."""
    st.subheader(_("Look closer"), anchor=False)
    chosen = st.segmented_control(
        _("What do you want to know?"),
        list(_TOOLS),
        format_func=lambda name: _(_TOOLS[name][0]),
        key=_TOOL,
        persist_state="session",
    )
    if chosen in _TOOLS:
        _TOOLS[chosen][1](subject, preprocessing, steps, place)


def _many(subject: Subject, preprocessing: Preprocessing, steps: list[StepTrace], place: Place) -> None:
    many_section(subject.info, preprocessing)


def _compare(subject: Subject, preprocessing: Preprocessing, steps: list[StepTrace], place: Place) -> None:
    compare_section(subject, preprocessing, steps, place)


def _save(subject: Subject, preprocessing: Preprocessing, steps: list[StepTrace], place: Place) -> None:
    saving_section(subject.info, preprocessing)


def _spectrum(subject: Subject, preprocessing: Preprocessing, steps: list[StepTrace], place: Place) -> None:
    spectrum_section(steps, subject.image, key="preprocess-spectrum", simulated=subject.simulated)


def _line(subject: Subject, preprocessing: Preprocessing, steps: list[StepTrace], place: Place) -> None:
    line_section(steps, subject.image, key="preprocess-line", simulated=subject.simulated)


def _break(subject: Subject, preprocessing: Preprocessing, steps: list[StepTrace], place: Place) -> None:
    if subject.sample_id is None:
        st.info(_("This needs an image of the data set: choose one at the top."))
        return
    break_section(subject.info, subject.sample_id)


_TOOLS: Final[dict[str, tuple[str, _Tool]]] = {
    "spectrum": (N_("Fine detail"), _spectrum),
    "line": (N_("Along a line"), _line),
    "break": (N_("Break it"), _break),
    "many": (N_("Many images"), _many),
    "compare": (N_("Compare"), _compare),
    "keep": (N_("Keep it"), _save),
}
