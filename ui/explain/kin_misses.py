"""How often the check misses, as it was measured, and the button that measures it."""

import streamlit as st

from core.evaluation.looks import can_write
from core.experiments.novelty_records import NAME, NoveltyMade, request_for
from core.explanation.novelty.kinds import KINDS
from core.explanation.novelty.records import SCORES, Misses, Reference
from core.language import _
from core.runs.store import Run
from core.statistics.intervals import wilson
from ui.experiment_panel import experiment, once_more
from ui.explain.kin_tried import show_tried
from ui.messages import escape
from ui.session import full

_LEVEL = 0.95


def offer_to_learn(run: Run) -> None:
    """Say that nobody knows yet what the training images look like, and offer to find out."""
    with st.container(border=True, key="kin-unknown", gap="small"):
        st.markdown(
            _("**Whether this image is like the training images is not known yet.** A cat is answered too.")
        )
        _ask(run, _("Learn what its training images look like"))


def show_misses(run: Run, reference: Reference) -> None:
    """Show what was flagged of foreign images that Lightbox made itself, and of ordinary ones."""
    alarms = reference.false_alarms
    if alarms.value is not None and alarms.low is not None and alarms.high is not None:
        st.markdown(
            _(
                "**False alarms:** the limits let about 5 % of ordinary images be flagged. On validation"
                " images that the limits were not set on it was {percent} % ({low} to {high}), n = {n}.",
                percent=f"{100 * alarms.value:.1f}",
                low=f"{100 * alarms.low:.1f}",
                high=f"{100 * alarms.high:.1f}",
                n=alarms.n,
            )
        )
    if not reference.misses:
        st.markdown(_("**How often it misses** was not measured yet for this network."))
        _ask(run, _("Measure how often it misses"))
        return
    for sentence in _worst(reference.misses):
        st.markdown(f"- {sentence}")
    st.table(
        [_row(one) for one in reference.misses], hide_index=True, alt=_("Foreign images that were flagged")
    )
    st.caption(
        _(
            "Changed ones are validation images, one of each patient; photographs are parts of two; the"
            " others are drawn by Lightbox. In brackets the 95 % interval (Wilson). What is not in this table"
            " was never tried with this network: another hospital, another age."
        )
    )
    if full():
        st.caption(_("The last columns: how many each score alone would have flagged, at its limit."))
    show_tried()


def _ask(run: Run, label: str) -> None:
    if not can_write(run.writable_folder):
        st.caption(_("The folder of the runs can only be read here, so it cannot be kept."))
        return
    hint = _(
        "The network is asked about its training and validation images and about foreign ones, once, in the"
        " background: about half a minute for a small network, minutes for a large one."
    )
    request = request_for(run)
    if experiment(NAME, request, NoveltyMade, key="kin-learn", label=label, hint=hint) is not None:
        once_more(NAME, request, key="kin-learn")  # its file was removed since


def _worst(misses: tuple[Misses, ...]) -> list[str]:
    """Name the kinds that were missed at all, most of them first."""
    shown = sorted(
        (one for one in misses if one.missed and one.kind in KINDS), key=lambda one: -one.missed / one.n
    )
    if not shown:
        return [_("It missed none of the foreign images that were tried: no failure found.")]
    return [
        _(
            "This check missed **{missed} of {n}**: {kind}.",
            missed=one.missed,
            n=one.n,
            kind=_(KINDS[one.kind].title),
        )
        for one in shown
    ]


def _row(one: Misses) -> dict[str, str]:
    interval = wilson(one.flagged, one.n, _LEVEL)
    title = _(KINDS[one.kind].title) if one.kind in KINDS else escape(one.kind)
    row = {
        _("Foreign images"): title,
        _("Flagged"): _(
            "{flagged} of {n} ({low} to {high} %)",
            flagged=one.flagged,
            n=one.n,
            low=round(100 * interval.low),
            high=round(100 * interval.high),
        ),
    }
    if full():
        row |= {_(spec.title): str(one.by_score.get(name, "–")) for name, spec in SCORES.items()}
    return row
