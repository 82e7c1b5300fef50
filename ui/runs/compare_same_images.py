"""Which runs can be compared image by image, and why the others cannot."""

from collections.abc import Sequence

import streamlit as st

from core.errors import StorageError, UserError
from core.evaluation.aligned import refuse_other_data, refuse_other_split
from core.language import ngettext
from core.runs.store import Run
from ui.messages import escape

_MOST_BOXES = 3


def comparable_with(reference: Run, others: Sequence[Run]) -> list[Run]:
    """Return the runs that were judged on the same images; say of each other why it was not."""
    kept, refused = [], []
    for run in others:
        try:
            refuse_other_data(reference, run)
            refuse_other_split(reference, run, "val")
            kept.append(run)
        except UserError as error:
            refused.append(error)
        except OSError as error:  # its split is gone
            refused.append(StorageError(error))
    _say(refused, is_short=len(others) <= _MOST_BOXES)
    return kept


def _say(errors: Sequence[UserError], *, is_short: bool) -> None:
    if not errors:
        return
    if is_short:
        for error in errors:
            st.warning(escape(error), icon=":material/difference:")
        return
    title = ngettext(
        "One run was judged on other images and is left out",
        "{n} runs were judged on other images and are left out",
        len(errors),
    )
    with st.expander(title, key="compare-left-out"):
        for error in errors:
            st.markdown(f"- {escape(error)}")
