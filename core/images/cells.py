"""From the bytes of one frame to its stored values: cells, their bits and their sign (DICOM PS3.5 8.1)."""

import numpy as np
from numpy.typing import NDArray

from core.images.pixel_format import PixelFormat


def native_cells(data: bytes, start: int, layout: PixelFormat) -> NDArray[np.generic]:
    """Return the cells of one uncompressed frame that begins at sample `start` of `data`.

    Returns
    -------
    ndarray of shape (H, W), (H, W, 3), or (H, W, 2) where two pixels share their colour (Y, then Cb or Cr).
    """
    if layout.bits_allocated == 1:
        return unpacked_bits(data, start, layout)
    kind = ("<" if layout.is_little_endian else ">") + ("f" if layout.is_float else "u")
    item = np.dtype(f"{kind}{layout.bits_allocated // 8}")
    cells = np.frombuffer(data, item, layout.n_samples, start * item.itemsize)
    if layout.samples == 1:
        return cells.reshape(layout.rows, layout.columns)
    if layout.is_planar and layout.n_samples == layout.rows * layout.columns * 3:
        return cells.reshape(3, layout.rows, layout.columns).transpose(1, 2, 0)
    return cells.reshape(layout.rows, layout.columns, -1)


def unpacked_bits(data: bytes, start: int, layout: PixelFormat) -> NDArray[np.uint8]:
    """Return pixels of one bit, eight in a byte, the first in its lowest bit: PS3.5 8.1.1."""
    packed = np.frombuffer(data, np.uint8)[start // 8 : -(-(start + layout.n_samples) // 8)]
    bits = np.unpackbits(packed, bitorder="little")[start % 8 :][: layout.n_samples]
    return bits.reshape(layout.rows, layout.columns)


def values_of(cells: NDArray[np.generic], layout: PixelFormat, *, precision: int) -> NDArray[np.generic]:
    """Return the stored values that lie in unsigned cells.

    Bits beside the stored ones are dropped: old files keep overlays in them. Then the highest stored bit
    becomes the sign, if there is one.

    Parameters
    ----------
    cells
        ndarray of any shape, unsigned, in any byte order.
    precision
        How many bits of a cell were decoded. Where these are fewer than the stored ones, they hold the sign.

    Returns
    -------
    ndarray of the same shape in this machine's byte order: uint8, uint16 or uint32, or int8, int16 or int32.
    """
    bits = 8 * cells.dtype.itemsize
    unsigned, signed = np.dtype(f"u{cells.dtype.itemsize}"), np.dtype(f"i{cells.dtype.itemsize}")
    values = cells.astype(unsigned)
    n_kept = min(layout.bits_stored, precision, bits)
    below = (
        max(0, min(layout.high_bit + 1, bits) - layout.bits_stored) if precision > layout.bits_stored else 0
    )
    above = unsigned.type(bits - n_kept - below)
    if above:
        values <<= above
    values = values.view(signed) if layout.is_signed else values
    if above or below:
        values >>= values.dtype.type(bits - n_kept)
    return values


def clipped(cells: NDArray[np.generic], layout: PixelFormat) -> NDArray[np.generic]:
    """Return what a lossy codec gave, with the few values outside of the stored bits moved to their ends."""
    if layout.is_signed or cells.dtype.kind != "u":
        return cells
    most = min(2**layout.bits_stored - 1, np.iinfo(cells.dtype).max)  # type: ignore[type-var]
    inside: NDArray[np.generic] = np.minimum(cells, cells.dtype.type(most))
    return inside
