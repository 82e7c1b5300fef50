"""DICOM files that others made: each is shown with the right values, or refused in a sentence."""

import csv
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import config, dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import get_frame
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import JPEGBaseline8Bit

from core.errors import UnreadableImageError
from core.images import read
from core.images.dicom import parse
from core.images.display import to_uint8
from core.images.pixel_format import format_of
from core.images.records import MedicalImage
from core.images.stored import read_stored

# The 6 of 126 files with pixels that are refused, and why.
REFUSED: Final = {
    "JPEG2000-embedded-sequence-delimiter.dcm": "its picture 1024 x 3722445056 x 1",  # SIZ overwritten
    "JPEGLossless_1s_1f_i_16_16_bad.dcm": "written against the standard",  # predicts with signed halves
    "MR_truncated.dcm": "needs 8192 bytes and 8130 are there",
    "badVR.dcm": "its NumberOfFrames is no whole number",
    "meta_missing_tsyntax.dcm": "size is 0 x 0",  # a header alone
    "nested_priv_SQ.dcm": "size is 0 x 0",  # a header alone
}
# pydicom reads these signed values as unsigned ones, so that air is brighter than bone: the stream is right.
SIGN_OF_STREAM: Final = "TOSHIBA_J2K_SIZ1_PixRep0.dcm"
# The same picture in a form that another decoder can read.
TWINS: Final = {
    "JPEG-lossy.dcm": "JPGExtended.dcm",
    "RG2_JPLY.dcm": "RG2_JPLY_fixed.dcm",
    "liver_deflate.dcm": "liver_expb.dcm",
    "liver_rle.dcm": "liver_expb.dcm",
    "liver_j2k.dcm": "liver_expb.dcm",
    "MR_small_bigendian.dcm": "MR_small_implicit.dcm",
    "OBXXXX1A_expb.dcm": "OBXXXX1A.dcm",
    "OBXXXX1A_rle.dcm": "OBXXXX1A.dcm",
    "gdcm-US-ALOKA-16_big.dcm": "gdcm-US-ALOKA-16.dcm",
    "SC_rgb_jpeg_gdcm.dcm": "SC_rgb_rle.dcm",
    "emri_small_jpeg_ls_lossless.dcm": "emri_small.dcm",
    "emri_small_jpeg_2k_lossless.dcm": "emri_small.dcm",
    "rtdose_rle.dcm": "rtdose.dcm",
}
LOSSLESS_JPEG: Final = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")


def rows_of(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "dicom_torture_expected.csv").open() as file:
        return list(csv.DictReader(file))


def shown_rows(shared_data: Path) -> Iterator[tuple[dict[str, str], Path]]:
    for row in rows_of(shared_data):
        if row["has_pixels"] == "True" and row["file"] not in REFUSED:
            yield row, shared_data / "dicom_torture" / row["file"]


class Decoded(NamedTuple):
    """One file that is shown: its row of the table, its picture, and the stored values of the same frame."""

    row: dict[str, str]
    path: Path
    image: MedicalImage
    stored: NDArray[np.generic]


@pytest.fixture(scope="module")
def decoded(shared_data: Path) -> list[Decoded]:
    found = []
    for row, path in shown_rows(shared_data):
        content = path.read_bytes()
        image, dataset = read(content), parse(content)
        stored = read_stored(dataset, format_of(dataset), image.frame).values
        found.append(Decoded(row, path, image, stored))
    return found


def all_frames(path: Path) -> NDArray[np.generic]:
    dataset = parse(path.read_bytes())
    layout = format_of(dataset)
    return np.stack([read_stored(dataset, layout, frame).values for frame in range(layout.n_frames)])


def opened(path: Path) -> FileDataset:
    dataset = dcmread(path, force=True)
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    return dataset


@pytest.fixture(autouse=True)
def _odd_values_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # What the other library finds odd in these files is not what is tested.
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.IGNORE)


