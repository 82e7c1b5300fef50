"""Stored values: bits, signs and codecs, each against arithmetic by hand or against what was encoded."""

import zlib
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.uid import (
    JPEG2000,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from core.errors import UnreadableImageError
from core.images import read
from core.images.codestreams import jpeg2000_facts, jpeg_facts
from core.images.dicom import open_frame
from tests.dicom_files import big_endian, compressed, make_dicom, saved

RNG = np.random.default_rng(3)
DEFLATED_FRAMES, JPEG_XL_LOSSLESS = "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.4.110"
SMOOTH = np.add.outer(np.arange(24) * 40, np.arange(40) * 70).astype(np.uint16)  # 0 to 3,650: 12 bits


def stored_in(syntax: str, stand_in: str, pixels: NDArray[np.generic], frame: bytes) -> NDArray[np.generic]:
    """Read a frame in a syntax that pydicom does not write: one of the same length is put in its place."""
    content = saved(compressed(make_dicom(pixels), [frame], stand_in))
    return open_frame(
        content.replace(stand_in.encode(), syntax.encode().ljust(len(stand_in), b"\0"))
    ).stored.values


def stored(dataset: FileDataset, frame: int | None = None) -> NDArray[np.generic]:
    return open_frame(saved(dataset), frame).stored.values


def kept(value: NDArray[np.int64], allocated: int, stored_bits: int, *, garbage: bool) -> NDArray[np.generic]:
    """Cells that hold `value` in their lower bits, with other people's bits above."""
    mask = 2**stored_bits - 1
    above = RNG.integers(0, 2 ** (allocated - stored_bits), value.shape) if garbage else 0
    return ((value & mask) | (above << stored_bits)).astype(f"u{allocated // 8}")


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    ("allocated", "bits"), [(8, 2), (8, 7), (8, 8), (16, 10), (16, 12), (16, 16), (32, 20), (32, 32)]
)
def test_only_the_stored_bits_are_the_value(allocated: int, bits: int, signed: bool) -> None:
    """Old overlays lie in the bits above: PS3.5 8.1.1, and C.9.2 of editions before 2004."""
    low = -(2 ** (bits - 1)) if signed else 0
    value = RNG.integers(low, low + 2**bits, (6, 5))
    value[0, :2] = low, low + 2**bits - 1
    cells = kept(value, allocated, bits, garbage=True)
    big = big_endian(make_dicom(cells.astype(cells.dtype.newbyteorder(">"))))
    big["PixelData"].VR = "OB" if allocated == 8 else "OW"
    for dataset in (make_dicom(cells), big):
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = bits, bits - 1, int(signed)
        np.testing.assert_array_equal(stored(dataset), value)


@pytest.mark.parametrize("signed", [False, True])
def test_a_value_may_lie_in_the_upper_bits_of_its_cell(signed: bool) -> None:
    value = RNG.integers(-2048 if signed else 0, 2048, (6, 5))
    cells = ((value & 0xFFF) << 4 | RNG.integers(0, 16, value.shape)).astype(np.uint16)
    dataset = make_dicom(cells, BitsStored=12, HighBit=15, PixelRepresentation=int(signed))
    np.testing.assert_array_equal(stored(dataset), value)


@pytest.mark.parametrize("frame", range(5))
def test_frames_of_single_bits_need_not_begin_at_a_byte(frame: int) -> None:
    bits = RNG.integers(0, 2, (5, 3, 3)).astype(np.uint8)
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes() + b"\0"
    dataset = make_dicom(
        bits[0], BitsAllocated=1, BitsStored=1, HighBit=0, NumberOfFrames=5, PixelData=packed
    )
    np.testing.assert_array_equal(stored(dataset, frame), bits[frame])


def test_colours_may_come_plane_by_plane() -> None:
    colours = RNG.integers(0, 256, (4, 6, 3)).astype(np.uint8)
    planes = np.ascontiguousarray(colours.transpose(2, 0, 1)).tobytes()
    dataset = make_dicom(colours, PlanarConfiguration=1, PixelData=planes)
    np.testing.assert_array_equal(stored(dataset), colours)


def test_bytes_in_words_are_swapped_in_big_endian_files() -> None:
    pixels = RNG.integers(0, 256, (3, 5)).astype(np.uint8)  # an odd number: the last byte has a neighbour
    words = np.frombuffer(pixels.tobytes() + b"\0", ">u2").astype("<u2").tobytes()
    np.testing.assert_array_equal(stored(big_endian(make_dicom(pixels, PixelData=words))), pixels)


def test_32_bits_keep_their_exact_values_when_stored_and_say_when_they_are_rounded() -> None:
    pixels = np.array([[0, 2**32 - 1], [2**31, 2**24 + 1]], dtype=np.uint32)
    np.testing.assert_array_equal(stored(make_dicom(pixels)), pixels)
    image = read(saved(make_dicom(pixels)))
    assert image.values.dtype == np.float32
    assert [str(note) for note in image.notes] == [
        "Its values need more than 24 bits; the last of them are rounded."
    ]


