"""Colour: luminance and chrominance by the standard's equations, palettes by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import FileDataset

from core.errors import UnreadableImageError
from core.images import read
from core.images.frame_view import frame_view, tell
from tests.dicom_files import big_endian, make_dicom, saved

RGB = np.random.default_rng(5).integers(0, 256, (6, 8, 3)).astype(np.uint8)
# PS3.3 C.7.6.3.1.2, from R, G and B to Y, Cb and Cr.
FULL = np.array([[0.2990, 0.5870, 0.1140], [-0.1687, -0.3313, 0.5000], [0.5000, -0.4187, -0.0813]])
PARTIAL = np.array([[0.2568, 0.5041, 0.0979], [-0.1482, -0.2910, 0.4392], [0.4392, -0.3678, -0.0714]])


def ybr(rgb: NDArray[np.uint8], matrix: NDArray[np.float64], black: int) -> NDArray[np.uint8]:
    return np.clip(np.rint(rgb @ matrix.T + [black, 128, 128]), 0, 255).astype(np.uint8)


def shared(samples: NDArray[np.uint8]) -> bytes:
    """Y1 Y2 Cb Cr for each two pixels."""
    pairs = samples.reshape(-1, 2, 3)
    return np.concatenate([pairs[:, :, 0], pairs[:, 0, 1:]], axis=1).tobytes()


def test_ybr_full_becomes_rgb() -> None:
    image = read(saved(make_dicom(ybr(RGB, FULL, 0), PhotometricInterpretation="YBR_FULL")))
    np.testing.assert_allclose(image.values.astype(int), RGB, atol=2)  # three roundings


@pytest.mark.parametrize(
    ("photometric", "matrix", "black"), [("YBR_FULL_422", FULL, 0), ("YBR_PARTIAL_422", PARTIAL, 16)]
)
def test_two_pixels_may_share_their_colour(photometric: str, matrix: NDArray[np.float64], black: int) -> None:
    rgb = RGB[:, ::2].repeat(2, axis=1)  # pairs of equal pixels lose nothing
    samples = ybr(rgb, matrix, black)
    dataset = make_dicom(samples, PhotometricInterpretation=photometric, PixelData=shared(samples))
    np.testing.assert_allclose(read(saved(dataset)).values.astype(int), rgb, atol=3)


def test_an_odd_number_of_columns_cannot_share_colours() -> None:
    dataset = make_dicom(RGB[:, :5], PhotometricInterpretation="YBR_FULL_422", PixelData=bytes(60))
    with pytest.raises(UnreadableImageError, match="does not go with 5 columns"):
        read(saved(dataset))


def test_grey_in_three_channels_becomes_one() -> None:
    grey = RGB[..., :1].repeat(3, axis=2)
    np.testing.assert_array_equal(read(saved(make_dicom(grey))).values, grey[..., 0])


def test_12_bit_colour_is_read_with_8_and_says_so() -> None:
    deep = RGB.astype(np.uint16) * 16 + 15
    image = read(saved(make_dicom(deep, BitsStored=12, HighBit=11)))
    np.testing.assert_allclose(image.values.astype(int), RGB, atol=1)
    assert [str(note) for note in image.notes] == ["Its colours are stored with 12 bits and read with 8."]


INDEX = np.array([[0, 1], [2, 3]], dtype=np.uint8)


def with_palette(
    tables: list[list[int]], *, bits: int = 16, first: int = 0, n: int | None = None, **elements: object
) -> FileDataset:
    dataset = make_dicom(INDEX, PhotometricInterpretation="PALETTE COLOR", **elements)
    segmented = "Segmented" if n else ""
    for colour, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        keyword = f"{colour}PaletteColorLookupTable"
        dataset.add_new(f"{keyword}Descriptor", "US", [n or len(table), first, bits])
        dataset.add_new(f"{segmented}{keyword}Data", "OW", np.array(table, dtype="<u2").tobytes())
    return dataset


def reds(dataset: FileDataset) -> list[int]:
    return read(saved(dataset)).values[..., 0].reshape(-1).tolist()


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ([0, 257, 257 * 128, 65535], [0, 1, 128, 255]),  # all 16 bits
        ([0, 1, 128, 255], [0, 1, 128, 255]),  # 8 bits, whatever the descriptor says
        ([0, 256, 128 * 256, 255 * 256], [0, 1, 128, 255]),  # 8 bits in the upper half
    ],
)
def test_palettes_of_16_bits(table: list[int], expected: list[int]) -> None:
    assert reds(with_palette([table, [0, 0, 0, 0], [0, 0, 0, 0]])) == expected


def test_a_palette_of_bytes_may_be_packed_in_words() -> None:
    packed = [0 | 10 << 8, 20 | 30 << 8]
    dataset = with_palette([packed, [0, 0], [0, 0]], bits=8)
    for colour in ("Red", "Green", "Blue"):
        dataset[f"{colour}PaletteColorLookupTableDescriptor"].value = [4, 0, 8]
    assert reds(dataset) == [0, 10, 20, 30]


def test_values_beside_the_palette_take_its_ends() -> None:
    assert reds(with_palette([[50, 60], [0, 0], [0, 0]], first=1)) == [50, 50, 60, 60]


def test_a_segmented_palette_is_spread() -> None:
    """Discrete 0 and 10, a line of 2 to 30, then the first segment once more: PS3.3 C.7.9.2."""
    segments = [0, 2, 0, 10, 1, 2, 30, 2, 1, 0, 0]
    zeros = [0, 6, *[0] * 6]
    dataset = with_palette([segments, zeros, zeros], n=6)
    dataset.PixelData = bytes([1, 2, 3, 5])
    assert reds(dataset) == [10, 20, 30, 10]


def test_segments_that_repeat_nothing_end() -> None:
    """1,000 empty ones, repeated 20,000 times: nothing would ever fill the palette."""
    bomb = [0, 0] * 1000 + [2, 1000, 0, 0] * 20_000
    with pytest.raises(UnreadableImageError, match="its palette is too short"):
        read(saved(with_palette([bomb, bomb, bomb], n=9)))


def test_a_broken_palette_is_refused() -> None:
    short = with_palette([[0, 1, 7], [0, 1, 7], [0, 1, 7]], n=9)
    with pytest.raises(UnreadableImageError, match="its palette is"):
        read(saved(short))
    unequal = with_palette([[0, 1], [0, 1, 2], [0, 1]])
    with pytest.raises(UnreadableImageError, match="three palettes differ in length"):
        read(saved(unequal))


def test_a_palette_of_a_big_endian_file_is_read_in_its_order() -> None:
    little = with_palette([[0, 257, 514, 771], [0] * 4, [5] * 4])
    expected = reds(little)
    big = big_endian(with_palette([[0, 257, 514, 771], [0] * 4, [5] * 4]))
    for colour in ("Red", "Green", "Blue"):
        element = big[f"{colour}PaletteColorLookupTableData"]
        element.value = np.frombuffer(element.value, "<u2").astype(">u2").tobytes()
    big["PixelData"].value = np.frombuffer(INDEX.tobytes(), "<u2").astype(">u2").tobytes()
    assert reds(big) == expected == [0, 1, 2, 3]


def test_each_frame_goes_through_the_palette_and_its_numbers_are_told() -> None:
    tables = [[0, 257 * 10, 257 * 20, 257 * 30], [0] * 4, [257] * 4]
    dataset = with_palette(tables, NumberOfFrames=2)
    dataset.PixelData = bytes([0, 1, 2, 3, 3, 2, 1, 0])
    told = tell(frame_view(saved(dataset), 1), 0, 1)
    assert told is not None
    assert (told.stored, told.rescaled, told.displayed) == ((2,), (20, 0, 1), (20, 0, 1))
