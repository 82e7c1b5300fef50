"""Several runs beside each other: whether one is better, their curves, what they were told differently.

At Basic the sentence, the curves and the differences of their settings; what is folded is made when opened.
"""

from collections.abc import Callable, Sequence

import streamlit as st

from core.language import _
from core.runs.store import Run
from ui.messages import guard
from ui.runs.compare_answer import answer_section
from ui.runs.compare_curves import curves_section
from ui.runs.compare_results import metric_against_setting, results_table
from ui.runs.compare_settings import settings_section


def compare(runs: list[Run]) -> None:
    """Show two or more runs beside each other."""
    with guard():
        answer_section(runs)
    with guard():
        curves_section(runs)
    with guard():
        settings_section(runs)
    _folded(_("A metric against a setting"), "compare-scatter", metric_against_setting, runs)
    _folded(_("What each of them reached"), "compare-results", results_table, runs)


def _folded(title: str, key: str, show: Callable[[Sequence[Run]], None], runs: Sequence[Run]) -> None:
    with st.expander(title, key=key, on_change="rerun") as part:
        if part.open:
            with guard(), st.spinner(_("Judging each run…")):
                show(runs)
