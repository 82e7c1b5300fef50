"""The pictures that the laboratory draws from, kept between steps, and its draws; the first loads torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep
from ui import cache
from ui.augmentation.choosing import seed

if TYPE_CHECKING:
    from core.transforms.augmentation.draws import Draws, Picture

N_DRAWS: Final = 16
SIZE: Final = 128  # pixels a side of each draw


@st.cache_resource(max_entries=64, show_spinner=False)
def _picture(dataset_id: str, revision: str, sample_id: int) -> Picture:
    from core.transforms.augmentation.draws import small_picture

    mask = cache.dataset(dataset_id).lesion_mask(sample_id)
    return small_picture(cache.image(dataset_id, sample_id), size=SIZE, mask=mask)


def picture_of(info: DatasetInfo, sample_id: int) -> Picture:
    """Return an image as a square of SIZE pixels, with its mask where it has one; do not change it."""
    return _picture(info.dataset_id, info.revision, sample_id)


def draws_of(info: DatasetInfo, sample_id: int, steps: tuple[AugmentationStep, ...]) -> Draws:
    """Return the draws of an image with the seed of this session."""
    from core.transforms.augmentation.draws import draw_many

    return draw_many(picture_of(info, sample_id), steps, n=N_DRAWS, seed=seed())


def without_mixing(steps: tuple[AugmentationStep, ...]) -> tuple[AugmentationStep, ...]:
    """Return the steps that one image alone can undergo."""
    return tuple(step for step in steps if AUGMENTATIONS[step.name].stage != "mixing")


def told(steps: tuple[AugmentationStep, ...], number: int) -> list[tuple[str, str]]:
    """Return what a draw does, in words: (title of the step, sentence)."""
    from core.transforms.augmentation.draws import draw_generator
    from core.transforms.augmentation.telling import tell_draw

    said = tell_draw(steps, height=SIZE, width=SIZE, generator=draw_generator(seed(), number))
    return [(_(AUGMENTATIONS[name].title), str(sentence)) for name, sentence in said]


def pick_number() -> int:
    """Let the visitor choose one of the draws; return its number, from 0."""
    chosen = st.slider(_("Draw"), 1, N_DRAWS, key="augment-number", persist_state="session")
    return int(chosen) - 1


def is_outlined(info: DatasetInfo) -> bool:
    """Let the visitor have findings outlined, where the data set knows where they are."""
    if not info.has_masks:
        return False
    return st.toggle(_("Outline the finding"), key="augment-outline", persist_state="session")
