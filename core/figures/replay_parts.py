"""The parts of a frame of the animated picture: a case with its map and bar, the map of cases, the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.explanation.palette import blend, colour_bar, paint
from core.explanation.picture import on_image
from core.figures.theme import COLOURS
from core.runs.replay import MOST_IN_TABLE, CaseFilm, ReplayAbout, ReplayFrame

MARGIN: Final = 14
BAND_HEIGHT: Final = 26
INK: Final = "#152238"
PAPER: Final = "#F6F8FB"

_SIDE: Final = 104  # of a film
_GREY: Final = "#C9D1DB"
_RIGHT, _WRONG = "#00664B", "#B34A00"
_FAINT: Final = "#5A6678"
_OPACITY: Final = 0.6
_LEFT_OUT: Final = 0.005  # of the points at either end: they stand at the edge
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class View:
    """What of the map of cases is shown, in all frames the same: its middle, and how far from there."""

    x: float
    y: float
    half_width: float
    half_height: float

    def unit(self, wide: float, high: float) -> float:
        """Return how many pixels a unit gets on a page of this size, across and up: distances count."""
        return min(wide / self.half_width, high / self.half_height) / 2


@dataclass(frozen=True, eq=False)
class Brush:
    """A page, what draws on it, and what all frames have in common."""

    page: Image.Image
    draw: ImageDraw.ImageDraw
    about: ReplayAbout
    view: View
    names: tuple[str, ...]  # of the classes, in letters that the font has

    def colour(self, code: int) -> str:
        """Return the colour of a class."""
        return COLOURS[code % len(COLOURS)]


def draw_case(
    brush: Brush, frame: ReplayFrame, sample_id: int, at: tuple[int, int], film: CaseFilm | None
) -> None:
    """Draw a film with its map, whether it is called right, and how sure the network is of its true class."""
    left, top = at
    place = next((place for place, one in enumerate(frame.cases) if one == sample_id), None)
    brush.draw.rectangle((left, top, left + _SIDE, top + _SIDE), fill="#10161F")
    if film is not None:
        picture = _with_map(film, frame, place)
        picture.thumbnail((_SIDE, _SIDE))
        inset = ((_SIDE - picture.width) // 2, (_SIDE - picture.height) // 2)
        brush.page.paste(picture, (left + inset[0], top + inset[1]))
    if place is None:
        brush.draw.text((left, top + _SIDE + 4), spaced("not followed yet"), font=font(11), fill=_FAINT)
        return
    truth, answers = int(frame.truth[place]), frame.probabilities[place]
    is_right = int(answers.argmax()) == truth
    corner = (left + _SIDE - 17, top + 4, left + _SIDE - 4, top + 17)
    brush.draw.ellipse(corner, fill=_RIGHT if is_right else _WRONG)
    _sign(brush.draw, corner, is_right=is_right)
    line = top + _SIDE + 5
    name = _shortened(brush.names[truth], _SIDE - 34, font(11))
    brush.draw.text((left, line), name, font=font(11), fill=INK)
    share = f"{100 * answers[truth]:.0f} %"
    brush.draw.text((left + _SIDE - font(11).getlength(share), line), share, font=font(11), fill=INK)
    brush.draw.rectangle((left, line + 16, left + _SIDE, line + 22), fill=_GREY)
    width = _SIDE * float(answers[truth])
    brush.draw.rectangle((left, line + 16, left + width, line + 22), fill=brush.colour(truth))


def draw_number(brush: Brush, number: int, at: tuple[int, int]) -> None:
    """Draw the number of a case into its film: it stands beside its ring on the map of cases too."""
    left, top = at
    words = str(number)
    brush.draw.rectangle((left + 3, top + 3, left + 11 + font(11).getlength(words), top + 18), fill="#10161F")
    brush.draw.text((left + 7, top + 4), words, font=font(11), fill="#FFFFFF")


def draw_map(brush: Brush, frame: ReplayFrame, cases: list[int], box: Box) -> None:
    """Draw where the points lie: filled where called right, hollow where wrong, the cases ringed."""
    left, top, right, bottom = box
    brush.draw.rectangle(box, outline=_GREY)
    unit = brush.view.unit(right - left - 28, bottom - top - 28)
    middle = ((left + right) / 2 - unit * brush.view.x, (top + bottom) / 2 + unit * brush.view.y)
    number_of = {case: number for number, case in enumerate(cases, start=1)}
    order = sorted(
        enumerate(brush.about.points), key=lambda one: one[1] in number_of
    )  # the ringed ones on top
    for place, point in order:
        x = float(np.clip(middle[0] + unit * float(frame.places[place, 0]), left + 6, right - 6))
        y = float(np.clip(middle[1] - unit * float(frame.places[place, 1]), top + 6, bottom - 6))
        truth = brush.about.truth[place]
        colour, is_right = brush.colour(truth), int(frame.called[place]) == truth
        brush.draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour if is_right else PAPER, outline=colour)
        if point in number_of:
            brush.draw.ellipse((x - 6, y - 6, x + 6, y + 6), outline=INK)
            words, corner = str(number_of[point]), (x + 6, y - 14)
            brush.draw.text(corner, words, font=font(11), fill=INK, stroke_width=2, stroke_fill=PAPER)
    brush.draw.text((left + 4, top + 3), spaced("near = alike to the network"), font=font(11), fill=_FAINT)


def draw_table(brush: Brush, table: NDArray[np.int64], box: Box) -> None:
    """Draw the table of errors: rows are the truth, columns what was called."""
    left, top, right, bottom = box
    k = len(table)
    words = f"{np.trace(table)} of {table.sum()} right (rows: truth, columns: called)"
    brush.draw.text((left, bottom - 13), spaced(words), font=font(11), fill=_FAINT)
    if k > MOST_IN_TABLE:
        return
    side = (min(right - left, bottom - top - 18)) / k
    for truth, row in enumerate(table):
        for called, count in enumerate(row):
            x, y = left + called * side, top + truth * side
            share = float(count / row.sum()) if row.sum() else 0.0
            colour = _mixed((0, 114, 178) if truth == called else (213, 94, 0), 0.08 + 0.85 * share)
            brush.draw.rectangle((x, y, x + side - 3, y + side - 3), fill=colour)
            if k <= 8:
                text, size = str(count), 20 if k <= 3 else 12
                place = (x + (side - 3 - font(size).getlength(text)) / 2, y + side / 2 - size / 1.5)
                brush.draw.text(place, text, font=font(size), fill="#FFFFFF" if share > 0.5 else INK)


def draw_legend(brush: Brush, at: tuple[int, int]) -> None:
    """Draw which colour is which class, and what the colours of a map mean."""
    left, top = at
    for code, name in enumerate(brush.names[:6]):
        brush.draw.ellipse((left, top + 2, left + 9, top + 11), fill=brush.colour(code))
        shown = _shortened(name, 90, font(12))
        brush.draw.text((left + 13, top - 1), shown, font=font(12), fill=INK)
        left += int(13 + font(12).getlength(shown) + 14)
    if not brush.about.has_maps:
        return
    bar = Image.fromarray(colour_bar(90, 10, signed=False))
    place = brush.page.width - MARGIN - 90
    brush.page.paste(bar, (place, top + 2))
    of = brush.about.positive_class
    name = "the class" if of is None else f"'{_shortened(_name_of(brush, of), 90, font(12))}'"
    words = f"{spaced('where it sees ')}{name}"
    brush.draw.text((place - 8 - font(12).getlength(words), top - 1), words, font=font(12), fill=INK)


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the letters that come with Pillow."""
    return ImageFont.load_default(size)


