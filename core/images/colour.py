"""Colour as it is stored becomes RGB: luminance with chrominance, and palettes (DICOM PS3.3 C.7.6.3.1)."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from core.errors import UnreadableImageError
from core.images.lookup_tables import LookupTable, entries_of, read_descriptor
from core.language import N_

_COLOURS: Final = ("Red", "Green", "Blue")
# PS3.3 C.7.6.3.1.2, solved for R, G and B: from Y, Cb and Cr with the middle of the range taken off.
_FULL: Final = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]])
_PARTIAL: Final = np.array(
    [[1.164384, 0, 1.596027], [1.164384, -0.391762, -0.812968], [1.164384, 2.017232, 0]]
)
_PARTIAL_BLACK = 16
_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2  # kinds of segments: PS3.3 C.7.9.2
_MOST = 65536  # entries of a palette, and so segments that can be needed

_Segment = tuple[int, list[int]]


def to_rgb(samples: NDArray[np.generic], photometric: str, *, bits: int) -> NDArray[np.generic]:
    """Turn luminance and chrominance into RGB; RGB is handed on.

    Parameters
    ----------
    samples
        ndarray of shape (H, W, 3), or (H, W, 2) where two pixels share their Cb and Cr, as
        `core.images.cells.native_cells` gives them.
    photometric
        Of the file, in capitals.
    bits
        How many are stored.

    Returns
    -------
    ndarray of shape (H, W, 3), of the type of `samples`.
    """
    if samples.shape[2] == 2:
        samples = _spread(samples)
    if not photometric.startswith("YBR_") or photometric in ("YBR_RCT", "YBR_ICT"):
        return samples
    is_partial = "PARTIAL" in photometric
    scale = (2**bits - 1) / 255
    middle, black = 2.0 ** (bits - 1), _PARTIAL_BLACK * scale if is_partial else 0.0
    matrix = _PARTIAL if is_partial else _FULL
    ybr = samples.astype(np.float32) - np.array([black, middle, middle], dtype=np.float32)
    rgb = ybr @ matrix.T.astype(np.float32)  # (H, W, 3)
    return np.clip(np.rint(rgb), 0, 2**bits - 1).astype(samples.dtype)


def _spread(samples: NDArray[np.generic]) -> NDArray[np.generic]:
    # PS3.3 C.7.6.3.1.2, YBR_FULL_422: Y1 Y2 Cb Cr for each two pixels of a row.
    height, width = samples.shape[:2]
    if width % 2:
        text = N_("The DICOM file is wrong: {photometric} does not go with {n} columns.")
        raise UnreadableImageError(text, photometric="YBR_FULL_422", n=width)
    pairs = samples.reshape(height, width // 2, 4)
    luminance = pairs[..., :2].reshape(height, width, 1)
    return np.concatenate([luminance, pairs[..., 2:].repeat(2, axis=1)], axis=2)


def through_palette(
    stored: NDArray[np.generic], dataset: Dataset, *, little: bool
) -> tuple[NDArray[np.uint16], int]:
    """Look each stored value up in the three palettes of the file.

    Returns
    -------
    ndarray of shape (H, W, 3), uint16, and how many bits of it are meant: 8 or 16.
    """
    tables = [_palette(dataset, colour, little=little) for colour in _COLOURS]
    if len({len(table.entries) for table in tables}) > 1:
        raise UnreadableImageError(N_("The DICOM file is wrong: its three palettes differ in length."))
    rgb = np.stack([table.look_up(stored) for table in tables], axis=2)
    bits = max(table.bits for table in tables)
    if bits == 16 and max(int(table.entries.max()) for table in tables) < 256:
        return rgb, 8  # palettes that claim 16 bits and hold 8 are common
    if bits == 16 and not any((table.entries % 256).any() for table in tables):
        return rgb >> np.uint16(8), 8  # and so are those that hold 8 bits in the upper half
    return rgb, bits


def _palette(dataset: Dataset, colour: str, *, little: bool) -> LookupTable:
    keyword = f"{colour}PaletteColorLookupTable"
    n_entries, first, bits = read_descriptor(dataset, f"{keyword}Descriptor")
    if f"{keyword}Data" in dataset:
        entries = entries_of(dataset[f"{keyword}Data"], n_entries, bits, little=little)
    elif f"Segmented{keyword}Data" in dataset:
        element = dataset[f"Segmented{keyword}Data"]
        wide = bits > 8 or element.VR == "OW"
        item = ("<u2" if little else ">u2") if wide else "u1"
        numbers = np.frombuffer(element.value or b"", item).astype(np.int64)
        entries = np.array(_expanded(numbers, n_entries, wide=wide), dtype=np.uint16)
    else:
        raise UnreadableImageError(N_("The DICOM file is wrong: it has colours by number and no palette."))
    return LookupTable(entries, first=first, bits=16 if bits > 8 or entries.max() > 255 else 8)


def _expanded(numbers: NDArray[np.int64], n_entries: int, *, wide: bool) -> list[int]:
    found: list[int] = []
    # Empty segments would never fill the palette, and indirect ones repeat them.
    for kind, content in islice(_segments(numbers, wide=wide), _MOST):
        if kind == _LINEAR:
            length, last = content
            start = found[-1] if found else 0
            found.extend(np.rint(np.linspace(start, last, min(length, _MOST) + 1)[1:]).astype(int).tolist())
        else:
            found.extend(content)
        if len(found) >= n_entries:
            return found[:n_entries]
    raise UnreadableImageError(N_("The DICOM file is wrong: its palette is too short."))


def _segments(numbers: NDArray[np.int64], *, wide: bool) -> Iterator[_Segment]:
    # PS3.3 C.7.9.2: (0, n, values), (1, n, last value of a line), (2, n, where n segments begin). The place
    # is counted in bytes, and those segments are never indirect themselves.
    position, n_places = 0, 2 if wide else 4
    for _ in range(_MOST):
        if position + 2 >= len(numbers):
            return
        kind, length = int(numbers[position]), int(numbers[position + 1])
        if kind == _INDIRECT:
            place = numbers[position + 2 : position + 2 + n_places].tolist()
            start = sum(part << (index * 32 // n_places) for index, part in enumerate(place))
            start = start // 2 if wide else start
            for _ in range(min(length, _MOST)):
                segment, start = _direct_segment(numbers, start)
                yield segment
            position += 2 + n_places
        else:
            segment, position = _direct_segment(numbers, position)
            yield segment


def _direct_segment(numbers: NDArray[np.int64], position: int) -> tuple[_Segment, int]:
    head = numbers[position : position + 3].tolist()
    if len(head) == 3 and head[0] == _LINEAR:
        return (_LINEAR, head[1:]), position + 3
    if len(head) == 3 and head[0] == _DISCRETE:
        end = position + 2 + head[1]
        return (_DISCRETE, numbers[position + 2 : end].tolist()), end
    raise UnreadableImageError(N_("The DICOM file is wrong: its palette is damaged."))
