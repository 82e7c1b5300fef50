"""Files full of a marker: wherever identity can stand, in every form that it can be written in."""

import struct
import zipfile
import zlib
from contextlib import suppress
from functools import cache
from io import BytesIO

import numpy as np
from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c
from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import ImageFileDirectory_v2
from pydicom import config
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from core.images.allow_list import SEQUENCES

WORD = "Zyxqvil"  # no such word anywhere else
TEXT = f"{WORD}^Ottokar"
DATE, TIME = "19530417", "041753.531704"
UID = "1.2.826.0.1.3680043.9.7777.5317"
NUMBER = "5317.0417"
WHOLE_NUMBER = "53170417"
MARKS = (WORD, WORD.upper(), WORD.lower(), "Ottokar", DATE, "1953-04-17", TIME, UID, NUMBER, WHOLE_NUMBER)

# Table E.1-1 of PS3.15, without its two ranges of groups, which `_ranges` fills.
TABLE = sorted({(tag[0] << 16) | tag[1] for tag in dicomfields_2026c.ALL_TAGS if len(tag) == 2})
_TEXTS = ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT")
_BYTES = ("OB", "OW", "UN", "OB or OW")


def value_of(vr: str) -> object:
    """Return the marker as a value of this representation; None where it can hold none."""
    values: dict[str, object] = {
        **dict.fromkeys(_TEXTS, TEXT),
        **dict.fromkeys(_BYTES, (TEXT + " ").encode()[: (len(TEXT) + 1) // 2 * 2]),
        "AS": "053Y",
        "DA": DATE,
        "DT": DATE + TIME,
        "TM": TIME,
        "UI": UID,
        "DS": NUMBER,
        "IS": WHOLE_NUMBER,
    }
    return values.get(vr)


@cache
def marked_dicom(*, number: int = 0, patient: str = TEXT) -> bytes:
    """Return a DICOM file with the marker in every attribute of the table, nested, private, around it."""
    with config.disable_value_validation():  # a name is no valid number
        return _marked_dicom(number, patient)


def _marked_dicom(number: int, patient: str) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = f"{UID}.{number}"
    meta.SourceApplicationEntityTitle = WORD
    meta.PrivateInformationCreatorUID, meta.PrivateInformation = UID, TEXT.encode()
    preamble = (TEXT.encode() * 20)[:128]
    dataset = FileDataset(BytesIO(), {}, preamble=preamble, file_meta=meta)
    _fill(dataset)
    _nest(dataset)
    block = dataset.private_block(0x0099, TEXT, create=True)
    block.add_new(1, "LO", TEXT)
    block.add_new(2, "SQ", [_item()])
    block.add_new(3, "UN", value_of("UN"))
    _ranges(dataset)
    dataset.PatientID, dataset.PatientSex, dataset.PatientAge = patient, "F", "053Y"
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, f"{UID}.{number}"
    dataset.Modality = "OT"
    _text_for_numbers(dataset)
    _add_pixels(dataset, shades(number))
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def shades(number: int) -> np.ndarray:
    """Return a picture that no other number has: ndarray of shape (24, 24), uint8."""
    return np.random.default_rng(number).integers(0, 256, (24, 24), dtype=np.uint8)


def _fill(dataset: Dataset) -> None:
    for tag in TABLE:
        vr = _representation(tag)
        if tag >> 16 in (0x0000, 0x0002, 0x0004) or vr == "SQ":  # commands, meta, directories
            continue
        value = value_of(vr)
        if value is not None:
            dataset.add_new(tag, "OB" if vr in _BYTES else vr, value)


def _nest(dataset: Dataset) -> None:
    """Hang the marker into each sequence of the table, and the whole table into those that are kept."""
    for tag in TABLE:
        if _representation(tag) == "SQ":
            dataset.add_new(tag, "SQ", [_item(depth=2)])
    whole = Dataset()
    _fill(whole)
    for keyword in SEQUENCES:
        setattr(dataset, keyword, [_table() if "LUTSequence" in keyword else whole])


def _table() -> Dataset:
    """Return a lookup table that changes nothing, with a marker behind its end."""
    table = Dataset()
    _fill(table)
    table.LUTDescriptor, table.LUTExplanation, table.ModalityLUTType = [256, 0, 8], TEXT, TEXT
    table.add_new("LUTData", "OW", np.arange(256, dtype="<u2").tobytes() + value_of("UN"))
    return table


def _item(depth: int = 0) -> Dataset:
    item = Dataset()
    item.PatientName, item.PatientBirthDate, item.TextValue = TEXT, DATE, TEXT
    item.private_block(0x0099, TEXT, create=True).add_new(1, "LO", TEXT)
    if depth:
        item.ContentSequence = [_item(depth - 1)]
    return item


def _ranges(dataset: Dataset) -> None:
    dataset.add_new(0x60000010, "US", 4)
    dataset.add_new(0x60003000, "OW", TEXT.encode() + b" " * (len(TEXT) % 2))
    dataset.add_new(0x60004000, "LT", TEXT)
    dataset.add_new(0x50000040, "SH", WORD)
    dataset.add_new(0x50003000, "OW", TEXT.encode() + b" " * (len(TEXT) % 2))


def _text_for_numbers(dataset: Dataset) -> None:
    """Write text where the picture's own numbers and tables stand."""
    for keyword in ("WindowCenter", "WindowWidth", "PixelSpacing", "SliceThickness", "ImagePositionPatient"):
        dataset.add_new(keyword, "LO", TEXT)
    for keyword in ("WindowCenterWidthExplanation", "RescaleType", "BodyPartExamined", "ViewPosition"):
        dataset.add_new(keyword, "LO", TEXT)
    dataset.add_new("ExtendedOffsetTable", "OV", TEXT.encode().ljust(16))


def _add_pixels(dataset: Dataset, pixels: np.ndarray) -> None:
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation, dataset.NumberOfFrames = 7, 0, 1
    dataset.add_new("PixelData", "OB", pixels.tobytes() + value_of("UN"))  # and a tail


def _representation(tag: int) -> str:
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "LO"  # newer than pydicom's dictionary


def marked_png(number: int) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", TEXT)
    text.add_text("Comment", TEXT, zip=True)
    text.add_itxt("XML:com.adobe.xmp", f"<x>{TEXT}</x>", zip=True)
    text.add_itxt("Title", TEXT, lang=WORD, tkey=WORD)
    text.add(b"prIv", TEXT.encode())
    stream = BytesIO()
    Image.fromarray(shades(number)).save(stream, format="PNG", pnginfo=text, exif=marked_exif())
    return stream.getvalue() + TEXT.encode()


def marked_jpeg(number: int) -> bytes:
    stream = BytesIO()
    picture = Image.fromarray(shades(number))
    xmp = f"<x>{TEXT}</x>".encode()
    picture.save(stream, format="JPEG", quality=95, comment=TEXT.encode(), exif=marked_exif(), xmp=xmp)
    content = stream.getvalue()
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(TEXT)) + TEXT.encode()
    own = b"".join(
        b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body
        for marker, body in ((0xED, iptc), (0xE9, TEXT.encode()))
    )
    return content[:2] + own + content[2:] + TEXT.encode()


def marked_tiff(number: int) -> bytes:
    tags = ImageFileDirectory_v2()
    for tag in (270, 305, 315, 316, 33432, 285, 269):  # description, software, artist, host, rights, names
        tags[tag] = TEXT
    tags[306] = "1953:04:17 04:17:53"
    tags[700] = f"<x>{TEXT}</x>".encode()
    tags[65000] = TEXT
    stream = BytesIO()
    Image.fromarray(shades(number)).save(stream, format="TIFF", tiffinfo=tags)
    return stream.getvalue() + TEXT.encode()


def marked_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x8298] = TEXT, TEXT, TEXT
    exif[0x9C9B] = TEXT.encode("utf-16-le")
    details = exif.get_ifd(0x8769)
    details[0x9286], details[0xA430], details[0xA431] = b"ASCII\0\0\0" + TEXT.encode(), TEXT, TEXT
    details[0x9003] = "1953:04:17 04:17:53"
    exif.get_ifd(0x8825)[0x001D] = "1953:04:17"
    exif.get_ifd(0x8825)[0x001B] = TEXT.encode()
    return exif.tobytes()