def is_latin(text: str) -> bool:
    """Tell whether Pillow's font has all letters of a text."""
    return all(" " <= letter <= "~" or "\xa1" <= letter <= "\xff" for letter in text)


def latin_names(class_names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of classes; one in other letters than Latin is called by its number, from 1."""
    numbered = enumerate(class_names, start=1)
    return tuple(spaced(name if is_latin(name) else f"class {number}") for number, name in numbered)


def spaced(text: str) -> str:
    """Return a text with wider spaces: in small letters those of the font can hardly be seen."""
    return text.replace(" ", "  ")


def view_of(frames: Sequence[ReplayFrame]) -> View:
    """Return what of the map of cases is shown so that nearly all points of all frames are in it."""
    places = np.concatenate([frame.places.astype(np.float64) for frame in frames])
    if not len(places):
        return View(0.0, 0.0, 1.0, 1.0)
    low, high = np.quantile(places, [_LEFT_OUT, 1 - _LEFT_OUT], axis=0)
    (x, y), (half_width, half_height) = (low + high) / 2, np.maximum((high - low) / 2, 0.5)
    return View(float(x), float(y), float(half_width), float(half_height))


def _name_of(brush: Brush, class_name: str) -> str:
    return brush.names[brush.about.class_names.index(class_name)]


def _with_map(film: CaseFilm, frame: ReplayFrame, place: int | None) -> Image.Image:
    pixels = film.pixels if film.pixels.ndim == 3 else np.repeat(film.pixels[..., None], 3, axis=2)
    if place is None or not frame.maps.shape[1] or frame.peaks[place] <= 0:
        return Image.fromarray(pixels)
    values = frame.maps[place].astype(np.float32)
    laid = on_image(values, (pixels.shape[0], pixels.shape[1]), film.extent)
    return Image.fromarray(blend(pixels, paint(laid, signed=False), _OPACITY))


def _sign(draw: ImageDraw.ImageDraw, box: Box, *, is_right: bool) -> None:
    """Draw a tick or a cross: the font has neither."""
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    if is_right:
        draw.line([(x - 3, y), (x - 1, y + 3), (x + 4, y - 3)], fill="#FFFFFF", width=2)
    else:
        draw.line([(x - 3, y - 3), (x + 3, y + 3)], fill="#FFFFFF", width=2)
        draw.line([(x - 3, y + 3), (x + 3, y - 3)], fill="#FFFFFF", width=2)


def _mixed(colour: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(246 + (channel - 246) * share) for channel in colour)
    return red, green, blue


def _shortened(text: str, room: float, letters: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    if letters.getlength(text) <= room:
        return text
    while len(text) > 1 and letters.getlength(f"{text}...") > room:
        text = text[:-1]
    return f"{text}..."
