"""A map over its image, on the screen and as a PNG that says in the picture that it is not for diagnosis.

The words in a PNG are English whatever the language of the screen: the letters that come with Pillow are
Latin, and a picture travels further than its screen.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from core.errors import UserError
from core.explanation.catalog import EXPLAINERS
from core.explanation.palette import blend, colour_bar, paint
from core.explanation.records import Attribution
from core.images.display import to_uint8
from core.images.records import MedicalImage, Window
from core.language import N_
from core.transforms.preprocessing.picture import Extent
from core.workspace import write_bytes

NOT_FOR_DIAGNOSIS: Final = "Not for diagnosis"
SIMULATED: Final = "network trained on SIMULATED images"

_SHORTEST_SIDE: Final = 480  # pixels of a PNG: below this the words would not fit
_MARGIN: Final = 12
_FONT_SIZE: Final = 15
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
    facts.add_text("Description", f"{_title(attribution)}. {_warning(attribution)}.")
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
    place = (_MARGIN, picture.height - _MARGIN - _FONT_SIZE)  # at the foot: side markers stand at the top
    ImageDraw.Draw(picture).text(
        place, _warning(attribution), font=_font(), fill="white", stroke_width=2, stroke_fill="black"
    )
    line = _FONT_SIZE + _MARGIN
    page = Image.new("RGB", (picture.width, picture.height + 3 * line + _MARGIN), _PAPER)
    page.paste(picture, (0, 0))
    draw, top = ImageDraw.Draw(page), picture.height + _MARGIN
    room = page.width - 2 * _MARGIN
    draw.text((_MARGIN, top), _shortened(_title(attribution), room), font=_font(), fill=_INK)
    _draw_bar(page, top + line, signed=attribution.signed)
    sentence = f"Lightbox: for teaching and demonstration. {NOT_FOR_DIAGNOSIS}."
    draw.text((_MARGIN, top + 2 * line), _shortened(sentence, room), font=_font(), fill=_INK)
    return page


def _warning(attribution: Attribution) -> str:
    return f"{NOT_FOR_DIAGNOSIS}; {SIMULATED}" if attribution.trained_on_simulated else NOT_FOR_DIAGNOSIS


def _draw_bar(page: Image.Image, top: int, *, signed: bool) -> None:
    low, high = ("against", "for") if signed else ("none", "most")
    draw, font = ImageDraw.Draw(page), _font()
    left = _MARGIN + int(font.getlength(low)) + _MARGIN
    right = page.width - _MARGIN - int(font.getlength(high)) - _MARGIN
    draw.text((_MARGIN, top), low, font=font, fill=_INK)
    draw.text((right + _MARGIN, top), high, font=font, fill=_INK)
    page.paste(Image.fromarray(colour_bar(right - left, _FONT_SIZE, signed=signed)), (left, top))


def _title(attribution: Attribution) -> str:
    return f"{EXPLAINERS[attribution.method].title} for the class '{_latin(attribution.class_name)}'"


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def _shortened(text: str, room: int) -> str:
    """Cut a text that is wider than `room` pixels in its middle: a class name may be any length."""
    if _font().getlength(text) <= room:
        return text
    n_kept = len(text) - 1
    while n_kept > 2 and _font().getlength(_cut(text, n_kept)) > room:
        n_kept -= 1
    return _cut(text, n_kept)


def _cut(text: str, n_kept: int) -> str:
    return f"{text[: n_kept - n_kept // 2]}...{text[len(text) - n_kept // 2 :]}"


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(_FONT_SIZE)


def _enlarged(picture: Image.Image) -> Image.Image:
    factor = max(1.0, _SHORTEST_SIDE / min(picture.size))
    size = (round(picture.width * factor), round(picture.height * factor))
    return picture.resize(size, Image.Resampling.BICUBIC) if factor > 1 else picture