def test_float_pixels_are_read_and_those_that_are_no_numbers_refused() -> None:
    pixels = RNG.normal(size=(4, 4)).astype(np.float32)
    dataset = make_dicom(np.zeros((4, 4), dtype=np.uint32))
    del dataset.PixelData
    dataset.FloatPixelData = pixels.tobytes()
    np.testing.assert_array_equal(read(saved(dataset)).values, pixels)
    pixels[1, 1] = np.nan
    dataset.FloatPixelData = pixels.tobytes()
    with pytest.raises(UnreadableImageError, match="no numbers"):
        read(saved(dataset))
    del dataset.FloatPixelData
    dataset.DoubleFloatPixelData = np.arange(16, dtype=np.float64).tobytes()
    dataset.BitsAllocated = 64
    np.testing.assert_array_equal(read(saved(dataset)).values, np.arange(16).reshape(4, 4))


def lossless_jpeg(pixels: NDArray[np.generic], predictor: int = 1, bits: int = 16) -> bytes:
    return imagecodecs.jpeg8_encode(pixels, lossless=True, predictor=predictor, bitspersample=bits)


@pytest.mark.parametrize("predictor", range(1, 8))
def test_jpeg_lossless_gives_back_every_value(predictor: int) -> None:
    pixels = RNG.integers(0, 2**16, (24, 40)).astype(np.uint16)
    dataset = compressed(make_dicom(pixels), [lossless_jpeg(pixels, predictor)], JPEGLossless)
    np.testing.assert_array_equal(stored(dataset), pixels)


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_jpeg_lossless_keeps_the_sign_of_its_cells(bits: int) -> None:
    value = RNG.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (24, 40))
    cells = kept(value, 8 if bits == 8 else 16, bits, garbage=False)
    dataset = make_dicom(cells, BitsStored=bits, HighBit=bits - 1, PixelRepresentation=1)
    dataset = compressed(dataset, [lossless_jpeg(cells, bits=bits)], JPEGLosslessSV1)
    np.testing.assert_array_equal(stored(dataset), value)


def test_12_bit_jpeg_is_close_to_its_source_and_stays_in_its_bits() -> None:
    dataset = make_dicom(SMOOTH, BitsStored=12, HighBit=11)
    frame = imagecodecs.jpeg8_encode(SMOOTH, 95, bitspersample=12)
    values = stored(compressed(dataset, [frame], JPEGExtended12Bit))
    assert np.abs(values.astype(int) - SMOOTH).max() <= 8
    assert values.max() <= 4095


def test_a_lossy_value_beyond_its_bits_is_clipped_and_many_are_refused() -> None:
    pixels = SMOOTH.copy()
    pixels[0, 0] = 4000
    frame = imagecodecs.jpeg8_encode(pixels, 100, bitspersample=12)
    few = make_dicom(pixels, BitsStored=12, HighBit=11)
    assert stored(compressed(few, [frame], JPEGExtended12Bit)).max() <= 4095
    many = make_dicom(pixels, BitsStored=10, HighBit=9)
    with pytest.raises(UnreadableImageError, match="values that 10 stored bits cannot hold"):
        stored(compressed(many, [frame], JPEGExtended12Bit))


