"""A clean file: the same picture to the bit, nothing of the marker, read without forgiveness."""

import json
import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from core.cli.main import run
from core.errors import UnreadableImageError
from core.images import burned_in, identity_kinds, read
from core.images.blanking import blanked_jpeg, blanked_jpeg2000
from core.images.clean_files import clean, write_deidentified
from core.images.deidentification import keyed_uids
from core.images.identity import kinds_in
from tests import markers

KEY = "5a" * 32
MARK = markers.TEXT.encode()


def picture_file(pixels, syntax=ExplicitVRLittleEndian, *, encoded=None, **header):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(BytesIO(), {}, preamble=bytes(128), file_meta=meta)
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    dataset.PatientID, dataset.PatientName = "4711", markers.TEXT
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    bits = 8 * pixels.dtype.itemsize
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, int(pixels.dtype.kind == "i")
    for keyword, value in header.items():
        setattr(dataset, keyword, value)
    if encoded is None:
        dataset.add_new("PixelData", "OW", pixels.tobytes())
    else:
        dataset.PixelData = encapsulate([encoded])
        dataset["PixelData"].is_undefined_length = True
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def test_a_file_full_of_the_marker_becomes_one_without():
    content = markers.marked_dicom()
    assert len(markers.found_in(content)) > 5
    record, (written,) = clean(content, key=KEY)
    assert markers.found_in(written) == set()
    assert written[:128] == bytes(128)
    np.testing.assert_array_equal(read(written).values, markers.shades(0))
    assert identity_kinds.PATIENT_NAME in record["kinds"]
    assert not markers.found_in(repr(record).encode())


def test_a_clean_file_is_read_without_forgiveness_and_says_what_was_done():
    dataset = dcmread(BytesIO(clean(markers.marked_dicom(), key=KEY)[1][0]))
    assert dataset.PatientIdentityRemoved == "YES"
    assert dataset.LongitudinalTemporalInformationModified == "REMOVED"
    assert dataset.StudyDate == ""
    assert dataset.PatientID == dataset.PatientName
    assert len(dataset.PatientID) == 16


def test_the_same_patient_has_the_same_pseudonym_and_another_key_another():
    files = [markers.marked_dicom(number=number, patient="4711") for number in (0, 1)]
    ids = [dcmread(BytesIO(clean(content, key=KEY)[1][0])).PatientID for content in files]
    assert ids[0] == ids[1]
    assert ids[0] != dcmread(BytesIO(clean(files[0], key="00" * 32)[1][0])).PatientID
    bare = dcmread(BytesIO(write_deidentified(files[0], keyed_uids(b"k"))))
    assert bare.PatientID == ""


def test_bits_beside_the_value_are_cleared():
    # Twelve stored bits; the four above them hold an overlay that spells something.
    pixels = np.arange(64, dtype=np.uint16).reshape(8, 8)
    content = picture_file(pixels | 0xA000, BitsStored=12, HighBit=11)
    written = dcmread(BytesIO(write_deidentified(content, keyed_uids(b"k"))))
    np.testing.assert_array_equal(np.frombuffer(written.PixelData, "<u2").reshape(8, 8), pixels)


def test_the_sign_of_a_value_is_kept():
    pixels = np.arange(-32, 32, dtype=np.int16).reshape(8, 8)
    content = picture_file(pixels, BitsStored=12, HighBit=11)
    written = dcmread(BytesIO(write_deidentified(content, keyed_uids(b"k"))))
    np.testing.assert_array_equal(np.frombuffer(written.PixelData, "<i2").reshape(8, 8), pixels)
    np.testing.assert_array_equal(written.pixel_array, pixels)


def test_a_jpeg_inside_loses_its_comments_and_its_tail_and_no_pixel():
    encoded = markers.marked_jpeg(3)
    content = picture_file(markers.shades(3), JPEGBaseline8Bit, encoded=encoded)
    assert MARK in content
    written = write_deidentified(content, keyed_uids(b"k"))
    assert markers.found_in(written) == set()
    np.testing.assert_array_equal(read(written).values, read(content).values)


def test_a_jpeg2000_inside_loses_its_comment_and_its_tail_and_no_pixel():
    stream = BytesIO()
    Image.fromarray(markers.shades(4)).save(stream, format="JPEG2000", no_jp2=True, comment=markers.TEXT)
    content = picture_file(markers.shades(4), JPEG2000Lossless, encoded=stream.getvalue() + MARK)
    assert content.count(MARK) == 3  # the name, the comment, the tail
    written = write_deidentified(content, keyed_uids(b"k"))
    assert markers.found_in(written) == set()
    np.testing.assert_array_equal(read(written).values, markers.shades(4))


