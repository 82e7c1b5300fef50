"""Read the picture of a DICOM file: headers first, identity off, then pixels.

Covers: files with and without preamble and file meta group; uncompressed syntaxes, RLE, all kinds of JPEG,
JPEG-LS, JPEG 2000, HTJ2K, JPEG XL, deflated frames; every photometric interpretation of still pictures;
enhanced objects. Does not cover: video, pixels that are kept elsewhere, objects without pixels.
"""

import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from pydicom import dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from core.errors import UnreadableImageError
from core.images.deidentification import KEYWORDS, attributes_of, deidentify
from core.images.frame_header import FrameHeader
from core.images.grey_levels import Shown, aspect_of, pixel_spacing_mm, through_table, to_shown
from core.images.limits import MAX_INFLATED_BYTES
from core.images.pixel_format import PixelFormat, format_of
from core.images.records import MedicalImage
from core.images.stored import StoredFrame, read_stored
from core.language import N_, Message

_TAGS: Final = [tag for keyword in KEYWORDS if (tag := tag_for_keyword(keyword)) is not None]
_PIXEL_DATA: Final = 0x7FE00010
_HEADER: Final = 132  # the preamble and "DICM"
_SQUARE: Final = 0.005  # a difference of sides that is rounding, not shape
_MOST_ITEMS: Final = 20_000  # of sequences: about two seconds; an enhanced object of 2,000 frames has 16,000
_PIXEL_TAGS: Final = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")  # in either byte order, as are the items
_ITEMS: Final = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_ITEM, _NO_LENGTH = b"\xfe\xff\x00\xe0", 0xFFFFFFFF


@dataclass(frozen=True, eq=False)
class OpenFrame:
    """One frame with all that was found out on the way to its picture.

    Attributes
    ----------
    raw
        The elements that were read, identity and all: never handed on.
    header
        The same without identity, for this frame.
    frame
        Which one, from 0.
    """

    raw: FileDataset
    header: FrameHeader
    layout: PixelFormat
    stored: StoredFrame
    shown: Shown
    frame: int


def read_dicom(content: bytes, frame: int | None = None) -> MedicalImage:
    """Return the picture in a DICOM file.

    Grey values are in the modality's units (PS3.3 C.11.1); colour is RGB. Where the file proposes a table to
    show them by (VOI LUT), it is applied; a CT with windows keeps its Hounsfield units.

    Parameters
    ----------
    content
        A whole file.
    frame
        Which frame, from 0; None is the middle one.

    Raises
    ------
    UnreadableImageError
        There is no picture in it, or one that is too large, contradicts its header, cannot be shown right, or
        has no decoder. Errors of the decoders pass through.
    """
    opened = open_frame(content, frame)
    shown = opened.shown
    keeps_units = opened.header.dataset.get("Modality") == "CT" and shown.windows
    if shown.tables and not keeps_units:
        shown = through_table(shown, shown.tables[0])
    return image_of(opened, shown, was_chosen=frame is not None)


def open_frame(content: bytes, frame: int | None = None) -> OpenFrame:
    """Read one frame of a DICOM file, up to the modality's units and before any window; see `read_dicom`."""
    raw = parse(content)
    layout = format_of(raw)
    clean = deidentify(raw)
    index = layout.n_frames // 2 if frame is None else frame
    stored = read_stored(clean, layout, index)
    header = FrameHeader(clean, index)
    return OpenFrame(raw, header, layout, stored, to_shown(stored, header), index)


def image_of(opened: OpenFrame, shown: Shown, *, was_chosen: bool) -> MedicalImage:
    """Put together what is known of a frame."""
    raw, header, layout = opened.raw, opened.header, opened.layout
    return MedicalImage(
        values=shown.values,
        value_range=shown.value_range,
        windows=shown.windows,
        inverted=layout.photometric == "MONOCHROME1",
        modality=header.dataset.get("Modality") or None,
        pixel_spacing_mm=pixel_spacing_mm(header),
        frame=opened.frame,
        n_frames=layout.n_frames,
        source_format="DICOM",
        bits_stored=layout.bits_stored,
        rescale=shown.rescale,
        patient_id=_text(raw, "PatientID"),
        study_id=_text(raw, "StudyInstanceUID"),
        series_id=_text(raw, "SeriesInstanceUID"),
        image_id=_text(raw, "SOPInstanceUID"),
        attributes=attributes_of(raw),
        notes=_notes(opened, was_chosen=was_chosen) + shown.notes,
    )


