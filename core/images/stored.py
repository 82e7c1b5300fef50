"""The stored values of one frame, before they mean anything: DICOM PS3.5 8 and annex A."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame

from core.errors import UnreadableImageError
from core.images.cells import clipped, native_cells, values_of
from core.images.codecs import LOSSY, decode
from core.images.colour import to_rgb
from core.images.pixel_format import NATIVE, PixelFormat
from core.language import N_


@dataclass(frozen=True, eq=False)
class StoredFrame:
    """One frame as it is kept.

    Attributes
    ----------
    values
        ndarray of shape (H, W), or (H, W, 3) in RGB, in this machine's byte order: unsigned or signed
        integers with 8, 16 or 32 bits, or floats.
    bits
        How many bits of a value are stored.
    is_lossy
        Whether its codec changed values a little.
    """

    values: NDArray[np.generic]
    bits: int
    is_lossy: bool


def read_stored(dataset: Dataset, layout: PixelFormat, frame: int) -> StoredFrame:
    """Decode one frame.

    Parameters
    ----------
    dataset
        Holds the pixels.
    layout
        What `core.images.pixel_format.format_of` found in its header.
    frame
        From 0.

    Raises
    ------
    UnreadableImageError
        There is no such frame or no decoder, or the frame contradicts the header.
    """
    if not 0 <= frame < layout.n_frames:
        text = N_("There is no frame {frame}: the file has {n}, counted from 0.")
        raise UnreadableImageError(text, frame=frame, n=layout.n_frames)
    if layout.syntax in NATIVE:
        values, is_rgb = _native(dataset, layout, frame), False
    else:
        values, is_rgb = _decoded(dataset, layout, frame)
    if layout.samples == 3 and not is_rgb:
        values = to_rgb(values, layout.photometric, bits=layout.bits_stored)
    return StoredFrame(values, layout.bits_stored, layout.syntax in LOSSY)


def _native(dataset: Dataset, layout: PixelFormat, frame: int) -> NDArray[np.generic]:
    data = dataset[layout.source].value
    if layout.bits_allocated == 8 and not layout.is_little_endian and dataset[layout.source].VR == "OW":
        data = np.frombuffer(data + b"\0" * (len(data) % 2), ">u2").astype("<u2").tobytes()  # PS3.5 A.3
    cells = native_cells(data, frame * layout.n_samples, layout)
    if layout.is_float:
        return cells.astype(cells.dtype.newbyteorder("="))
    return values_of(cells, layout, precision=layout.bits_allocated)


def _decoded(dataset: Dataset, layout: PixelFormat, frame: int) -> tuple[NDArray[np.generic], bool]:
    decoded = decode(_encoded(dataset, layout, frame), layout)
    cells = decoded.cells
    if cells.dtype.kind == "i":  # JPEG 2000 says itself that its values are signed: PS3.5 8.2.4
        return cells, decoded.is_rgb
    cells = clipped(cells, layout) if layout.syntax in LOSSY else cells
    return values_of(cells, layout, precision=decoded.precision), decoded.is_rgb


def _encoded(dataset: Dataset, layout: PixelFormat, frame: int) -> bytes:
    tables = None
    if "ExtendedOffsetTable" in dataset and "ExtendedOffsetTableLengths" in dataset:
        tables = (dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths)
    data = dataset[layout.source].value or b""
    return get_frame(data, frame, number_of_frames=layout.n_frames, extended_offsets=tables)
