"""DICOM: the values that the standard says, by hand-made files whose answer is known."""

import zlib
from io import BytesIO

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
)

from core.errors import UnreadableImageError
from core.images import dicom, read
from core.images.display import to_uint8
from tests.dicom_files import big_endian, lut, make_dicom, saved

STORED = np.arange(16, dtype=np.int16).reshape(4, 4)


def test_rescale_gives_hounsfield_units() -> None:
    image = read(saved(make_dicom(STORED, RescaleSlope=2, RescaleIntercept=-1024)))
    np.testing.assert_array_equal(image.values, STORED * 2 - 1024)
    assert image.values.dtype == np.int16
    assert image.value_range == (-1024, -994)
    assert image.rescale == (2, -1024)


def test_a_slope_with_decimals_gives_float32() -> None:
    image = read(saved(make_dicom(STORED, RescaleSlope="0.5", RescaleIntercept="0.25")))
    np.testing.assert_array_equal(image.values, STORED * np.float32(0.5) + np.float32(0.25))
    assert image.values.dtype == np.float32


def test_a_negative_slope_turns_the_range_round() -> None:
    image = read(saved(make_dicom(STORED, RescaleSlope=-1, RescaleIntercept=0)))
    assert image.value_range == (-15, 0)
    assert image.rescale == (-1, 0)


def test_what_a_table_made_has_no_rescale_and_what_is_as_stored_has_the_neutral_one() -> None:
    table = lut([100 * n for n in range(16)])
    assert read(saved(make_dicom(STORED))).rescale == (1, 0)
    assert read(saved(make_dicom(STORED, ModalityLUTSequence=[table]))).rescale is None
    assert read(saved(make_dicom(STORED, RescaleSlope=2, VOILUTSequence=[table]))).rescale is None


@pytest.mark.parametrize("slope", [b"nan ", b"inf ", b"-inf", b"0.00"])
def test_a_bad_slope_is_refused(slope: bytes) -> None:
    content = saved(make_dicom(STORED, RescaleSlope="1.25", RescaleIntercept=0))
    with pytest.raises(UnreadableImageError, match="The DICOM file is wrong"):
        read(content.replace(b"1.25", slope))


def test_the_modality_lut_is_applied_before_the_window() -> None:
    table = [100 * n for n in range(16)]
    image = read(
        saved(make_dicom(STORED, ModalityLUTSequence=[lut(table)], WindowCenter=750, WindowWidth=1501))
    )
    np.testing.assert_array_equal(image.values, STORED * 100)
    assert image.windows[0].center == 750
    np.testing.assert_array_equal(to_uint8(image), np.round(STORED.astype(float) / 15 * 255).astype(np.uint8))


def test_the_voi_lut_is_applied_at_reading_and_clamps_outside() -> None:
    image = read(saved(make_dicom(STORED, VOILUTSequence=[lut([0, 30000, 65535], first=5)])))
    expected = np.array([0] * 6 + [30000] + [65535] * 9).reshape(4, 4)
    np.testing.assert_array_equal(image.values, expected)
    assert image.value_range == (0, 65535)
    assert image.windows == ()


def test_several_windows_are_kept_in_order_and_the_first_is_used() -> None:
    dataset = make_dicom(STORED, WindowCenter=[8, 4], WindowWidth=[16, 2], VOILUTFunction="SIGMOID")
    dataset.WindowCenterWidthExplanation = ["LUNG", "made by Dr Miller"]
    windows = read(saved(dataset)).windows
    assert [(window.center, window.width, window.function) for window in windows] == [
        (8, 16, "SIGMOID"),
        (4, 2, "SIGMOID"),
    ]
    assert [window.explanation for window in windows] == ["LUNG", ""]


@pytest.mark.parametrize("width", [b"0.00", b"-5  ", b"nan "])
def test_a_window_without_width_is_ignored(width: bytes) -> None:
    content = saved(make_dicom(STORED, WindowCenter="8", WindowWidth="1.25"))
    image = read(content.replace(b"1.25", width))
    assert image.windows == ()
    assert image.value_range == (0, 15)


def test_monochrome1_is_inverted() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = read(saved(make_dicom(pixels, PhotometricInterpretation="MONOCHROME1")))
    assert image.inverted
    np.testing.assert_array_equal(image.values, pixels)
    np.testing.assert_array_equal(to_uint8(image), 255 - pixels)


def test_12_stored_bits_mean_0_to_4095_when_they_are_used() -> None:
    pixels = np.linspace(0, 4095, 64).astype(np.uint16).reshape(8, 8)
    assert read(saved(make_dicom(pixels, BitsStored=12, HighBit=11))).value_range == (0, 4095)


def test_padding_does_not_set_the_range() -> None:
    pixels = STORED + np.int16(100)
    pixels[0] = -2000
    dataset = make_dicom(pixels)
    dataset.add_new("PixelPaddingValue", "SS", -2000)
    assert read(saved(dataset)).value_range == (104, 115)
    dataset.add_new("PixelPaddingRangeLimit", "SS", 105)
    assert read(saved(dataset)).value_range == (106, 115)


def test_of_several_frames_the_middle_one_is_read() -> None:
    frames = np.arange(5 * 16, dtype=np.uint8).reshape(20, 4)
    image = read(saved(make_dicom(frames, Rows=4, NumberOfFrames=5)))
    np.testing.assert_array_equal(image.values, frames[8:12])
    assert (image.frame, image.n_frames) == (2, 5)
    assert [str(note) for note in image.notes] == ["5 frames: the middle one is read."]


