"""The cases on which a reader and the network differ, as pictures with the truth."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import UserError
from core.figures.answers import shown_probability
from core.language import _
from core.reading.cases import Cases
from core.reading.records import Reader, ReadingPlan
from ui.messages import escape, simulated_badge
from ui.reading import material

_WIDTH = 168
_MOST = 12


def show_disagreements(plan: ReadingPlan, reader: Reader, cases: Cases, called: NDArray[np.int64]) -> None:
    """Show where the blind answers differ from what the network calls, (n,), and what is true."""
    answers = reader.answers[1]
    differ = [case for case in sorted(answers) if answers[case].called != called[case]]
    st.markdown(
        f"##### {_('Where you and the network disagreed: {n} of {total}', n=len(differ), total=plan.n)}",
        anchors=False,
    )
    if not differ:
        st.caption(_("Nowhere. Agreeing is not the same as being right."))
        return
    if plan.simulated:
        simulated_badge()
    told = _told(plan, reader)
    if told is not None:
        st.caption(_("In brackets what you were told: calibrated by the temperature that was fitted."))
    with st.container(horizontal=True, key="reading-differ", gap="small"):
        for case in differ[:_MOST]:
            with st.container(width=_WIDTH, gap="small", key=f"reading-differ-{case}"):
                _picture(plan, cases, case)
                _one(cases, case, answers[case].called, int(called[case]), told)
    if len(differ) > _MOST:
        st.caption(_("{shown} of {n} are shown.", shown=_MOST, n=len(differ)))


def _told(plan: ReadingPlan, reader: Reader) -> NDArray[np.float32] | None:
    """Return what the reader was told in the second pass, (n, k), where it is not the network's own value."""
    scores, is_fitted = material.helpful_scores(plan)
    return scores if is_fitted and reader.had_help else None


def _picture(plan: ReadingPlan, cases: Cases, case: int) -> None:
    try:
        alt = _(
            "Case {n}: truly '{truth}'", n=case + 1, truth=plan.class_names[int(cases.model.y_true[case])]
        )
        st.image(material.picture(plan, case), width="stretch", alt=alt)
    except (UserError, OSError):
        st.caption(_("This picture is no longer there."))


def _one(cases: Cases, case: int, yours: int, networks: int, told: NDArray[np.float32] | None) -> None:
    names = cases.model.class_names
    truth = int(cases.model.y_true[case])
    who = _("you were right") if yours == truth else _("the network was right")
    if truth not in (yours, networks):
        who = _("neither was right")
    index = cases.model.positive_index
    column = networks if index is None else index
    value = shown_probability(float(cases.model.y_score[case, column]))
    if told is not None:
        value = f"{value} ({shown_probability(float(told[case, column]))})"
    shown = _(
        "truly '{truth}': {who}. The network gave '{name}' {value}.",
        truth=names[truth],
        who=who,
        name=names[column],
        value=value,
    )
    st.caption(escape(shown))
