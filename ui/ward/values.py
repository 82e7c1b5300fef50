"""What an answer is worth at this prevalence, what the threshold costs, and which would be the cheapest."""

import streamlit as st

from core.evaluation.costs import Cheapest, cost
from core.evaluation.sentences import rounded
from core.evaluation.ward import PredictiveValue, Sides, npv, ppv
from core.language import _, joined
from ui import verdict
from ui.messages import escape
from ui.ward.controls import Clinic


def show_values(sides: Sides, clinic: Clinic, of_whom: str) -> None:
    """Show both predictive values with their intervals; `of_whom` says of how many images and patients."""
    left, right = st.columns(2)
    with left, st.container(border=True, key="card-ward-ppv", gap=None):
        _value(_("An alarm is right (PPV)"), ppv(sides, clinic.prevalence))
    with right, st.container(border=True, key="card-ward-npv", gap=None):
        _value(_("The all-clear is right (NPV)"), npv(sides, clinic.prevalence))
    with st.container(key="ward-method", gap=None):
        st.caption(escape(joined((_carried_over(sides), of_whom), " ")), help=_method())


def show_cost(sides: Sides, clinic: Clinic, best: Cheapest | None, *, is_validation: bool) -> None:
    """Show what the threshold costs for 1,000 people, and the cheapest one, with a button to take it."""
    sensitivity, alarms = sides.sick.share, sides.healthy.share
    if sensitivity is None or alarms is None:
        return
    now = cost(sensitivity, alarms, clinic.prevalence, miss=clinic.miss)
    with st.container(border=True, key="card-ward-cost", gap="small"):
        st.markdown(
            _(
                "**Expected cost for 1,000 people: {cost:,.0f}**, counted in false alarms, with a miss worth"
                " {miss:g}. Calling everybody would cost {all:,.0f}, calling nobody {none:,.0f}.",
                cost=now,
                miss=clinic.miss,
                all=1000 * (1 - clinic.prevalence),
                none=1000 * clinic.prevalence * clinic.miss,
            )
        )
        if best is None:
            st.caption(_("The validation split lacks one side, so no threshold can be chosen on it."))
            return
        _cheapest(best, clinic)
        if is_validation:
            st.caption(
                _(
                    "It was chosen on the very images that are shown here, so its cost looks too good."
                    " Judge it on the test split or on another data set."
                )
            )


def _cheapest(best: Cheapest, clinic: Clinic) -> None:
    if not best.is_worth_it:
        text = _("At these weights no threshold is cheaper than calling everybody or nobody.")
        st.markdown(text)
        return
    st.markdown(
        _(
            "Cheapest on the validation split ({n} images): from **{threshold:.2f}** on, cost {cost:,.0f}.",
            n=best.n_images,
            threshold=best.threshold,
            cost=best.cost,
        )
        + " "
        + _how_sure(best)
    )
    is_taken = round(clinic.threshold, 2) == round(best.threshold, 2)
    st.button(
        _("Use {threshold:.2f}", threshold=best.threshold),
        key="ward-take",
        on_click=_take,
        args=(clinic.threshold_key, best.threshold),
        disabled=is_taken,
        icon=":material/check:",
    )


def _how_sure(best: Cheapest) -> str:
    if best.low is None or best.high is None:
        return _("There are too few patients with it or without it to say how sure that is.")
    text = _(
        "Other patients would have chosen {low:.2f} to {high:.2f} (95 % of resamples).",
        low=best.low,
        high=best.high,
    )
    return text


def _take(key: str, threshold: float) -> None:
    st.session_state[key] = threshold
    if key == verdict.THRESHOLD_KEY:
        verdict.follow_no_target()


def _value(title: str, found: PredictiveValue) -> None:
    st.metric(title, "–" if found.value is None else rounded(found.value))
    if found.value is None or found.low is None or found.high is None or found.reason is not None:
        st.caption(escape(found.reason or _("no interval")))
        return
    st.caption(_("95 % interval {low} to {high}", low=rounded(found.low), high=rounded(found.high)))


def _carried_over(sides: Sides) -> str:
    return _(
        "Carried over by Bayes' rule from {hits} of {sick} found and {alarms} of {healthy} falsely alarmed:",
        hits=sides.sick.called,
        sick=sides.sick.n,
        alarms=sides.healthy.called,
        healthy=sides.healthy.n,
    )


def _method() -> str:
    return _(
        "Interval: logit-delta (Mercaldo 2007), counts divided by the design effect where patients have"
        " several images (Rao and Scott 1992). In simulations with these kinds of numbers it held the truth"
        " in 93 to 96 of 100. The prevalence is taken as known."
    )
