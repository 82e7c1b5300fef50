"""Keep pixels on disk without losing a bit: one file for each different picture, named by what it shows."""

import hashlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.images.limits import smallest_integer

_PNG: Final = ("uint8", "uint16")


def digest(values: NDArray[np.generic]) -> str:
    """Return the sha256 of the decoded pixels with their shape and type: 64 hex digits."""
    content = hashlib.sha256(f"{values.shape} {values.dtype.name}".encode())
    content.update(np.ascontiguousarray(values).tobytes())
    return content.hexdigest()


def write_picture(values: NDArray[np.generic], folder: Path) -> str:
    """Write pixels into `folder` unless they are there already, and return the name of their file.

    Parameters
    ----------
    values
        ndarray of shape (H, W) or (H, W, 3). 8-bit pictures and unsigned 16-bit grey ones become PNG; signed
        and float ones TIFF, for PNG cannot hold them.
    """
    is_png = values.dtype.name in _PNG
    path = folder / f"{digest(values)}.{'png' if is_png else 'tiff'}"
    if not path.exists():
        _save(values, path)
    return path.name


def read_picture(path: Path) -> NDArray[np.generic]:
    """Return the pixels of a file that `write_picture` wrote, ndarray of shape (H, W) or (H, W, 3)."""
    with Image.open(path, formats=("PNG", "TIFF")) as image:
        image.load()
        if image.mode == "I":
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


def _save(values: NDArray[np.generic], path: Path) -> None:
    if path.suffix == ".png":
        Image.fromarray(values).save(path, compress_level=4)  # as small as 6 and twice as fast
    elif values.dtype.kind == "f":
        Image.fromarray(values.astype(np.float32)).save(path, compression="tiff_adobe_deflate")
    else:
        Image.fromarray(values.astype(np.int32)).save(path, compression="tiff_adobe_deflate")
