"""The decision curve, with what it needs to be read: calibrated risks, and whose weights are shaded."""

from collections.abc import Iterator

import streamlit as st

from core.evaluation.decision_curve import DecisionCurve, sensible_thresholds
from core.evaluation.rates import FEWEST_PATIENTS
from core.figures.net_benefit import net_benefit
from core.language import _, joined
from ui.charts import show_figure
from ui.evaluate.judged import Judged
from ui.messages import escape
from ui.ward.counted import counted, curve, of_whom, temperature


def show_curve(case: Judged, class_name: str, *, prevalence: float | None, miss: float) -> None:
    """Draw the decision curve for the data's prevalence (None), or carried over to another."""
    asked = counted(case, class_name)
    found = curve(asked, prevalence)
    if found is None:
        st.info(_("A decision curve needs images with '{name}' and without it.", name=escape(class_name)))
        return
    figure = net_benefit(found, sensible=sensible_thresholds(miss))
    show_figure(figure, key="net-benefit", simulated=case.is_simulated)
    shaded = sensible_thresholds(miss)
    if not any(part.low <= shaded.low and part.high >= shaded.high for part in found.surely_better):
        st.markdown(_("In the shaded part, where your weights lie, it is **not surely better** everywhere."))
    whom = _(
        "Whoever treats from a risk of t on takes (1 - t) / t false alarms for one find. Shaded: those to"
        " whom a miss is worth {low:g} to {high:g} false alarms.",
        low=miss / 2,
        high=miss * 2,
    )
    st.caption(joined((whom, _band(found), of_whom(case)), " "))
    st.caption(joined(_of_risks(case, found, temperature(case.run_id, asked.changed).value), " "))


def _of_risks(case: Judged, found: DecisionCurve, scale: float) -> Iterator[str]:
    yield _(
        "It is true only of risks that are calibrated. So the network's logits were divided by the"
        " temperature {value:.2f}, fitted on the validation split.",
        value=scale,
    )
    if case.split == "val" and case.dataset_id is None:
        yield _("These are the same images, which flatters it a little.")
    if found.is_carried_over:
        yield _(
            "They were carried over to a prevalence of {percent:.1f} % by Bayes' rule.",
            percent=100 * found.prevalence,
        )


def _band(found: DecisionCurve) -> str:
    if found.has_band:
        return _("Band: patients drawn again 1,000 times.")
    return _(
        "No band: with fewer than {n} patients with it or without it, drawing them again says nothing.",
        n=FEWEST_PATIENTS,
    )