def marked_zip(files: dict[str, bytes]) -> bytes:
    """Pack files with a marker in the archive's comment, in each file's own, and in an extra field."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = TEXT.encode()
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (1990, 4, 17, 4, 17, 53))
            info.comment = TEXT.encode()
            info.extra = struct.pack("<HH", 0x7777, len(TEXT)) + TEXT.encode()
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()


def found_in(content: bytes) -> set[str]:
    """Return the markers that these bytes hold, in any of the ways in which text is written down."""
    return {mark for mark in MARKS for form in _forms(mark) if form in content}


def _forms(mark: str) -> tuple[bytes, ...]:
    spaced = " ".join(mark)
    return (
        *(mark.encode(coding) for coding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be", "utf-32-le")),
        spaced.encode(),
    )


def unpacked(content: bytes) -> list[bytes]:
    """Return all that is packed into these bytes: zip members, PNG chunks, arrays, parquet columns."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            inner = [archive.read(name) for name in archive.namelist()]
        return [*inner, *(deeper for part in inner for deeper in unpacked(part))]
    if content.startswith(b"\x89PNG"):
        return _png_parts(content)
    if content.startswith(b"PAR1"):
        import pandas as pd

        return [pd.read_parquet(BytesIO(content)).to_csv().encode()]
    return []


def _png_parts(content: bytes) -> list[bytes]:
    parts, position, coded = [], 8, b""
    while position + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        body = content[position + 8 : position + 8 + length]
        coded += body if kind == b"IDAT" else b""
        if kind in (b"zTXt", b"iTXt"):
            parts += [body, *_inflated(body)]
        position += 12 + length
    return [*parts, zlib.decompress(coded)] if coded else parts


def _inflated(body: bytes) -> list[bytes]:
    """Return what is packed into a text chunk, wherever its stream begins."""
    found = []
    for start in range(len(body)):
        if body[start] == 0x78:  # how a zlib stream of the usual size begins: RFC 1950
            with suppress(zlib.error):
                found.append(zlib.decompressobj().decompress(body[start:]))
    return found
