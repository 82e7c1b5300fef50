"""De-identification: a canary in every text attribute that the dictionary knows, and none comes out."""

import uuid
from io import BytesIO

import numpy as np
import pytest
from pydicom import config
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from core.errors import UnreadableImageError
from core.images import read
from core.images.allow_list import SEQUENCES, WORDS
from core.images.deidentification import age_band, attributes_of, deidentify, keyed_uids

CANARY = "CANARY^Miller"
CANARY_UID = "1.2.826.0.1.3680043.9.7777"
CANARY_DATE = "19530417"
TEXT = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> FileDataset:
    """A file with a canary in each public text, date and UID attribute, in a private one and in items."""
    monkeypatch.setattr(config.settings, "_writing_validation_mode", config.IGNORE)
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.IGNORE)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = CANARY_UID
    meta.SourceApplicationEntityTitle = CANARY
    dataset = FileDataset("", {}, preamble=(CANARY * 20)[:128].encode(), file_meta=meta)
    _fill(dataset)
    small, large = Dataset(), Dataset()
    small.PatientName = CANARY
    _fill(large)
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        if vr == "SQ" and keyword and tag >= 0x00080000:
            dataset.add_new(tag, "SQ", [large if keyword in SEQUENCES else small])
    dataset.private_block(0x0099, CANARY, create=True).add_new(1, "LO", CANARY)
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    _add_picture(dataset)
    return dataset


def _fill(dataset: Dataset) -> None:
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        if not keyword or tag < 0x00080000 or keyword == "SpecificCharacterSet":
            continue
        if vr in TEXT:
            dataset.add_new(tag, vr, CANARY)
        elif vr in ("DA", "DT"):
            dataset.add_new(tag, vr, CANARY_DATE)
        elif vr == "UI":
            dataset.add_new(tag, vr, CANARY_UID)


def _add_picture(dataset: Dataset) -> None:
    dataset.Rows = dataset.Columns = 4
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.NumberOfFrames = 1
    dataset.add_new("PixelData", "OB", bytes(range(16)))


def saved(dataset: FileDataset) -> bytes:
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def test_no_canary_comes_out(full: FileDataset) -> None:
    assert len(full) > 1500
    before = saved(full)
    content = saved(deidentify(full))
    for canary in (CANARY, "Miller", CANARY_UID, CANARY_DATE):
        assert canary.encode() in before
        assert canary.encode() not in content
    assert content[:128] == bytes(128)


def test_what_is_needed_to_show_the_picture_is_kept(full: FileDataset) -> None:
    clean = deidentify(full)
    assert clean.PatientIdentityRemoved == "YES"
    assert clean.SOPInstanceUID not in ("", CANARY_UID)
    assert clean.file_meta.MediaStorageSOPInstanceUID == clean.SOPInstanceUID
    assert (clean.Rows, clean.PhotometricInterpretation) == (4, "MONOCHROME2")
    assert clean.PixelData == bytes(range(16))
    assert "PatientName" not in clean
    assert "PatientID" not in clean
    assert "StudyDate" not in clean


def test_the_original_is_left_as_it_is(full: FileDataset) -> None:
    deidentify(full)
    assert full.PatientName == CANARY
    assert full.file_meta.MediaStorageSOPInstanceUID == CANARY_UID


def test_a_picture_read_from_it_holds_no_canary_but_the_identifiers(full: FileDataset) -> None:
    for keyword in ("VOILUTSequence", "ModalityLUTSequence", "SharedFunctionalGroupsSequence"):
        delattr(full, keyword)
    del full.PerFrameFunctionalGroupsSequence
    image = read(saved(full))
    np.testing.assert_array_equal(image.values, np.arange(16).reshape(4, 4))
    shown = repr((image.attributes, image.windows, image.notes, image.modality))
    assert CANARY not in shown
    assert "CANARY" not in repr(image)
    assert image.patient_id == CANARY


@pytest.mark.parametrize("keyword", sorted(WORDS))
def test_coded_text_is_kept_only_where_it_is_a_known_word(keyword: str) -> None:
    dataset = Dataset()
    known = sorted(WORDS[keyword])[0]
    dataset.set_original_encoding(is_implicit_vr=False, is_little_endian=True)
    setattr(dataset, keyword, known)
    assert deidentify(dataset).get(keyword) == known
    setattr(dataset, keyword, "MILLER")
    assert not deidentify(dataset).get(keyword)


@pytest.mark.parametrize(
    "keyword",
    [
        "WindowCenter",
        "WindowWidth",
        "PixelSpacing",
        "SliceThickness",
        "ImagePositionPatient",
        "SpacingBetweenSlices",
    ],
)
def test_text_in_the_place_of_a_number_is_dropped(keyword: str) -> None:
    dataset = _bare()
    dataset.add_new(keyword, "LO", CANARY)
    assert keyword not in deidentify(dataset)
    dataset.add_new(keyword, "LO", ["1", CANARY])
    assert keyword not in deidentify(dataset)


@pytest.mark.parametrize("keyword", ["RescaleSlope", "Rows", "BitsStored"])
def test_text_where_the_pixels_meaning_hangs_on_a_number_refuses_the_file(keyword: str) -> None:
    dataset = _bare()
    dataset.add_new(keyword, "LO", CANARY)
    with pytest.raises(UnreadableImageError) as caught:
        deidentify(dataset)
    assert str(caught.value) == f"The DICOM file is wrong: {keyword} is no number."


