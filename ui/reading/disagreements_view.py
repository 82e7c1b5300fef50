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
    with st.container(horizontal=True, key="reading-differ", gap="small"):
        for case in differ[:_MOST]:
            with st.container(width=_WIDTH, gap="small", key=f"reading-differ-{case}"):
                _one(plan, cases, case, answers[case].called, int(called[case]))
    if len(differ) > _MOST:
        st.caption(_("{shown} of {n} are shown.", shown=_MOST, n=len(differ)))


def _one(plan: ReadingPlan, cases: Cases, case: int, yours: int, networks: int) -> None:
    names = plan.class_names
    truth = int(cases.model.y_true[case])
    try:
        alt = _("Case {n}: truly '{truth}'", n=case + 1, truth=names[truth])
        st.image(material.picture(plan, case), width="stretch", alt=alt)
    except (UserError, OSError):
        st.caption(_("This picture is no longer there."))
    who = _("you were right") if yours == truth else _("the network was right")
    if truth not in (yours, networks):
        who = _("neither was right")
    index = cases.model.positive_index
    column = networks if index is None else index
    shown = _(
        "truly '{truth}': {who}. The network gave '{name}' {value}.",
        truth=names[truth],
        who=who,
        name=names[column],
        value=shown_probability(float(cases.model.y_score[case, column])),
    )
    st.caption(escape(shown))
