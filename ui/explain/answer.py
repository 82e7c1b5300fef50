"""The answer itself: the probability of each class, what it is called, and what such a call is worth."""

import numpy as np
import streamlit as st

from core.evaluation.calibration import known_temperature
from core.evaluation.sentences import rounded
from core.explanation.meaning import at_temperature
from core.figures.answers import probabilities, shown_probability
from core.language import _
from ui.charts import show_figure
from ui.explain import familiar
from ui.explain.answer_spread import show_spread, spread_of_answer
from ui.explain.answer_worth import show_worth, worth_of_call, worth_on_val
from ui.explain.brought import brought_words, show_point_of
from ui.explain.called import called, line_in
from ui.explain.case import Case
from ui.explain.ink import MARKDOWN, TEXT, Ink
from ui.messages import escape
from ui.session import full


def show_answer(case: Case) -> None:
    """Show the probabilities with their operating point, and what that is worth."""
    run, card = case.network.run, case.network.card
    line = line_in(case.network)
    figure = probabilities(case.probabilities, positive=card.positive_class, threshold=line)
    show_figure(figure, key="explain-probabilities", simulated=card.simulated)
    st.markdown(f"**{escape(called(case))}**")
    if run is None:
        st.caption(escape(brought_words(card)))
        _show_calibrated(case)
    else:
        show_point_of(run)
        found = familiar.novelty(case.network, case.subject)
        if found is not None and found.is_flagged:
            st.caption(_("What follows was counted on images that this one may not be like."))
        show_worth(case, run)
        with st.expander(_("What this number is worth")):
            _show_calibrated(case)
            if (said := worth_on_val(run)) is not None:  # else the reason stands above already
                st.markdown(escape(said))
    show_spread(case)


def _show_calibrated(case: Case) -> None:
    """Show the calibrated probability beside the raw one, where the run keeps a temperature."""
    said = calibrated(case, MARKDOWN)
    if said:
        st.markdown(said)
    elif full():
        st.caption(_raw())


def calibrated(case: Case, ink: Ink = TEXT) -> str:
    """Say the calibrated probability beside the raw one; "" where the run keeps no temperature."""
    temperature = known_temperature(case.network.run, case.network.card)
    if temperature is None:
        return ""
    names = list(case.probabilities)
    shown = case.network.card.positive_class or max(names, key=case.probabilities.__getitem__)
    raw = np.array(list(case.probabilities.values()))
    value = float(at_temperature(raw, temperature)[names.index(shown)])
    return _(
        "Calibrated: {calibrated}, raw: {raw}, for '{name}'. For the calibrated one the network's logits were"
        " divided by the temperature {value}; the bars and the threshold are about the raw one.",
        calibrated=ink.strong(shown_probability(value)),
        raw=ink.plain(shown_probability(case.probabilities[shown])),
        name=ink.plain(shown),
        value=ink.plain(rounded(temperature)),
    )


def remarks(case: Case) -> tuple[str, ...]:
    """Return all that is said of the answer beside its probabilities, as plain sentences for a report."""
    run = case.network.run
    if run is None:
        said = (brought_words(case.network.card), calibrated(case))
        return (*(one for one in said if one), *spread_of_answer(case))
    on_val = worth_on_val(run)
    return (
        *worth_of_call(case),
        calibrated(case) or _raw(),
        *(() if on_val is None else (str(on_val),)),
        *spread_of_answer(case),
    )


def _raw() -> str:
    return _(
        "These probabilities are raw, as the network says them. On Evaluate, calibration measures whether"
        " they are too sure."
    )
