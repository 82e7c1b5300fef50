"""Clinic: a ward of 1,000 people, at the prevalence and with the weights of a clinic."""

import streamlit as st

from core.evaluation.ward import Sides, sides_of, ward
from core.language import _, joined
from ui.controls import (
    escape,
    full,
    glossary_chips,
    guard,
    lesson_header,
    lesson_more,
    lesson_text,
    self_check,
    simulated_badge,
    use_language,
)
from ui.evaluate.judged import Judged, predictions
from ui.evaluate.source import pick_judged
from ui.operating import threshold_of
from ui.pickers import PART_TITLES
from ui.ward.controls import Clinic, pick_class, pick_clinic
from ui.ward.counted import cheapest_threshold, counted, of_whom, two_classes, validation
from ui.ward.curve import show_curve
from ui.ward.picture import show_people, show_words
from ui.ward.values import show_cost, show_values


def main() -> None:
    shown = lesson_header("ward", body=not full())
    if full():  # there it is a workplace: the lesson does not stand in the way
        with st.expander(_("The lesson"), icon=":material/school:"):
            lesson_text(shown.body)
    with st.expander(_("Which network, judged on what"), expanded=full(), icon=":material/tune:"):
        case = pick_judged()
        name = None if case is None else pick_class(predictions(case))
    if case is None or name is None:
        st.info(_("Choose a trained network above that was asked about its images."))
    else:
        st.fragment(_clinic)(case, name)
    glossary_chips(shown)
    lesson_more(shown, folded=True)
    self_check("ward", shown)


def _clinic(case: Judged, name: str) -> None:
    use_language()
    with guard():
        threshold_of(case.run)  # a target that was set on Evaluate moves the slider here too
        found = two_classes(counted(case, name))
        of_data = sides_of(found, 0).prevalence
        clinic = pick_clinic(name, of_data, several=predictions(case).positive_class is None)
        _ward(case, name, sides_of(found, clinic.threshold), clinic)
        with st.expander(_("Would it do more good than harm? The decision curve"), expanded=full()):
            prevalence = None if clinic.is_as_in_data else clinic.prevalence
            show_curve(case, name, prevalence=prevalence, miss=clinic.miss)


def _ward(case: Judged, name: str, sides: Sides, clinic: Clinic) -> None:
    sensitivity, alarms = sides.sick.share, sides.healthy.share
    if sensitivity is None or alarms is None:
        st.info(
            _(
                "A ward needs images with '{name}' and without it; these have one side alone.",
                name=escape(name),
            )
        )
        return
    people = ward(sensitivity, 1 - alarms, clinic.prevalence)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if case.is_simulated:
            simulated_badge()
        show_people(people, name)
        show_values(sides, clinic, of_whom(case))
    with right:
        show_words(people, name)
        _caution(case, sides, clinic)
        best = cheapest_threshold(counted(case, name), clinic.prevalence, clinic.miss)
        show_cost(sides, clinic, best, is_validation=case == validation(case))


def _caution(case: Judged, sides: Sides, clinic: Clinic) -> None:
    percent, part = 100 * sides.prevalence, _(PART_TITLES[case.split])
    where = _("In the images that were judged ({part}), {percent:.1f} % have it.", part=part, percent=percent)
    if clinic.is_as_in_data:
        where = joined(
            (where, _("The prevalence in the data is not that of your clinic: move the first slider.")), " "
        )
    spectrum = _(
        "Sensitivity and specificity are taken to stay as they are. They may change with the clinic too:"
        " milder disease is harder to find."
    )
    st.caption(joined((escape(where), spectrum), " "))


main()
