"""Where two runs disagree: how often, and the images themselves with both answers."""

from typing import Final

import streamlit as st

from core.datasets.records import SplitName
from core.errors import LightboxError, UserError
from core.evaluation.aligned import newer_of
from core.evaluation.asked import check_samples
from core.evaluation.decisions import Threshold
from core.evaluation.paired import disagreements
from core.evaluation.paired_records import Disagreement
from core.language import N_, Message, _, ngettext
from core.runs.predictions import Predictions
from core.runs.store import Run
from ui import answers, cache
from ui.messages import escape, simulated_badge

_MOST: Final = 12
_WIDTH: Final = 160
_GONE: Final = N_("The data set '{dataset}' is no longer there, so its pictures cannot be shown.")
_OTHER: Final = N_(
    "The data set '{dataset}' is no longer the one that both were judged on: other pictures have its name"
    " now, so none are shown."
)


def disagreements_section(one: Run, other: Run, split: SplitName) -> None:
    """Count the images that the two call differently and show those where they are furthest apart."""
    asked = [answers.predictions(run, split) for run in (one, other)]
    st.markdown(f"##### {_('Where they disagree')}", anchors=False)
    dataset = other.config.dataset
    no_pictures = _why_no_pictures(other, dataset)
    show_disagreements((one, asked[0]), (other, asked[1]), dataset, key="compare", no_pictures=no_pictures)


def _why_no_pictures(run: Run, dataset: str) -> Message | None:
    """Return why the pictures cannot be had; None where the data set has those that the run began with."""
    try:
        cache.dataset(dataset)
    except (LightboxError, OSError):
        return Message(text=_GONE, values={"dataset": dataset})
    try:
        check_samples(run, dataset)
    except (LightboxError, OSError):
        return Message(text=_OTHER, values={"dataset": dataset})
    return None


def show_disagreements(
    one: tuple[Run, Predictions],
    other: tuple[Run, Predictions],
    dataset_id: str,
    *,
    key: str,
    threshold: Threshold = 0.5,
    simulated: bool | None = None,
    no_pictures: Message | None = None,
) -> None:
    """Show where two runs disagree about the same images.

    Parameters
    ----------
    one, other
        A run and what it said.
    dataset_id
        Where the images are.
    key
        Of the containers: `<key>-disagreements`.
    threshold
        As in `decide`, the same for both.
    simulated
        Whether the images are; None: as those that the runs have learned from.
    no_pictures
        Why there are none to show; None where there are.
    """
    (first, one_said), (second, other_said) = one, other
    found = disagreements(one_said, other_said, threshold=threshold, newer=newer_of(first, second))
    n = one_said.n_samples
    if not found:
        st.caption(_("They call all {n} images alike.", n=n))
        return
    st.markdown(_counted(found, first, second, n))
    if no_pictures is not None:
        st.info(escape(no_pictures), icon=":material/hide_image:")
        return
    st.caption(escape(_whose_probability(found[0].named_class)))
    if first.card.simulated if simulated is None else simulated:
        simulated_badge()
    with st.container(horizontal=True, key=f"{key}-disagreements", gap="small"):
        for each in found[:_MOST]:
            with st.container(width=_WIDTH, key=f"{key}-film-{each.sample_id}", gap="small"):
                _film(first, second, each, dataset_id)
    if len(found) > _MOST:
        st.caption(_("{shown} of {n} are shown.", shown=_MOST, n=len(found)))


def _counted(found: list[Disagreement], first: Run, second: Run, n_images: int) -> str:
    right = sum(each.called_by_other == each.true_class for each in found)
    wrong = sum(each.called_by_one == each.true_class for each in found)
    return ngettext(
        "They call {n} image of {total} differently: {other} is right on {right}, {one} on {wrong}.",
        "They call {n} images of {total} differently: {other} is right on {right}, {one} on {wrong}.",
        len(found),
        total=n_images,
        one=escape(first.run_id),
        other=escape(second.run_id),
        right=right,
        wrong=wrong,
    )


def _whose_probability(named: str | None) -> str:
    if named is None:
        return _("In brackets: the probability of the class that was called.")
    return _("In brackets: the probability of '{name}'.", name=named)


def _film(one: Run, other: Run, each: Disagreement, dataset_id: str) -> None:
    alt = _("Image {n}, truly '{truth}'", n=each.sample_id, truth=each.true_class)
    try:
        st.image(cache.thumbnail(dataset_id, each.sample_id), width="stretch", alt=alt)
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
