"""Draws of one image: seeded, each its own, and the original among nothing."""

import numpy as np
import pytest

from core.images.records import MedicalImage
from core.training.config import default_augmentations
from core.transforms.augmentation.draws import draw_examples
from core.transforms.records import AugmentationStep


@pytest.fixture
def image():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    return MedicalImage(values=pixels, value_range=(0.0, 255.0))


def test_the_same_seed_gives_the_same_draws(image):
    once, again, other = (
        draw_examples(image, default_augmentations(), n=4, seed=seed, size=32).drawn for seed in (3, 3, 4)
    )
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_each_of_sixteen_is_drawn_for_itself(image):
    assert draw_examples(image, default_augmentations(), n=16, seed=0, size=32).n_different == 16


def test_without_augmentations_all_draws_are_the_original(image):
    draws = draw_examples(image, (), n=3, seed=0, size=32)
    assert draws.n_different == 1
    assert np.array_equal(draws.drawn[2], draws.original)
    assert np.array_equal(draws.original[..., 0], image.values)


def test_a_mirror_is_a_mirror(image):
    steps = [AugmentationStep(name="flip_horizontal", parameters={"probability": 1})]
    draws = draw_examples(image, steps, n=1, seed=0, size=32)
    assert np.array_equal(draws.drawn[0], draws.original[:, ::-1])


def test_colour_stays_colour():
    values = np.random.default_rng(1).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    draws = draw_examples(MedicalImage(values=values, value_range=(0, 255)), (), n=2, seed=0, size=20)
    assert np.array_equal(draws.original, values)
