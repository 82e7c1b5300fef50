"""Refer the least sure: how many errors are left, and which images go to a person."""

from typing import Final

import streamlit as st

from core.errors import UserError
from core.evaluation.referral import Referral, ReferralCurve, refer, referral_curve
from core.figures.referral import referral
from core.language import _
from core.runs.predictions import Predictions
from ui import cache
from ui.charts import show_figure
from ui.evaluate.judged import Judged, Threshold, predictions
from ui.messages import escape
from ui.ward.counted import Counted, counted, of_whom

_MOST_SHOWN: Final = 12
_WIDTH: Final = 110


def show(case: Judged, threshold: Threshold) -> None:
    """Let the visitor choose how many are referred; draw the curve and the images."""
    found = predictions(case)
    curve = _curve(counted(case, ""), threshold)
    if curve is None:
        st.info(_("There is no image to refer."))
        return
    key = "in-clinic-refer"
    st.session_state.setdefault(key, 20)
    label = _("Refer the least sure to a person: how many per cent?")
    percent = st.slider(label, 0, 95, step=1, key=key, persist_state="session")
    done = refer(found, percent / 100, threshold=threshold)
    _in_words(found, done)
    figure = referral(curve, share=percent / 100)
    show_figure(figure, key="in-clinic-referral", simulated=case.is_simulated)
    st.caption(_areas(case, curve))
    _images(case, found, done)


@st.cache_resource(max_entries=64, show_spinner=False)
def _curve(asked: Counted, threshold: Threshold) -> ReferralCurve | None:
    return referral_curve(predictions(asked.case), threshold=threshold)


def _in_words(found: Predictions, done: Referral) -> None:
    rest = done.rest
    if rest.value is not None and rest.low is not None and rest.high is not None:
        st.markdown(
            _(
                "**{n} of {total} images go to a person, and with them {avoided} of {errors} errors** (by lot"
                " it would be {lot:.1f}). Of the other {rest}, {percent:.1f} % are wrong ({low:.1f} to"
                " {high:.1f} %, by patient).",
                n=len(done.referred),
                total=found.n_samples,
                avoided=done.errors_avoided,
                errors=done.n_errors,
                lot=done.expected_by_lot,
                rest=rest.n,
                percent=100 * rest.value,
                low=100 * rest.low,
                high=100 * rest.high,
            )
        )
    else:
        st.markdown(_("All {n} images go to a person; nobody is left to be wrong about.", n=found.n_samples))
    st.warning(
        _(
            "What is confidently wrong is never referred: {n} of {errors} errors lie among the surest half"
            " of the answers. And the person who gets the rest errs too.",
            n=done.n_sure_errors,
            errors=done.n_errors,
        ),
        icon=":material/warning:",
    )


def _areas(case: Judged, curve: ReferralCurve) -> str:
    return _(
        "Area under the error, over all shares kept: {area:.3f}; by lot {lot:.3f}, knowing which are wrong"
        " {best:.3f}. {of_whom}",
        area=curve.area,
        lot=curve.area_random,
        best=curve.area_oracle,
        of_whom=of_whom(case),
    )


def _images(case: Judged, found: Predictions, done: Referral) -> None:
    chosen = done.referred[:_MOST_SHOWN]
    if not len(chosen):
        return
    st.caption(_("The least sure first; {shown} of {n} are shown.", shown=len(chosen), n=len(done.referred)))
    with st.container(horizontal=True, key="in-clinic-referred", gap="small"):
        for place in chosen.tolist():
            sample_id = int(found.sample_ids[place])
            with st.container(width=_WIDTH, key=f"referred-{sample_id}", gap=None):
                _image(case, found, place)


def _image(case: Judged, found: Predictions, place: int) -> None:
    sample_id, truth = int(found.sample_ids[place]), found.class_names[found.y_true[place]]
    index = found.positive_index
    index = int(found.y_score[place].argmax()) if index is None else index
    name, probability = found.class_names[index], float(found.y_score[place, index])
    try:
        picture = cache.thumbnail(case.shown_dataset, sample_id, side=160)
        st.image(picture, width="stretch", alt=_("Image {n}: truly '{truth}'", n=sample_id, truth=truth))
    except (UserError, OSError):
        st.caption(_("This picture is no longer there."))
    words = _("'{name}' {probability:.2f}; truly '{truth}'", name=name, probability=probability, truth=truth)
    st.caption(escape(words))
