"""What each chosen change can spoil, beside a picture of it doing so."""

from typing import Any, Final

import numpy as np
import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _
from core.transforms.augmentation.cautions import loudness
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep
from ui import cache
from ui.augmentation.batch_view import target_words
from ui.augmentation.choosing import described, seed
from ui.augmentation.drawn import N_DRAWS, picture_of
from ui.films import one_film_each
from ui.messages import escape

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
            "Each picture: of {n} draws of one change alone, the one that changes the image the most; of a"
            " mixture the most even one.",
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
    decides: dict[str, Any] = {"step": step.model_dump_json(), "seed": seed()}
    if spec.stage == "mixing":
        picture, words = _mixed(info.dataset_id, info.revision, sample_id, **decides)
    else:
        picture = _worst(info.dataset_id, info.revision, sample_id, **decides)
        words = described(step)
    if picture:
        alt = _("The same image after '{title}' alone, {words}.", title=_(spec.title), words=words)
        st.image(picture, alt=alt, width="stretch")
    st.markdown(f"**{_(spec.title)}**  \n{_(spec.summary)}")
    if spec.stage == "mixing" and words:
        st.caption(_("The label of this picture: {label}.", label=escape(words)))
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


@st.cache_data(max_entries=64, max_size="32mb", show_spinner=False)
def _mixed(dataset_id: str, revision: str, sample_id: int, *, step: str, seed: int) -> tuple[bytes, str]:
    """Return the image mixed with one of another class as a PNG, and its label; nothing without another."""
    from core.transforms.augmentation.draws import draw_mixed

    info, labels = cache.dataset(dataset_id).info, cache.samples(dataset_id)["label"]
    picture, label = picture_of(info, sample_id), str(labels.iloc[sample_id])
    others = (one for name in info.class_names if name != label for one in one_film_each(info, name, 1))
    partner = next(
        (one for one in others if picture_of(info, one).pixels.shape == picture.pixels.shape), None
    )
    if partner is None:
        return b"", ""
    chosen = AugmentationStep.model_validate_json(step)
    mixed, share = draw_mixed(picture, picture_of(info, partner), chosen, n=N_DRAWS, seed=seed)
    names = (label, str(labels.iloc[partner]))
    return cache.png_bytes(mixed.shown()), target_words(np.array([share, 1 - share]), names)
