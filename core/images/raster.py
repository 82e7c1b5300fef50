"""Read PNG, JPEG and TIFF pictures without losing a bit of their grey levels."""

from io import BytesIO
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from core.errors import UnreadableImageError
from core.images.limits import (
    MAX_PIXELS,
    check_finite,
    check_size,
    chosen_frame,
    grey_if_equal,
    grey_range,
    smallest_integer,
)
from core.images.records import MedicalImage
from core.language import N_, Message

_FORMATS: Final = ("PNG", "JPEG", "TIFF")
# A JPEG with a second picture behind the first (MPO) is a JPEG here.
_SOURCES: Final[dict[str, Literal["PNG", "JPEG", "TIFF"]]] = {"PNG": "PNG", "JPEG": "JPEG", "TIFF": "TIFF"}
_PHOTOMETRIC, _BITS_PER_SAMPLE, _SAMPLE_FORMAT = 262, 258, 339  # TIFF 6.0, sections 8 and 19
_WIDTH, _HEIGHT = 256, 257
_UNSIGNED, _SIGNED = 1, 2
_WHITE_IS_ZERO = 0


def read_raster(content: bytes, *, frame: int | None = None) -> MedicalImage:
    """Return the picture in `content`: grey as it is stored, colour as 8-bit RGB.

    Of a TIFF with several pages that one, or the middle one; EXIF orientation applied; transparency dropped.

    Raises
    ------
    UnreadableImageError
        It is none of these formats or too large. Pillow's own errors pass through for a damaged one.
    """
    with _opened(content) as opened:
        check_size(*opened.size)
        frame, n_frames, notes = _page(opened, frame)
        check_size(*opened.size)
        _check_covered(opened)
        opened.load()
        inverted = _is_white_zero(opened)
        bits = _bits(content, opened)
        deep_colour = bits > 8 and not opened.mode.startswith(("I", "F"))
        values = _with_sign(_values(ImageOps.exif_transpose(opened)), opened)
        source = _SOURCES.get(opened.format or "", "JPEG")
    if deep_colour:
        notes += (Message(text=N_("Its colours are stored with 16 bits and read with 8.")),)
    return MedicalImage(
        values=values,
        value_range=_range(values),
        inverted=inverted,
        frame=frame,
        n_frames=n_frames,
        source_format=source,
        bits_stored=bits,
        notes=notes,
    )


def _opened(content: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(content), formats=_FORMATS)
    except Image.DecompressionBombError as error:  # Pillow's own limit comes before its header is shown
        text = N_("The picture is too large: at most {limit} million pixels are read.")
        raise UnreadableImageError(text, limit=MAX_PIXELS // 1_000_000) from error


def _page(image: Image.Image, asked: int | None) -> tuple[int, int, tuple[Message, ...]]:
    n_frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    frame = chosen_frame(asked, n_frames)
    if n_frames == 1:
        is_animated = getattr(image, "is_animated", False) and image.format == "PNG"
        return 0, 1, (Message(text=N_("It is animated: its first picture is read.")),) if is_animated else ()
    image.seek(frame)
    if asked is not None:
        return frame, n_frames, ()
    return frame, n_frames, (Message(text=N_("{n} pages: the middle one is read."), values={"n": n_frames}),)


def _check_covered(image: Image.Image) -> None:
    """Refuse a TIFF that lists too few strips or tiles: Pillow would leave the rest black."""
    tags = getattr(image, "tag_v2", {})
    ends = (
        [tile.extents[2:] for tile in image.tile if tile.extents] if tags and hasattr(image, "tile") else []
    )
    # The tags say how it lies in the file; an image that is to be turned has its sides exchanged already.
    if ends and (max(x for x, _ in ends) < tags[_WIDTH] or max(y for _, y in ends) < tags[_HEIGHT]):
        raise UnreadableImageError(N_("The picture is cut short: parts of it are missing from the file."))


def _values(image: Image.Image) -> NDArray[np.generic]:
    if image.mode in ("1", "LA", "La"):
        image = image.convert("L")
    if image.mode == "L":
        return np.array(image)
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)
    if image.mode == "I":
        return smallest_integer(np.asarray(image).astype(np.int64))
    if image.mode == "F":
        values = np.array(image, dtype=np.float32)
        check_finite(values)
        return values
    return grey_if_equal(np.array(image.convert("RGB")))


def _with_sign(values: NDArray[np.generic], image: Image.Image) -> NDArray[np.generic]:
    """Undo what Pillow makes of a TIFF's grey levels: signed bytes unsigned, and unsigned 32 bits signed."""
    if image.format != "TIFF":
        return values
    sample_format = getattr(image, "tag_v2", {}).get(_SAMPLE_FORMAT, (_UNSIGNED,))[0]
    if image.mode == "L" and sample_format == _SIGNED:
        return values.view(np.int8).astype(np.int16)
    if image.mode == "I" and sample_format == _UNSIGNED:
        return smallest_integer(values.astype(np.int64) & 0xFFFFFFFF)
    return values


def _range(values: NDArray[np.generic]) -> tuple[float, float]:
    if values.dtype == np.uint8:
        return 0.0, 255.0
    if values.dtype.kind == "f":
        low, high = float(values.min()), float(values.max())
        return (0.0, 1.0) if 0 <= low and high <= 1 else (low, high)
    limits = np.iinfo(values.dtype)  # type: ignore[type-var]
    return grey_range(values, (float(limits.min), float(limits.max)))


def _is_white_zero(image: Image.Image) -> bool:
    # Pillow turns 8-bit pictures round by itself, and deeper ones not.
    tags = getattr(image, "tag_v2", {})
    return image.mode.startswith(("I", "F")) and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO


def _bits(content: bytes, image: Image.Image) -> int:
    if image.format == "PNG":
        return content[24]  # IHDR: the byte after width and height
    return max(int(bits) for bits in getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, (8,)))
