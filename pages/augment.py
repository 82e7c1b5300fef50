"""Learn 3: sixteen draws of one film, and what each change can spoil."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.images.drawing import contact_sheet, resample
from core.language import _
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep
from ui import cache
from ui.augmenting import N_DRAWS, SIZE, draw_again, drawn, pick_augmentations, seed
from ui.charts import show_pixels
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
from ui.films import film_alt, pick_film
from ui.handover import send_augmentations


def main() -> None:
    shown = lesson_header("augment")
    info = pick_dataset()
    if info is not None:
        with guard():
            _page(info)
    lesson_more(shown)
    self_check("augment", shown)
    next_button("network")


def _page(info: DatasetInfo) -> None:
    sample_id = pick_film(info)
    steps = pick_augmentations()
    st.button(_("Draw again"), key="augment-again", on_click=draw_again)
    with st.spinner(_("The draws are being made…")):
        draws = drawn(info, sample_id, steps)
    if info.simulated:
        simulated_badge()
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.markdown(f"**{_('The original')}**")
        show_pixels(resample(draws.original, 2 * SIZE), alt=film_alt(info, sample_id))
        _count(draws.n_different)
    with right:
        st.markdown(f"**{_('{n} draws of this one image', n=N_DRAWS)}**")
        sheet = contact_sheet(draws.drawn, n_columns=4)
        alt = _("{n} draws of the image beside, {k} different ones.", n=N_DRAWS, k=draws.n_different)
        st.image(cache.png_bytes(sheet), alt=alt, width="stretch")
    _cautions(steps)
    if full() and st.button(_("Train with these augmentations"), key="augment-send"):
        send_augmentations(info.dataset_id, steps)
        go_to("train")


def _count(n_different: int) -> None:
    st.caption(
        _(
            "{n} draws, {k} different pictures, one patient: draws add no patients."
            " Seed {seed}, {size} pixels a side.",
            n=N_DRAWS,
            k=n_different,
            seed=seed(),
            size=SIZE,
        )
    )


def _cautions(steps: tuple[AugmentationStep, ...]) -> None:
    """Say beside the draws what each chosen change can spoil."""
    if not steps:
        st.info(_("Nothing is chosen: the network would see the same picture every time."))
        return
    for step, column in zip(steps, st.columns(len(steps)), strict=True):
        spec = AUGMENTATIONS[step.name]
        with column, st.container(border=True, key=f"card-caution-{step.name}", gap="small"):
            st.markdown(f"**{_(spec.title)}**  \n{_(spec.summary)}")
            st.markdown(f":material/warning: {_(spec.caution)}")


main()
