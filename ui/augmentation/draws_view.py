"""One image drawn sixteen times; one draw held against the original, in a difference image and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.datasets.records import DatasetInfo
from core.figures.augmentation import difference_map
from core.images.drawing import contact_sheet, resample
from core.language import _
from core.transforms.records import AugmentationStep
from ui import cache
from ui.augmentation.choosing import seed
from ui.augmentation.drawn import (
    N_DRAWS,
    SIZE,
    draws_of,
    is_outlined,
    pick_number,
    told,
    without_mixing,
)
from ui.augmentation.gallery import Shown, show_gallery
from ui.charts import show_figure, show_pixels
from ui.films import film_alt

if TYPE_CHECKING:
    from core.transforms.augmentation.draws import Draws


def basic_draws(info: DatasetInfo, sample_id: int, steps: tuple[AugmentationStep, ...]) -> None:
    """Show the original beside its draws."""
    with st.spinner(_("The draws are being made…")):
        draws = draws_of(info, sample_id, steps)
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.markdown(f"**{_('The original')}**")
        show_pixels(resample(draws.original.shown(), 2 * SIZE), alt=film_alt(info, sample_id))
        _count(draws)
    with right:
        st.markdown(f"**{_('{n} draws of this one image', n=N_DRAWS)}**")
        sheet = contact_sheet(np.stack([one.shown() for one in draws.drawn]), n_columns=4)
        alt = _("{n} draws of the image beside, {k} different ones.", n=N_DRAWS, k=draws.n_different)
        st.image(cache.png_bytes(sheet), alt=alt, width="stretch")


def draws_section(info: DatasetInfo, sample_id: int, steps: tuple[AugmentationStep, ...]) -> None:
    """Show all draws with their numbers, and one of them closely."""
    outlined = is_outlined(info)
    with st.spinner(_("The draws are being made…")):
        draws = draws_of(info, sample_id, steps)
    show_gallery(
        [
            Shown(one.shown(outlined=outlined), f"{place}", alt=_("Draw {n}", n=place))
            for place, one in enumerate(draws.drawn, start=1)
        ]
    )
    _count(draws)
    if len(without_mixing(steps)) < len(steps):
        st.caption(_("Mixing needs other images, so it is left out here: look at it under 'Next batch'."))
    st.subheader(_("One draw, closely"), anchor=False)
    _closely(info, sample_id, steps, draws, outlined=outlined)


def _closely(
    info: DatasetInfo,
    sample_id: int,
    steps: tuple[AugmentationStep, ...],
    draws: Draws,
    *,
    outlined: bool,
) -> None:
    number = pick_number()
    drawn = draws.drawn[number]
    for column, title, picture, alt in zip(
        st.columns(2, gap="medium"),
        (_("The original"), _("Draw {n}", n=number + 1)),
        (draws.original, drawn),
        (film_alt(info, sample_id), _("Draw {n} of the image beside.", n=number + 1)),
        strict=True,
    ):
        with column:
            st.markdown(f"**{title}**")
            show_pixels(resample(picture.shown(outlined=outlined), 2 * SIZE), alt=alt)
    left, right = st.columns([2, 1], gap="medium")
    with left:
        difference = (drawn.pixels - draws.original.pixels).mean(axis=0)  # (C, H, W) -> (H, W)
        show_figure(difference_map(difference), key="augment-difference", simulated=info.simulated)
    with right:
        st.markdown(f"**{_('What was drawn')}**")
        words = [f"- **{title}**: {sentence}" for title, sentence in told(without_mixing(steps), number)]
        st.markdown("\n".join(words) or _("Nothing is chosen, so nothing was drawn."))
        st.caption(
            _(
                "Draw minus original: vermilion became lighter, blue darker, grey did not change. Where an"
                " edge moved, light and dark lie side by side."
            )
        )


def _count(draws: Draws) -> None:
    st.caption(
        _(
            "{n} draws, {k} different pictures, one patient: draws add no patients."
            " Seed {seed}; drawn at {size} x {size} pixels, whatever the size of the image.",
            n=len(draws.drawn),
            k=draws.n_different,
            seed=seed(),
            size=SIZE,
        )
    )
