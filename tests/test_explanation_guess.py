"""Strokes become masks, and a guess is held against the same elsewhere: all by hand."""

import numpy as np
import pytest
from pydantic import ValidationError

from core.explanation.guess import Drops, covered_share, measure_drops, places_like
from core.explanation.regions import Box
from core.explanation.strokes import MOST_POINTS, Stroke, mask_of
from core.images.records import MedicalImage
from core.transforms.preprocessing.picture import Extent

WHOLE = Extent()


def test_a_dab_is_a_disc_around_its_point():
    mask = Stroke(points=((0.5, 0.5),), width=0.4).mask((10, 10))  # radius 2 pixels around (5, 5)
    rows = np.array(
        ["..........", "..........", "..........", "....XX....", "...XXXX...", "...XXXX...", "....XX...."]
    )
    assert np.array_equal(mask[:7], [[sign == "X" for sign in row] for row in rows])
    assert not mask[7:].any()


def test_a_line_is_as_wide_as_the_brush_and_round_at_its_ends():
    mask = Stroke(points=((0.25, 0.5), (0.75, 0.5)), width=0.2).mask((10, 20))  # radius 1, from x = 5 to 15
    assert np.flatnonzero(mask.any(axis=1)).tolist() == [4, 5]
    assert np.flatnonzero(mask[4]).tolist() == list(range(4, 16))


def test_the_brush_is_measured_by_the_shorter_side():
    tall = Stroke(points=((0.5, 0.5),), width=0.5).mask((100, 10))
    assert (tall.any(axis=1).sum(), tall.any(axis=0).sum()) == (
        4,
        4,
    )  # a disc of 5 pixels across, about (5, 50)


def test_the_thinnest_brush_covers_a_pixel_in_the_corner_too():
    thin = [Stroke(points=(place,), width=0.005) for place in ((0, 0), (1, 1))]
    assert np.argwhere(mask_of(thin, (8, 6))).tolist() == [[0, 0], [7, 5]]


def test_strokes_add_up():
    strokes = [Stroke(points=((0.1 * n, 0.2),), width=0.1) for n in range(1, 5)]
    together = mask_of(strokes, (40, 40))
    assert np.array_equal(together, np.any([stroke.mask((40, 40)) for stroke in strokes], axis=0))
    assert not mask_of([], (4, 4)).any()


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": (), "width": 0.1},
        {"points": ((0.5, 1.2),), "width": 0.1},
        {"points": ((float("nan"), 0.5),), "width": 0.1},
        {"points": ((0.5, 0.5),), "width": 0},
        {"points": ((0.5, 0.5),), "width": float("inf")},
        {"points": ((0.5, 0.5),) * (MOST_POINTS + 1), "width": 0.1},
    ],
)
def test_what_is_no_stroke_is_refused(wrong):
    with pytest.raises(ValidationError):
        Stroke.model_validate(wrong)


def test_places_elsewhere_keep_shape_and_size_and_touch_neither_the_guess_nor_what_is_not_seen():
    shape = (60, 60)
    guess = Stroke(points=((0.3, 0.3), (0.5, 0.4)), width=0.1).mask(shape) | Box(
        left=0.7, top=0.7, right=0.8, bottom=0.9
    ).mask(shape)
    seen = Extent(top=0.1, left=0.0, bottom=1.0, right=1.0)
    places = places_like(guess, extent=seen, seed=3)
    assert len(places) == 12
    for place in places:
        assert place.sum() == guess.sum()
        assert not (place & guess).any()
        assert not place[:6].any()
    assert len({place.tobytes() for place in places}) == 12
    again = places_like(guess, extent=seen, seed=3)
    assert all(np.array_equal(one, other) for one, other in zip(places, again, strict=True))


def test_a_guess_that_leaves_no_room_has_no_places():
    half = Box(left=0, top=0, right=1, bottom=0.6).mask((30, 30))
    assert places_like(half, extent=WHOLE, seed=0) == []


def test_the_drop_of_a_guess_is_held_against_the_same_elsewhere():
    """A made-up network that looks at one bright square: its probability is the square's mean."""
    values = np.zeros((60, 60), dtype=np.float32)
    spot = Box(left=0.5, top=0.5, right=0.7, bottom=0.7).mask((60, 60))
    values[spot] = 0.9

    def ask(images):
        return np.array([float(image.values[spot].mean()) for image in images])

    image = MedicalImage(values, (0.0, 1.0))
    right = measure_drops(ask, image, spot, spot, how="mean")
    assert right.before == pytest.approx(0.9)
    assert right.guess == right.truth
    assert right.guess < 0.1
    assert len(right.elsewhere) == 12
    assert np.allclose(right.elsewhere, 0.9)  # nothing there, nothing lost
    assert (right.n_elsewhere_as_large, right.mean_drop_elsewhere) == (0, pytest.approx(0))
    wrong = measure_drops(ask, image, Box(left=0.1, top=0.1, right=0.3, bottom=0.3).mask((60, 60)), None)
    assert (wrong.drop, wrong.truth) == (pytest.approx(0), None)
    assert wrong.n_elsewhere_as_large == 12
    assert wrong.mean_drop_elsewhere > 0  # some of the places lie on the square


def test_drops_by_hand():
    drops = Drops(before=0.8, guess=0.5, elsewhere=(0.8, 0.6, 0.4))
    assert drops.drop == pytest.approx(0.3)
    assert drops.mean_drop_elsewhere == pytest.approx(0.2)
    assert drops.n_elsewhere_as_large == 1
    assert Drops(before=0.8, guess=0.9).mean_drop_elsewhere is None


def test_a_guess_covers_what_it_shares_with_the_finding():
    guess, truth = np.zeros((4, 4), dtype=bool), np.zeros((4, 4), dtype=bool)
    guess[:, :2], truth[0] = True, True
    assert covered_share(guess, truth) == 0.5
    assert covered_share(guess, np.zeros((4, 4), dtype=bool)) == 0
