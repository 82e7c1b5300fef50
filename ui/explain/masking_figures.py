"""What covering a box did, drawn: how much moved, class by class, and on which images most."""

from typing import Final

import streamlit as st

from core.evaluation.asked import check_samples
from core.experiments.masking.records import Changed, MaskingAnswer, MaskingRequest
from core.experiments.masking.sentences import who
from core.explanation.film import film, outlined
from core.explanation.painting import painted
from core.figures.shortcut import Measured, Pair, paired_rows
from core.language import _
from core.runs.store import Run
from core.statistics.means import Mean
from core.statistics.shares import Share
from ui import cache
from ui.charts import show_figure, show_pixels
from ui.messages import escape, simulated_badge

_SIDE: Final = 220
_SHOWN_CLASSES: Final = 6


def show_sizes(run: Run, answer: MaskingAnswer) -> None:
    """Draw how much probability moves and how many calls change, for the box and for boxes elsewhere."""
    rows = [
        Pair(_("Probability that moves"), _mean(answer.size), _mean(answer.size_elsewhere)),
        Pair(_("Calls that change"), _mean(answer.calls), _mean(answer.calls_elsewhere)),
    ]
    title = _(
        "The box changes {box} of {n} calls, boxes elsewhere {other} on average",
        box=round((answer.calls.value or 0.0) * answer.n_images),
        n=answer.n_images,
        other="–" if answer.calls_elsewhere.value is None else _on_average(answer),
    )
    figure = paired_rows(
        rows,
        title=title,
        axis=_("Mean, 95 % interval by image")
        if answer.n_patients is None
        else _("Mean, 95 % interval by patient"),
        names=(_("This box"), _("As much elsewhere")),
        percent=True,
    )
    show_figure(figure, key="explain-masking-sizes", simulated=run.card.simulated)


def class_table(answer: MaskingAnswer) -> None:
    """Show by how much each class's mean probability changes."""
    lines = [
        f"| {_('Class')} | {_('This box (points)')} | {_('As much elsewhere (points)')} |",
        "|---|---|---|",
    ]
    lines += [
        f"| {escape(one.class_name)} | {_points(one.box)} | {_points(one.elsewhere)} |"
        for one in answer.classes
    ]
    title = _("Change of the mean probability, class by class")
    with st.expander(title, expanded=len(answer.classes) <= _SHOWN_CLASSES):
        st.markdown("\n".join(lines))
        st.caption(
            _(
                "In points of 100, with the 95 % interval; {who}. A class that gains takes from others.",
                who=str(who(answer)),
            )
        )


def show_most(run: Run, answer: MaskingAnswer, request: MaskingRequest) -> None:
    """Show the images that moved most, covered, with the box outlined.

    Raises
    ------
    StateError
        The data set of that name holds other images now, or is gone.
    """
    if not answer.most:
        return
    check_samples(run, run.config.dataset)
    st.markdown(f"##### {_('Where it changes most')}", anchors=False)
    if run.card.simulated:
        simulated_badge()
    with st.container(horizontal=True, gap="small", key="explain-masking-most"):
        for one in answer.most:
            _card(run, one, request)


def _card(run: Run, one: Changed, request: MaskingRequest) -> None:
    image = cache.image(run.config.dataset, one.sample_id)
    mask = request.box.mask((int(image.values.shape[0]), int(image.values.shape[1])))
    pixels = outlined(
        film(painted(image, mask, request.how), shortest_side=_SIDE, longest_side=2 * _SIDE), mask
    )
    with st.container(width=_SIDE):
        text = _(
            "Image {id}, labelled '{label}': '{name}' {before} % → {after} %",
            id=one.sample_id,
            label=one.label,
            name=one.class_name,
            before=round(100 * one.before),
            after=round(100 * one.after),
        )
        show_pixels(pixels, alt=text)
        st.caption(escape(text))


def _on_average(answer: MaskingAnswer) -> str:
    return f"{(answer.calls_elsewhere.value or 0.0) * answer.n_images:.1f}"


def _mean(value: Mean | Share) -> Measured | None:
    return None if value.value is None else Measured(value.value, value.low, value.high)


def _points(mean: Mean) -> str:
    if mean.value is None:
        return "–"
    value = f"{100 * mean.value:+.1f}"
    if mean.low is None or mean.high is None:
        return value
    return _(
        "{value} ({low} to {high})", value=value, low=f"{100 * mean.low:+.1f}", high=f"{100 * mean.high:+.1f}"
    )
