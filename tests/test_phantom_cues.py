"""Cues on finished films: what they change is known pixel by pixel, and without them nothing changes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.datasets.phantom_cues import (
    BRIGHTER_BY,
    Cue,
    PlainFilm,
    brightened,
    with_cue,
    with_letter,
    with_plate,
)
from core.datasets.phantom_film import Marker, letter_cover
from core.datasets.phantoms import PhantomConfig, display_8bit, make_film

CUES: tuple[Cue, ...] = ("marker", "corner", "brightness")


def grey(level: int = 100) -> PlainFilm:
    """An even film with a white letter L painted by hand at the upper right."""
    pixels, mask = np.full((64, 64), level, dtype=np.uint8), np.zeros((64, 64), dtype=np.bool_)
    mask[4:10, 50:53] = True
    pixels[mask] = 255
    return PlainFilm(pixels, "L", mask)


def test_the_side_that_a_film_has_already_leaves_every_pixel() -> None:
    film = grey()
    assert np.array_equal(with_letter(film, "L").pixels, film.pixels)
    assert np.array_equal(with_plate(film, is_there=False).pixels, film.pixels)
    assert np.array_equal(brightened(film, 0).pixels, film.pixels)


@pytest.mark.parametrize("cue", CUES)
def test_a_cue_leaves_the_film_that_it_was_given(cue: Cue) -> None:
    film = grey()
    before = film.pixels.copy()
    with_cue(film, cue, speaks_for=True)
    assert np.array_equal(film.pixels, before)


def test_the_plate_changes_its_box_and_nothing_else() -> None:
    film = grey()
    plate = with_plate(film, is_there=True)
    assert plate.place is not None
    # 0.89 to 0.985 and 0.80 to 0.97 of 64 pixels.
    rows, columns = np.nonzero(plate.place)
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (57, 63, 51, 62)
    assert np.array_equal(plate.pixels != film.pixels, plate.place)
    assert set(np.unique(plate.pixels[plate.place])) == {40, 210}


def test_the_other_letter_lies_on_its_own_side_and_the_old_one_is_gone() -> None:
    film = grey()
    lettered = with_letter(film, "R")
    assert lettered.place is not None
    rows, columns = np.nonzero(lettered.place)
    assert rows.max() < 16  # at the top
    assert columns.max() < 32  # the patient's right is at the left of the film
    assert lettered.pixels[lettered.place].max() > 200
    assert np.all(lettered.pixels[film.marker_mask] == 100)  # an even film shows no trace
    elsewhere = ~lettered.place
    assert np.all(lettered.pixels[elsewhere] == 100)


def test_the_place_of_a_films_own_letter_is_the_box_around_it() -> None:
    place = with_letter(grey(), "L").place
    assert place is not None
    rows, columns = np.nonzero(place)
    # One pixel of margin around rows 4 to 9 and columns 50 to 52.
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (3, 10, 49, 53)


def test_a_brighter_film_is_brighter_everywhere_and_white_stays_white() -> None:
    film = PlainFilm(np.array([[0, 100], [240, 255]], dtype=np.uint8), "L", np.zeros((2, 2), dtype=np.bool_))
    assert brightened(film, 20).pixels.tolist() == [[20, 120], [255, 255]]
    assert brightened(film, -110).pixels.tolist() == [[0, 0], [130, 145]]
    both = [with_cue(film, "brightness", speaks_for=side) for side in (False, True)]
    assert [one.place for one in both] == [None, None]
    assert int(both[1].pixels[0, 0]) - int(both[0].pixels[0, 0]) == BRIGHTER_BY


def test_a_letter_covers_what_it_covers_on_a_film_that_is_taken() -> None:
    film = make_film(PhantomConfig(n_patients=1, image_size=64, seed=7), 0, 0)
    usual = letter_cover(film.marker, 64) > 0.25
    assert usual.sum() == pytest.approx(film.marker_mask.sum(), rel=0.25)
    assert np.allclose(_centre(usual), _centre(film.marker_mask), atol=3)  # laid by hand: a few mm off


def test_a_laid_letter_is_about_as_white_as_one_that_was_taken() -> None:
    films = [make_film(PhantomConfig(n_patients=6, image_size=128, seed=7), number, 0) for number in range(6)]
    taken, laid = [], []
    for film in films:
        pixels = display_8bit(film)
        taken.append(float(pixels[film.marker_mask].mean()))
        other: Marker = "L" if film.marker == "R" else "R"
        lettered = with_letter(PlainFilm(pixels, film.marker, film.marker_mask), other).pixels
        laid.append(float(lettered[letter_cover(other, 128) > 0.25].mean()))
    assert np.mean(laid) == pytest.approx(np.mean(taken), rel=0.15)


def _centre(mask: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(rows.mean()), float(columns.mean())
