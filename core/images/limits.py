"""What a picture may be before it is decoded, and what its grey levels mean when nothing else says so."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import UnreadableImageError
from core.language import N_, Message

MAX_PIXELS: Final = 40_000_000
MAX_INFLATED_BYTES: Final = 256 * 1024 * 1024  # a quarter of a decoder's memory: it is copied on the way
MAX_UPLOAD_MB: Final = 64  # one image for one question; a series is imported

_FULL = 0.9  # a picture that spans so much of its stored bits is meant to be shown over all of them


def check_size(width: int, height: int) -> None:
    """Refuse a picture of no size, or of more than 40 megapixels, before it is decoded."""
    if width < 1 or height < 1:
        raise UnreadableImageError(
            N_("The picture has no pixels: its size is {width} x {height}."), width=width, height=height
        )
    if width * height > MAX_PIXELS:
        text = N_("The picture is too large: {width} x {height} pixels; at most {limit} million are read.")
        raise UnreadableImageError(text, width=width, height=height, limit=MAX_PIXELS // 1_000_000)


def unreadable(name: str, reason: str, /, **values: str | int | float) -> UnreadableImageError:
    """Return the error that says of a file, by its name if it has one, why it cannot be read.

    `reason` is a marked text that goes on from "cannot be read:", and `values` fill its fields.
    """
    text = N_("'{name}' cannot be read: {reason}.") if name else N_("This file cannot be read: {reason}.")
    return UnreadableImageError(text, name=name, reason=Message(text=reason, values=dict(values)))


def check_upload(n_bytes: int, name: str) -> None:
    """Refuse an uploaded file of more than 64 MB, before anything of it is read."""
    if n_bytes > MAX_UPLOAD_MB * 1024 * 1024:
        text = N_("'{name}' has {size} MB; at most {limit} are read. Upload a smaller picture, or one frame.")
        raise UnreadableImageError(text, name=name, size=n_bytes // 1024**2, limit=MAX_UPLOAD_MB)


def chosen_frame(asked: int | None, n_frames: int) -> int:
    """Return which of `n_frames` to read, from 0: the one that is asked for, or else the middle one.

    Raises
    ------
    UnreadableImageError
        There is no such frame.
    """
    if asked is None:
        return n_frames // 2
    if not 0 <= asked < n_frames:
        text = N_("There is no frame {frame}: the file has {n}, counted from 0.")
        raise UnreadableImageError(text, frame=asked, n=n_frames)
    return asked


def grey_range(
    values: NDArray[np.generic], nominal: tuple[float, float], *, padding: NDArray[np.bool_] | None = None
) -> tuple[float, float]:
    """Return the values that mean black and white where a file names no window.

    With 8 bits or fewer that is all that the stored bits can hold. With more it is too, if the picture spans
    nine tenths of it; otherwise it would be shown nearly black, so it is the smallest and the largest value
    there.

    Parameters
    ----------
    values
        ndarray of shape (H, W), the stored values.
    nominal
        The smallest and largest value that the stored bits can hold.
    padding
        ndarray of shape (H, W), True where a value only fills up the picture: PS3.3 C.7.5.1.1.2.
    """
    seen = values if padding is None or padding.all() else values[~padding]
    low, high = float(seen.min()), float(seen.max())
    full = high - low >= _FULL * (nominal[1] - nominal[0])
    shallow = nominal[1] - nominal[0] <= 255 and seen is values
    return nominal if full or shallow else (low, high)


def check_finite(values: NDArray[np.generic]) -> None:
    """Refuse values that are not numbers, or infinite."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise UnreadableImageError(N_("The picture holds values that are no numbers (NaN or infinite)."))


def grey_if_equal(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return one channel of a colour picture whose three channels are the same: (H, W, 3) -> (H, W)."""
    first = values[..., 0]
    same = np.array_equal(first, values[..., 1]) and np.array_equal(first, values[..., 2])
    return np.ascontiguousarray(first) if same else values


def smallest_integer(values: NDArray[np.int64]) -> NDArray[np.generic]:
    """Return whole numbers in the first of int16, uint16 and int32 that holds them, or else float32."""
    low, high = int(values.min()), int(values.max())
    for kind in (np.int16, np.uint16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind)
    return values.astype(np.float32)
