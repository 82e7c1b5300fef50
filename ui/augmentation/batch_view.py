"""The exact next training batch: pictures, labels and numbers as the network gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from core.datasets.records import DatasetInfo
from core.experiments.pictures import PicturesMade, PicturesRequest
from core.images.drawing import as_rgb
from core.language import _, joined
from core.training.config import TrainingConfig, resolved_preprocessing
from core.training.picture_cache import cache_path
from core.transforms.records import AugmentationStep
from ui import cache
from ui.augmentation.gallery import Shown, show_gallery
from ui.experiment_panel import experiment
from ui.messages import escape
from ui.training.form import settings_now

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.training.next_batch import NextBatch
    from core.training.pipeline import PreparedData

MOST_AT_ONCE: Final = 2000  # images that are decoded while somebody waits
_MOST_SHOWN: Final = 64
_LEAST_SHARE: Final = 0.005  # of a label: what is less is 0.00 in words


def batch_section(info: DatasetInfo, steps: tuple[AugmentationStep, ...]) -> None:
    """Show what one step of a training gets, with the settings that Train would use now and these steps."""
    config = settings_now(info).model_copy(update={"augmentations": steps})
    epoch, number = _pick_step(config)
    if not _is_ready(info, config):
        return
    with st.spinner(_("The batch is being made…")):
        data = _prepared_data(info, config)
        batch = _batch(info, config, data, epoch=epoch, number=number)
    _facts(info, config, batch)
    show_gallery(_pictures(info, batch))
    _notes(config, batch, epoch=epoch, number=number)


def target_words(target: NDArray[Any], class_names: tuple[str, ...]) -> str:
    """Return what the loss compares with: a class, or shares of classes, the largest first.

    Parameters
    ----------
    target
        The code of a class, shape (), or shares of shape (n_classes,) that add up to 1.
    """
    if target.ndim == 0:
        return class_names[int(target)]
    shares = sorted(zip(target.tolist(), class_names, strict=True), key=lambda pair: -pair[0])
    words = [(share, name) for share, name in shares if share >= _LEAST_SHARE]
    return words[0][1] if len(words) == 1 else " + ".join(f"{share:.2f} {name}" for share, name in words)


def _pick_step(config: TrainingConfig) -> tuple[int, int]:
    with st.container(horizontal=True, key="augment-step"):
        epoch = st.number_input(_("Epoch"), 1, 500, key="augment-epoch", persist_state="session")
        number = st.number_input(_("Batch"), 1, 100_000, key="augment-batch", persist_state="session")
    st.caption(
        _(
            "As Train is set now: {size} pixels a side, batch size {batch_size}, seed {seed}; the changes are"
            " those chosen on this page.",
            size=config.image_size,
            batch_size=config.batch_size,
            seed=config.seed,
        )
    )
    return int(epoch), int(number)


def _is_ready(info: DatasetInfo, config: TrainingConfig) -> bool:
    """Tell whether the pictures are there or quickly made; else offer to make them in the background."""
    preprocessing = resolved_preprocessing(config, info.n_channels)
    if info.n_images <= MOST_AT_ONCE or cache_path(cache.dataset(info.dataset_id), preprocessing).exists():
        return True
    request = PicturesRequest(dataset_id=info.dataset_id, revision=info.revision, preprocessing=preprocessing)
    made = experiment(
        "pictures",
        request,
        PicturesMade,
        key="augment-pictures",
        label=_("Prepare the images"),
        hint=_(
            "The {n} images of this data set have not been prepared with these settings yet. It is done once,"
            " in the background, and the training uses it too.",
            n=info.n_images,
        ),
    )
    return made is not None


def _prepared_data(info: DatasetInfo, config: TrainingConfig) -> PreparedData:
    preprocessing = resolved_preprocessing(config, info.n_channels)
    decides = (config.split.model_dump_json(), preprocessing.model_dump_json())
    return _prepared(info.dataset_id, info.revision, decides, config)


@st.cache_resource(max_entries=2, show_spinner=False)
def _prepared(
    dataset_id: str, revision: str, decides: tuple[str, str], _config: TrainingConfig
) -> PreparedData:
    from core.training.next_batch import prepared

    return prepared(cache.dataset(dataset_id), _config)


def _batch(
    info: DatasetInfo, config: TrainingConfig, data: PreparedData, *, epoch: int, number: int
) -> NextBatch:
    from core.training.next_batch import next_batch

    return next_batch(cache.dataset(info.dataset_id), config, epoch=epoch, batch=number, data=data)


def _facts(info: DatasetInfo, config: TrainingConfig, batch: NextBatch) -> None:
    inputs = batch.inputs
    counts = np.bincount(batch.labels, minlength=len(info.class_names))
    classes = joined(f"{name} {n}" for name, n in zip(info.class_names, counts, strict=True))
    rows = (
        (_("Shape"), " x ".join(str(length) for length in inputs.shape)),
        (_("Type"), str(inputs.dtype)),
        (_("Values"), _("{low} to {high}", low=f"{inputs.min():.2f}", high=f"{inputs.max():.2f}")),
        (_("Mean and standard deviation"), f"{inputs.mean():.3f}, {inputs.std():.3f}"),
        (_("Classes before mixing"), classes),
    )
    st.markdown("  \n".join(f"{name}: **{escape(value)}**" for name, value in rows))


def _pictures(info: DatasetInfo, batch: NextBatch) -> list[Shown]:
    """Return the inputs as pictures on one scale for the whole batch, in their order, with their labels."""
    axes = (0, 2, 3)
    low = batch.inputs.min(axis=axes, keepdims=True)
    span = batch.inputs.max(axis=axes, keepdims=True) - low
    unit = (batch.inputs - low) / np.where(span > 0, span, 1)
    pixels = np.round(unit * 255).astype(np.uint8).transpose(0, 2, 3, 1)  # (B, C, H, W) -> (B, H, W, C)
    return [
        Shown(
            as_rgb(pixels[place]),
            target_words(batch.targets[place], info.class_names),
            _("{place}: number {id}", place=place + 1, id=int(batch.sample_ids[place])),
            _(
                "Picture {place} of the batch, made from image number {id}.",
                place=place + 1,
                id=int(batch.sample_ids[place]),
            ),
        )
        for place in range(min(len(pixels), _MOST_SHOWN))
    ]


def _notes(config: TrainingConfig, batch: NextBatch, *, epoch: int, number: int) -> None:
    n = len(batch.inputs)
    if n > _MOST_SHOWN:
        st.caption(_("The first {n} of {total} are shown.", n=_MOST_SHOWN, total=n))
    st.info(
        _(
            "A training with seed {seed} gets exactly these numbers at epoch {epoch}, batch {batch} of"
            " {n_batches}: the code that made them is the code of the training, and every draw depends on the"
            " seed, the epoch and the batch alone.",
            seed=config.seed,
            epoch=epoch,
            batch=number,
            n_batches=batch.n_batches,
        ),
        icon=":material/casino:",
    )
    st.caption(
        _(
            "All pictures are shown on one scale, from the lowest value of the batch, black, to the highest,"
            " white. On a graphics card numbers are rounded a little differently, and grain is drawn there"
            " anew."
        )
    )
