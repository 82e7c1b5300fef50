"""What a card of the laboratory shows of its step: before and after, in pictures and in numbers."""

from __future__ import annotations

import html
from dataclasses import dataclass

import streamlit as st

from core.datasets.records import DatasetInfo
from core.errors import LightboxError
from core.language import _
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing.following import PixelStep, shown_number
from ui.messages import escape
from ui.preprocessing import builder, state
from ui.preprocessing.pictures import (
    LARGE,
    SMALL,
    show_difference,
    show_histogram,
    show_step_picture,
    shown_shape,
)
from ui.preprocessing.source import Subject
from ui.preprocessing.state import Card, Draft
from ui.preprocessing.step_names import with_titles
from ui.preprocessing.story import told
from ui.preprocessing.tracing import traced


@dataclass(frozen=True)
class Shown:
    """A card on the page: the place that waits for its pictures."""

    card: Card
    place: st.delta_generator.DeltaGenerator


def show_cards(info: DatasetInfo, draft: Draft) -> tuple[Draft, list[Shown]]:
    """Show the controls of all cards; return the draft as they say, and where the pictures go."""
    found: list[Shown] = []
    for number, card in enumerate(draft.cards, start=1):
        with st.container(border=True, key=f"card-{card.id}", gap="small"):
            builder.card_buttons(info, card, number, n_cards=len(draft.cards))
            now = _controls(card)
            found.append(Shown(now, st.container(key=f"card-body-{card.id}", gap="small")))
    return Draft(cards=tuple(shown.card for shown in found)), found


def show_step(shown: Shown, before: PixelStep | None, after: PixelStep | None) -> None:
    """Fill a card: the picture, the histogram and the numbers before and after its step."""
    with shown.place:
        if before is None or after is None:
            st.caption(_("Not applied."))
        elif st.session_state.get(state.TUNED) == shown.card.id:
            _large(before, after)
        else:
            _small(before, after)


def show_switched_off(shown: Shown, subject: Subject, draft: Draft) -> None:
    """Show what a step that is switched off would change in what the network gets."""
    with shown.place:
        if st.session_state.get(state.TUNED) != shown.card.id:
            st.caption(_("Switched off. 'Tune' shows what it would change."))
            return
        on = draft.with_card(shown.card.model_copy(update={"enabled": True}))
        off = draft.with_card(shown.card.model_copy(update={"enabled": False}))
        try:
            with_it, without = (traced(subject, one.checked())[-1].values for one in (on, off))
        except LightboxError as error:
            st.caption(escape(with_titles(error)))
            return
        st.markdown(f"**{_('What the network gets, with the step minus without it')}**")
        show_difference(with_it, without, names=(_("with the step"), _("without it")))


def _controls(card: Card) -> Card:
    spec = PREPROCESSING_STEPS[card.name]
    if st.session_state.get(state.TUNED) != card.id:
        line = builder.parameter_line(card)
        if line:
            st.caption(line)
        return card
    left, right = st.columns(2, gap="large")
    with right:
        st.markdown(_(spec.summary))
        st.markdown(f":material/warning: {_(spec.caution)}")
        st.caption(_("Source: {source}", source=escape(spec.source)))
    with left:
        return builder.parameter_widgets(card)


def _small(before: PixelStep, after: PixelStep) -> None:
    left, right = st.columns([2, 3], gap="medium")
    with left:
        picture, levels = st.columns(2, gap="small", wrap=False)
        with picture:
            show_step_picture(after, alt=_alt(after), side=SMALL)
        with levels:
            show_histogram(after, title=_(after.title))
    with right:
        st.markdown(told(after))
        st.html(_facts(before, after))


def _large(before: PixelStep, after: PixelStep) -> None:
    for column, title, step in zip(
        st.columns(2, gap="large"), (_("Before"), _("After")), (before, after), strict=True
    ):
        with column:
            st.markdown(f"**{title}**")
            show_step_picture(step, alt=_alt(step), side=LARGE)
            show_histogram(step, title=_(step.title))
    st.markdown(told(after))
    st.html(_facts(before, after))


def _facts(before: PixelStep, after: PixelStep) -> str:
    """Return range, shape, type and spacing before and after as a small table."""
    rows = (
        (_("Range"), _range(before), _range(after)),
        (_("Shape"), shown_shape(before.values.shape), shown_shape(after.values.shape)),
        (_("Kept as"), before.dtype, after.dtype),
        (_("Spacing"), _spacing(before), _spacing(after)),
    )
    head = (
        f"<tr><td></td><th scope='col'>{_cell(_('before'))}</th><th scope='col'>{_cell(_('after'))}</th></tr>"
    )
    body = "".join(
        f"<tr><th scope='row'>{_cell(name)}</th><td>{_cell(one)}</td>"
        f"<td class='{'' if one == other else 'lb-changed'}'>{_cell(other)}</td></tr>"
        for name, one, other in rows
    )
    return f"<table class='lb-facts'><thead>{head}</thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    return html.escape(text)


def _range(step: PixelStep) -> str:
    return _("{low} to {high}", low=shown_number(step.low), high=shown_number(step.high))


def _spacing(step: PixelStep) -> str:
    if step.spacing_mm is None:
        return _("not known")
    down, across = step.spacing_mm
    return f"{down:.3g} mm" if abs(down - across) < 1e-9 else f"{down:.3g} x {across:.3g} mm"


def _alt(step: PixelStep) -> str:
    return _("The picture after the step {title}.", title=_(step.title))
