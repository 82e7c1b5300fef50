"""Write a DICOM file anew without identity: the picture to the bit, of the header what the allow-list holds.

Covers: uncompressed pixels (cut to their length, bits that are no part of a value cleared), RLE (written
uncompressed), JPEG, JPEG-LS and JPEG 2000 (their comments and tails blanked).
Does not cover: text burned into the picture, and faces; nobody but a person can clear those.
"""

import hashlib
import hmac
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, RLELossless, SecondaryCaptureImageStorage

from core.errors import UnreadableImageError
from core.images.allow_list import OFFSETS
from core.images.blanking import blanked_jpeg, blanked_jpeg2000
from core.images.burned_in import suspicion_of_file
from core.images.deidentification import deidentify, keyed_uids
from core.images.dicom import parse, read_dicom
from core.images.identity import kinds_in
from core.images.pixel_format import NATIVE, PixelFormat, format_of
from core.images.reading import sniff
from core.language import N_

_JPEG: Final = "1.2.840.10008.1.2.4."
_BLANKED: Final[dict[str, Callable[[bytes], bytes]]] = {
    **{f"{_JPEG}{number}": blanked_jpeg for number in (50, 51, 57, 70, 80, 81)},
    **{f"{_JPEG}{number}": blanked_jpeg2000 for number in (90, 91, 201, 202, 203)},
}
# Type 2 of the modules that every picture has: there, and empty, where nothing may be said (PS3.5 7.4.3).
_EMPTY: Final = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
_PSEUDONYM_DIGITS: Final = 16
_UNCLEANABLE: Final = N_("The picture is encoded in a way that cannot be made clean.")


def write_deidentified(
    content: bytes, new_uid: Callable[[str], str], *, pseudonym_of: Callable[[str], str] | None = None
) -> bytes:
    """Return a DICOM file with the picture of `content` and without identity.

    Parameters
    ----------
    content
        A whole DICOM file.
    new_uid
        Gives the UID that stands for an old one: `core.images.deidentification.keyed_uids`.
    pseudonym_of
        Gives what stands for a patient's ID; by default the new file has none.

    Returns
    -------
    bytes
        A file with a zeroed preamble that needs no forgiveness to be read; every value of every pixel as it
        was.

    Raises
    ------
    UnreadableImageError
        It is no DICOM file with a picture, or one that cannot be made clean.
    """
    raw = parse(content)
    layout = format_of(raw)
    patient = str(raw.get("PatientID") or "").strip()
    clean = deidentify(raw, new_uid=new_uid)
    if any(name.startswith("Segmented") for name in clean.dir("Segmented")):
        raise UnreadableImageError(
            N_("Its colours are kept in a segmented palette, which cannot be made clean.")
        )
    _clean_pixels(clean, layout)
    for keyword in _EMPTY:
        if keyword not in clean:
            setattr(clean, keyword, "")
    if patient and pseudonym_of is not None:
        clean.PatientID = clean.PatientName = pseudonym_of(patient)
    _complete(clean, new_uid)
    stream = BytesIO()
    clean.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def clean(content: bytes, *, key: str) -> tuple[dict[str, Any], list[bytes]]:
    """Make a clean file and say what was in the old one: the task of a sandbox.

    Parameters
    ----------
    content
        A whole DICOM file.
    key
        As hexadecimal digits: under it stand-ins for UIDs and patient are made.

    Returns
    -------
    "kinds" of identifying things that were found and "text_reasons" to look at the picture, as marked texts;
    and the new file.

    Raises
    ------
    UnreadableImageError
        As `write_deidentified`; also where the new file would show another picture.
    """
    if sniff(content) != "DICOM":
        raise UnreadableImageError(N_("It is no DICOM file; only those can be written anew."))
    secret = bytes.fromhex(key)
    written = write_deidentified(content, keyed_uids(secret), pseudonym_of=_keyed_patients(secret))
    before, after = read_dicom(content), read_dicom(written)
    if before.values.shape != after.values.shape or not np.array_equal(before.values, after.values):
        raise UnreadableImageError(
            N_("The clean file would not show the same picture, so it is not written.")
        )
    record = {"kinds": sorted(kinds_in(content)), "text_reasons": list(suspicion_of_file(content, before))}
    return record, [written]


