"""Whether the map points at what is known to be there: a simulated finding, or a box of the visitor's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.explanation.film import film
from core.explanation.picture import overlay
from core.explanation.truth import truth_scores
from core.language import _
from ui.drawing.boxes import draw_boxes
from ui.explain.look import true_mask
from ui.messages import escape

if TYPE_CHECKING:
    from core.explanation.records import Attribution
    from core.explanation.truth import TruthScores
    from ui.explain.case import Case


def show_true_finding(case: Case, answer: Attribution) -> None:
    """Score a map against the true finding, where it is known."""
    st.markdown(f"##### {_('Does it point at what is there?')}", anchors=False)
    mask = true_mask(case.network, case.subject)
    if mask is not None and mask.any():
        st.caption(_("Against the true finding, which the network was never told."))
        _show_scores(truth_scores(answer, mask))
    elif mask is not None:
        st.caption(_("There is no finding on this image: nothing to point at. You can draw a box below."))
    else:
        st.caption(_("Nobody has marked the truth on this image. You can draw a box below."))


def show_own_box(case: Case, answer: Attribution) -> None:
    """Let the visitor draw a box, and score the map against it."""
    title = _("Draw a box where the evidence should be, and get the same scores for it")
    fold = st.expander(title, on_change="rerun", key="trust-box-fold")
    if fold.open:
        with fold:
            _show_box(case, answer)


def _show_box(case: Case, answer: Attribution) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        pixels = overlay(film(case.subject.image), answer, 0.45)
        alt = _("The map over the image, to draw a box on")
        boxes = draw_boxes(pixels, (), key=f"trust-box-{case.subject.key[:60]}", alt=alt)
    with right:
        if not boxes:
            st.caption(_("There is no box yet. Draw one on the image, or open the numbers below it."))
            return
        st.markdown(f"**{_('Against your box')}**")
        shape = case.subject.image.values.shape
        _show_scores(truth_scores(answer, boxes[0].mask((int(shape[0]), int(shape[1])))))
        st.caption(_("A box is your opinion; a map that misses it may still show what the network leans on."))


def _show_scores(scores: TruthScores) -> None:
    if scores.share is None or scores.share_by_chance is None or scores.iou is None:
        st.caption(escape(scores.reason or ""))
        return
    chance, iou_chance = scores.share_by_chance, scores.iou_by_chance or 0.0
    points = _("hit") if scores.pointing else _("miss")
    icon = ":material/my_location:" if scores.pointing else ":material/location_off:"
    with st.container(horizontal=True, gap="medium"):
        st.metric(_("Pointing game"), f"{icon} {points}", width=200, help=_pointing_help())
        st.metric(
            _("Share of the map inside"), _("{percent} %", percent=f"{100 * scores.share:.0f}"), width=200
        )
        st.metric(_("Overlap (IoU)"), f"{scores.iou:.2f}", width=200, help=_overlap_help())
    st.caption(
        _(
            "By chance: the largest value lies inside in {chance} % of cases, {chance} % of the map lies"
            " inside, and the overlap is {iou}.",
            chance=f"{100 * chance:.1f}",
            iou=f"{iou_chance:.2f}",
        )
    )
    st.markdown(_verdict(scores.share, chance))


def _verdict(share: float, chance: float) -> str:
    times = share / chance
    if times < 1:
        return _("Less of the map lies inside than of an even grey: it points elsewhere.")
    return _("The map is {times} times as dense inside as by chance.", times=f"{times:.1f}")


def _pointing_help() -> str:
    return _(
        "Zhang et al. 2016, arXiv:1608.00507: whether the map's largest value lies inside, without any"
        " tolerance."
    )


def _overlap_help() -> str:
    return _(
        "As many of the largest values as the mask has pixels, against the mask: intersection over union. No"
        " threshold is chosen."
    )
