"""Read the picture of a DICOM file: headers first, identity off, then pixels.

Covers: files with and without preamble and file meta group, all uncompressed syntaxes, and RLE, JPEG,
JPEG-LS, JPEG 2000 and HTJ2K through pydicom's permissive plug-ins. Does not cover: JPEG Lossless and 12-bit
JPEG, for which there is no permissive plug-in.
"""

import zlib
from io import BytesIO
from typing import Final

from pydicom import dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from core.errors import UnreadableImageError
from core.images import grey_levels
from core.images.deidentification import KEYWORDS, attributes_of, deidentify
from core.images.limits import MAX_INFLATED_BYTES, check_size, chosen_frame
from core.images.records import MedicalImage
from core.language import N_, Message

_TAGS: Final = [tag for keyword in KEYWORDS if (tag := tag_for_keyword(keyword)) is not None]
_IMAGE_ID: Final = 0x00080018
_PIXELS: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_HEADER: Final = 132  # the preamble and "DICM"


def read_dicom(content: bytes, *, frame: int | None = None) -> MedicalImage:
    """Return the picture in a DICOM file; of several frames that one, or the middle one.

    Grey values are in the modality's units (PS3.3 C.11.1); colour is RGB.

    Raises
    ------
    UnreadableImageError
        There is no picture in it, or one that is too large, contradicts its header, or has no decoder. Errors
        of the decoders pass through.
    """
    dataset = parse(content)
    _check_header(dataset)
    clean = deidentify(dataset)
    n_frames = int(clean.get("NumberOfFrames") or 1)
    frame = chosen_frame(frame, n_frames)
    stored = pixel_array(clean, index=frame, raw=False)
    shown = grey_levels.to_shown(stored, clean, frame)
    notes = _notes(clean, n_frames) + shown.notes
    return MedicalImage(
        values=shown.values,
        value_range=shown.value_range,
        windows=shown.windows,
        inverted=clean.get("PhotometricInterpretation") == "MONOCHROME1",
        modality=clean.get("Modality") or None,
        pixel_spacing_mm=grey_levels.pixel_spacing_mm(clean, frame),
        frame=frame,
        n_frames=n_frames,
        source_format="DICOM",
        patient_id=_text(dataset, "PatientID"),
        study_id=_text(dataset, "StudyInstanceUID"),
        series_id=_text(dataset, "SeriesInstanceUID"),
        image_id=_text(dataset, "SOPInstanceUID"),
        attributes=attributes_of(dataset),
        notes=notes,
    )


def image_id_of(content: bytes) -> str | None:
    """Return the SOP Instance UID of a DICOM file, reading nothing else of it."""
    return _text(parse(content, tags=[_IMAGE_ID]), "SOPInstanceUID")


def parse(content: bytes, *, tags: list[int] | None = None) -> FileDataset:
    """Return the allow-listed elements of a DICOM file, with a transfer syntax in its file meta group.

    Only `tags` are read (default: the allow-list). A deflated file is inflated under a cap.
    """
    wanted = _TAGS if tags is None else tags
    if _transfer_syntax(content) == DeflatedExplicitVRLittleEndian:
        dataset = dcmread(BytesIO(_inflated(content)), force=True, specific_tags=wanted)
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        return dataset
    dataset = dcmread(BytesIO(content), force=True, specific_tags=wanted)
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = _guessed_syntax(dataset)
    return dataset


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


def _check_header(dataset: FileDataset) -> None:
    source = next((keyword for keyword in _PIXELS if keyword in dataset), None)
    if source is None:
        raise UnreadableImageError(N_("The DICOM file holds no picture."))
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    check_size(columns, rows)
    n_frames = int(dataset.get("NumberOfFrames") or 1)
    if n_frames < 1:
        raise UnreadableImageError(N_("The DICOM file says that it has {n} frames."), n=n_frames)
    _check_encoding(dataset.file_meta.TransferSyntaxUID)
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        return
    samples = int(dataset.get("SamplesPerPixel") or 1)
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        samples = 2  # two pixels share their colour: PS3.3 C.7.6.3.1.2
    needed = (rows * columns * n_frames * samples * int(dataset.BitsAllocated) + 7) // 8
    there = len(dataset[source].value or b"")
    if needed > there:
        text = N_("The DICOM file is cut short: its picture needs {needed} bytes and {there} are there.")
        raise UnreadableImageError(text, needed=needed, there=there)


def _check_encoding(transfer_syntax: UID) -> None:
    try:
        available = get_decoder(transfer_syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        text = N_("The picture is encoded as '{name}', for which Lightbox has no decoder.")
        raise UnreadableImageError(text, name=transfer_syntax.name)


def _notes(dataset: Dataset, n_frames: int) -> tuple[Message, ...]:
    notes = []
    if n_frames > 1:
        notes.append(Message(text=N_("{n} frames: the middle one is read."), values={"n": n_frames}))
    if dataset.get("BurnedInAnnotation") == "YES":
        notes.append(Message(text=N_("The file says that text is burned into its picture: look for names.")))
    return tuple(notes)


def _text(dataset: Dataset, keyword: str) -> str | None:
    return str(dataset.get(keyword) or "").strip() or None
