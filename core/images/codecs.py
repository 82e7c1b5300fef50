"""Decode one compressed frame: which codec for which transfer syntax, and what it may return.

Covers: RLE; JPEG with 8 and 12 bits and lossless; JPEG-LS; JPEG 2000 and HTJ2K; JPEG XL; deflated frames.
Does not cover: video (MPEG, HEVC), pixels that lie elsewhere (JPIP), and the syntaxes that were retired.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import UID

from core.errors import UnreadableImageError
from core.images.cells import native_cells, unpacked_bits
from core.images.codestreams import Codestream, jpeg2000_facts, jpeg_facts
from core.images.pixel_format import PixelFormat
from core.language import N_, Message

_JPEG: Final = "1.2.840.10008.1.2.4."
_BASELINE, _EXTENDED, _LOSSLESS, _LOSSLESS_SV1 = (f"{_JPEG}{number}" for number in (50, 51, 57, 70))
_JPEG_LS: Final = tuple(f"{_JPEG}{number}" for number in (80, 81))
_JPEG_2000: Final = tuple(f"{_JPEG}{number}" for number in (90, 91, 201, 202, 203))
_JPEG_XL: Final = {f"{_JPEG}110": "JPEG XL Lossless", f"{_JPEG}111": "JPEG XL", f"{_JPEG}112": "JPEG XL"}
_RLE: Final = "1.2.840.10008.1.2.5"
_DEFLATED_FRAMES: Final = "1.2.840.10008.1.2.8.1"
# These change values a little, so that one beside the range is no overlay but an error of the codec.
LOSSY: Final = {*(f"{_JPEG}{number}" for number in (50, 51, 81, 91, 112, 203))}

_RLE_SLACK: Final = 128  # one run more than needed; what is longer is no picture of this size
_MOST_OUTSIDE = 0.01  # the part of a lossy picture that may leave the range of its stored bits
_HALF_SUMS: Final = (5, 6, 7)  # predictors with a halved difference: T.81 table H.1
_LEAP, _MOST_LEAPS = 1 << 14, 0.005


@dataclass(frozen=True, eq=False)
class Decoded:
    """What a codec returned.

    Attributes
    ----------
    cells
        ndarray of shape (H, W) or (H, W, 3), integers of the codec's own type.
    precision
        How many bits of a cell the codec means.
    is_rgb
        Whether the codec turned luminance and chrominance into RGB already.
    """

    cells: NDArray[np.generic]
    precision: int
    is_rgb: bool = False


def decode(encoded: bytes, layout: PixelFormat) -> Decoded:
    """Decode one frame, and hold what comes back against the header.

    Raises
    ------
    UnreadableImageError
        There is no decoder for the transfer syntax, the frame contradicts the header, or its values would be
        wrong. A codec's own errors pass through.
    """
    if layout.syntax not in _DECODERS:
        raise _no_decoder(layout.syntax)
    decoded = _DECODERS[layout.syntax](encoded, layout)
    shape = (layout.rows, layout.columns, *((layout.samples,) if layout.samples > 1 else ()))
    if decoded.cells.shape != shape:
        raise _contradiction(layout, decoded.cells.shape)
    if layout.syntax in LOSSY:
        _check_range(decoded.cells, layout)
    return decoded


def _decode_jpeg(encoded: bytes, layout: PixelFormat) -> Decoded:
    from imagecodecs import jpeg8_decode  # takes a fifth of a second: only where a file needs it

    facts = _checked(jpeg_facts(encoded), layout)
    if layout.samples == 1:
        cells = jpeg8_decode(encoded)
        _check_prediction(cells, facts, layout)
        return Decoded(cells, facts.precision)
    if facts.precision > 8:
        text = N_("The picture is {bits}-bit colour encoded as '{name}', which Lightbox cannot show right.")
        raise UnreadableImageError(text, bits=facts.precision, name=_name(layout.syntax))
    if layout.syntax in (_LOSSLESS, _LOSSLESS_SV1):  # nothing is converted in this process
        cells = jpeg8_decode(encoded, colorspace="RGB", outcolorspace="RGB")
        return Decoded(cells, facts.precision, is_rgb=facts.colours == "RGB")
    is_ycc = facts.colours == "YCbCr" or (facts.colours is None and layout.photometric != "RGB")
    cells = jpeg8_decode(encoded, colorspace="YCBCR" if is_ycc else "RGB", outcolorspace="RGB")
    return Decoded(cells, facts.precision, is_rgb=True)


def _decode_jpeg_ls(encoded: bytes, layout: PixelFormat) -> Decoded:
    from imagecodecs import jpegls_decode

    facts = _checked(jpeg_facts(encoded), layout)
    return Decoded(jpegls_decode(encoded), facts.precision)


def _decode_jpeg_2000(encoded: bytes, layout: PixelFormat) -> Decoded:
    from imagecodecs import jpeg2k_decode

    facts = _checked(jpeg2000_facts(encoded), layout)
    is_rgb = facts.colours == "RGB" or layout.photometric in ("YBR_RCT", "YBR_ICT")
    return Decoded(jpeg2k_decode(encoded), facts.precision, is_rgb=is_rgb)


def _decode_jpeg_xl(encoded: bytes, layout: PixelFormat) -> Decoded:
    from imagecodecs import jpegxl_decode

    if layout.bits_stored not in (8, 16):  # whether other depths come back stretched, no file has shown yet
        raise _no_decoder(layout.syntax)
    return Decoded(jpegxl_decode(encoded), layout.bits_stored, is_rgb=True)


def _decode_rle(encoded: bytes, layout: PixelFormat) -> Decoded:
    # PS3.5 annex G: 16 numbers of 4 bytes, then one segment for each byte of a sample, the highest first.
    from imagecodecs import packbits_decode

    header = np.frombuffer(encoded[:64], "<u4").tolist()
    n_bytes = max(1, layout.bits_allocated // 8)
    n_pixels = layout.rows * layout.columns
    if header[0] != layout.samples * n_bytes:
        raise _contradiction(layout, (header[0],))
    ends = [*header[2 : header[0] + 1], len(encoded)]
    length = n_pixels if layout.bits_allocated > 1 else -(-n_pixels // 8)
    segments = [
        _whole(packbits_decode(encoded[start:end], out=length + _RLE_SLACK), length)
        for start, end in zip(header[1 : header[0] + 1], ends, strict=True)
    ]
    if layout.bits_allocated == 1:
        return Decoded(unpacked_bits(segments[0], 0, layout), 1)
    planes = np.frombuffer(b"".join(segments), np.uint8).reshape(layout.samples, n_bytes, n_pixels)
    cells = np.ascontiguousarray(planes.transpose(2, 0, 1)).view(f">u{n_bytes}")  # (pixels, samples, 1)
    shape = (layout.rows, layout.columns, layout.samples)[: 3 if layout.samples > 1 else 2]
    return Decoded(cells.reshape(shape), layout.bits_allocated)


def _inflate(encoded: bytes, layout: PixelFormat) -> Decoded:
    length = -(-layout.n_samples * layout.bits_allocated // 8)
    data = _whole(zlib.decompressobj(-zlib.MAX_WBITS).decompress(encoded, length), length)
    return Decoded(native_cells(data, 0, layout), layout.bits_allocated)


_DECODERS: Final[dict[str, Callable[[bytes, PixelFormat], Decoded]]] = {
    **dict.fromkeys((_BASELINE, _EXTENDED, _LOSSLESS, _LOSSLESS_SV1), _decode_jpeg),
    **dict.fromkeys(_JPEG_LS, _decode_jpeg_ls),
    **dict.fromkeys(_JPEG_2000, _decode_jpeg_2000),
    **dict.fromkeys(_JPEG_XL, _decode_jpeg_xl),
    _RLE: _decode_rle,
    _DEFLATED_FRAMES: _inflate,
}


def _checked(facts: Codestream | None, layout: PixelFormat) -> Codestream:
    if facts is None:
        text = N_("The picture is damaged: it is no '{name}' inside.")
        raise UnreadableImageError(text, name=_name(layout.syntax))
    if (facts.height, facts.width, facts.n_components) != (layout.rows, layout.columns, layout.samples):
        raise _contradiction(layout, (facts.height, facts.width, facts.n_components))
    if facts.precision > layout.bits_allocated and layout.bits_allocated > 1:
        text = N_("The DICOM file is wrong: its header allows {allocated} bits and its picture has {there}.")
        raise UnreadableImageError(text, allocated=layout.bits_allocated, there=facts.precision)
    return facts


def _check_range(cells: NDArray[np.generic], layout: PixelFormat) -> None:
    if cells.dtype.kind != "u" or layout.is_signed or layout.bits_stored >= 8 * cells.dtype.itemsize:
        return
    if float((cells > 2**layout.bits_stored - 1).mean()) > _MOST_OUTSIDE:
        text = N_("The DICOM file is wrong: its picture has values that {stored} stored bits cannot hold.")
        raise UnreadableImageError(text, stored=layout.bits_stored)


def _check_prediction(cells: NDArray[np.generic], facts: Codestream, layout: PixelFormat) -> None:
    # Some encoders predict signed values with signed halves, against T.81 H.1.2.1. A decoder that keeps to
    # the standard then leaps by half the range wherever neighbours differ in sign, and raises no error.
    if not (layout.is_signed and facts.precision == 16 and facts.predictor in _HALF_SUMS):
        return
    steps = np.abs(np.diff(cells.view(np.int16).astype(np.int32), axis=1))
    if float((steps > _LEAP).mean()) > _MOST_LEAPS:
        text = N_("The picture is damaged: its '{name}' was written against the standard.")
        raise UnreadableImageError(text, name=_name(layout.syntax))


def _whole(data: Any, length: int) -> bytes:
    if len(data) < length:
        text = N_("The DICOM file is cut short: its picture needs {needed} bytes and {there} are there.")
        raise UnreadableImageError(text, needed=length, there=len(data))
    return bytes(data[:length])


def _contradiction(layout: PixelFormat, there: tuple[int, ...]) -> UnreadableImageError:
    expected = (layout.rows, layout.columns, layout.samples)
    return UnreadableImageError(
        N_("The DICOM file is wrong: its header says {expected}, its picture {there}."),
        expected=" x ".join(map(str, expected)),
        there=" x ".join(map(str, there)),
    )


def _no_decoder(syntax: UID) -> UnreadableImageError:
    text = N_("The picture is encoded as '{name}', for which Lightbox has no decoder.")
    return UnreadableImageError(text, name=_name(syntax))


def _name(syntax: UID) -> str | Message:
    # A UID that no dictionary knows is not repeated: in its place may stand anything.
    known = {**_JPEG_XL, _DEFLATED_FRAMES: "Deflated Image Frame Compression"}
    name = known.get(syntax, syntax.name)
    return Message(text=N_("an unknown transfer syntax")) if name == str(syntax) else name
