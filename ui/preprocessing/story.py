"""The story of one pixel: from the number that the scanner stored to the one that the network gets."""

from __future__ import annotations

import streamlit as st

from core.language import _
from core.transforms.preprocessing.following import PixelStep, shown_number
from ui.messages import escape
from ui.preprocessing.source import Subject


def story_cards(steps: list[PixelStep]) -> None:
    """Tell the value of the pixel after each step, a card each."""
    st.subheader(_("The story of one pixel"), anchor=False)
    for number, step in enumerate(steps):
        with st.container(border=True, key=f"card-step-{number}", gap="small"):
            st.markdown(f"**{number}. {_(step.title)}** :gray[{where(step)}]")
            st.markdown(told(step))


def story_list(subject: Subject, steps: list[PixelStep]) -> None:
    """Tell the same in a list, and in one line from the stored value to the network."""
    st.subheader(_("The story of one pixel"), anchor=False)
    lines = [f"{n}. **{_(step.title)}** :gray[{where(step)}]  \n{told(step)}" for n, step in enumerate(steps)]
    with st.container(border=True, key="card-story"):
        st.markdown("\n".join(lines))
        numbers = _changes([*_stored(subject, steps[0]), *(_numbers(step) for step in steps)])
        st.markdown(f"**{_('In one line')}**: {' → '.join(escape(number) for number in numbers)}")


def told(step: PixelStep) -> str:
    """Return the sum that a step did to the pixel and what came out, as Markdown."""
    return f"{escape(step.sum)} → **{escape(_numbers(step))}**" if step.after else f"**{escape(step.sum)}**"


def where(step: PixelStep) -> str:
    """Return where the pixel is after a step; empty where a crop has cut it off."""
    return _("row {row}, column {column}", row=step.row, column=step.column) if step.after else ""


def _numbers(step: PixelStep) -> str:
    return " · ".join(shown_number(value) for value in step.after) if step.after else _("cut off")


def _stored(subject: Subject, first: PixelStep) -> list[str]:
    """Return the number in the file, where it is another one than its meaning (a CT's Hounsfield units)."""
    rescale = subject.image.rescale
    if rescale is None or len(first.after) != 1:
        return []
    return [shown_number(round((first.after[0] - rescale[1]) / rescale[0], 4))]


def _changes(numbers: list[str]) -> list[str]:
    """Leave out a number that is the one before it."""
    return [number for place, number in enumerate(numbers) if place == 0 or number != numbers[place - 1]]