def test_each_public_file_is_shown_or_refused_in_a_sentence(shared_data: Path) -> None:
    n_shown = 0
    rows = rows_of(shared_data)
    for row in rows:
        content = (shared_data / "dicom_torture" / row["file"]).read_bytes()
        try:
            image = read(content, name=row["file"])
        except UnreadableImageError as error:
            reason = REFUSED.get(
                row["file"], "holds no picture" if row["file"] != "no_meta.dcm" else "is no PNG"
            )
            assert reason in str(error), row["file"]
            assert str(error).endswith("."), row["file"]
            continue
        assert row["has_pixels"] == "True" and row["file"] not in REFUSED
        assert image.values.shape[:2] == (int(row["rows"]), int(row["columns"])), row["file"]
        assert image.n_frames == int(row["frames"] or 1), row["file"]
        assert image.bits_stored == int(row["bits_stored"] or row["bits_allocated"]), row["file"]
        n_shown += 1
    assert (len(rows), n_shown) == (137, 120)


def test_the_stored_values_of_all_frames_are_what_a_decoder_with_all_plug_ins_found(
    shared_data: Path,
) -> None:
    n_checked = 0
    for row, path in shown_rows(shared_data):
        if row["decodes_with_all_plugins"] != "True":
            continue
        values = all_frames(path).astype(np.float64)
        expected = (float(row["raw_min"]), float(row["raw_max"]))
        if row["file"] == SIGN_OF_STREAM:
            expected = (-2048, 1717)
        assert (values.min(), values.max()) == expected, row["file"]
        n_checked += 1
    assert n_checked == 115


def test_each_stored_value_is_what_a_second_decoder_finds(decoded: list[Decoded]) -> None:
    """Bit for bit, lossy codecs too: pydicom with its plug-ins, and two other decoders of lossless JPEG."""
    n_checked = 0
    for row, path, image, values in decoded:
        dataset, frame = opened(path), image.frame
        if row["file"] in TWINS:
            continue
        if dataset.file_meta.TransferSyntaxUID in LOSSLESS_JPEG:
            encoded = get_frame(dataset.PixelData, frame, number_of_frames=1)
            for decode in (imagecodecs.ljpeg_decode, imagecodecs.jpegsof3_decode):
                np.testing.assert_array_equal(values, decode(encoded), err_msg=row["file"])
        elif row["file"] in ("JPGExtended.dcm", "RG2_JPLY_fixed.dcm"):
            continue  # 12-bit JPEG: no second decoder; its extremes are those of the table above
        else:
            other = pixel_array(dataset, index=frame)
            if row["file"] == SIGN_OF_STREAM:
                other = other.view(np.int16)
            is_ybr = row["photometric"].startswith("YBR_FULL")
            np.testing.assert_allclose(
                values.astype(float), other.astype(float), atol=1 if is_ybr else 0, err_msg=row["file"]
            )
        n_checked += 1
    assert n_checked + len(TWINS) + 2 == 120


def test_the_same_picture_in_two_encodings_is_the_same(shared_data: Path) -> None:
    folder = shared_data / "dicom_torture"
    for name, twin in TWINS.items():
        np.testing.assert_array_equal(all_frames(folder / name), all_frames(folder / twin), err_msg=name)
        one, other = (read((folder / file).read_bytes()) for file in (name, twin))
        np.testing.assert_array_equal(to_uint8(one), to_uint8(other), err_msg=name)


def test_values_in_units_are_what_a_second_library_computes(decoded: list[Decoded]) -> None:
    """Rescale and modality LUT of all grey files; the VOI LUT and the palettes of those that have one."""
    n_checked = 0
    for row, path, image, stored in decoded:
        dataset = opened(path)
        if row["photometric"] == "PALETTE COLOR":
            if row["file"] in ("OBXXXX1A_expb.dcm", "gdcm-US-ALOKA-16_big.dcm"):
                continue  # read in the wrong byte order by the other library; they have twins above
            colours = apply_color_lut(stored, dataset)[..., :3]
            colours = colours >> 8 if colours.max() > 255 else colours
            np.testing.assert_allclose(image.values.astype(int), colours, atol=1, err_msg=row["file"])
        elif row["file"] == "vlut_04.dcm":
            np.testing.assert_array_equal(image.values, np.array(dataset.VOILUTSequence[0].LUTData)[stored])
        elif row["photometric"].startswith("MONO") and row["file"] != "JPEGLosslessP14SV1_1s_1f_u_16_16.dcm":
            in_units = apply_modality_lut(stored, dataset)  # that file's sequences are empty
            np.testing.assert_allclose(image.values, in_units, rtol=1e-6, err_msg=row["file"])
        else:
            continue
        n_checked += 1
    assert n_checked == 75


