"""The augmentations of a training: a preset to begin with, and single ones to add or leave out."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from core.language import N_, _
from core.training.config import TrainingConfig
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep
from ui.augmentation.choosing import in_words

_AS_BEFORE: Final = N_("as set before")


def augmentations_field(start: tuple[AugmentationStep, ...], key: str) -> list[dict[str, Any]]:
    """Let the visitor take a preset and add to it or leave out; what is kept keeps its parameters.

    Parameters
    ----------
    start
        What the form began with.
    key
        Of the list; the preset's is `<key>-preset`.
    """
    preset = _pick_preset(start, key)
    field = TrainingConfig.model_fields["augmentations"]
    if key not in st.session_state:
        st.session_state[key] = [step.name for step in _offers(start)[preset]]
    chosen = st.multiselect(
        _(str(field.title)),
        list(AUGMENTATIONS),
        format_func=lambda name: _(AUGMENTATIONS[name].title),
        help=_(str(field.description)),
        placeholder=_("none"),
        key=key,
        persist_state="session",
    )
    plain = [step.model_dump(mode="json") for step in start]
    found = steps_of(chosen, preset, plain)
    if found:
        steps = [AugmentationStep.model_validate(step) for step in found]
        st.caption(_("{steps}. Lesson 3 shows them and sets their parameters.", steps=in_words(steps)))
    return found


def steps_of(names: Sequence[str], preset: str | None, start: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the augmentations of these names as plain data.

    Parameters
    ----------
    names
        In order.
    preset
        The name of the preset that was chosen; None or one that is not known means `start`.
    start
        What the form began with; its parameters, or those of the preset, are kept.
    """
    steps = AUGMENTATION_PRESETS[preset].steps if preset in AUGMENTATION_PRESETS else None
    known = start if steps is None else [step.model_dump(mode="json") for step in steps]
    parameters = {step["name"]: step for step in known}
    return [parameters.get(name) or AugmentationStep(name=name).model_dump(mode="json") for name in names]


def _offers(start: tuple[AugmentationStep, ...]) -> dict[str, tuple[AugmentationStep, ...]]:
    presets = {name: preset.steps for name, preset in AUGMENTATION_PRESETS.items()}
    return presets if start in presets.values() else {_AS_BEFORE: start} | presets


def _pick_preset(start: tuple[AugmentationStep, ...], key: str) -> str:
    """Let the visitor choose a preset, or what the form began with where that is none."""
    offers = _offers(start)
    titles = {name: preset.title for name, preset in AUGMENTATION_PRESETS.items()}
    if st.session_state.get(f"{key}-preset") not in offers:
        st.session_state[f"{key}-preset"] = next(name for name, steps in offers.items() if steps == start)

    def take() -> None:
        st.session_state[key] = [step.name for step in offers[st.session_state[f"{key}-preset"]]]

    return st.selectbox(
        _("Preset of augmentations"),
        list(offers),
        format_func=lambda offer: _(titles.get(offer, _AS_BEFORE)),
        key=f"{key}-preset",
        on_change=take,
        persist_state="session",
    )
