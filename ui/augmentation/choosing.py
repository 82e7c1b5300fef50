"""What may change in an image: a preset at Basic; at Full every augmentation with its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from core.language import N_, _, joined
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep
from ui.fields import field_widget
from ui.session import full

FIRST_PRESET: Final = "x-ray"
_PRESET: Final = "augment-preset"
_SEED: Final = "augment-seed"
STAGES: Final[dict[str, tuple[str, str]]] = {
    "geometric": (
        N_("Moves pixels"),
        N_(
            "All moves of an image are combined into one, in the order shown here, and each pixel is"
            " interpolated once: it makes no difference which of them you choose first."
        ),
    ),
    "intensity": (
        N_("Changes values"),
        N_("Done after the moves, one after the other in the order shown here."),
    ),
    "mixing": (
        N_("Mixes images"),
        N_("Blends two images of a batch and their labels: look at it under 'Next batch'."),
    ),
}


def pick_preset() -> None:
    """Show the presets as one control; a choice takes the place of all that was set by hand."""
    st.session_state.setdefault(_PRESET, FIRST_PRESET)
    st.segmented_control(
        _("What may change"),
        list(AUGMENTATION_PRESETS),
        format_func=lambda name: _(AUGMENTATION_PRESETS[name].title),
        key=_PRESET,
        required=True,
        on_change=reset,
        persist_state="session",
    )
    st.caption(_(AUGMENTATION_PRESETS[_preset()].reason))


def preset_steps() -> tuple[AugmentationStep, ...]:
    """Return the steps of the chosen preset, as they come."""
    return tuple(AUGMENTATION_PRESETS[_preset()].steps)


def pick_steps() -> tuple[AugmentationStep, ...]:
    """Let the visitor choose each augmentation and set its parameters; the preset is where it begins."""
    steps = tuple(step for stage in STAGES for step in _stage(stage))
    is_changed = steps != in_order(preset_steps())
    if is_changed:
        st.caption(_("Changed by hand: no longer the preset '{name}'.", name=_title(_preset())))
    st.button(
        _("Back to the preset"),
        key="augment-reset",
        icon=":material/undo:",
        type="tertiary",
        on_click=reset,
        disabled=not is_changed,
    )
    return steps


def chosen_steps() -> tuple[AugmentationStep, ...]:
    """Show the controls of the visitor's level and return what is chosen, in the order of the catalogue."""
    pick_preset()
    return pick_steps() if full() else in_order(preset_steps())


def in_order(steps: tuple[AugmentationStep, ...]) -> tuple[AugmentationStep, ...]:
    """Return steps as the page lists them: by stage, then as in the catalogue."""
    names, stages = list(AUGMENTATIONS), list(STAGES)
    return tuple(
        sorted(steps, key=lambda step: (stages.index(AUGMENTATIONS[step.name].stage), names.index(step.name)))
    )


def reset() -> None:
    """Put every widget back to the preset."""
    for key in [str(key) for key in st.session_state]:
        if key.startswith(("augment-chosen-", "augment-field-")):
            del st.session_state[key]


def seed() -> int:
    """Return the seed of the draws that are shown."""
    return int(st.session_state.get(_SEED, 0))


def draw_again() -> None:
    """Take the next seed."""
    st.session_state[_SEED] = seed() + 1


def described(step: AugmentationStep) -> str:
    """Return the parameters of a step in words: "Largest angle 7"."""
    fields = AUGMENTATIONS[step.name].parameters.model_fields
    return " · ".join(f"{_(str(fields[name].title))} {value:.3g}" for name, value in step.parameters.items())


def in_words(steps: Sequence[AugmentationStep]) -> str:
    """Return steps with their parameters: "Rotate (Largest angle 7); Blur (Largest blur 1)"."""
    return joined((f"{_(AUGMENTATIONS[step.name].title)} ({described(step)})" for step in steps), "; ")


def _preset() -> str:
    chosen = st.session_state.get(_PRESET, FIRST_PRESET)
    return chosen if chosen in AUGMENTATION_PRESETS else FIRST_PRESET


def _title(name: str) -> str:
    return _(AUGMENTATION_PRESETS[name].title)


def _stage(stage: str) -> list[AugmentationStep]:
    """Show one group: which of it are done, and how strongly."""
    title, hint = STAGES[stage]
    names = [name for name, spec in AUGMENTATIONS.items() if spec.stage == stage]
    before = {step.name: step.parameters for step in preset_steps()}
    key = f"augment-chosen-{stage}"
    st.session_state.setdefault(key, [name for name in names if name in before])
    n_chosen = len(st.session_state[key])
    with st.expander(f"{_(title)} · {n_chosen}", key=f"augment-group-{stage}"):
        st.caption(_(hint))
        chosen = st.pills(
            _(title),
            names,
            format_func=lambda name: _(AUGMENTATIONS[name].title),
            selection_mode="multi",
            wrap=True,
            key=key,
            label_visibility="collapsed",
            persist_state="session",
        )
        return [_step(name, before.get(name, {})) for name in names if name in chosen]


def _step(name: str, before: dict[str, Any]) -> AugmentationStep:
    spec = AUGMENTATIONS[name]
    st.markdown(f"**{_(spec.title)}**", help=f"{_(spec.summary)} {_('Source: {name}.', name=spec.source)}")
    values = {
        field: field_widget(
            spec.parameters, field, before.get(field, info.default), key=f"augment-field-{name}-{field}"
        )
        for field, info in spec.parameters.model_fields.items()
    }
    return AugmentationStep(name=name, parameters=values)