def test_what_is_shown_follows_the_formula_of_the_standard(decoded: list[Decoded]) -> None:
    """PS3.3 C.11.2.1.2.1, written out again: below is black, above is white, between is a line."""
    n_checked = 0
    for row, _, image, _ in decoded:
        if not image.windows or image.windows[0].function != "LINEAR":
            continue
        center, width = image.windows[0].center, image.windows[0].width
        x = image.values.astype(np.float64)
        y = ((x - (center - 0.5)) / (width - 1) + 0.5) * 255
        y[x <= center - 0.5 - (width - 1) / 2] = 0
        y[x > center - 0.5 + (width - 1) / 2] = 255
        y = 255 - y if row["photometric"] == "MONOCHROME1" else y
        np.testing.assert_allclose(to_uint8(image), y, atol=0.51, err_msg=row["file"])
        n_checked += 1
    assert n_checked == 27


def test_lossy_padding_sets_no_range(shared_data: Path) -> None:
    image = read((shared_data / "dicom_torture" / "CT1_JLSN.dcm").read_bytes())
    assert image.values.min() == -3028  # -2000 and -1024, 4 off by the codec
    assert image.value_range == (-1024, 1254)


def test_one_picture_in_19_encodings_is_shown_the_same(shared_data: Path) -> None:
    """Exact where 8 bits are stored; a grey level apart where 12 or 16 bits go through a window."""
    expected = np.asarray(Image.open(shared_data / "dicom_equivalence" / "expected_display.png")).astype(int)
    paths = sorted((shared_data / "dicom_equivalence").glob("*.dcm"))
    assert len(paths) == 19
    for path in paths:
        frame = 0 if path.name == "multiframe_3.dcm" else None  # the expected one is the first frame
        image = read(path.read_bytes(), frame=frame)
        difference = abs(to_uint8(image).astype(int) - expected)
        if path.name == "mono2_16bit_padding.dcm":
            difference = difference[image.values != -2000]  # what is padded is not in the picture
        assert difference.max() <= (0 if image.values.dtype == np.uint8 else 1), path.name


def test_80_wrapped_films_are_what_was_wrapped(shared_data: Path) -> None:
    """Those that hold a JPEG show that JPEG; others what the window makes of a second decoder's values."""
    folder = shared_data / "cxr_dicom_wrapped"
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".csv")
    assert len(paths) == 80
    n_jpegs = 0
    for path in paths:
        dataset, image = opened(path), read(path.read_bytes())
        shown = to_uint8(image).astype(int)
        if dataset.file_meta.TransferSyntaxUID == JPEGBaseline8Bit:
            film = Image.open(BytesIO(get_frame(dataset.PixelData, 0, number_of_frames=1)))
            np.testing.assert_array_equal(shown, np.asarray(film.convert("L")), err_msg=path.name)
            n_jpegs += 1
            continue
        expected = second_opinion(dataset, image.frame)
        padding = image.values == dataset.get("PixelPaddingValue")
        np.testing.assert_allclose(shown[~padding], expected[~padding], atol=1, err_msg=path.name)
    assert n_jpegs >= 3


def second_opinion(dataset: FileDataset, frame: int) -> NDArray[np.float64]:
    """A film as 0 to 255, by pydicom and the window of PS3.3 C.11.2.1.2.1."""
    pixels = pixel_array(dataset, index=frame)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, dataset)[..., 0] >> 8
    pixels = pixels[..., 0] if pixels.ndim == 3 else pixels
    low, high = 0.0, 2.0**dataset.BitsStored - 1
    if dataset.PhotometricInterpretation != "PALETTE COLOR":
        pixels = apply_modality_lut(pixels, dataset)
    else:
        low, high = 0.0, 255.0
    if "VOILUTSequence" in dataset:
        item = dataset.VOILUTSequence[0]
        table = np.frombuffer(item.LUTData, "<u2")
        pixels = table[pixels.astype(int) - item.LUTDescriptor[1]]
        high = 2.0 ** item.LUTDescriptor[2] - 1
    elif "WindowCenter" in dataset:
        center = float(np.atleast_1d(dataset.WindowCenter)[0])
        width = float(np.atleast_1d(dataset.WindowWidth)[0])
        low, high = center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2
    shown = np.clip((pixels - low) / (high - low), 0, 1) * 255
    return 255 - shown if dataset.PhotometricInterpretation == "MONOCHROME1" else shown
