"""The table of the header: what may be shown is shown, and a marker in anything else never is."""

import struct
from pathlib import Path

import numpy as np
import pytest
from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c
from pydicom.datadict import dictionary_VR, keyword_dict, tag_for_keyword
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence

from core.errors import UnreadableImageError
from core.images.acquisition import ACQUISITION, CODED
from core.images.header import MOST_DEPTH, HeaderRow, HeaderTable, read_header, rows_task
from tests.dicom_files import big_endian, make_dicom, saved

PIXELS = np.zeros((4, 4), dtype=np.uint16)
MARKER = "ZORBLAX"


def row_of(table: HeaderTable, keyword: str) -> HeaderRow:
    return next(row for row in table.rows if row.keyword == keyword)


def text_of(dataset: FileDataset, keyword: str) -> str:
    row = row_of(read_header(saved(dataset)), keyword)
    return str(row.note) if row.note else row.value


@pytest.mark.parametrize(
    ("keyword", "value", "shown"),
    [
        ("KVP", "120", "120"),
        ("WindowCenter", [40, -600.5], "40 \\ -600.5"),
        ("Rows", 4, "4"),
        ("Modality", "CT", "CT"),
        ("Modality", MARKER, "hidden"),
        ("ImageType", ["ORIGINAL", "PRIMARY", MARKER, "AXIAL"], "ORIGINAL \\ PRIMARY \\ ? \\ AXIAL"),
        ("PatientName", f"{MARKER}^JANE", "hidden"),
        ("PatientBirthDate", "19700101", "hidden"),
        ("StudyInstanceUID", "1.2.3", "hidden"),
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.4", "MR Image Storage"),
        ("StudyDescription", "", "empty"),
        ("PixelData", PIXELS.tobytes(), "32 bytes"),
        ("ImageOrientationPatient", [1, 0, 0, 0, 1, 0], "1 \\ 0 \\ 0 \\ 0 \\ 1 \\ 0"),
    ],
)
def test_the_allow_list_decides_whose_value_is_shown(keyword: str, value: object, shown: str) -> None:
    assert text_of(make_dicom(PIXELS, **{keyword: value}), keyword) == shown


def test_a_uid_that_the_standard_does_not_give_is_hidden() -> None:
    content = saved(make_dicom(PIXELS))
    content = content.replace(b"1.2.840.10008.5.1.4.1.1.4\0", f"{MARKER}\n".encode().ljust(26))
    assert row_of(read_header(content), "SOPClassUID").is_hidden


def test_a_row_names_its_element() -> None:
    row = row_of(read_header(saved(make_dicom(PIXELS, PatientID=MARKER))), "PatientID")
    assert (row.tag, row.name, row.vr, row.depth) == ("(0010,0020)", "Patient ID", "LO", 0)
    assert row.is_hidden and row.value == ""


def test_nested_elements_are_indented_and_private_ones_counted() -> None:
    item = Dataset()
    item.WindowCenter, item.WindowWidth, item.PatientID = 1, 2, MARKER
    dataset = make_dicom(PIXELS, FrameVOILUTSequence=[item])
    block = dataset.private_block(0x0009, MARKER, create=True)
    block.add_new(1, "LO", MARKER)
    table = read_header(saved(dataset))
    sequence = row_of(table, "FrameVOILUTSequence")
    assert str(sequence.note) == "sequence"
    assert [row_of(table, name).depth for name in ("FrameVOILUTSequence", "WindowCenter", "Rows")] == [
        0,
        1,
        0,
    ]
    assert row_of(table, "WindowWidth").value == "2"
    assert table.private == {"0009": 2}
    assert MARKER not in table.model_dump_json()


def test_big_and_little_endian_tell_the_same_numbers() -> None:
    big = big_endian(make_dicom(PIXELS, KVP="80"))
    table = read_header(saved(big))
    assert [row_of(table, name).value for name in ("Rows", "BitsStored", "KVP")] == ["4", "16", "80"]


def element(tag: int, vr: str, value: bytes) -> bytes:
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    is_long = vr in ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
    return head + (struct.pack("<HI", 0, len(value)) if is_long else struct.pack("<H", len(value))) + value


def test_no_marker_in_any_element_of_the_dictionary_is_shown() -> None:
    """As raw bytes, so that text also stands where numbers, dates and UIDs should; once nested, too."""
    elements = [
        element(tag, dictionary_VR(tag)[:2], f"{MARKER} ".encode())
        for tag in sorted(keyword_dict.values())
        if tag >> 16 > 2 and dictionary_VR(tag)[:2] not in ("SQ", "NO")
    ]
    assert len(elements) > 3500
    for start in range(0, len(elements), 1000):  # a table has no more than 2,000 rows
        part = b"".join(elements[start : start + 1000])
        item = struct.pack("<HHI", 0xFFFE, 0xE000, len(part)) + part
        table = read_header(part + element(0x0040A730, "SQ", item))
        assert len(table.rows) > 1400
        assert MARKER not in table.model_dump_json()


def test_what_is_shown_of_an_acquisition_is_not_in_the_table_of_identifiers() -> None:
    """PS3.15 table E.1-1, as a package keeps it."""
    identifying = set(dicomfields_2026c.ALL_TAGS)
    assert len(identifying) > 300
    shown = {
        (tag >> 16, tag & 0xFFFF): name for name in (*ACQUISITION, *CODED) if (tag := tag_for_keyword(name))
    }
    assert not [name for pair, name in shown.items() if pair in identifying]


def test_deep_and_long_headers_are_cut() -> None:
    inner = Dataset()
    inner.Rows = 1
    for _ in range(MOST_DEPTH + 2):
        outer = Dataset()
        outer.FrameVOILUTSequence = Sequence([inner])
        inner = outer
    dataset = make_dicom(PIXELS, FrameVOILUTSequence=[inner])
    table = read_header(saved(dataset))
    assert table.is_cut
    assert max(row.depth for row in table.rows) == MOST_DEPTH


def test_100_000_empty_items_end_soon() -> None:
    """The walk is bounded: what lies behind the items is no longer listed."""
    items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 100_000
    sequence = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF)
    table = read_header(saved(make_dicom(PIXELS)) + sequence + items)
    assert row_of(table, "ContentSequence").vr == "SQ"


def test_bytes_that_are_no_header_are_refused() -> None:
    with pytest.raises(UnreadableImageError, match="no DICOM header"):
        read_header(b"")


def test_the_rows_come_across_as_they_were() -> None:
    content = saved(make_dicom(PIXELS, KVP="80"))
    record, buffers = rows_task(content)
    assert HeaderTable.model_validate(record) == read_header(content)
    assert not buffers


def test_real_headers_are_listed_without_names(shared_data: Path) -> None:
    table = read_header((shared_data / "dicom_torture" / "MR_small_implicit.dcm").read_bytes())
    assert row_of(table, "PatientName").is_hidden
    assert row_of(table, "ImagingFrequency").value == "63.924339"
    assert row_of(table, "PixelSpacing").value == "0.3125 \\ 0.3125"
    assert table.n_hidden > 20
