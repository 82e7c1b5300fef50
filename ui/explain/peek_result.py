"""Step 3 of "Predict, then peek": the maps with the guess over them, and how well the guess did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.explanation.catalog import EXPLAINERS
from core.explanation.film import film, outlined
from core.explanation.guess import measure_drops
from core.explanation.picture import overlay
from core.explanation.truth import truth_scores
from core.figures.drops import probability_drops
from core.language import _
from core.transforms.preprocessing import final_extent
from ui.charts import show_figure, show_pixels
from ui.explain import computed
from ui.explain import peek_state as state
from ui.explain.look import true_mask
from ui.explain.method_picker import refused
from ui.explain.peek_words import about_drops, about_map, about_truth, cautions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from core.explanation.guess import Drops
    from core.explanation.painting import How
    from core.explanation.records import Attribution
    from core.images.records import MedicalImage
    from ui.explain.case import Case

GUESS: Final = (86, 180, 233)  # sky: the guess, as it was drawn; mint is the truth


def show_result(case: Case) -> None:
    """Show three maps, each scored against the guess, and what painting the guess out does."""
    shape = case.subject.image.values.shape
    guess = state.mask_of_marks(state.marks("guess"), (int(shape[0]), int(shape[1])))
    truth = true_mask(case.network, case.subject)
    reasons = refused(case.network)
    methods = [name for name, spec in EXPLAINERS.items() if spec.shown_first and name not in reasons]
    st.caption(_legend(has_guess=bool(guess.any()), has_truth=truth is not None))
    answers = [computed.attribution(case.network, case.subject, method, case.target) for method in methods]
    for column, answer in zip(st.columns(max(1, len(answers))), answers, strict=False):
        with column:
            _one_map(case, answer, guess, truth)
    if guess.any():
        _show_drops(case, guess, truth)
    for sentence in cautions(has_guess=bool(guess.any())):
        st.caption(sentence)


def _legend(*, has_guess: bool, has_truth: bool) -> str:
    nothing = _("You marked nothing, so there is nothing to hold the maps against.")
    parts = [_("Blue line: your guess.") if has_guess else nothing]
    if has_truth:
        parts.append(_("Mint line: where the finding really is. The network was never told."))
    return "  \n".join(parts)


def _one_map(
    case: Case, answer: Attribution, guess: NDArray[np.bool_], truth: NDArray[np.bool_] | None
) -> None:
    title = _(EXPLAINERS[answer.method].title)
    st.markdown(f"**{title}**")
    pixels = overlay(film(case.subject.image), answer)
    if truth is not None:
        pixels = outlined(pixels, truth)
    if guess.any():
        pixels = outlined(pixels, guess, colour=GUESS)
    alt = _("{method} over the image, for the class '{name}'", method=title, name=answer.class_name)
    show_pixels(pixels, alt=alt)
    if guess.any():
        st.markdown(about_map(truth_scores(answer, guess)))


def _show_drops(case: Case, guess: NDArray[np.bool_], truth: NDArray[np.bool_] | None) -> None:
    with st.spinner(_("Painting your guess out, and places like it elsewhere…")):
        drops = _drops(
            (case.network.key, case.subject.key, case.target),
            state.how(),
            guess.tobytes(),
            case,
            guess,
            truth,
        )
    figure = probability_drops(
        drops.before, drops.guess, drops.elsewhere, drops.truth, class_name=case.class_name
    )
    is_simulated = case.network.card.simulated and not case.subject.is_upload
    show_figure(figure, key="peek-drops", simulated=is_simulated)
    st.markdown(about_drops(drops))
    if truth is not None and truth.any():
        st.markdown(about_truth(guess, truth))


@st.cache_resource(max_entries=6, scope="session", show_spinner=False)
def _drops(
    asked: tuple[str, str, int],
    how: How,
    guess: bytes,
    _case: Case,
    _guess: NDArray[np.bool_],
    _truth: NDArray[np.bool_] | None,
) -> Drops:
    from core.evaluation.predictions import predict_images

    loaded, image = _case.network.load(), _case.subject.image

    def ask(images: Sequence[MedicalImage]) -> NDArray[np.floating]:
        answers: NDArray[np.floating] = predict_images(loaded, images)[:, _case.target]
        return answers

    extent = final_extent(image, _case.network.card.preprocessing)
    return measure_drops(ask, image, _guess, _truth, how=how, extent=extent)
