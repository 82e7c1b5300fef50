"""Strength as a film: the same draw of one augmentation, from nothing to the end of its range."""

from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.datasets.records import DatasetInfo
from core.language import _, joined
from core.transforms.augmentation.strength import at_strength
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep
from ui import cache
from ui.augmentation.choosing import described, seed
from ui.augmentation.drawn import N_DRAWS, is_outlined, picture_of, told, without_mixing
from ui.augmentation.player import FilmFrame, film_player
from ui.films import film_alt
from ui.messages import escape

_CHOSEN: Final = 1.0  # the strength of what was chosen


def film_section(info: DatasetInfo, sample_id: int, steps: tuple[AugmentationStep, ...]) -> None:
    """Show one draw of one chosen augmentation at nine strengths, side by side and as a film."""
    from core.transforms.augmentation.draws import draw_film, film_strengths, strongest_draw

    step = _pick_step(without_mixing(steps))
    if step is None:
        return
    outlined = is_outlined(info)
    with st.spinner(_("The film is being made…")):
        original, strengths = picture_of(info, sample_id), film_strengths(step)
        number = strongest_draw(original, [step], n=N_DRAWS, seed=seed())
        pictures = draw_film(original, step, strengths, seed=seed(), number=number)
    frames = [
        _frame(
            at_strength(step, strength),
            strength,
            picture.shown(outlined=outlined),
            number,
        )
        for strength, picture in zip(strengths, pictures, strict=True)
    ]
    title = _(AUGMENTATIONS[step.name].title)
    alt = f"{film_alt(info, sample_id)} {title}."
    film_player(frames, key=f"augment-film-{step.name}", alt=alt, start=strengths.index(_CHOSEN))
    st.caption(
        _(
            "Draw {n} of {total}, the one that changes this image the most: the same numbers in every frame,"
            " larger from frame to frame. Strength 1 is what you chose; beyond it lies the end of the range."
            " At which frame would you no longer give the label '{label}'?",
            n=number + 1,
            total=N_DRAWS,
            label=_label(info, sample_id),
        )
    )


def _pick_step(steps: tuple[AugmentationStep, ...]) -> AugmentationStep | None:
    """Let the visitor choose one of the chosen augmentations; None where there is none that fits."""
    if not steps:
        st.info(_("Choose an augmentation that moves pixels or changes values: its strength becomes a film."))
        return None
    by_name = {step.name: step for step in steps}
    if st.session_state.get("augment-film") not in by_name:
        st.session_state["augment-film"] = steps[0].name
    name = st.pills(
        _("Which augmentation"),
        list(by_name),
        format_func=lambda name: _(AUGMENTATIONS[name].title),
        required=True,
        wrap=True,
        key="augment-film",
        persist_state="session",
    )
    return by_name.get(name or steps[0].name)


def _frame(step: AugmentationStep, strength: float, pixels: NDArray[np.uint8], number: int) -> FilmFrame:
    words = joined([described(step), *(sentence for _title, sentence in told((step,), number))], "; ")
    short = _("Strength {strength}", strength=f"{strength:.2g}")
    return FilmFrame(pixels, short, f"{short}: {words}")


def _label(info: DatasetInfo, sample_id: int) -> str:
    return escape(cache.samples(info.dataset_id)["label"].iloc[sample_id])
