"""A data set of a moment for the tests: noise, a little brighter in the middle where the label says so."""

from typing import Literal

import numpy as np

from core.datasets.records import DatasetInfo, SplitName
from core.datasets.store import DatasetDraft, NewSample, write_dataset
from core.images.records import MedicalImage

CLASSES = ("clear", "finding", "other")


def write_tiny(
    name: str = "tiny",
    *,
    n_images: int = 64,
    size: int = 32,
    n_classes: int = 2,
    n_channels: Literal[1, 3] = 1,
    splits: tuple[SplitName, ...] | None = None,
) -> DatasetInfo:
    """Write a data set of two films a patient; `splits` are dealt out in turn, None leaves it to the run."""
    draw = np.random.default_rng(3)
    shape = (size, size) if n_channels == 1 else (size, size, 3)
    samples = []
    for number in range(n_images):
        code = (number // 2) % n_classes
        values = draw.integers(0, 160, shape)
        quarter = size // 4
        values[quarter : 3 * quarter, quarter : 3 * quarter] += 40 * code
        samples.append(
            NewSample(
                image=MedicalImage(values.astype(np.uint8), value_range=(0, 255)),
                label=CLASSES[code],
                patient_id=f"p{number // 2:03d}",
                split=None if splits is None else splits[(number // 2) % len(splits)],
            )
        )
    draft = DatasetDraft(name, title=name, source="folders", class_names=CLASSES[:n_classes])
    return write_dataset(draft, samples)
