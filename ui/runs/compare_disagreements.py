"""Where two runs disagree: how often, and the images themselves with both answers."""

from typing import Final

import streamlit as st

from core.datasets.records import SplitName
from core.errors import UserError
from core.evaluation.aligned import newer_of
from core.evaluation.paired import disagreements
from core.evaluation.paired_records import Disagreement
from core.language import _, ngettext
from core.runs.store import Run
from ui import answers, cache
from ui.messages import escape, simulated_badge

_MOST: Final = 12
_WIDTH: Final = 160


def disagreements_section(one: Run, other: Run, split: SplitName) -> None:
    """Count the images that the two call differently and show those where they are furthest apart."""
    asked = [answers.predictions(run, split) for run in (one, other)]
    found = disagreements(*asked, newer=newer_of(one, other))
    st.markdown(f"##### {_('Where they disagree')}", anchors=False)
    n = asked[0].n_samples
    if not found:
        st.caption(_("They call all {n} images alike.", n=n))
        return
    right = sum(each.called_by_other == each.true_class for each in found)
    wrong = sum(each.called_by_one == each.true_class for each in found)
    text = ngettext(
        "They call {n} image of {total} differently: {other} is right on {right}, {one} on {wrong}.",
        "They call {n} images of {total} differently: {other} is right on {right}, {one} on {wrong}.",
        len(found),
        total=n,
        one=escape(one.run_id),
        other=escape(other.run_id),
        right=right,
        wrong=wrong,
    )
    st.markdown(text)
    if one.card.simulated:
        simulated_badge()
    with st.container(horizontal=True, key="compare-disagreements", gap="small"):
        for each in found[:_MOST]:
            with st.container(width=_WIDTH, key=f"compare-film-{each.sample_id}", gap="small"):
                _film(one, other, each)
    if len(found) > _MOST:
        st.caption(_("{shown} of {n} are shown.", shown=_MOST, n=len(found)))


def _film(one: Run, other: Run, each: Disagreement) -> None:
    alt = _("Image {n}, truly '{truth}'", n=each.sample_id, truth=each.true_class)
    try:
        st.image(cache.thumbnail(other.config.dataset, each.sample_id), width="stretch", alt=alt)
    except (UserError, OSError):
        st.caption(_("This picture is no longer there."))
    truth = _("truly '{truth}'", truth=each.true_class)
    lines = [
        f"**{escape(truth)}**",
        _line(one, each.called_by_one, each.one_probability, is_right=each.called_by_one == each.true_class),
        _line(
            other,
            each.called_by_other,
            each.other_probability,
            is_right=each.called_by_other == each.true_class,
        ),
    ]
    st.caption("  \n".join(lines))


def _line(run: Run, called: str, probability: float, *, is_right: bool) -> str:
    sign = ":green[:material/check:]" if is_right else ":red[:material/close:]"
    return f"{sign} {escape(f'{run.run_id}: {called} ({probability:.2f})')}"
