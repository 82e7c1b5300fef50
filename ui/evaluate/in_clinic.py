"""The clinic view: would it do more good than harm, and what is better left to a person."""

import streamlit as st

from core.language import _
from ui.evaluate import in_clinic_referral, in_clinic_sets
from ui.evaluate.judged import Judged, Threshold, predictions
from ui.navigation import entry_of, go_to
from ui.ward.controls import pick_class, pick_weight
from ui.ward.curve import show_curve


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view."""
    found = predictions(case)
    st.subheader(_("Would it do more good than treating everybody, or nobody?"), anchor=False)
    left, right = st.columns(2, gap="large", vertical_alignment="bottom")
    with left:
        name = pick_class(found)
        miss = pick_weight()
    with right:
        _to_the_ward(several=found.positive_class is None)
    show_curve(case, name, prevalence=None, miss=miss)
    st.caption(
        _(
            "The threshold above does not move this curve: it shows all thresholds at once, of calibrated"
            " probabilities."
        )
    )
    st.subheader(_("Refer, don't guess"), anchor=False)
    in_clinic_referral.show(case, threshold)
    st.subheader(_("Sets of answers that keep a promise"), anchor=False)
    st.caption(_("The threshold above does not move them: the promise decides what a set holds."))
    in_clinic_sets.show(case)


def _to_the_ward(*, several: bool) -> None:
    if entry_of("ward") is not None:
        if several:
            st.caption(_("This class against all others, with a threshold of its own, for 1,000 people:"))
        else:
            st.caption(_("The same threshold for 1,000 people, at the prevalence of your clinic:"))
        if st.button(_("See the ward of 1,000"), key="in-clinic-ward", icon=":material/groups:"):
            go_to("ward")