def test_each_frame_of_an_enhanced_object_has_its_own_rescale_window_and_spacing() -> None:
    def groups(intercept: int) -> Dataset:
        transformation, window, measures = Dataset(), Dataset(), Dataset()
        transformation.RescaleSlope, transformation.RescaleIntercept = 1, intercept
        window.WindowCenter, window.WindowWidth = intercept, 10
        measures.PixelSpacing = [0.5, 0.25]
        item = Dataset()
        item.PixelValueTransformationSequence = [transformation]
        item.FrameVOILUTSequence = [window]
        item.PixelMeasuresSequence = [measures]
        return item

    frames = np.zeros((8, 4), dtype=np.uint16)
    dataset = make_dicom(frames, Rows=4, NumberOfFrames=2)
    dataset.PerFrameFunctionalGroupsSequence = [groups(100), groups(200)]
    image = read(saved(dataset))
    assert (image.values == 200).all()
    assert image.windows[0].center == 200
    assert image.pixel_spacing_mm == (0.5, 0.25)


def test_palette_colour_becomes_rgb() -> None:
    pixels = np.array([[0, 1], [2, 2]], dtype=np.uint8)
    dataset = make_dicom(pixels, PhotometricInterpretation="PALETTE COLOR")
    for colour, shades in (("Red", [255, 0, 9]), ("Green", [0, 255, 9]), ("Blue", [0, 0, 200])):
        dataset.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [3, 0, 16])
        data = (np.array(shades, dtype=np.uint16) * 257).tobytes()
        dataset.add_new(f"{colour}PaletteColorLookupTableData", "OW", data)
    image = read(saved(dataset))
    np.testing.assert_array_equal(image.values, [[[255, 0, 0], [0, 255, 0]], [[9, 9, 200], [9, 9, 200]]])


def test_ybr_becomes_rgb() -> None:
    ybr = np.full((4, 4, 3), (76, 85, 255), dtype=np.uint8)  # pure red: PS3.3 C.7.6.3.1.2
    image = read(saved(make_dicom(ybr, PhotometricInterpretation="YBR_FULL")))
    np.testing.assert_allclose(image.values[0, 0], (254, 0, 0), atol=2)


def test_rle_and_big_endian_and_deflated_are_the_same_picture() -> None:
    pixels = np.arange(256, dtype=np.uint16).reshape(16, 16) * 200
    rle = make_dicom(pixels)
    rle.compress(RLELossless, encoding_plugin="pydicom")
    big = big_endian(make_dicom(pixels.astype(">u2")))
    deflated = make_dicom(pixels)
    deflated.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    for dataset in (rle, big, deflated):
        np.testing.assert_array_equal(read(saved(dataset)).values, pixels)


def test_a_file_without_preamble_is_read() -> None:
    content = saved(make_dicom(STORED))
    np.testing.assert_array_equal(read(content[132:]).values, STORED)
    stream = BytesIO()
    bare = Dataset()
    bare.update(make_dicom(STORED))
    bare.save_as(stream, implicit_vr=True, little_endian=True)  # no file meta group either
    np.testing.assert_array_equal(read(stream.getvalue()).values, STORED)


def test_more_pixels_than_bytes_are_refused_before_decoding() -> None:
    text = "is cut short: its picture needs 2000000 bytes and 32 are there"
    with pytest.raises(UnreadableImageError, match=text):
        read(saved(make_dicom(STORED, Rows=1000, Columns=1000)))
    with pytest.raises(UnreadableImageError, match="cut short"):
        read(saved(make_dicom(STORED, NumberOfFrames=2_000_000_000)))


def test_a_huge_picture_is_refused_by_its_header() -> None:
    with pytest.raises(UnreadableImageError, match="65535 x 65535 pixels; at most 40 million"):
        read(saved(make_dicom(STORED, Rows=65535, Columns=65535)))


def test_a_deflated_bomb_is_stopped_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicom, "MAX_INFLATED_BYTES", 1024**2)
    dataset = make_dicom(STORED)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    content = saved(dataset)
    bomb = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    _, start = dicom._file_meta(content)
    content = content[:start] + bomb.compress(bytes(8 * 1024**2)) + bomb.flush()
    with pytest.raises(UnreadableImageError, match="would grow beyond 1 MB"):
        read(content)


def test_a_file_without_a_picture_is_refused() -> None:
    dataset = make_dicom(STORED)
    del dataset.PixelData
    with pytest.raises(UnreadableImageError, match="The DICOM file holds no picture"):
        read(saved(dataset))


def test_an_encoding_without_decoder_is_named() -> None:
    dataset = make_dicom(STORED)
    dataset.compress(RLELossless, encoding_plugin="pydicom")
    dataset.file_meta.TransferSyntaxUID = MPEG2MPML
    with pytest.raises(UnreadableImageError, match="encoded as 'MPEG2 Main Profile.*no decoder"):
        read(saved(dataset))
    dataset.file_meta.TransferSyntaxUID = "1.2.3.4"
    with pytest.raises(UnreadableImageError, match="encoded as 'an unknown transfer syntax'"):
        read(saved(dataset))


def test_sequences_without_end_are_refused() -> None:
    opened = (
        b"\x28\x00\x10\x30SQ\0\0" + b"\xff" * 4 + b"\xfe\xff\x00\xe0" + b"\xff" * 4
    )  # a VOI LUT in a VOI LUT
    with pytest.raises(UnreadableImageError):
        read(saved(make_dicom(STORED)) + 3000 * opened)


def test_identifiers_are_for_the_importer_and_not_shown() -> None:
    image = read(saved(make_dicom(STORED, PatientID="DOE-1", SeriesInstanceUID="1.2.3", PatientAge="042Y")))
    assert (image.patient_id, image.series_id) == ("DOE-1", "1.2.3")
    assert "DOE" not in repr(image)
    assert image.attributes == {"age_band": "40-49"}
