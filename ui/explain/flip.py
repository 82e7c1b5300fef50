"""The smallest blurred region that flips the answer: looked for on demand, with progress and a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.explanation.film import film, in_large_pixels, network_view, outlined
from core.explanation.opposites import MOST_AREA, blurred_view
from core.explanation.picture import on_image
from core.language import _, ngettext
from core.transforms.preprocessing import final_extent, to_input
from ui.charts import show_pixels
from ui.explain.called import called_class, calling, threshold_in
from ui.explain.case import Case
from ui.messages import escape, simulated_badge

if TYPE_CHECKING:
    from core.explanation.opposites import Opposite

_KEY: Final = "explain-flip"
_FOUND: Final = "explain-flip-found"  # of one visitor: an upload's is gone with it
_WANTED: Final = "explain-flip-wanted"
_HALF: Final = 0.5  # of a pixel
_ORANGE: Final = (230, 159, 0)  # mint is the true finding


def show_flip(case: Case) -> None:
    """Offer the search, and show what it found."""
    key = (case.network.key, case.subject.key, str(threshold_in(case.network)))
    kept = st.session_state.get(_FOUND)
    if kept is not None and kept[0] == key:
        _show(case, kept[1])
        return
    st.markdown(
        _(
            "Places are blurred, small ones first, until the network calls the image something else than"
            " '{name}'. Seconds for a small network, a minute or two for a large one.",
            name=escape(called_class(case)),
        )
    )
    is_wanted = st.session_state.get(_WANTED) == key
    place = st.empty()
    if not is_wanted:
        place.button(
            _("Look for the smallest region"),
            key=f"{_KEY}-start",
            type="primary",
            on_click=_want,
            args=(key,),
        )
        return
    place.button(_("Stop"), key=f"{_KEY}-stop", icon=":material/stop:", on_click=_want, args=(None,))
    bar = st.progress(0.0, text=_("Blurring places and asking…"))
    st.session_state[_WANTED] = None  # whatever is pressed meanwhile ends the search
    found = _search(case, bar)
    st.session_state[_FOUND] = (key, found)
    place.empty()
    bar.empty()
    _show(case, found)


def _want(key: tuple[str, str, str] | None) -> None:
    st.session_state[_WANTED] = key


def _search(case: Case, bar: st.delta_generator.DeltaGenerator) -> Opposite:
    from core.evaluation.predictions import logits_of
    from core.explanation.opposites import smallest_flip

    loaded = case.network.load()
    inputs = to_input(case.subject.image, loaded.preprocessing, loaded.statistics)
    words = _("Blurring places and asking…")
    return smallest_flip(
        inputs,
        lambda asked: logits_of(loaded, asked),
        calling(case),
        progress=lambda fraction: _move(bar, fraction, words),
    )


def _move(bar: st.delta_generator.DeltaGenerator, fraction: float, words: str) -> None:
    bar.progress(min(1.0, fraction), text=words)


def _show(case: Case, found: Opposite) -> None:
    names, card = case.network.card.class_names, case.network.card
    before, after = names[found.called_before], names[found.called_after]
    if found.mask is None:
        _show_nothing(case, found)
        return
    first, last = (float(row[found.called_before]) for row in (found.before, found.after))
    said = _(
        "Blurring {percent:.1f} % of the image turns '{before}' into '{after}': its probability goes from"
        " {first:.3f} to {last:.3f}.",
        percent=100 * found.area,
        before=escape(before),
        after=escape(after),
        first=first,
        last=last,
    )
    st.markdown(f"##### {said}", anchors=False)
    if card.simulated and not case.subject.is_upload:
        simulated_badge()
    view = network_view(case.subject.image, card.preprocessing)
    left, right = st.columns(2, gap="large")
    with left:
        pixels = film(case.subject.image)
        extent = final_extent(case.subject.image, card.preprocessing)
        placed = on_image(found.mask.astype(np.float32), (pixels.shape[0], pixels.shape[1]), extent)
        region = np.nan_to_num(placed) > _HALF
        alt = _("The image, with the region that flips the answer outlined")
        show_pixels(outlined(pixels, region, colour=_ORANGE), alt=alt, caption=_("Orange line: the region"))
    with right:
        blurred = in_large_pixels(blurred_view(view, found.mask))
        alt = _("What the network gets, with the region blurred")
        show_pixels(blurred, alt=alt, caption=_("What the network gets then"))
    _say_how(found)


def _show_nothing(case: Case, found: Opposite) -> None:
    names = case.network.card.class_names
    st.markdown(
        f"##### {_('No region that was tried flips the answer.')}",
        anchors=False,
    )
    text = _(
        "{n} blurred images were asked about, up to {percent:.0f} % of the image. With all of it blurred the"
        " network calls it '{name}' with a probability of {value:.2f}.",
        n=found.n_tried,
        percent=100 * MOST_AREA,
        name=escape(names[found.called_after]),
        value=float(found.after[found.called_after]),
    )
    st.markdown(text)
    if found.called_after == found.called_before:
        st.caption(_("Blurring takes detail away. This answer does not seem to hang on detail."))


def _say_how(found: Opposite) -> None:
    if found.n_same_size:
        text = ngettext(
            "Of the {total} squares of the size at which the answer first flipped, {n} does it.",
            "Of the {total} squares of the size at which the answer first flipped, {n} do it.",
            found.n_flips,
            total=found.n_same_size,
        )
        st.markdown(text)
    st.caption(
        _(
            "The smallest that was found, of {n} blurred images: squares from small to large, cells of a"
            " grid added up, and then whatever is not needed given back. It is not the cause: a blurred"
            " image is one that the network was never shown, and other ways of covering give other regions.",
            n=found.n_tried,
        )
    )