def test_numbers_are_written_as_numbers() -> None:
    dataset = _bare()
    dataset.WindowCenter, dataset.PixelSpacing, dataset.InstanceNumber = [40, -600.5], ["0.143", "0.143 "], 7
    clean = deidentify(dataset)
    assert list(clean.WindowCenter) == [40, -600.5]
    assert list(clean.PixelSpacing) == [0.143, 0.143]
    assert clean.InstanceNumber == 7


@pytest.mark.parametrize(
    ("descriptor", "data", "kept"),
    [
        ([4, 0, 16], bytes(8) + CANARY.encode(), bytes(8)),
        ([4, 0, 8], bytes(4) + b"Mil", bytes(4)),
        ([0, 0, 16], bytes(2 * 65536) + CANARY.encode(), bytes(2 * 65536)),
        ([3, 0, 8], bytes(3) + b"M", bytes(3) + b"M"),  # one byte makes the length even
    ],
)
def test_a_table_ends_where_its_descriptor_says(descriptor: list[int], data: bytes, kept: bytes) -> None:
    dataset, table = _bare(), Dataset()
    table.LUTDescriptor, table.LUTExplanation = descriptor, CANARY
    table.add_new("LUTData", "OW", data)
    dataset.VOILUTSequence = [table]
    item = deidentify(dataset).VOILUTSequence[0]
    assert item.LUTData == kept
    assert "LUTExplanation" not in item
    del table.LUTDescriptor
    assert "LUTData" not in deidentify(dataset).VOILUTSequence[0]


def test_what_is_no_sequence_and_no_pixels_is_dropped() -> None:
    dataset = _bare()
    dataset.add_new("ModalityLUTSequence", "LO", CANARY)
    dataset.add_new("PixelData", "LT", CANARY)
    dataset.add_new("ExtendedOffsetTable", "OV", CANARY.encode().ljust(16))
    dataset.add_new("ExtendedOffsetTableLengths", "OV", CANARY.encode().ljust(16))
    assert [element.keyword for element in deidentify(dataset)] == [
        "PatientIdentityRemoved",
        "DeidentificationMethod",
        "LongitudinalTemporalInformationModified",
    ]


def test_sequences_in_sequences_end_at_the_third() -> None:
    dataset = inner = _bare()
    for _ in range(50):
        item = Dataset()
        item.WindowCenter = 1
        inner.SharedFunctionalGroupsSequence = [item]
        inner = item
    depth, inner = 0, deidentify(dataset)
    while "SharedFunctionalGroupsSequence" in inner:
        depth, inner = depth + 1, inner.SharedFunctionalGroupsSequence[0]
    assert depth == 3


def test_a_class_or_syntax_that_no_standard_knows_is_not_handed_on() -> None:
    dataset = _bare()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = dataset.SOPClassUID = CANARY_UID
    clean = deidentify(dataset)
    assert "SOPClassUID" not in clean
    assert clean.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


def test_keyed_uids_are_the_same_for_the_same_uid_and_key_alone() -> None:
    first, second = keyed_uids(b"a" * 32), keyed_uids(b"b" * 32)
    assert first("1.2.3") == first("1.2.3 ") == keyed_uids(b"a" * 32)("1.2.3")
    assert len({first("1.2.3"), first("1.2.4"), second("1.2.3")}) == 3
    uid = UID(first("1.2.3"))
    assert uid.is_valid
    number = uuid.UUID(int=int(uid.removeprefix("2.25.")))
    assert (number.version, number.variant) == (4, uuid.RFC_4122)


def test_a_series_stays_together() -> None:
    slices = [_bare(), _bare()]
    for number, dataset in enumerate(slices):
        dataset.SeriesInstanceUID, dataset.SOPInstanceUID = "1.2.3", f"1.2.3.{number}"
    first, second = (deidentify(dataset, new_uid=keyed_uids(b"k")) for dataset in slices)
    assert first.SeriesInstanceUID == second.SeriesInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID


def _bare() -> Dataset:
    dataset = Dataset()
    dataset.set_original_encoding(is_implicit_vr=False, is_little_endian=True)
    return dataset


@pytest.mark.parametrize(
    ("age", "band"),
    [
        ("042Y", "40-49"),
        ("000Y", "0-9"),
        ("003M", "0-9"),
        ("120D", "0-9"),
        ("079Y", "70-79"),
        ("080Y", "80+"),
        ("101Y", "80+"),
        ("42", "40-49"),
        ("", None),
        ("old", None),
        ("born 1953", None),
    ],
)
def test_an_age_becomes_a_band(age: str, band: str | None) -> None:
    assert age_band(age) == band


def test_what_an_importer_may_keep() -> None:
    dataset = Dataset()
    dataset.PatientAge, dataset.PatientSex, dataset.ViewPosition = "007Y", "F", "PA"
    dataset.BodyPartExamined, dataset.PatientComments = "CHEST", "a singer"
    assert attributes_of(dataset) == {"age_band": "0-9", "sex": "F", "view": "PA", "body_part": "CHEST"}
