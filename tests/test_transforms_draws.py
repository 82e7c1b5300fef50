"""Draws of one image: seeded, each its own, the same for every image, and told as they were drawn."""

import math

import numpy as np
import pytest

from core.images.records import MedicalImage
from core.training.config import default_augmentations
from core.transforms.augmentation.cautions import loudness
from core.transforms.augmentation.draws import (
    N_FRAMES,
    Picture,
    draw,
    draw_film,
    draw_generator,
    draw_many,
    draw_mixed,
    film_strengths,
    small_picture,
    strongest_draw,
)
from core.transforms.augmentation.telling import tell_draw
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep

SIZE = 33  # odd, so that a pixel lies in the middle


def step(name, **parameters):
    return AugmentationStep(name=name, parameters=parameters)


@pytest.fixture
def image():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    return MedicalImage(values=pixels, value_range=(0.0, 255.0))


@pytest.fixture
def picture(image):
    return small_picture(image, size=32)


def spot(row, column, size=SIZE):
    """A white square of three pixels on black, with itself as its mask."""
    pixels = np.zeros((1, size, size), np.float32)
    pixels[0, row - 1 : row + 2, column - 1 : column + 2] = 1
    return Picture(pixels, pixels[0] > 0)


def middle(picture):
    """Where a picture's white lies: (row, column) of its centre of mass."""
    weights = picture.pixels[0]
    return tuple(float((places * weights).sum() / weights.sum()) for places in np.indices(weights.shape))


def words(steps, *, seed, number, size=SIZE):
    told = tell_draw(steps, height=size, width=size, generator=draw_generator(seed, number))
    return {name: message for name, message in told}


def test_the_same_seed_gives_the_same_draws(picture):
    once, again, other = (draw_many(picture, default_augmentations(), n=4, seed=seed) for seed in (3, 3, 4))
    for first, second, third in zip(once.drawn, again.drawn, other.drawn, strict=True):
        assert np.array_equal(first.pixels, second.pixels)
        assert not np.array_equal(first.pixels, third.pixels)


def test_each_of_sixteen_is_drawn_for_itself(picture):
    assert draw_many(picture, default_augmentations(), n=16, seed=0).n_different == 16


def test_without_augmentations_all_draws_are_the_original(image, picture):
    draws = draw_many(picture, (), n=3, seed=0)
    assert draws.n_different == 1
    assert np.array_equal(draws.drawn[2].shown(), draws.original.shown())
    assert np.array_equal(draws.original.shown()[..., 0], image.values)


def test_a_mirror_is_a_mirror(picture):
    drawn = draw(picture, [step("flip_horizontal", probability=1)], seed=0, number=0)
    assert np.array_equal(drawn.pixels, picture.pixels[:, :, ::-1])


def test_colour_stays_colour():
    values = np.random.default_rng(1).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    picture = small_picture(MedicalImage(values=values, value_range=(0, 255)), size=20)
    assert np.array_equal(draw(picture, (), seed=0, number=0).shown(), values)


def test_mixing_is_left_out_of_one_image(picture):
    assert np.array_equal(draw(picture, [step("mixup", alpha=1)], seed=0, number=0).pixels, picture.pixels)


def test_a_draw_does_to_every_image_what_it_does_to_one():
    steps = [step("translate", distance=0.2)]
    moved = [
        np.subtract(middle(draw(one, steps, seed=1, number=5)), middle(one))
        for one in (spot(12, 14), spot(20, 18))
    ]
    assert moved[0] == pytest.approx(moved[1], abs=1e-3)
    assert np.abs(moved[0]).max() > 0.5


def test_the_mask_moves_with_the_image():
    drawn = draw(spot(14, 18), [step("translate", distance=0.2)], seed=1, number=5)
    assert drawn.mask is not None
    mask_middle = [float(places[drawn.mask].mean()) for places in np.indices(drawn.mask.shape)]
    assert mask_middle == pytest.approx(middle(drawn), abs=0.6)


def test_a_mask_is_resized_with_its_image(image):
    mask = np.zeros((32, 32), bool)
    mask[8:16, 4:12] = True
    small = small_picture(image, size=16, mask=mask)
    assert small.mask is not None
    rows, columns = np.nonzero(small.mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 7, 2, 5)


def test_the_outline_lies_around_the_finding_and_not_on_it():
    picture = spot(10, 10)
    shown = picture.shown(outlined=True)
    assert (shown[picture.mask] == 255).all()
    assert tuple(shown[10, 12]) == (230, 159, 0)


@pytest.mark.parametrize("number", range(4))
def test_the_shift_that_is_told_is_the_shift_that_was_done(number):
    steps = [step("translate", distance=0.2)]
    message = words(steps, seed=2, number=number)["translate"]
    before, after = spot(16, 16), draw(spot(16, 16), steps, seed=2, number=number)
    down, right = np.subtract(middle(after), middle(before))
    across, along = message.values["across"], message.values["down"]
    assert abs(right) == pytest.approx(float(across.values["n"]), abs=0.06)
    assert abs(down) == pytest.approx(float(along.values["n"]), abs=0.06)
    assert ("right" in across.text) == (right > 0)
    assert ("down" in along.text) == (down > 0)


