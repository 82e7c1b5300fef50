"""How a DICOM file keeps its pixels, checked before any of them is touched: DICOM PS3.3 C.7.6.3, PS3.5 8."""

from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from core.errors import UnreadableImageError
from core.images.limits import check_size
from core.language import N_

# The syntaxes that keep pixels as they are.
NATIVE: Final = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
_SAMPLES: Final = {
    **dict.fromkeys(("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"), 1),
    **dict.fromkeys(("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_RCT", "YBR_ICT", "XYB"), 3),
}
_SHARED_COLOUR: Final = ("YBR_FULL_422", "YBR_PARTIAL_422")  # two pixels have one Cb and Cr
# Where the pixels may be, and how many bits one sample then takes.
_SOURCES: Final = {"PixelData": (1, 8, 16, 32), "FloatPixelData": (32,), "DoubleFloatPixelData": (64,)}


@dataclass(frozen=True)
class PixelFormat:
    """What the header says of the pixels, free of contradictions.

    Attributes
    ----------
    source
        "PixelData", "FloatPixelData" or "DoubleFloatPixelData".
    samples
        1, or 3 for colour.
    bits_allocated, bits_stored, high_bit
        The bits of a cell, how many of them are the value, and the highest of those, from 0.
    is_signed
        Whether the value is a two's complement.
    photometric
        One of the words of PS3.3 C.7.6.3.1.2.
    is_planar
        Whether all red samples come first, then all green ones.
    """

    source: str
    rows: int
    columns: int
    n_frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    photometric: str
    is_planar: bool
    syntax: UID
    is_little_endian: bool

    @property
    def is_float(self) -> bool:
        """Whether the samples are floating point numbers."""
        return self.source != "PixelData"

    @property
    def n_samples(self) -> int:
        """How many samples one uncompressed frame holds."""
        samples = 2 if self.photometric in _SHARED_COLOUR else self.samples
        return self.rows * self.columns * samples


def format_of(dataset: Dataset) -> PixelFormat:
    """Return how the pixels are kept.

    Raises
    ------
    UnreadableImageError
        There is no picture, or one that is too large, cut short, or contradicts itself.
    """
    source = next((keyword for keyword in _SOURCES if keyword in dataset), None)
    if source is None:
        raise UnreadableImageError(N_("The DICOM file holds no picture."))
    rows, columns = whole_number(dataset, "Rows", 0), whole_number(dataset, "Columns", 0)
    check_size(columns, rows)
    photometric = _photometric(dataset)
    bits_allocated = whole_number(dataset, "BitsAllocated", 8)
    bits_stored = whole_number(dataset, "BitsStored", bits_allocated)
    syntax = dataset.file_meta.TransferSyntaxUID
    found = PixelFormat(
        source=source,
        rows=rows,
        columns=columns,
        n_frames=n_frames_of(dataset),
        samples=_SAMPLES[photometric],
        bits_allocated=bits_allocated,
        bits_stored=bits_stored if source == "PixelData" else bits_allocated,
        high_bit=whole_number(dataset, "HighBit", bits_stored - 1),
        is_signed=whole_number(dataset, "PixelRepresentation", 0) == 1,
        photometric=photometric,
        is_planar=whole_number(dataset, "PlanarConfiguration", 0) == 1,
        syntax=syntax,
        is_little_endian=dataset.original_encoding[1] is not False,
    )
    _check_bits(found)
    if syntax in NATIVE:
        _check_length(found, len(dataset[source].value or b""))
    return found


def n_frames_of(dataset: Dataset) -> int:
    """Return the number of frames: 1 where the file does not say."""
    n_frames = whole_number(dataset, "NumberOfFrames", 1)
    if n_frames < 1:
        raise UnreadableImageError(N_("The DICOM file says that it has {n} frames."), n=n_frames)
    return n_frames


def whole_number(dataset: Dataset, keyword: str, default: int) -> int:
    """Return the whole number that an element holds; `default` where it is absent or empty.

    The value itself is never repeated in the error: a text in a number's place may be a name.
    """
    try:
        value = dataset.get(keyword)
        return default if value is None or value == "" else int(value)
    except (TypeError, ValueError, OverflowError, NotImplementedError) as error:
        text = N_("The DICOM file is wrong: its {keyword} is no whole number.")
        raise UnreadableImageError(text, keyword=keyword) from error


def _photometric(dataset: Dataset) -> str:
    photometric = str(dataset.get("PhotometricInterpretation") or "")
    n_samples = whole_number(dataset, "SamplesPerPixel", 1)
    if _SAMPLES.get(photometric) is None:
        text = N_("The DICOM file does not say in a known way what its values mean ({keyword}).")
        raise UnreadableImageError(text, keyword="PhotometricInterpretation")
    if _SAMPLES[photometric] != n_samples:
        text = N_("The DICOM file is wrong: {photometric} does not go with {n} samples per pixel.")
        raise UnreadableImageError(text, photometric=photometric, n=n_samples)
    return photometric


def _check_bits(found: PixelFormat) -> None:
    if found.bits_allocated not in _SOURCES[found.source]:
        text = N_("The DICOM file keeps {n} bits per value, which Lightbox does not read.")
        raise UnreadableImageError(text, n=found.bits_allocated)
    fits = 1 <= found.bits_stored <= found.high_bit + 1 <= found.bits_allocated
    if not (fits or found.is_float):
        text = N_(
            "The DICOM file is wrong: {stored} stored bits up to bit {high} do not fit in {allocated} bits."
        )
        raise UnreadableImageError(
            text, stored=found.bits_stored, high=found.high_bit, allocated=found.bits_allocated
        )


def _check_length(found: PixelFormat, there: int) -> None:
    needed = (found.n_samples * found.n_frames * found.bits_allocated + 7) // 8
    if needed > there:
        text = N_("The DICOM file is cut short: its picture needs {needed} bytes and {there} are there.")
        raise UnreadableImageError(text, needed=needed, there=there)
