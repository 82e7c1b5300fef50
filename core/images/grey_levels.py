"""From stored values to the modality's units, and to what the file says should be shown: DICOM PS3.3 C.11."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.errors import UnreadableImageError
from core.images.colour import through_palette
from core.images.frame_header import FrameHeader
from core.images.limits import check_finite, grey_if_equal, grey_range, smallest_integer
from core.images.lookup_tables import LookupTable, named, read_table
from core.images.records import Window
from core.images.stored import StoredFrame
from core.language import N_, Message

_VoiFunction = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]
_LOSSY_PADDING: Final = 8  # a lossy codec moves values of 12 bits and more by about so much
_EXACT_FLOAT = 2**24


@dataclass(frozen=True, eq=False)
class Shown:
    """Values with their meaning.

    Attributes
    ----------
    values, value_range, windows, notes, rescale
        As in MedicalImage.
    tables
        The VOI LUTs that the file proposes instead of a window; they take `values`.
    padding
        ndarray of shape (H, W), bool: True where a pixel only fills up the picture; or None.
    transform
        How `values` came from the stored ones, as a sentence's part.
    """

    values: NDArray[np.generic]
    value_range: tuple[float, float]
    windows: tuple[Window, ...] = ()
    notes: tuple[Message, ...] = ()
    tables: tuple[LookupTable, ...] = ()
    padding: NDArray[np.bool_] | None = None
    transform: Message = Message(text=N_("as stored"))
    rescale: tuple[float, float] | None = None


def to_shown(stored: StoredFrame, header: FrameHeader) -> Shown:
    """Return the values of one frame in the modality's units, with what the file proposes to show them by.

    Raises
    ------
    UnreadableImageError
        A rescale slope or a value that is no number; a damaged table.
    """
    if header.dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        colours, bits = through_palette(stored.values, header.dataset, little=header.is_little_endian)
        return _colour(colours, bits, Message(text=N_("through the file's palette")))
    if stored.values.ndim == 3:
        return _colour(stored.values, stored.bits, Message(text=N_("as stored")))
    check_finite(stored.values)
    padding = _padding(stored, header)
    values, value_range, transform = _through_modality(stored, header, padding)
    below_zero = bool(values.min() < 0)
    tables = [
        read_table(item, below_zero=below_zero, little=header.is_little_endian)
        for item in header.items("VOILUTSequence")
    ]
    named_tables = [
        named(table, _explanation(item.get("LUTExplanation")))
        for table, item in zip(tables, header.items("VOILUTSequence"), strict=True)
        if table is not None
    ]
    has_table = _modality_table(stored.values, header) is not None
    return Shown(
        rescale=None if has_table else _slope_and_intercept(header),
        values=values,
        value_range=value_range,
        windows=_windows(header, is_float=stored.values.dtype.kind == "f"),
        notes=_precision_notes(stored.values, values),
        tables=tuple(named_tables),
        padding=padding,
        transform=transform,
    )


def through_table(shown: Shown, table: LookupTable) -> Shown:
    """Return what a VOI LUT makes of the values: the table is then applied and no window is left."""
    mapped = table.look_up(shown.values).astype(np.uint8 if table.bits <= 8 else np.uint16)
    return Shown(mapped, (0.0, table.highest), notes=shown.notes, padding=shown.padding)


def pixel_spacing_mm(header: FrameHeader) -> tuple[float, float] | None:
    """Return the (row, column) distance of pixel centres in mm: at the patient, or else at the detector."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        spacing = header.numbers(keyword)
        if len(spacing) == 2 and all(0 < x < math.inf for x in spacing):
            return spacing[0], spacing[1]
    return None


def aspect_of(header: FrameHeader) -> float:
    """Return how many times higher than wide a pixel is: PS3.3 C.7.6.3.1.7; 1 where nothing is said."""
    spacing = pixel_spacing_mm(header) or header.numbers("PixelAspectRatio")
    if len(spacing) != 2 or not all(0 < x < math.inf for x in spacing):
        return 1.0
    return spacing[0] / spacing[1]


def _padding(stored: StoredFrame, header: FrameHeader) -> NDArray[np.bool_] | None:
    values: NDArray[Any] = stored.values
    prefix = {4: "Float", 8: "DoubleFloat"}[values.dtype.itemsize] if values.dtype.kind == "f" else ""
    found = header.numbers(f"{prefix}PixelPaddingValue")
    if not found or not math.isfinite(found[0]):
        return None
    limits = header.numbers(f"{prefix}PixelPaddingRangeLimit")
    low, high = sorted(_with_sign(number, values) for number in (found[0], limits[0] if limits else found[0]))
    slack = _LOSSY_PADDING if stored.is_lossy and stored.bits > 8 else 0
    mask: NDArray[np.bool_] = (values >= low - slack) & (values <= high + slack)
    return mask if mask.any() else None


def _with_sign(number: float, values: NDArray[np.generic]) -> float:
    # The padding value is as signed as the pixels are, but files often write it with the other VR.
    if values.dtype.kind == "i" and 2**15 <= number < 2**16:
        return number - 2**16
    return number + 2**16 if values.dtype.kind == "u" and number < 0 else number


