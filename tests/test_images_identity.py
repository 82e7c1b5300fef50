"""Kinds of identifying things: found wherever they stand, counted, and never with their values."""

import json
import struct
import zlib
from io import BytesIO

import pytest
from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from core.images import elements, identity_kinds
from core.images.allow_list import KEYWORDS
from core.images.identity import IdentityCounts, kinds_found, kinds_in
from tests import markers

SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)


def dataset_of(**values):
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def file_of(dataset, syntax=ExplicitVRLittleEndian):
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    stream = BytesIO()
    dataset.save_as(
        stream,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=False,
    )
    content = stream.getvalue()
    if content[128:132] == b"DICM":
        return content
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def test_every_attribute_of_the_standards_table_is_of_some_kind():
    table = {(tag[0] << 16) | tag[1] for tag in dicomfields_2026c.ALL_TAGS if len(tag) == 2}
    assert len(table) > 600
    assert set(identity_kinds._attributes()) == table
    assert all(identity_kinds.kind_of_tag(tag) in identity_kinds.KINDS for tag in table)


def test_what_the_table_names_as_ranges_is_of_some_kind_too():
    assert identity_kinds.kind_of_tag(0x60024000) == identity_kinds.DRAWING
    assert identity_kinds.kind_of_tag(0x50FE3000) == identity_kinds.DRAWING
    assert identity_kinds.kind_of_tag(0x00091001) == identity_kinds.PRIVATE


@pytest.mark.parametrize(
    "keyword", ["Rows", "PixelData", "WindowCenter", "Modality", "PhotometricInterpretation"]
)
def test_what_is_needed_for_the_picture_is_of_no_kind(keyword):
    from pydicom.datadict import tag_for_keyword

    assert keyword in KEYWORDS
    assert identity_kinds.kind_of_tag(tag_for_keyword(keyword)) is None


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_attributes_are_found_in_every_encoding(syntax):
    dataset = dataset_of(
        PatientName="Miller", PatientBirthDate="19530412", InstitutionName="St. Anna", Rows=4
    )
    dataset.PatientSex = ""
    found = kinds_in(file_of(dataset, syntax))
    wanted = {identity_kinds.PATIENT_NAME, identity_kinds.BIRTH_DATE, identity_kinds.INSTITUTION}
    assert found - {identity_kinds.UID} == wanted


def test_nested_and_private_elements_are_found():
    inner = dataset_of(OperatorsName="Miller")
    middle = dataset_of(ContentSequence=[inner])
    dataset = dataset_of(RequestAttributesSequence=[Dataset(), middle])
    dataset.private_block(0x0099, "ACME", create=True).add_new(1, "SQ", [dataset_of(PatientName="Miller")])
    found = kinds_in(file_of(dataset))
    assert {identity_kinds.PERSON, identity_kinds.PRIVATE, identity_kinds.PATIENT_NAME} <= found


def test_empty_values_and_uids_of_the_standard_are_no_identity():
    dataset = dataset_of(PatientName="", AccessionNumber="  ", ReferencedStudySequence=[])
    dataset.FrameOfReferenceUID = "1.2.840.10008.1.4.1.1"
    assert kinds_found(dataset) == set()


def test_a_full_file_shows_every_kind_that_a_header_can_have():
    found = kinds_in(markers.marked_dicom())
    raster_only = {
        identity_kinds.PICTURE_TEXT,
        identity_kinds.XMP,
        identity_kinds.IPTC,
        identity_kinds.BEHIND,
    }
    assert set(identity_kinds.KINDS) - found == raster_only | {identity_kinds.FACE}
    assert not markers.found_in(repr(found).encode())


def test_both_ways_of_looking_agree(shared_data):
    for path in [
        *sorted((shared_data / "dicom_series").glob("*")),
        *sorted((shared_data / "dicom_torture").glob("CT*")),
    ]:
        dataset = dcmread(path, force=True, stop_before_pixels=True)
        assert kinds_in(path.read_bytes()) == kinds_found(dataset) | kinds_found(dataset.file_meta)


