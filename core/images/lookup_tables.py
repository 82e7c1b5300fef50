"""Look-up tables: modality LUT, VOI LUT and palettes (DICOM PS3.3 C.11.1.1.1, C.11.2.1.1, C.7.6.3.1.5)."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from core.errors import UnreadableImageError
from core.language import N_

_MOST = 65536


@dataclass(frozen=True, eq=False)
class LookupTable:
    """One value out for each value in.

    Attributes
    ----------
    entries
        ndarray of shape (n,), uint16.
    first
        The value that the first entry stands for; values before it take the first entry, values behind the
        table its last one.
    bits
        Of the entries: they mean black at 0 and white at 2 to the power of bits, less 1.
    explanation
        What the file calls it, where that is one of the names that are let through.
    """

    entries: NDArray[np.uint16]
    first: int
    bits: int
    explanation: str = ""

    @property
    def highest(self) -> float:
        """The output that means white."""
        return float(2**self.bits - 1)

    def look_up(self, values: NDArray[np.generic]) -> NDArray[np.uint16]:
        """Return the entry of each value, ndarray of the shape of `values`, uint16."""
        whole = np.rint(values) if values.dtype.kind == "f" else values
        index = np.clip(whole.astype(np.int64) - self.first, 0, len(self.entries) - 1)
        return self.entries[index]


def read_table(item: Dataset, *, below_zero: bool, little: bool) -> LookupTable | None:
    """Return the table in an item of a modality or VOI LUT sequence, or None where the item is empty.

    Parameters
    ----------
    below_zero
        Whether values may be negative: then a first value above 32,767 is one that was read without its sign.
    little
        The byte order of the file.
    """
    if item.get("LUTDescriptor") in (None, "", []) or item.get("LUTData") in (None, "", b"", []):
        return None
    n_entries, first, bits = read_descriptor(item, "LUTDescriptor")
    if not below_zero and first < 0:
        first += _MOST
    if below_zero and first >= _MOST // 2:
        first -= _MOST
    entries = entries_of(item["LUTData"], n_entries, bits, little=little)
    bits = max(bits, int(entries.max()).bit_length())  # some tables hold more than they say
    return LookupTable(entries, first=first, bits=bits)


def read_descriptor(dataset: Dataset, keyword: str) -> tuple[int, int, int]:
    """Return (entries, first value mapped, bits) of a table: PS3.3 C.11.1.1. 0 entries mean 65,536."""
    try:
        entries, first, bits = (int(number) for number in dataset[keyword].value)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged() from error
    if not 8 <= bits <= 16:
        raise _damaged()
    return entries % _MOST or _MOST, first, bits


def entries_of(element: DataElement, n_entries: int, bits: int, *, little: bool) -> NDArray[np.uint16]:
    """Return the entries of a table, however they are packed: as words, or as two bytes in a word."""
    words = _words(element.value, little=little)
    if len(words) >= n_entries:
        return words[:n_entries]
    if bits == 8 and 2 * len(words) >= n_entries:
        swapped = element.VR == "OB" and not little  # words of bytes have been read in the file's order
        return words.astype(">u2" if swapped else "<u2").view(np.uint8)[:n_entries].astype(np.uint16)
    raise _damaged()


def named(table: LookupTable, explanation: str) -> LookupTable:
    """Return the table under another name."""
    return replace(table, explanation=explanation)


def _words(value: Any, *, little: bool) -> NDArray[np.uint16]:
    if isinstance(value, bytes):
        whole = value + b"\0" * (len(value) % 2)
        return np.frombuffer(whole, "<u2" if little else ">u2").astype(np.uint16)
    return (np.atleast_1d(np.asarray([] if value is None else value, dtype=np.int64)) & 0xFFFF).astype(
        np.uint16
    )


def _damaged() -> UnreadableImageError:
    return UnreadableImageError(N_("The DICOM file is wrong: one of its look-up tables is damaged."))