@pytest.mark.parametrize("number", range(4))
def test_the_angle_that_is_told_is_the_angle_that_was_done(number):
    steps = [step("rotate", degrees=40)]
    message = words(steps, seed=0, number=number)["rotate"]
    row, column = middle(draw(spot(16, 26), steps, seed=0, number=number))  # 10 pixels right of the middle
    angle = math.degrees(math.atan2(16 - row, column - 16))  # anticlockwise, on a screen
    assert abs(angle) == pytest.approx(float(message.values["degrees"]), abs=0.6)
    assert ("anticlockwise" in message.text) == (angle > 0)


def test_factors_are_told_as_they_were_drawn_whatever_else_is_chosen():
    grey = Picture(np.full((1, 16, 16), 0.4, np.float32))
    steps = [step("rotate"), step("brightness", change=0.5)]
    told = words(steps, seed=0, number=7, size=16)["brightness"]
    centre = draw(grey, steps, seed=0, number=7).pixels[0, 8, 8]
    assert centre / 0.4 == pytest.approx(float(told.values["factor"]), abs=0.006)


def test_a_box_is_told_where_it_lies():
    white = Picture(np.ones((1, 40, 40), np.float32))
    steps = [step("erase", area=0.3)]
    told = words(steps, seed=0, number=1, size=40)["erase"].values
    rows, columns = np.nonzero(draw(white, steps, seed=0, number=1).pixels[0] == 0)
    assert (int(told["top"]), int(told["left"])) == (rows.min(), columns.min())
    assert int(told["height"]) == rows.max() - rows.min() + 1
    assert int(told["width"]) == columns.max() - columns.min() + 1


@pytest.mark.parametrize("name", ["rotate", "shear", "translate"])
def test_nothing_is_never_told_with_a_minus(name):
    nothing = AugmentationStep(name=name, parameters=AUGMENTATIONS[name].neutral)
    for number in range(4):
        assert "-0.0" not in str(words([nothing], seed=0, number=number)[name])


@pytest.mark.parametrize("name", [name for name, spec in AUGMENTATIONS.items() if spec.stage != "mixing"])
def test_every_augmentation_of_one_image_can_be_told(name):
    assert str(words([step(name)], seed=0, number=0)[name])


def test_a_film_begins_with_the_original_and_reaches_the_end_of_the_range(picture):
    turn = step("rotate", degrees=7)
    strengths = film_strengths(turn)
    assert len(strengths) == N_FRAMES and strengths[:5] == (0, 0.25, 0.5, 0.75, 1)
    assert strengths[-1] * 7 == pytest.approx(180)
    film = draw_film(picture, turn, strengths, seed=0, number=3)
    assert np.array_equal(film[0].pixels, picture.pixels)
    assert np.array_equal(film[4].pixels, draw(picture, [turn], seed=0, number=3).pixels)


def test_a_step_at_the_end_of_its_range_has_a_film_up_to_itself():
    assert film_strengths(step("rotate", degrees=180)) == pytest.approx(np.linspace(0, 1, 9))


def test_one_draw_grows_along_its_film():
    film = draw_film(spot(16, 16), step("translate", distance=0.1), (0.5, 1.0), seed=1, number=2)
    half, whole = (np.subtract(middle(one), (16, 16)) for one in film)
    assert whole == pytest.approx(2 * half, abs=0.02)


def test_the_strongest_draw_changes_the_most(picture):
    steps = [step("brightness", change=0.5)]
    change = [
        np.abs(one.pixels - picture.pixels).mean() for one in draw_many(picture, steps, n=8, seed=0).drawn
    ]
    assert change[strongest_draw(picture, steps, n=8, seed=0)] == max(change)


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_a_mixture_takes_as_much_of_the_label_as_of_the_pixels(name):
    black, white = (Picture(np.full((1, 40, 40), level, np.float32)) for level in (0, 1))
    mixed, share = draw_mixed(black, white, step(name, alpha=1), n=16, seed=0)
    assert mixed.pixels.mean() == pytest.approx(1 - share, abs=1e-5)
    assert share == pytest.approx(0.5, abs=0.2)  # the most even of sixteen


@pytest.mark.parametrize(
    ("chosen", "modalities", "expected"),
    [
        (step("flip_horizontal"), ["DX"], "loud"),
        (step("flip_horizontal"), ["SM"], "none"),
        (step("flip_horizontal"), [], "usual"),
        (step("rotate", degrees=180), ["SM"], "none"),
        (step("rotate", degrees=180), ["DX"], "loud"),
        (step("rotate", degrees=7), ["DX"], "usual"),
        (step("brightness"), ["CT"], "loud"),
        (step("contrast", change=0.8), ["DX"], "loud"),
    ],
)
def test_a_caution_is_as_loud_as_the_images_and_the_strength_make_it(chosen, modalities, expected):
    assert loudness(chosen, modalities) == expected
