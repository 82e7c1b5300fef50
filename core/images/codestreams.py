"""What a compressed picture says of itself, read from its markers before a decoder takes memory for it.

Covers: JPEG (ITU-T T.81), JPEG-LS (T.87), JPEG 2000 and HTJ2K (T.800, T.814), bare or in a JP2 box.
"""

from dataclasses import dataclass
from typing import Final, Literal

_RGB_NAMES: Final = (b"RGB", b"rgb")
_NO_LENGTH: Final = {0x01, *range(0xD0, 0xD9)}  # TEM, RST0 to RST7, SOI
# SOF0 to SOF15 without DHT, JPG and DAC, and SOF55 of JPEG-LS.
_FRAME_HEADERS: Final = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA
_SIZ, _COD = b"\xff\x4f\xff\x51", b"\xff\x52"


@dataclass(frozen=True)
class Codestream:
    """The facts of one compressed frame.

    Attributes
    ----------
    precision
        Bits of one sample.
    is_signed
        Whether the samples are signed; only JPEG 2000 can say so.
    colours
        "RGB" or "YCbCr" where the stream itself tells, else None.
    predictor
        Of JPEG Lossless: which neighbours a value is predicted from, 1 to 7 (T.81 table H.1); else 0.
    """

    width: int
    height: int
    n_components: int
    precision: int
    is_signed: bool = False
    colours: Literal["RGB", "YCbCr"] | None = None
    predictor: int = 0


def jpeg_facts(stream: bytes) -> Codestream | None:
    """Return the facts of a JPEG or JPEG-LS stream, or None if it is none."""
    found: Codestream | None = None
    colours: Literal["RGB", "YCbCr"] | None = None
    position = stream.find(b"\xff\xd8") + 2
    while 2 <= position <= len(stream) - 4:
        marker = stream[position + 1]
        if stream[position] != 0xFF or marker in _NO_LENGTH or marker == 0xFF:
            position += 1
            continue
        body = stream[position + 4 : position + 2 + int.from_bytes(stream[position + 2 : position + 4])]
        if marker in _FRAME_HEADERS and len(body) >= 9:
            found = _frame_header(body, colours)
        elif marker in (0xE0, 0xEE):
            colours = _marked_colours(body) or colours
        elif marker == _SCAN:
            return _with_predictor(found, body)
        position += 2 + max(2, len(body) + 2)
    return found


def _frame_header(body: bytes, colours: Literal["RGB", "YCbCr"] | None) -> Codestream:
    names = body[6::3][: body[5]]
    return Codestream(
        width=int.from_bytes(body[3:5]),
        height=int.from_bytes(body[1:3]),
        n_components=body[5],
        precision=body[0],
        colours="RGB" if names in _RGB_NAMES else colours,
    )


def _marked_colours(body: bytes) -> Literal["RGB", "YCbCr"] | None:
    if body.startswith(b"JFIF"):
        return "YCbCr"
    if body.startswith(b"Adobe") and len(body) >= 12:
        return "YCbCr" if body[11] == 1 else "RGB"
    return None


def _with_predictor(found: Codestream | None, scan: bytes) -> Codestream | None:
    if found is None or not scan or len(scan) < 2 * scan[0] + 4:
        return found
    predictor = scan[1 + 2 * scan[0]]
    return Codestream(**{**vars(found), "predictor": predictor})


def jpeg2000_facts(stream: bytes) -> Codestream | None:
    """Return the facts of a JPEG 2000 stream, or None if it is none."""
    start = stream.find(_SIZ)
    siz = stream[start + 6 : start + 44]  # after the markers and the length
    if start < 0 or len(siz) < 38:
        return None
    right, bottom, left, top = (int.from_bytes(siz[at : at + 4]) for at in (2, 6, 10, 14))
    coding = stream.find(_COD, start)
    is_transformed = 0 <= coding < len(stream) - 8 and stream[coding + 8] == 1  # back to RGB by the decoder
    return Codestream(
        width=right - left,
        height=bottom - top,
        n_components=int.from_bytes(siz[34:36]),
        precision=(siz[36] & 0x7F) + 1,
        is_signed=bool(siz[36] & 0x80),
        colours="RGB" if is_transformed else None,
    )
