"""From stored values to the modality's units, and to what the file says should be shown: DICOM PS3.3 C.11."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from core.errors import UnreadableImageError
from core.images.limits import check_finite, grey_if_equal, grey_range, smallest_integer
from core.images.records import Window
from core.language import N_, Message

_VoiFunction = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]


@dataclass(frozen=True, eq=False)
class Shown:
    """Values with their meaning: see MedicalImage."""

    values: NDArray[np.generic]
    value_range: tuple[float, float]
    windows: tuple[Window, ...] = ()
    notes: tuple[Message, ...] = ()


def to_shown(stored: NDArray[np.generic], dataset: Dataset, frame: int) -> Shown:
    """Return the values of one frame in the modality's units, with the windows that the file proposes for it.

    Parameters
    ----------
    stored
        ndarray of shape (H, W) or (H, W, 3), as the decoder gave it; YBR is RGB already.
    dataset
        The header.
    frame
        Which frame this is, from 0.

    Raises
    ------
    UnreadableImageError
        A rescale slope or a value that is no number.
    """
    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        return _colour(*_through_palette(stored, dataset))
    if stored.ndim == 3:
        return _colour(stored, 8 * stored.dtype.itemsize)
    check_finite(stored)
    groups = tuple(_functional_groups(dataset, frame))
    values, value_range = _through_modality(stored, groups, _stored_range(stored, dataset))
    tables = _first(groups, "VOILUTSequence")
    if tables:
        signed = value_range[0] < 0
        mapped, bits = _through_table(values, tables[0], signed=signed, little=_is_little(dataset))
        return Shown(mapped, (0.0, float(2**bits - 1)))
    return Shown(values, value_range, tuple(_windows(groups)))


def pixel_spacing_mm(dataset: Dataset, frame: int) -> tuple[float, float] | None:
    """Return the (row, column) distance of pixel centres in mm: at the patient, or else at the detector."""
    groups = tuple(_functional_groups(dataset, frame))
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        spacing = _first(groups, keyword)
        if spacing is not None and len(spacing) == 2 and all(0 < float(x) < math.inf for x in spacing):
            return float(spacing[0]), float(spacing[1])
    return None


def _functional_groups(dataset: Dataset, frame: int) -> Iterator[Dataset]:
    # Enhanced objects keep these things per frame, or once for all frames: PS3.3 C.7.6.16.
    names = ("PixelValueTransformationSequence", "FrameVOILUTSequence", "PixelMeasuresSequence")
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for group in (*per_frame[frame : frame + 1], *shared[:1]):
        for name in names:
            yield from (group.get(name) or [])[:1]
    yield dataset


def _first(groups: tuple[Dataset, ...], keyword: str) -> Any:
    return next((group[keyword].value for group in groups if group.get(keyword) not in (None, "", [])), None)


def _stored_range(stored: NDArray[np.generic], dataset: Dataset) -> tuple[float, float]:
    padding = _padding(stored, dataset)
    if stored.dtype.kind == "f":
        return grey_range(stored, (-math.inf, math.inf), padding=padding)
    bits = int(dataset.get("BitsStored") or 8 * stored.dtype.itemsize)
    signed = stored.dtype.kind == "i"
    nominal = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if signed else (0.0, 2.0**bits - 1)
    return grey_range(stored, nominal, padding=padding)


def _padding(stored: NDArray[np.generic], dataset: Dataset) -> NDArray[np.bool_] | None:
    prefix = {4: "Float", 8: "DoubleFloat"}[stored.dtype.itemsize] if stored.dtype.kind == "f" else ""
    value = dataset.get(f"{prefix}PixelPaddingValue")
    if value is None:
        return None
    limit = dataset.get("PixelPaddingRangeLimit")
    low, high = sorted((value, value if limit is None else limit))
    mask: NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return mask if mask.any() else None


def _through_modality(
    stored: NDArray[np.generic], groups: tuple[Dataset, ...], stored_range: tuple[float, float]
) -> tuple[NDArray[np.generic], tuple[float, float]]:
    tables = _first(groups, "ModalityLUTSequence")
    if tables:
        signed = stored.dtype.kind == "i"
        values, bits = _through_table(stored, tables[0], signed=signed, little=_is_little(groups[-1]))
        return values, grey_range(values, (0.0, 2.0**bits - 1))
    slope, intercept = (_number(groups, keyword, default) for keyword, default in _RESCALE)
    if slope == 0:
        raise UnreadableImageError(
            N_("The DICOM file is wrong: its rescale slope is 0, which makes all values the same.")
        )
    ends = sorted((stored_range[0] * slope + intercept, stored_range[1] * slope + intercept))
    return _rescaled(stored, slope, intercept), (ends[0], ends[1])


_RESCALE = (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0))


def _number(groups: tuple[Dataset, ...], keyword: str, default: float) -> float:
    found = _first(groups, keyword)
    number = default if found is None else float(found)
    if not math.isfinite(number):
        text = N_("The DICOM file is wrong: {keyword} is {value}, which is no number.")
        raise UnreadableImageError(text, keyword=keyword, value=str(number))
    return number


def _rescaled(stored: NDArray[np.generic], slope: float, intercept: float) -> NDArray[np.generic]:
    # PS3.3 C.11.1.1.2: output = slope * stored + intercept. Whole numbers stay whole.
    if slope == 1 and intercept == 0 and stored.dtype.itemsize <= 2 and stored.dtype.kind != "f":
        return (
            stored.astype(stored.dtype.newbyteorder("="))
            if stored.dtype != np.int8
            else stored.astype(np.int16)
        )
    if slope.is_integer() and intercept.is_integer() and stored.dtype.kind != "f" and abs(slope) < 2**31:
        return smallest_integer(stored.astype(np.int64) * int(slope) + int(intercept))
    values = (stored.astype(np.float64) * slope + intercept).astype(np.float32)
    check_finite(values)
    return values


def _through_table(
    values: NDArray[np.generic], item: Dataset, *, signed: bool, little: bool
) -> tuple[NDArray[np.generic], int]:
    # PS3.3 C.11.1.1.1: the descriptor is (entries, first value mapped, bits); 0 entries means 65,536.
    entries, first, bits = (int(x) for x in item.LUTDescriptor)
    entries = entries or 65536
    first = first - 65536 if signed and first > 32767 else first
    data = item.LUTData
    if isinstance(data, bytes):
        wide = len(data) >= 2 * entries
        table = np.frombuffer(data, dtype=("<u2" if little else ">u2") if wide else "u1")
    else:
        table = np.atleast_1d(np.asarray(data, dtype=np.uint16))
    index = np.clip(values.astype(np.int64) - first, 0, min(entries, len(table)) - 1)
    mapped = table[index]
    return mapped.astype(np.uint8 if bits <= 8 else np.uint16), bits


def _windows(groups: tuple[Dataset, ...]) -> Iterator[Window]:
    centers = _as_list(_first(groups, "WindowCenter"))
    widths = _as_list(_first(groups, "WindowWidth"))
    names = _as_list(_first(groups, "WindowCenterWidthExplanation"))
    function = _first(groups, "VOILUTFunction")
    chosen: _VoiFunction = function if function in get_args(_VoiFunction) else "LINEAR"
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        if (
            width is not None
            and center is not None
            and 0 < float(width) < math.inf
            and math.isfinite(float(center))
        ):
            name = str(names[index] or "") if index < len(names) else ""
            yield Window(center=float(center), width=float(width), function=chosen, explanation=name)


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) or hasattr(value, "append") else [value]


def _through_palette(stored: NDArray[np.generic], dataset: Dataset) -> tuple[NDArray[np.generic], int]:
    colours = apply_color_lut(stored, dataset)[..., :3]
    if colours.dtype == np.uint8 or colours.max() < 256:  # tables that claim 16 bits and hold 8 are common
        return colours.astype(np.uint8), 8
    return colours, 16


def _colour(values: NDArray[np.generic], bits: int) -> Shown:
    if bits == 8:
        return Shown(grey_if_equal(values.astype(np.uint8)), (0.0, 255.0))
    scaled = np.round(values.astype(np.float64) * (255 / (2**bits - 1))).astype(np.uint8)
    note = Message(text=N_("Its colours are stored with {bits} bits and read with 8."), values={"bits": bits})
    return Shown(grey_if_equal(scaled), (0.0, 255.0), notes=(note,))


def _is_little(dataset: Dataset) -> bool:
    return dataset.original_encoding[1] is not False
