"""Several runs beside each other: whether one is better, their curves, what they were told differently.

At Basic the sentence, the curves and the differences of their settings; what is folded is made when opened.
"""

from collections.abc import Callable, Sequence

import streamlit as st

from core.errors import LightboxError
from core.language import _
from core.runs.store import Run
from ui.messages import error_box, escape, guard
from ui.runs.compare_answer import answer_section
from ui.runs.compare_curves import curves_section
from ui.runs.compare_results import metric_against_setting, results_table
from ui.runs.compare_settings import settings_section


def compare(runs: list[Run]) -> None:
    """Show two or more runs beside each other; one that cannot be read is named and left out."""
    runs = [run for run in runs if _is_readable(run)]
    if len(runs) < 2:
        return
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


def _is_readable(run: Run) -> bool:
    """Tell whether what was asked of a run can be read; it may be of another version, or damaged."""
    try:
        return bool(run.request and run.state)
    except LightboxError as error:
        error_box(error)
        return False
    except (OSError, ValueError):
        text = _("'{run}' cannot be read and is left out.", run=escape(run.run_id))
        st.warning(text, icon=":material/broken_image:")
        return False
