"""The learning of a run as an animated picture (GIF): a frame for each epoch that was kept.

Its words are English whatever the language of the screen: the letters that come with Pillow are Latin, and a
picture travels further than its screen. A class with a name in other letters is called by its number. Every
frame says what it is not for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.figures.replay_parts import (
    BAND_HEIGHT,
    INK,
    MARGIN,
    PAPER,
    Brush,
    draw_case,
    draw_legend,
    draw_map,
    draw_number,
    draw_table,
    font,
    latin_names,
    spaced,
    view_of,
)
from core.runs.replay import CaseFilm, Recording, ReplayFrame

NOT_FOR_DIAGNOSIS: Final = "For teaching only, never for diagnosis"
SIMULATED: Final = "SIMULATED images: no patient is behind them"
MOST_BYTES: Final = 3_000_000

_WIDTH: Final = 720
_COLUMNS: Final = 6
_TILE: Final = (108, 150)  # width and height of a case, its bars included
_HEAD: Final = 46
_LOWER: Final = 230  # height of the map of cases and the table
_MOST_FRAMES: Final = 48
_FRAME_MS: Final = 350
_FIRST_MS, _LAST_MS = 900, 2200
_COLOURS: Final = 192


@dataclass(frozen=True, eq=False)
class Film:
    """What is drawn: a run's frames with the films of its cases, and the tables of errors by epoch.

    Attributes
    ----------
    name
        The run's.
    films
        By sample_id; a case without one is a dark square.
    tables
        By epoch: ndarray of shape (n_classes, n_classes), rows = truth; else that of the points is drawn.
    """

    name: str
    recording: Recording
    films: Mapping[int, CaseFilm]
    tables: Mapping[int, NDArray[np.int64]]


def animated(film: Film) -> bytes:
    """Return the GIF, at most about 3 MB: with very many epochs, or too many bytes, some are left out."""
    frames = _thinned(film.recording.frames, _MOST_FRAMES)
    while True:
        content = _as_gif([draw_frame(film, frame) for frame in frames])
        if len(content) <= MOST_BYTES or len(frames) <= 2:
            return content
        frames = _thinned(frames, max(2, int(0.9 * len(frames) * MOST_BYTES / len(content))))


def draw_frame(film: Film, frame: ReplayFrame) -> Image.Image:
    """Return the picture of one epoch: cases on top, the map of cases and the table of errors below."""
    about, shown = film.recording.about, film.recording.frames[-1].cases.tolist()
    rows = -(-len(shown) // _COLUMNS)
    height = _HEAD + rows * _TILE[1] + _LOWER + BAND_HEIGHT
    page = Image.new("RGB", (_WIDTH, height), PAPER)
    draw = ImageDraw.Draw(page)
    _draw_head(draw, film, frame)
    brush = Brush(page, draw, about, view_of(film.recording.frames), latin_names(about.class_names))
    for number, sample_id in enumerate(shown):
        left = MARGIN + (number % _COLUMNS) * ((_WIDTH - 2 * MARGIN) // _COLUMNS)
        top = _HEAD + (number // _COLUMNS) * _TILE[1]
        draw_case(brush, frame, sample_id, (left, top), film.films.get(sample_id))
        draw_number(brush, number + 1, (left, top))
    top = _HEAD + rows * _TILE[1]
    draw_map(brush, frame, shown, (MARGIN, top, 420, top + _LOWER - 34))
    table = film.tables.get(frame.epoch, frame.confusion(about.truth, len(about.class_names)))
    draw_table(brush, table, (450, top, _WIDTH - MARGIN, top + _LOWER - 34))
    draw_legend(brush, (MARGIN, top + _LOWER - 26))
    _draw_band(draw, film, height)
    return page


def _draw_head(draw: ImageDraw.ImageDraw, film: Film, frame: ReplayFrame) -> None:
    words = "Before the first step" if frame.epoch == 0 else f"Epoch {frame.epoch}"
    draw.text((MARGIN, 12), words, font=font(22), fill=INK)
    draw.text((_WIDTH - MARGIN - font(15).getlength(film.name), 17), film.name, font=font(15), fill=INK)
    epochs = film.recording.epochs
    done = (epochs.index(frame.epoch) + 1) / len(epochs)
    draw.rectangle((0, 0, _WIDTH * done, 4), fill="#0072B2")


def _draw_band(draw: ImageDraw.ImageDraw, film: Film, height: int) -> None:
    """Write at the foot of every frame what it is not for, and whether anybody is behind it."""
    draw.rectangle((0, height - BAND_HEIGHT, _WIDTH, height), fill=INK)
    words = f"{NOT_FOR_DIAGNOSIS}. {SIMULATED}." if film.recording.about.simulated else NOT_FOR_DIAGNOSIS
    draw.text((MARGIN, height - BAND_HEIGHT + 5), spaced(f"Lightbox. {words}"), font=font(14), fill="#FFFFFF")


def _thinned(frames: tuple[ReplayFrame, ...], most: int) -> tuple[ReplayFrame, ...]:
    """Return at most so many frames, the first and the last among them."""
    if len(frames) <= most:
        return frames
    places = np.unique(np.linspace(0, len(frames) - 1, most).round().astype(int))
    return tuple(frames[place] for place in places)


def _as_gif(pages: list[Image.Image]) -> bytes:
    """Put pages behind one another in the same colours, so that what does not change costs no bytes."""
    first, last = pages[0], pages[-1]
    both = Image.new("RGB", (first.width, 2 * first.height))
    both.paste(pages[len(pages) // 2], (0, 0))
    both.paste(last, (0, first.height))
    palette = both.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    drawn = [page.quantize(palette=palette, dither=Image.Dither.NONE) for page in pages]
    times = [_FIRST_MS, *[_FRAME_MS] * (len(pages) - 2), _LAST_MS][: len(pages)]
    content = BytesIO()
    drawn[0].save(
        content, format="GIF", save_all=True, append_images=drawn[1:], duration=times, loop=0, optimize=False
    )
    return content.getvalue()
