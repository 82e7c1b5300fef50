"""A map over its image, on the screen and as a PNG that says in the picture that it is not for diagnosis.

The words in a PNG are in the language of now where a font of this machine draws it, else English.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from core.errors import UserError
from core.explanation.catalog import EXPLAINERS
from core.explanation.legend import ticks, unit
from core.explanation.lettering import Font, Lettering, lettering
from core.explanation.palette import blend, colour_bar, paint
from core.explanation.records import Attribution
from core.images.display import to_uint8
from core.images.records import MedicalImage, Window
from core.language import N_, _, language
from core.transforms.preprocessing.picture import Extent
from core.workspace import write_bytes

NOT_FOR_DIAGNOSIS: Final = "Not for diagnosis"
_NOTICE: Final = N_("Lightbox: for teaching and demonstration. Not for diagnosis.")

_SHORTEST_SIDE: Final = 480  # pixels of a PNG: below this the words would not fit
_MARGIN: Final = 12
_FONT_SIZE: Final = 15
_LINE: Final = _FONT_SIZE + _MARGIN
_N_LINES: Final = 5  # the title, the bar, its values, what they mean, the notice
_INK: Final = (21, 34, 56)
_PAPER: Final = (246, 248, 251)


def on_image(values: NDArray[np.float32], shape: tuple[int, int], extent: Extent) -> NDArray[np.float32]:
    """Bring a map from the network's input back to the image it was made from, bilinearly.

    Parameters
    ----------
    values
        ndarray of shape (h, w), on the input's grid.
    shape
        (H, W) of the image, or of a picture of it in any size.
    extent
        Which part of the image the input shows.

    Returns
    -------
    ndarray of shape (H, W), float32; NaN where the network did not see the image.
    """
    rows = _overlap(shape[0], values.shape[0], extent.top, extent.bottom)
    columns = _overlap(shape[1], values.shape[1], extent.left, extent.right)
    placed = np.full(shape, np.nan, dtype=np.float32)
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))  # mode "F"
    size = (columns.end - columns.start, rows.end - rows.start)
    box = (columns.low, rows.low, columns.high, rows.high)
    part = image.resize(size, Image.Resampling.BILINEAR, box=box)
    placed[rows.start : rows.end, columns.start : columns.end] = np.asarray(part, dtype=np.float32)
    return placed


@dataclass(frozen=True)
class _Overlap:
    """Along one side: the image's pixels `start` to `end` lie over the map's `low` to `high`."""

    start: int
    end: int
    low: float
    high: float


def _overlap(length: int, n_values: int, begin: float, end: float) -> _Overlap:
    """Return where a map of `n_values` from `begin` to `end` (fractions) lies over `length` pixels."""
    start = min(max(0, round(begin * length)), length - 1)
    stop = max(min(length, round(end * length)), start + 1)  # however narrow the part, a pixel of it is seen
    whole = (end - begin) * length

    def place(pixel: int) -> float:
        return min(max((pixel - begin * length) / whole * n_values, 0.0), float(n_values))

    low, high = place(start), place(stop)
    return _Overlap(start, stop, low, high) if high > low else _Overlap(start, stop, 0.0, float(n_values))


def overlay(
    pixels: NDArray[np.uint8], attribution: Attribution, opacity: float = 0.6, *, weakest: float = 0.0
) -> NDArray[np.uint8]:
    """Lay a map over the image it explains.

    Parameters
    ----------
    pixels
        ndarray of shape (H, W) or (H, W, 3), uint8: the image as it is shown, at any size.
    attribution
        Its map, on the network's grid.
    opacity
        From 0, the image alone, to 1.
    weakest
        Values smaller than this share of the full colour are left out.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8.
    """
    picture = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)  # (H, W, 3)
    values = on_image(attribution.values, (picture.shape[0], picture.shape[1]), attribution.extent)
    return blend(picture, paint(values, signed=attribution.signed, weakest=weakest), opacity)


def to_png(
    image: MedicalImage,
    attribution: Attribution,
    *,
    opacity: float = 0.6,
    weakest: float = 0.0,
    window: Window | None = None,
) -> bytes:
    """Return the overlay as a PNG with its colour bar, and "Not for diagnosis" in the picture itself.

    `window` is as in `to_uint8`, the rest as in `overlay`.
    """
    facts = PngInfo()
    facts.add_text("Description", f"{_title(attribution, attribution.class_name)}. {_warning(attribution)}.")
    content = BytesIO()
    page = draw_page(to_uint8(image, window), attribution, opacity, weakest=weakest)
    page.save(content, format="PNG", pnginfo=facts)
    return content.getvalue()


def write_png(path: Path, image: MedicalImage, attribution: Attribution, *, opacity: float = 0.6) -> None:
    """Write what `to_png` makes, in one step.

    Raises
    ------
    UserError
        Its name is no PNG's, there is no such folder, or it can't be written to.
    """
    check_place(path)
    try:
        write_bytes(path, to_png(image, attribution, opacity=opacity))
    except OSError as error:
        text = N_("'{file}' can't be written: {reason}. Choose another place.")
        raise UserError(text, file=str(path), reason=error.strerror or "") from error


def check_place(path: Path) -> None:
    """Raise UserError where no picture can be written to; before the work whose result it is to hold."""
    if path.suffix.lower() != ".png":
        raise UserError(
            N_("'{name}' would hold a PNG picture; give it a name that ends in .png."), name=path.name
        )
    if not path.parent.is_dir():
        text = N_("There is no folder '{folder}' to write '{name}' into. Make it first.")
        raise UserError(text, folder=str(path.parent), name=path.name)


def draw_page(
    pixels: NDArray[np.uint8], attribution: Attribution, opacity: float = 0.6, *, weakest: float = 0.0
) -> Image.Image:
    """Return the page of `to_png`: the overlay, and under it what it is and what its colours mean."""
    picture = _enlarged(Image.fromarray(overlay(pixels, attribution, opacity, weakest=weakest)))
    letters = lettering(_own_words(attribution), attribution.class_name, size=_FONT_SIZE)
    with language(letters.language):
        return _with_words(picture, attribution, letters)


def _own_words(attribution: Attribution) -> str:
    """Return all that is written but for the name of the class."""
    marks = "".join(tick.value + tick.meaning for tick in ticks(attribution))
    return _title(attribution, "") + _warning(attribution) + marks + unit(attribution) + _(_NOTICE)


def _with_words(picture: Image.Image, attribution: Attribution, letters: Lettering) -> Image.Image:
    place = (_MARGIN, picture.height - _MARGIN - _FONT_SIZE)  # at the foot: side markers stand at the top
    ImageDraw.Draw(picture).text(
        place, _warning(attribution), font=letters.font, fill="white", stroke_width=2, stroke_fill="black"
    )
    page = Image.new("RGB", (picture.width, picture.height + _N_LINES * _LINE + _MARGIN), _PAPER)
    page.paste(picture, (0, 0))
    top, room = picture.height + _MARGIN, page.width - 2 * _MARGIN
    lines = {0: _title(attribution, letters.drawable(attribution.class_name)), _N_LINES - 1: _(_NOTICE)}
    for number, words in lines.items():
        place = (_MARGIN, top + number * _LINE)
        shown = _shortened(words, room, letters.font)
        ImageDraw.Draw(page).text(place, shown, font=letters.font, fill=_INK)
    _draw_bar(page, top + _LINE, attribution, letters.font)
    return page


def _warning(attribution: Attribution) -> str:
    if attribution.trained_on_simulated:
        return _("Not for diagnosis; network trained on SIMULATED images")
    return _("Not for diagnosis")


def _draw_bar(page: Image.Image, top: int, attribution: Attribution, font: Font) -> None:
    """Draw the colours, under them their values, and under these what they mean, with the unit."""
    width = page.width - 2 * _MARGIN
    bar = colour_bar(width, _FONT_SIZE, signed=attribution.signed)
    page.paste(Image.fromarray(bar), (_MARGIN, top))
    marks = ticks(attribution)
    for number, tick in enumerate(marks):
        share = number / (len(marks) - 1)
        is_middle = 0 < share < 1
        _write(page, (share, top + _LINE), tick.value, font)
        _write(page, (share, top + 2 * _LINE), unit(attribution) if is_middle else tick.meaning, font)
    if len(marks) == 2:
        _write(page, (0.5, top + 2 * _LINE), unit(attribution), font)


def _write(page: Image.Image, place: tuple[float, int], words: str, font: Font) -> None:
    """Write words at a share of the width: at 0 they begin at the margin, at 1 they end there."""
    share, top = place
    left = _MARGIN + share * (page.width - 2 * _MARGIN - font.getlength(words))
    ImageDraw.Draw(page).text((left, top), words, font=font, fill=_INK)


def _title(attribution: Attribution, name: str) -> str:
    method = _(EXPLAINERS[attribution.method].title)
    return _("{method} for the class '{name}'", method=method, name=name)


def _shortened(text: str, room: int, font: Font) -> str:
    """Cut a text that is wider than `room` pixels in its middle: a class name may be any length."""
    if font.getlength(text) <= room:
        return text
    n_kept = len(text) - 1
    while n_kept > 2 and font.getlength(_cut(text, n_kept)) > room:
        n_kept -= 1
    return _cut(text, n_kept)


def _cut(text: str, n_kept: int) -> str:
    return f"{text[: n_kept - n_kept // 2]}...{text[len(text) - n_kept // 2 :]}"


def _enlarged(picture: Image.Image) -> Image.Image:
    factor = max(1.0, _SHORTEST_SIDE / min(picture.size))
    size = (round(picture.width * factor), round(picture.height * factor))
    return picture.resize(size, Image.Resampling.BICUBIC) if factor > 1 else picture