def test_a_jp2_box_around_a_codestream_is_left_behind():
    stream = BytesIO()
    Image.fromarray(markers.shades(4)).save(stream, format="JPEG2000", comment=markers.TEXT)
    box = len(MARK) + 8
    content = stream.getvalue() + box.to_bytes(4) + b"xml " + MARK
    cut = blanked_jpeg2000(content)
    assert cut.startswith(b"\xff\x4f\xff\x51")
    assert MARK not in cut
    np.testing.assert_array_equal(np.array(Image.open(BytesIO(cut))), markers.shades(4))


def test_a_run_length_picture_is_written_unpacked():
    dataset = dcmread(BytesIO(picture_file(markers.shades(5))))
    dataset.compress(RLELossless, generate_instance_uid=False)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    content = picture_file(markers.shades(5), RLELossless, encoded=frame + MARK + b"\0" * (len(MARK) % 2))
    written = write_deidentified(content, keyed_uids(b"k"))
    assert markers.found_in(written) == set()
    assert dcmread(BytesIO(written)).file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    np.testing.assert_array_equal(read(written).values, markers.shades(5))


@pytest.mark.parametrize(
    "stream", [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xfe\x00\x04ab", b"\xff\x4f\xff\x51\x00\x00"]
)
def test_a_stream_without_an_end_is_refused(stream):
    for blanked in (blanked_jpeg, blanked_jpeg2000):
        with pytest.raises(UnreadableImageError, match="not built as the standard says"):
            blanked(stream)


def test_what_tells_a_decoder_the_colours_is_kept():
    adobe = b"\xff\xee\x00\x0eAdobe" + b"\0d" + b"Mi" + b"ll" + b"\x01"
    stream = b"\xff\xd8" + adobe + b"\xff\xd9"
    assert blanked_jpeg(stream) == b"\xff\xd8\xff\xee\x00\x0eAdobe" + bytes(6) + b"\x01" + b"\xff\xd9"
    mrfx = b"\xff\xd8\xff\xe8\x00\x07mrfx\x01\xff\xd9"
    assert blanked_jpeg(mrfx) == mrfx


def test_what_is_no_dicom_is_refused():
    with pytest.raises(UnreadableImageError, match="It is no DICOM file"):
        clean(markers.marked_png(0), key=KEY)


def test_each_real_file_shows_the_same_picture_or_is_refused(shared_data):
    paths = sorted((shared_data / "dicom_equivalence").glob("*.dcm"))
    assert len(paths) == 19
    for path in paths:
        _record, (written,) = clean(path.read_bytes(), key=KEY)  # refuses a file that shows another picture
        left = kinds_in(written)
        assert left <= {
            identity_kinds.UID,
            identity_kinds.PATIENT_ID,
            identity_kinds.PATIENT_NAME,
            identity_kinds.PATIENT_FACT,
        }
    assert JPEGLSLossless in {dcmread(path).file_meta.TransferSyntaxUID for path in paths}


def test_the_command_writes_a_clean_file_and_overwrites_nothing(home, tmp_path, monkeypatch, capsys):
    source, out = tmp_path / "in.dcm", tmp_path / "out.dcm"
    source.write_bytes(markers.marked_dicom())

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["core", "deidentify", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            run()
        return int(ended.value.code or 0), capsys.readouterr()

    code, said = command(source, "--out", out, "--json")
    record = json.loads(said.out)
    assert (code, record["out"]) == (0, str(out))
    assert "the patient's name" in record["found"]
    assert burned_in.CAPTURED in record["look_at_the_picture"]
    assert markers.found_in(out.read_bytes()) == set()
    assert markers.found_in((said.out + said.err).encode()) == set()
    assert command(source, "--out", out)[0] == 2
    assert command(tmp_path / "none.dcm", "--out", tmp_path / "other.dcm")[0] == 2
    assert command(source, "--out", tmp_path / "nowhere" / "other.dcm")[0] == 2
    text = tmp_path / "text.txt"
    text.write_text("no picture", encoding="utf-8")
    code, said = command(text, "--out", tmp_path / "other.dcm")
    assert (code, said.err) == (2, "It is no DICOM file; only those can be written anew.\n")
    assert not (tmp_path / "other.dcm").exists()
