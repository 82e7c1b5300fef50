"""Copies: found whatever was done to the file, and not found where films only look alike."""

import io

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from scipy.stats import rankdata

from core.datasets.phantoms import PhantomConfig, display_8bit, make_film
from core.datasets.profiling.copies import ALIKE, hashes, near_pairs, ranks
from core.datasets.profiling.copy_groups import find_copies
from core.datasets.profiling.groups import joined, kept_together
from core.datasets.profiling.pixels import measure
from core.images import MedicalImage

N_PATIENTS = 24


def thumbnail(pixels):
    return measure(MedicalImage(np.asarray(pixels, dtype=np.uint8), value_range=(0, 255))).thumbnail


def recompressed(pixels):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, format="JPEG", quality=40)
    return np.asarray(Image.open(content))


CHANGES = {
    "recompressed": recompressed,
    "halved": lambda pixels: np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.BICUBIC)),
    "enlarged": lambda pixels: pixels.repeat(3, axis=0).repeat(3, axis=1),
    "paler": lambda pixels: (pixels * 0.7 + 40).astype(np.uint8),
    "gamma": lambda pixels: np.round(255 * (pixels / 255.0) ** 0.7).astype(np.uint8),
    "noisy": lambda pixels: np.clip(pixels + np.random.default_rng(0).normal(0, 6, pixels.shape), 0, 255),
}


@pytest.fixture(scope="module")
def films():
    """One film of each of 24 patients, 64 pixels."""
    config = PhantomConfig(image_size=64)
    return [display_8bit(make_film(config, number, 0)) for number in range(N_PATIENTS)]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_and_nobody_else(films, change):
    pictures = [*films, CHANGES[change](films[5])]
    pairs, likeness = near_pairs(np.stack([thumbnail(pixels) for pixels in pictures]))
    assert pairs.tolist() == [[5, N_PATIENTS]]
    assert ALIKE <= likeness[0] <= 1.001


def test_films_of_different_patients_are_no_copies(films):
    pairs, _ = near_pairs(np.stack([thumbnail(pixels) for pixels in films]))
    assert len(pairs) == 0


def test_a_mirrored_copy_is_missed_as_the_page_says(films):
    pictures = [*films, films[5][:, ::-1]]
    assert len(near_pairs(np.stack([thumbnail(pixels) for pixels in pictures]))[0]) == 0


def test_flat_pictures_are_no_copies_of_anything():
    flat = np.zeros((5, 32, 32), dtype=np.uint8)
    flat[:, 0, 0] = 0
    assert len(near_pairs(flat)[0]) == 0


def test_the_hash_has_a_bit_for_each_wave_above_the_median():
    # A single cosine along the rows puts all of its energy into one coefficient: that bit, and the mean's.
    steps = np.cos(np.pi * (np.arange(32) + 0.5) * 2 / 32)
    wave = np.tile(np.round(127 + 120 * steps).astype(np.uint8), (32, 1))
    (code,) = hashes(wave[None])
    assert int(code) >> 61 & 1 == 1  # row 0, column 2 of 8 x 8, the mean first
    assert int(code) >> 63 & 1 == 1
    assert int(code).bit_count() <= 33


def test_the_hash_forgets_brightness_and_contrast():
    picture = np.random.default_rng(1).integers(0, 100, (32, 32)).astype(np.uint8)
    first, second = hashes(np.stack([picture, picture * 2 + 20]))
    assert first == second


def test_ranks_by_counting_are_scipys():
    levels = np.random.default_rng(2).integers(0, 9, (4, 50)).astype(np.uint8)
    assert_allclose(ranks(levels), rankdata(levels, axis=1))


def test_pairs_tie_together_what_they_reach():
    numbers = joined(6, np.array([[0, 1], [1, 4], [2, 5]]))
    assert numbers[0] == numbers[1] == numbers[4]
    assert numbers[2] == numbers[5]
    assert len(set(numbers.tolist())) == 3


def table(**columns):
    n = len(columns["file"])
    rows = {
        "sample_id": list(range(n)),
        "label": ["a"] * n,
        "patient_id": [None] * n,
        "split": [None] * n,
    } | columns
    return pd.DataFrame(rows)


def test_images_of_a_patient_and_twins_of_a_picture_stay_in_one_fold():
    samples = table(file=["x", "x", "y", "z", "w"], patient_id=["p", "q", "q", "r", None])
    numbers = kept_together(samples, np.array([[3, 4]]))
    # 0 and 1 share a file, 1 and 2 a patient, 3 and 4 a picture.
    assert_array_equal(numbers == numbers[0], [True, True, True, False, False])
    assert numbers[3] == numbers[4]


def test_groups_say_which_borders_they_cross():
    picture = np.random.default_rng(3).integers(0, 255, (4, 32, 32)).astype(np.uint8)
    samples = table(
        file=["x", "x", "y", "z"],
        label=["a", "b", "a", "a"],
        patient_id=["p", "q", "r", "r"],
        split=["train", "test", "train", "val"],
    )
    rows = picture[[0, 0, 1, 2]]
    copies, near = find_copies(samples, rows, samples["split"])
    (group,) = copies.groups
    assert group.exact
    assert group.sample_ids == (0, 1)
    assert group.sides == ("train", "test")
    assert group.borders == {"labels", "splits", "patients"}
    assert copies.exact.model_dump() == {
        "n_groups": 1,
        "n_images": 2,
        "n_across_labels": 1,
        "n_across_splits": 1,
        "n_across_patients": 1,
        "n_within_patient": 0,
    }
    assert len(near) == 0


def test_films_of_one_patient_may_look_alike(films):
    paler = CHANGES["paler"](films[0])
    thumbnails = np.stack([thumbnail(pixels) for pixels in [*films, paler]])
    files = [f"{number}" for number in range(N_PATIENTS + 1)]
    patients = [*(f"p{number}" for number in range(N_PATIENTS)), "p0"]
    samples = table(file=files, patient_id=patients)
    copies, near = find_copies(samples, thumbnails, samples["split"])
    assert near.tolist() == [[0, N_PATIENTS]]
    assert copies.near.n_within_patient == 1
    assert copies.near.n_groups == 0
    assert copies.groups == ()
