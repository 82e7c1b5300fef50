"""What each chosen change can spoil, beside a picture of it doing so."""

from typing import Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _
from core.transforms.augmentation.cautions import loudness
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep
from ui import cache
from ui.augmentation.choosing import described, seed
from ui.augmentation.drawn import N_DRAWS, picture_of

_ORDER: Final = ("loud", "usual")


def cautions(
    info: DatasetInfo, sample_id: int, steps: tuple[AugmentationStep, ...], *, n_columns: int
) -> None:
    """Show a card for each chosen change whose caution applies to these images, the loud ones first."""
    if not steps:
        st.info(_("Nothing is chosen: the network would see the same picture every time."))
        return
    st.subheader(_("What each change can spoil"), anchor=False)
    modalities = set(cache.samples(info.dataset_id)["modality"].dropna())
    levels = {step.name: loudness(step, modalities) for step in steps}
    shown = sorted(
        (step for step in steps if levels[step.name] != "none"),
        key=lambda step: _ORDER.index(levels[step.name]),
    )
    if not shown:
        st.caption(_("Under a microscope none of the chosen changes makes another picture of it."))
        return
    st.caption(
        _(
            "Each picture: of {n} draws of one change alone, the one that changes the image the most.",
            n=N_DRAWS,
        )
    )
    for place, step in enumerate(shown):
        if place % n_columns == 0:  # a new row, so that a phone shows the cards in their order
            columns = st.columns(n_columns)
        with (
            columns[place % n_columns],
            st.container(border=True, key=f"card-caution-{step.name}", gap="small", height="stretch"),
        ):
            _card(info, sample_id, step, is_loud=levels[step.name] == "loud")


def _card(info: DatasetInfo, sample_id: int, step: AugmentationStep, *, is_loud: bool) -> None:
    spec = AUGMENTATIONS[step.name]
    if spec.stage != "mixing":
        picture = _worst(info.dataset_id, info.revision, sample_id, step=step.model_dump_json(), seed=seed())
        title, words = _(spec.title), described(step)
        alt = _("The same image after '{title}' alone, {words}.", title=title, words=words)
        st.image(picture, alt=alt, width="stretch")
    st.markdown(f"**{_(spec.title)}**  \n{_(spec.summary)}")
    if is_loud:
        st.warning(_(spec.caution), icon=":material/warning:")
    else:
        st.markdown(f":material/warning: {_(spec.caution)}")


@st.cache_data(max_entries=256, max_size="32mb", show_spinner=False)
def _worst(dataset_id: str, revision: str, sample_id: int, *, step: str, seed: int) -> bytes:
    """Return the draw of this step alone that changes the image the most, as a PNG."""
    from core.transforms.augmentation.draws import draw, strongest_draw

    picture = picture_of(cache.dataset(dataset_id).info, sample_id)
    steps = [AugmentationStep.model_validate_json(step)]
    number = strongest_draw(picture, steps, n=N_DRAWS, seed=seed)
    return cache.png_bytes(draw(picture, steps, seed=seed, number=number).shown())
