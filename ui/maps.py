"""A map over its film: the picture, what its colours mean, how well it adds up, and the file to keep."""

from typing import Final

import streamlit as st

from core.explanation.catalog import EXPLAINERS
from core.explanation.film import film, outlined
from core.explanation.legend import adds_up, ticks, unit
from core.explanation.palette import BRIGHTEST, colour_bar
from core.explanation.picture import overlay
from core.explanation.records import Attribution
from core.language import _, joined
from core.runs.records import ModelCard
from core.runs.store import Run
from ui import answers
from ui.answers import Subject
from ui.charts import show_pixels
from ui.explain import computed
from ui.explain.case import network_of
from ui.messages import escape
from ui.session import full

_BAR_WIDTH: Final = 480
_BAR_HEIGHT: Final = 14
_FIRST_METHOD: Final = "grad_cam"


def method_control(*, key: str) -> str:
    """Let the visitor choose one of the methods, each one click away."""
    chosen = st.segmented_control(
        _("Method"),
        [name for name, spec in EXPLAINERS.items() if spec.shown_first],
        format_func=lambda name: _(EXPLAINERS[name].title),
        default=None if key in st.session_state else _FIRST_METHOD,
        key=key,
        required=True,
        persist_state="session",
    )
    return chosen or _FIRST_METHOD


def class_control(by_class: dict[str, float], positive: str | None) -> int:
    """Return the index of the class to explain: the positive of two, else the most probable; at Full any."""
    names = list(by_class)
    start = names.index(positive or max(names, key=by_class.__getitem__))
    if not full():
        return start
    name = st.selectbox(_("Class to explain"), names, index=start, key="explain-class", width=320)
    return names.index(name)


def compute(run: Run, subject: Subject, method: str, target: int) -> Attribution:
    """Return a map of a run, kept for all pages; its progress is shown while it is computed."""
    return computed.attribution(network_of(run), subject, method, target)


def show_film(run: Run, subject: Subject, *, with_outline: bool = True) -> None:
    """Show the film itself, with the outline of the true finding where that is known."""
    mask = answers.lesion_mask(run, subject) if with_outline else None
    pixels = film(subject.image)
    caption = None
    if mask is not None:
        pixels = outlined(pixels, mask)
        caption = _("Mint line: where the finding really is. The network was never told.")
    show_pixels(pixels, alt=_("The image that the network is asked about"), caption=caption)


def upload_notes(card: ModelCard, subject: Subject) -> None:
    """Say what was left behind of an upload, and what the network has never seen."""
    if subject.image.source_format == "DICOM":
        text = _(
            "Names, dates and numbers in the file were left behind: only the picture was read. Writing that"
            " is part of the picture would still be there."
        )
        st.caption(text)
    if card.simulated:
        st.caption(_("This network has seen simulated films only: what it says of a real one means nothing."))


def show_map(
    run: Run, subject: Subject, answer: Attribution, *, opacity: float, with_outline: bool = True
) -> None:
    """Show a map over its film."""
    pixels = overlay(film(subject.image), answer, opacity)
    mask = answers.lesion_mask(run, subject) if with_outline else None
    if mask is not None:
        pixels = outlined(pixels, mask)
    method = _(EXPLAINERS[answer.method].title)
    alt = _("{method} over the image, for the class '{name}'", method=method, name=answer.class_name)
    show_pixels(pixels, alt=alt)


def legend(answer: Attribution) -> None:
    """Say what the colours mean, what they do not, and what a reader of this map must know."""
    spec = EXPLAINERS[answer.method]
    bar = colour_bar(_BAR_WIDTH, _BAR_HEIGHT, signed=answer.signed)
    show_pixels(bar, alt=_("The colours of the map, from lowest to highest"))
    with st.container(horizontal=True, horizontal_alignment="distribute", gap=None):
        for words in _bar_words(answer):
            st.caption(words, width="content")
    st.caption(_scale(answer))
    st.markdown(joined((_(spec.reads), _(spec.caution)), " "))
    for sentence in (adds_up(answer), *answer.notes):
        if sentence:
            st.caption(escape(sentence))


def _bar_words(answer: Attribution) -> tuple[str, ...]:
    """Return what stands under the bar, from its left end to its right: what it means, and the value."""
    return tuple(_("{meaning} ({value})", meaning=tick.meaning, value=tick.value) for tick in ticks(answer))


def _scale(answer: Attribution) -> str:
    """Say the unit of the values, and that the strongest of them have one colour."""
    return _(
        "Values in the map: {unit}. The strongest {percent} % of them share the full colour.",
        unit=unit(answer),
        percent=f"{100 - BRIGHTEST:g}",
    )
