"""A large data set of nothing in particular, for what has to be quick with many images."""

from pathlib import Path
from typing import Final

import numpy as np

from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.images import MedicalImage

N_IMAGES: Final = 10_000
SIDE: Final = 128
FILMS_PER_PATIENT: Final = 2


def many_films() -> Path:
    """Write a data set of noise, brighter in the middle where the label says so, and return its folder.

    No two films are alike.
    """
    draw = np.random.default_rng(7)
    coarse = draw.integers(0, 160, (N_IMAGES, 16, 16), dtype=np.uint8)
    labels = draw.integers(0, 2, N_IMAGES // FILMS_PER_PATIENT)

    def sample(number: int) -> NewSample:
        patient = number // FILMS_PER_PATIENT
        pixels = coarse[number].repeat(SIDE // 16, axis=0).repeat(SIDE // 16, axis=1)
        pixels = pixels + draw.integers(0, 20, pixels.shape, dtype=np.uint8)
        pixels[SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4] += 20 * np.uint8(labels[patient])
        image = MedicalImage(pixels, value_range=(0, 255))
        return NewSample(image=image, label="ab"[labels[patient]], patient_id=f"p{patient}")

    draft = DatasetDraft("many", title="many", source="csv", class_names=("a", "b"))
    write_dataset(draft, (sample(number) for number in range(N_IMAGES)))
    return open_dataset("many").folder
