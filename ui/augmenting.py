"""The augmentations that a visitor tries out, and what is drawn from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _
from core.training.config import default_augmentations
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep
from ui import cache
from ui.fields import field_widget
from ui.session import full

if TYPE_CHECKING:
    from core.transforms.augmentation.draws import Draws

N_DRAWS: Final = 16
SIZE: Final = 128  # pixels a side of each draw
_SEED: Final = "augment-seed"


def pick_augmentations() -> tuple[AugmentationStep, ...]:
    """Let the visitor choose what may be done to an image, at Full with all parameters."""
    st.session_state.setdefault("augment-chosen", [step.name for step in default_augmentations()])
    chosen = st.pills(
        _("What may change"),
        list(AUGMENTATIONS),
        format_func=lambda name: _(AUGMENTATIONS[name].title),
        selection_mode="multi",
        wrap=True,
        key="augment-chosen",
        persist_state="session",
    )
    names = [name for name in AUGMENTATIONS if name in chosen]
    if not full() or not names:
        return tuple(AugmentationStep(name=name) for name in names)
    with st.expander(_("Every parameter"), expanded=True):
        return tuple(_with_parameters(name) for name in names)


def drawn(info: DatasetInfo, sample_id: int, steps: tuple[AugmentationStep, ...]) -> Draws:
    """Return the draws of a film; the first call imports torch."""
    described = tuple(step.model_dump_json() for step in steps)
    return _draws(info.dataset_id, info.revision, sample_id, steps=described, seed=seed())


def seed() -> int:
    """Return the seed of the draws that are shown."""
    return int(st.session_state.get(_SEED, 0))


def draw_again() -> None:
    """Take the next seed."""
    st.session_state[_SEED] = seed() + 1


@st.cache_resource(max_entries=16, show_spinner=False)
def _draws(dataset_id: str, revision: str, sample_id: int, *, steps: tuple[str, ...], seed: int) -> Draws:
    from core.transforms.augmentation.draws import draw_examples

    chosen = [AugmentationStep.model_validate_json(step) for step in steps]
    return draw_examples(cache.image(dataset_id, sample_id), chosen, n=N_DRAWS, seed=seed, size=SIZE)


def _with_parameters(name: str) -> AugmentationStep:
    parameters = AUGMENTATIONS[name].parameters
    st.markdown(f"**{_(AUGMENTATIONS[name].title)}**")
    values = {
        field: field_widget(parameters, field, info.default, key=f"augment-{name}-{field}")
        for field, info in parameters.model_fields.items()
    }
    return AugmentationStep(name=name, parameters=values)