def _through_modality(
    stored: StoredFrame, header: FrameHeader, padding: NDArray[np.bool_] | None
) -> tuple[NDArray[np.generic], tuple[float, float], Message]:
    table = _modality_table(stored.values, header)
    if table is not None:
        entries = table.look_up(stored.values)
        n = len(table.entries)
        transform = Message(text=N_("through the file's table of {n} values"), values={"n": n})
        return entries, grey_range(entries, (0.0, table.highest), padding=padding), transform
    slope, intercept = _slope_and_intercept(header)
    if slope == 0:
        raise UnreadableImageError(
            N_("The DICOM file is wrong: its rescale slope is 0, which makes all values the same.")
        )
    low, high = sorted(end * slope + intercept for end in _stored_range(stored, padding))
    values = _rescaled(stored.values, slope, intercept)
    if (slope, intercept) == (1, 0):
        return values, (low, high), Message(text=N_("as stored"))
    known = {"slope": slope, "intercept": abs(intercept)}
    text = N_("stored value x {slope:g} + {intercept:g}")
    if intercept < 0:
        text = N_("stored value x {slope:g} - {intercept:g}")
    return values, (low, high), Message(text=text, values=known)


def _slope_and_intercept(header: FrameHeader) -> tuple[float, float]:
    return header.number("RescaleSlope", 1.0), header.number("RescaleIntercept", 0.0)


def _modality_table(values: NDArray[np.generic], header: FrameHeader) -> LookupTable | None:
    items = header.items("ModalityLUTSequence")
    below_zero = values.dtype.kind == "i"
    return read_table(items[0], below_zero=below_zero, little=header.is_little_endian) if items else None


def _stored_range(stored: StoredFrame, padding: NDArray[np.bool_] | None) -> tuple[float, float]:
    values = stored.values
    if values.dtype.kind == "f":
        return grey_range(values, (-math.inf, math.inf), padding=padding)
    half = 2.0 ** (stored.bits - 1)
    nominal = (-half, half - 1) if values.dtype.kind == "i" else (0.0, 2 * half - 1)
    # What 8 bits can hold is the range whatever the padding is.
    return grey_range(values, nominal, padding=padding if stored.bits > 8 else None)


def _rescaled(stored: NDArray[np.generic], slope: float, intercept: float) -> NDArray[np.generic]:
    # PS3.3 C.11.1.1.2: output = slope * stored + intercept. Whole numbers stay whole.
    is_whole = stored.dtype.kind != "f"
    if slope == 1 and intercept == 0 and is_whole and stored.dtype.itemsize <= 2:
        return stored.astype(np.int16) if stored.dtype == np.int8 else stored
    if slope.is_integer() and intercept.is_integer() and is_whole and max(abs(slope), abs(intercept)) < 2**31:
        return smallest_integer(stored.astype(np.int64) * int(slope) + int(intercept))
    with np.errstate(over="ignore"):  # what overflows is refused in the next line
        values = (stored.astype(np.float64) * slope + intercept).astype(np.float32)
    check_finite(values)
    if values.min() == values.max() and stored.min() != stored.max():
        raise UnreadableImageError(
            N_("The DICOM file is wrong: its rescale slope and intercept make all values the same.")
        )
    return values


def _windows(header: FrameHeader, *, is_float: bool) -> tuple[Window, ...]:
    found = dict.fromkeys(_proposed_windows(header, is_float=is_float))  # some files name the same one twice
    return tuple(found)


def _proposed_windows(header: FrameHeader, *, is_float: bool) -> Iterator[Window]:
    names = header.get("WindowCenterWidthExplanation")
    names = [names] if isinstance(names, str) else list(names or ())
    function = header.get("VOILUTFunction")
    chosen: _VoiFunction = function if function in get_args(_VoiFunction) else "LINEAR"
    both = zip(header.numbers("WindowCenter"), header.numbers("WindowWidth"), strict=False)
    for index, (center, width) in enumerate(both):
        if not (0 < width < math.inf and math.isfinite(center)):
            continue
        # LINEAR takes half a value off each side: below a width of 1 it is not defined (PS3.3 C.11.2.1.2.1),
        # and on fractions a width of 1 would leave two grey levels.
        is_exact = chosen == "LINEAR" and (width < 1 or (is_float and width <= 1))
        name = _explanation(names[index]) if index < len(names) else ""
        yield Window(
            center=center, width=width, function="LINEAR_EXACT" if is_exact else chosen, explanation=name
        )


def _explanation(name: object) -> str:
    return str(name or "").strip()


def _colour(values: NDArray[np.generic], bits: int, transform: Message) -> Shown:
    if bits == 8:
        return Shown(grey_if_equal(values.astype(np.uint8)), (0.0, 255.0), transform=transform)
    scaled = np.rint(values.astype(np.float64) * (255 / (2**bits - 1))).astype(np.uint8)
    note = Message(text=N_("Its colours are stored with {bits} bits and read with 8."), values={"bits": bits})
    return Shown(grey_if_equal(scaled), (0.0, 255.0), notes=(note,), transform=transform)


def _precision_notes(stored: NDArray[np.generic], values: NDArray[np.generic]) -> tuple[Message, ...]:
    loses = stored.dtype.itemsize >= 4 and stored.dtype.kind != "f" and values.dtype.kind == "f"
    if not loses or float(np.abs(stored.astype(np.float64)).max()) <= _EXACT_FLOAT:
        return ()
    return (Message(text=N_("Its values need more than 24 bits; the last of them are rounded.")),)