def test_colour_jpeg_is_what_any_viewer_of_jpegs_shows() -> None:
    colours = np.stack([SMOOTH // 16, SMOOTH[::-1] // 16, SMOOTH[:, ::-1] // 16], axis=2).astype(np.uint8)
    for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
        stream = BytesIO()
        Image.fromarray(colours).save(stream, "JPEG", subsampling=subsampling, quality=90)
        dataset = make_dicom(colours, PhotometricInterpretation="YBR_FULL_422")
        expected = np.asarray(Image.open(BytesIO(stream.getvalue())))
        np.testing.assert_array_equal(
            stored(compressed(dataset, [stream.getvalue()], JPEGBaseline8Bit)), expected
        )


def test_lossless_colour_jpeg_is_exact() -> None:
    colours = RNG.integers(0, 256, (24, 40, 3)).astype(np.uint8)
    frame = imagecodecs.jpeg8_encode(colours, lossless=True, colorspace="RGB", outcolorspace="RGB")
    np.testing.assert_array_equal(stored(compressed(make_dicom(colours), [frame], JPEGLosslessSV1)), colours)


@pytest.mark.parametrize("signed", [False, True])
def test_jpeg_ls_and_jpeg_2000_give_back_every_value(signed: bool) -> None:
    value = RNG.integers(-(2**15) if signed else 0, 2**15, (24, 40)).astype(np.int16 if signed else np.uint16)
    cells = value.view(np.uint16)
    jpeg_ls = compressed(make_dicom(value), [imagecodecs.jpegls_encode(cells)], JPEGLSLossless)
    np.testing.assert_array_equal(stored(jpeg_ls), value)
    for source in (value, cells):  # some encoders write signed values as unsigned ones
        frame = imagecodecs.jpeg2k_encode(source, codecformat="J2K", reversible=True, level=0)
        np.testing.assert_array_equal(stored(compressed(make_dicom(value), [frame], JPEG2000Lossless)), value)


def test_a_signed_jpeg_2000_stream_counts_more_than_an_unsigned_header() -> None:
    value = RNG.integers(-1024, 3000, (24, 40)).astype(np.int16)
    frame = imagecodecs.jpeg2k_encode(value, codecformat="J2K", reversible=True, level=0)
    np.testing.assert_array_equal(
        stored(compressed(make_dicom(value.view(np.uint16)), [frame], JPEG2000Lossless)), value
    )


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_rle_gives_back_every_value_of_every_frame(kind: type[np.unsignedinteger]) -> None:
    frames = RNG.integers(0, np.iinfo(kind).max, (2, 5, 6, 3), endpoint=True).astype(kind)
    frames[0, :3] = 7  # something to run
    dataset = make_dicom(frames[0], NumberOfFrames=2, PixelData=frames.tobytes())
    dataset.compress(RLELossless, encoding_plugin="pydicom")
    for frame in range(2):
        np.testing.assert_array_equal(stored(dataset, frame), frames[frame])


def test_deflated_frames_and_jpeg_xl_give_back_every_value() -> None:
    inflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = inflater.compress(SMOOTH.tobytes()) + inflater.flush()
    np.testing.assert_array_equal(stored_in(DEFLATED_FRAMES, JPEG2000, SMOOTH, deflated), SMOOTH)
    frame = imagecodecs.jpegxl_encode(SMOOTH, lossless=True)
    np.testing.assert_array_equal(stored_in(JPEG_XL_LOSSLESS, HTJ2KLosslessRPCL, SMOOTH, frame), SMOOTH)


def test_a_deflated_frame_is_inflated_no_further_than_its_size() -> None:
    inflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = inflater.compress(SMOOTH.tobytes() + bytes(50 * 1024**2)) + inflater.flush()
    np.testing.assert_array_equal(stored_in(DEFLATED_FRAMES, JPEG2000, SMOOTH, bomb), SMOOTH)


def test_a_stream_of_another_size_is_refused_before_it_is_decoded() -> None:
    frame = bytearray(imagecodecs.jpeg2k_encode(SMOOTH, codecformat="J2K", reversible=True, level=0))
    frame[8:16] = (30_000).to_bytes(4) * 2  # the width and height of its SIZ segment
    text = "its header says 24 x 40 x 1, its picture 30000 x 30000 x 1"
    with pytest.raises(UnreadableImageError, match=text):
        stored(compressed(make_dicom(SMOOTH), [bytes(frame)], JPEG2000))


def test_streams_tell_their_facts() -> None:
    facts = jpeg_facts(lossless_jpeg(SMOOTH, 6, bits=12))
    assert facts is not None
    assert (facts.width, facts.height, facts.n_components) == (40, 24, 1)
    assert (facts.precision, facts.predictor) == (12, 6)
    signed = jpeg2000_facts(imagecodecs.jpeg2k_encode(SMOOTH.astype(np.int16), level=0, reversible=True))
    assert signed is not None
    assert (signed.width, signed.height, signed.precision, signed.is_signed) == (40, 24, 16, True)
    assert jpeg_facts(b"no stream") is jpeg2000_facts(b"no stream") is None


@pytest.mark.parametrize(
    ("elements", "text"),
    [
        ({"PhotometricInterpretation": "RGB"}, "RGB does not go with 1 samples per pixel"),
        ({"PhotometricInterpretation": "CMYK"}, "does not say in a known way"),
        ({"BitsAllocated": 12, "BitsStored": 12, "HighBit": 11}, "keeps 12 bits per value"),
        ({"BitsStored": 17}, "17 stored bits up to bit 15 do not fit in 16 bits"),
        ({"BitsStored": 12, "HighBit": 8}, "12 stored bits up to bit 8 do not fit in 16 bits"),
        ({"NumberOfFrames": -1}, "says that it has -1 frames"),
    ],
)
def test_headers_that_contradict_themselves_are_refused(elements: dict[str, object], text: str) -> None:
    with pytest.raises(UnreadableImageError, match=text):
        read(saved(make_dicom(SMOOTH, **elements)))


def test_a_frame_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnreadableImageError, match="There is no frame 1: the file has 1, counted from 0"):
        read(saved(make_dicom(SMOOTH)), frame=1)
