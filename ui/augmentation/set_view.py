"""One draw on many images of a data set: what is harmless for one patient may not be for the next."""

from typing import Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _, joined
from core.transforms.records import AugmentationStep
from ui import cache
from ui.augmentation.choosing import seed
from ui.augmentation.drawn import is_outlined, pick_number, picture_of, told, without_mixing
from ui.augmentation.gallery import Shown, show_gallery
from ui.films import one_film_each

_N_IMAGES: Final = 12


def set_section(info: DatasetInfo, steps: tuple[AugmentationStep, ...]) -> None:
    """Show images of every class after the same draw."""
    from core.transforms.augmentation.draws import draw

    number = pick_number()
    outlined = is_outlined(info)
    with st.spinner(_("The draws are being made…")):
        drawn = {
            sample_id: draw(picture_of(info, sample_id), steps, seed=seed(), number=number)
            for sample_id in images_of_every_class(info)
        }
    words = joined((f"{title}: {sentence}" for title, sentence in told(without_mixing(steps), number)), "; ")
    st.caption(words or _("Nothing is chosen, so nothing was drawn."))
    labels = cache.samples(info.dataset_id)["label"]
    show_gallery(
        [
            Shown(
                picture.shown(outlined=outlined),
                str(labels.iloc[sample_id]),
                _("number {id}", id=sample_id),
                _("Image number {id} after draw {n}.", id=sample_id, n=number + 1),
            )
            for sample_id, picture in drawn.items()
        ]
    )
    st.caption(
        _(
            "The same draw on {n} images, evenly over the classes, no two of one patient where that is known."
            " In training each image gets a draw of its own.",
            n=len(drawn),
        )
    )


def images_of_every_class(info: DatasetInfo, most: int = _N_IMAGES) -> list[int]:
    """Return up to `most` samples, as many of each class as of the others, class by class."""
    n_each = max(1, most // max(1, len(info.class_names)))
    found = [one_film_each(info, name, n_each) for name in info.class_names]
    return [sample_id for of_class in found for sample_id in of_class][:most]