def parse(content: bytes, *, tags: list[int] | None = None) -> FileDataset:
    """Return the allow-listed elements of a DICOM file, with a transfer syntax in its file meta group.

    Only `tags` are read (default: the allow-list). A deflated file is inflated under a cap.
    """
    wanted = _TAGS if tags is None else tags
    if _transfer_syntax(content) == DeflatedExplicitVRLittleEndian:
        inflated = _inflated(content)
        _check_items(inflated)
        dataset = dcmread(BytesIO(inflated), force=True, specific_tags=wanted)
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        return dataset
    _check_items(content)
    dataset = dcmread(BytesIO(content), force=True, specific_tags=wanted)
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = _guessed_syntax(dataset)
    _mend_pixels(dataset, content)
    return dataset


def _check_items(content: bytes) -> None:
    # Each item of a sequence takes 8 bytes of a file and a tenth of a millisecond of ours.
    end = max(content.rfind(tag) for tag in _PIXEL_TAGS)
    if max(content.count(item, 0, end if end >= 0 else len(content)) for item in _ITEMS) > _MOST_ITEMS:
        text = N_("The header of the DICOM file has more than {most} items, which no picture needs.")
        raise UnreadableImageError(text, most=_MOST_ITEMS)


def _mend_pixels(dataset: FileDataset, content: bytes) -> None:
    # Pydicom ends compressed pixels at the first bytes that look like a delimiter, which a frame may hold by
    # chance. The lengths of the fragments tell where the end is: PS3.5 A.4.
    if _PIXEL_DATA not in dataset:
        return
    element = dataset.get_item(_PIXEL_DATA)
    if not isinstance(element, RawDataElement) or element.length != _NO_LENGTH or element.value is None:
        return
    start = end = element.value_tell
    while content[end : end + 4] == _ITEM and end < len(content):
        end += 8 + int.from_bytes(content[end + 4 : end + 8], "little")
    if end - start > len(element.value):
        dataset[_PIXEL_DATA].value = content[start : min(end, len(content))]


def _transfer_syntax(content: bytes) -> UID | None:
    meta, _ = _file_meta(content)
    syntax = meta.get("TransferSyntaxUID")
    return None if syntax is None else UID(syntax)


def _file_meta(content: bytes) -> tuple[Dataset, int]:
    # PS3.10 section 7.1: group 0002 is explicit VR little endian, whatever follows it.
    start = _HEADER if content[128:132] == b"DICM" else 0
    stream = BytesIO(content)
    stream.seek(start)
    if content[start : start + 2] != b"\x02\x00":
        return Dataset(), start
    meta = read_dataset(stream, False, True, stop_when=lambda tag, _vr, _length: tag.group != 2)
    return meta, stream.tell()


def _inflated(content: bytes) -> bytes:
    _, start = _file_meta(content)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    data = inflater.decompress(content[start:], MAX_INFLATED_BYTES)
    if inflater.unconsumed_tail:
        text = N_("The DICOM file is deflated and would grow beyond {limit} MB.")
        raise UnreadableImageError(text, limit=MAX_INFLATED_BYTES // 1024**2)
    return data


def _guessed_syntax(dataset: FileDataset) -> UID:
    implicit, little = dataset.original_encoding
    if not little:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian


def _notes(opened: OpenFrame, *, was_chosen: bool) -> tuple[Message, ...]:
    notes = []
    n_frames, aspect = opened.layout.n_frames, aspect_of(opened.header)
    if n_frames > 1 and not was_chosen:
        notes.append(Message(text=N_("{n} frames: the middle one is read."), values={"n": n_frames}))
    if abs(aspect - 1) > _SQUARE:
        text = N_("Its pixels are not square: each is {ratio:.2f} times as high as wide.")
        notes.append(Message(text=text, values={"ratio": aspect}))
    if opened.header.dataset.get("BurnedInAnnotation") == "YES":
        notes.append(Message(text=N_("The file says that text is burned into its picture: look for names.")))
    return tuple(notes)


def _text(dataset: Dataset, keyword: str) -> str | None:
    return str(dataset.get(keyword) or "").strip() or None
