"""The answer itself: the probability of each class, what it is called, and what such a call is worth."""

import numpy as np
import streamlit as st

from core.evaluation.calibration import stored_temperature
from core.evaluation.sentences import rounded
from core.explanation.meaning import at_temperature
from core.figures.answers import probabilities, shown_probability
from core.language import _
from ui.charts import show_figure
from ui.explain import familiar
from ui.explain.answer_spread import show_spread
from ui.explain.answer_worth import show_worth, worth_on_val
from ui.explain.called import called
from ui.explain.case import Case
from ui.messages import escape
from ui.operating import line_of
from ui.session import full


def show_answer(case: Case) -> None:
    """Show the probabilities with their operating point, and what that is worth."""
    run, card = case.network.run, case.network.card
    line = None if run is None else line_of(run)
    figure = probabilities(case.probabilities, positive=card.positive_class, threshold=line)
    show_figure(figure, key="explain-probabilities", simulated=card.simulated)
    st.markdown(f"**{escape(called(case))}**")
    if run is None:
        st.caption(
            _(
                "No operating point is known of a model that was brought, nor how often it is right: it came"
                " without a validation split. It is called what is most probable."
            )
        )
    else:
        found = familiar.novelty(case.network, case.subject)
        if found is not None and found.is_flagged:
            st.caption(_("What follows was counted on images that this one may not be like."))
        show_worth(case, run)
        _show_calibrated(case)
        if (said := worth_on_val(run)) is not None:  # else the reason stands above already
            st.markdown(escape(said))
    show_spread(case)


def _show_calibrated(case: Case) -> None:
    """Show the calibrated probability beside the raw one, where the run keeps a temperature."""
    if case.network.run is None:
        return
    temperature = stored_temperature(case.network.run)
    if temperature is None or temperature.is_bounded:
        if full():
            st.caption(
                _(
                    "These probabilities are raw, as the network says them. On Evaluate, calibration measures"
                    " whether they are too sure."
                )
            )
        return
    names = list(case.probabilities)
    shown = case.network.card.positive_class or max(names, key=case.probabilities.__getitem__)
    raw = np.array(list(case.probabilities.values()))
    calibrated = float(at_temperature(raw, temperature.value)[names.index(shown)])
    st.markdown(
        _(
            "**Calibrated: {calibrated}**, raw: {raw}, for '{name}'. For the calibrated one the network's"
            " logits were divided by the temperature {value}; the bars and the threshold are about the raw"
            " one.",
            calibrated=escape(shown_probability(calibrated)),
            raw=escape(shown_probability(case.probabilities[shown])),
            name=escape(shown),
            value=escape(rounded(temperature.value)),
        )
    )