def _keyed_patients(key: bytes) -> Callable[[str], str]:
    def pseudonym(patient: str) -> str:
        return hmac.new(key, b"patient\0" + patient.encode(), hashlib.sha256).hexdigest()[:_PSEUDONYM_DIGITS]

    return pseudonym


def _clean_pixels(clean: FileDataset, layout: PixelFormat) -> None:
    if layout.syntax in _BLANKED:
        _clean_frames(clean, layout, _BLANKED[layout.syntax])
        return
    if layout.syntax == RLELossless:  # its segments do not say where they end
        layout = _unpacked(clean)
    elif layout.syntax not in NATIVE:
        raise UnreadableImageError(_UNCLEANABLE)
    n_bytes = (layout.n_samples * layout.n_frames * layout.bits_allocated + 7) // 8
    element = clean[layout.source]
    pixels = _without_spare_bits(element.value[:n_bytes], layout)
    element.value = pixels + bytes(len(pixels) % 2)


def _unpacked(clean: FileDataset) -> PixelFormat:
    try:
        clean.decompress(generate_instance_uid=False)
    except (RuntimeError, ValueError, NotImplementedError) as error:
        raise UnreadableImageError(_UNCLEANABLE) from error
    return format_of(clean)


def _clean_frames(clean: FileDataset, layout: PixelFormat, blanked: Callable[[bytes], bytes]) -> None:
    offsets = None
    if all(keyword in clean for keyword in OFFSETS):
        offsets = (clean[OFFSETS[0]].value, clean[OFFSETS[1]].value)
    frames = generate_frames(clean.PixelData, number_of_frames=layout.n_frames, extended_offsets=offsets)
    clean.PixelData = encapsulate([blanked(frame) for frame in frames])
    clean["PixelData"].is_undefined_length = True
    for keyword in OFFSETS:
        if keyword in clean:
            del clean[keyword]


def _without_spare_bits(pixels: bytes, layout: PixelFormat) -> bytes:
    """Clear the bits of each cell that are not of its value: overlays were once kept there (PS3.5 8.1.1)."""
    n_spare = layout.bits_allocated - layout.bits_stored
    if layout.is_float or layout.bits_allocated == 1 or n_spare == 0:
        return pixels
    order = "<" if layout.is_little_endian else ">"
    sign = "i" if layout.is_signed else "u"
    kind = np.dtype(f"{order}{sign}{layout.bits_allocated // 8}")
    cells = np.frombuffer(pixels, dtype=kind).astype(kind.newbyteorder("="))
    top = layout.bits_allocated - 1 - layout.high_bit
    # Up to the edge and back: an arithmetic shift fills a signed value's upper bits with its sign.
    cells = ((cells << top) >> n_spare) << (layout.high_bit + 1 - layout.bits_stored)
    return cells.astype(kind).tobytes()


def _complete(clean: FileDataset, new_uid: Callable[[str], str]) -> None:
    """Give the file the names without which it is none: PS3.10 section 7.1."""
    if "SOPClassUID" not in clean:
        clean.SOPClassUID = SecondaryCaptureImageStorage
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        if not clean.get(keyword):
            setattr(
                clean,
                keyword,
                UID(new_uid(hashlib.sha256(clean[_source(clean)].value).hexdigest() + keyword)),
            )
    clean.file_meta.MediaStorageSOPClassUID = clean.SOPClassUID
    clean.file_meta.MediaStorageSOPInstanceUID = clean.SOPInstanceUID


def _source(clean: FileDataset) -> str:
    return next(name for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData") if name in clean)
