"""Learn 3: sixteen draws of one film, and what each change can spoil; at Full a laboratory of its own."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import N_, _
from core.transforms.records import AugmentationStep
from ui.augmentation.balance_view import balance_section
from ui.augmentation.batch_view import batch_section
from ui.augmentation.cautions_view import cautions
from ui.augmentation.choosing import chosen_steps, draw_again
from ui.augmentation.draws_view import basic_draws, draws_section
from ui.augmentation.film_view import film_section
from ui.augmentation.helps_view import helps_section
from ui.augmentation.lesion_view import lesion_section
from ui.augmentation.set_view import set_section
from ui.augmentation.stability_view import stability_section
from ui.controls import (
    full,
    go_to,
    guard,
    lesson_header,
    lesson_more,
    next_button,
    pick_dataset,
    self_check,
    simulated_badge,
)
from ui.films import pick_film
from ui.handover import send_augmentations

_Steps = tuple[AugmentationStep, ...]
_View = Callable[[DatasetInfo, int, _Steps], None]
_VIEWS: Final[dict[str, tuple[str, _View]]] = {
    "draws": (N_("16 draws"), draws_section),
    "set": (N_("One draw, many images"), lambda info, _film, steps: set_section(info, steps)),
    "film": (N_("Weak to strong"), film_section),
    "batch": (N_("Next batch"), lambda info, _film, steps: batch_section(info, steps)),
    "lesions": (N_("Lesions lost"), lambda info, _film, steps: lesion_section(info, steps)),
    "answers": (N_("Answers changed"), stability_section),
    "helps": (N_("Does it help?"), lambda info, _film, steps: helps_section(info, steps)),
    "classes": (N_("Rare classes"), lambda info, _film, _steps: balance_section(info)),
}

_DRAWN: Final = ("draws", "set", "film")  # what another seed changes


def main() -> None:
    shown = lesson_header("augment")
    info = pick_dataset()
    if info is not None:
        with guard():
            if full():
                _laboratory(info)
            else:
                _lesson(info)
    lesson_more(shown)
    self_check("augment", shown)
    next_button("network")


def _lesson(info: DatasetInfo) -> None:
    sample_id = pick_film(info)
    steps = chosen_steps()
    _draw_again()
    if info.simulated:
        simulated_badge()
    basic_draws(info, sample_id, steps)
    cautions(info, sample_id, steps, n_columns=4)
    with st.expander(_("What does it do to training?"), key="augment-helps"):
        helps_section(info, steps)


def _laboratory(info: DatasetInfo) -> None:
    sample_id = pick_film(info)
    left, right = st.columns([1, 2], gap="large")
    with left, st.container(border=True, key="augment-panel"):
        steps = chosen_steps()
        if st.button(_("Train with these augmentations"), key="augment-send", width="stretch"):
            send_augmentations(info.dataset_id, steps)
            go_to("train")
    with right:
        name = _pick_view()
        if name in _DRAWN:
            _draw_again()
        if info.simulated:
            simulated_badge()
        with guard():
            _VIEWS[name][1](info, sample_id, steps)
    cautions(info, sample_id, steps, n_columns=4)


def _pick_view() -> str:
    chosen = st.pills(
        _("What to look at"),
        list(_VIEWS),
        format_func=lambda name: _(_VIEWS[name][0]),
        default=None if "augment-view" in st.session_state else "draws",
        required=True,
        wrap=True,
        key="augment-view",
        persist_state="session",
    )
    return chosen if chosen in _VIEWS else "draws"


def _draw_again() -> None:
    st.button(_("Draw again"), key="augment-again", icon=":material/casino:", on_click=draw_again)


main()
