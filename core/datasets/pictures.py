"""Keep pixels on disk without losing a bit: one file for each different picture, named by what it shows."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.datasets import encoding
from core.errors import UnreadableImageError
from core.images.limits import smallest_integer
from core.language import N_

FILE_NAME: Final = r"^[0-9a-f]{64}\.(png|tiff)$"

_PNG: Final = ("uint8", "uint16")
_BITS_PER_SAMPLE: Final = 258  # TIFF 6.0, section 8


def digest(values: NDArray[np.generic]) -> str:
    """Return the sha256 of the decoded pixels with their shape and type: 64 hex digits."""
    content = hashlib.sha256(f"{values.shape} {values.dtype.name}".encode())
    content.update(np.ascontiguousarray(values).data)
    return content.hexdigest()


def encode(values: NDArray[np.generic], *, small: bool = False) -> tuple[str, bytes]:
    """Return the name and the bytes of the file that keeps a picture.

    Parameters
    ----------
    values
        ndarray of shape (H, W) or (H, W, 3). 8-bit pictures and unsigned 16-bit grey ones become PNG; signed
        and float ones TIFF, for PNG cannot hold them.
    small
        Take ten times as long over a PNG to save a tenth of its bytes: for what ships.
    """
    if values.dtype.name not in _PNG:
        return f"{digest(values)}.tiff", encoding.tiff_bytes(_of_kept_type(values))
    return f"{digest(values)}.png", _small_png(values) if small else encoding.png_bytes(values)


def keep(name: str, content: bytes, folder: Path) -> None:
    """Write a picture's file into `folder` unless the same picture is there already; it is not synced."""
    try:
        with open(f"{folder}/{name}", "xb") as file:  # a Path takes as long to make as the file
            file.write(content)
    except FileExistsError:
        pass


def write_picture(values: NDArray[np.generic], folder: Path) -> str:
    """Encode pixels small, keep them in `folder`, and return the name of their file."""
    name, content = encode(values, small=True)
    keep(name, content, folder)
    return name


def read_picture(path: Path) -> NDArray[np.generic]:
    """Return the pixels of a file that `write_picture` wrote, ndarray of shape (H, W) or (H, W, 3).

    Raises
    ------
    UnreadableImageError
        The file is damaged.
    OSError
        The system refuses it: it is gone, or may not be read.
    """
    try:
        return _pixels_of(path)
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's words for damage are among them
        if isinstance(error, OSError) and error.errno is not None:
            raise
        text = N_(
            "A picture of this data set is damaged: '{file}'. Bring the data set in again, or restore the"
            " file from a copy."
        )
        raise UnreadableImageError(text, file=path.name) from error


def _pixels_of(path: Path) -> NDArray[np.generic]:
    with Image.open(path, formats=("PNG", "TIFF")) as image:
        image.load()
        if image.mode == "I":
            if getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE) == (16,):
                return np.asarray(image).astype(np.int16)
            return smallest_integer(np.asarray(image).astype(np.int64))
        return np.asarray(image).astype(np.uint16) if image.mode.startswith("I;16") else np.array(image)


def write_mask(mask: NDArray[np.bool_], folder: Path) -> str:
    """Write a mask of shape (H, W) as 1-bit PNG, named by its content, and return the name of its file."""
    path = folder / f"{digest(mask)}.png"
    if not path.exists():
        Image.fromarray(mask).save(path, optimize=True)
    return path.name


def read_mask(path: Path) -> NDArray[np.bool_]:
    """Return a mask that `write_mask` wrote, ndarray of shape (H, W)."""
    with Image.open(path, formats=("PNG",)) as image:
        return np.asarray(image).astype(np.bool_)


def _small_png(values: NDArray[np.generic]) -> bytes:
    file = BytesIO()
    Image.fromarray(values).save(file, "PNG", compress_level=4)  # as small as 6 and twice as fast
    return file.getvalue()


def _of_kept_type(values: NDArray[np.generic]) -> NDArray[np.generic]:
    if values.dtype.kind == "f":
        return values.astype(np.float32, copy=False)
    return values if values.dtype == np.int16 else values.astype(np.int32, copy=False)