@pytest.mark.parametrize(
    ("modality", "part", "is_face"),
    [("CT", "HEAD", True), ("MR", "BRAIN", True), ("CT", "CHEST", False), ("DX", "SKULL", False)],
)
def test_a_head_scan_is_a_face(modality, part, is_face):
    dataset = dataset_of(Modality=modality, BodyPartExamined=part)
    assert (identity_kinds.FACE in kinds_in(file_of(dataset))) is is_face
    dataset = dataset_of(Modality=modality, SeriesDescription=f"t1 {part.lower()} axial")
    assert (identity_kinds.FACE in kinds_found(dataset)) is is_face


def test_a_preamble_is_told():
    content = bytearray(file_of(dataset_of(PatientName="Miller")))
    assert identity_kinds.PREAMBLE not in kinds_in(bytes(content))
    content[:8] = b"J Miller"
    assert identity_kinds.PREAMBLE in kinds_in(bytes(content))


def test_a_png_a_jpeg_and_a_tiff_show_their_kinds():
    both = {identity_kinds.PICTURE_TEXT, identity_kinds.XMP, identity_kinds.GPS, identity_kinds.CAMERA}
    both |= {identity_kinds.DATE, identity_kinds.BEHIND}
    assert kinds_in(markers.marked_png(0)) == both
    assert kinds_in(markers.marked_jpeg(0)) == both | {identity_kinds.IPTC, identity_kinds.PRIVATE}
    assert {identity_kinds.PICTURE_TEXT, identity_kinds.XMP, identity_kinds.DATE} <= kinds_in(
        markers.marked_tiff(0)
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_plain_picture_shows_none(kind):
    stream = BytesIO()
    Image.fromarray(markers.shades(1)).save(stream, format=kind)
    assert kinds_in(stream.getvalue()) == frozenset()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing",
        b"PK\x03\x04",
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xfftEXt",
        b"\xff\xd8\xff\xfe\x00\x00",
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * 20_000,
        b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 65535) + b"\0" * 100,
        b"II*\0" + struct.pack("<IHHHII", 8, 1, 0x014A, 4, 1, 8) + struct.pack("<I", 8),  # points at itself
        bytes(128) + b"DICM" + b"\x08\x00\x05\x00SQ\0\0\xff\xff\xff\xff" * 30_000,  # sequences in sequences
        bytes(128)
        + b"DICM"
        + b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff"
        + b"\xfe\xff\x00\xe0\0\0\0\0" * 100_000,
        bytes(128) + b"DICM" + b"\x08\x00\x10\x00UN\0\0\xff\xff\xff\xff" * 1000,
    ],
)
def test_odd_files_end_soon(content):
    assert isinstance(kinds_in(content), frozenset)
    assert sum(1 for _ in elements.walk(content)) <= elements.MOST_ELEMENTS


def test_a_deflated_bomb_is_inflated_under_a_cap():
    head = file_of(dataset_of(PatientName="Miller"), DeflatedExplicitVRLittleEndian)
    start = 132 + 12 + 4 + struct.unpack_from("<I", head, 140)[0] - 4
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = b"\x10\x00\x10\x00PN\x06\x00Miller" + b"\x09\x00\x10\x00OB\0\0" + struct.pack("<I", 2**28)
    bomb = deflater.compress(body) + deflater.compress(bytes(2**26)) + deflater.flush()
    found = list(elements.walk(head[:start] + bomb))
    assert [element.value for element in found if element.tag == 0x00100010] == [b"Miller"]
    assert len(elements._inflated(bomb)) == elements.MOST_INFLATED_BYTES


def test_counts_add_up_and_keep_their_order():
    first = IdentityCounts.of({identity_kinds.UID, identity_kinds.PATIENT_NAME, "the name is Miller"})
    second = IdentityCounts.of({identity_kinds.UID})
    total = first + second + IdentityCounts()
    assert total.n_files == 2
    assert list(total.counts.items()) == [(identity_kinds.PATIENT_NAME, 1), (identity_kinds.UID, 2)]
    assert IdentityCounts.model_validate_json(total.model_dump_json()) == total
    assert "Miller" not in json.dumps(total.model_dump())
