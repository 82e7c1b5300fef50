"""Hostile and odd pictures: the right values, or one sentence; each built byte by byte."""

import resource
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from core.errors import UnreadableImageError
from core.images import read, sandbox
from core.images.display import to_uint8
from tests.hostile.pictures import (
    PALETTE,
    RGB,
    SIGNATURE,
    chunk,
    encoded,
    grey_steps,
    png,
    segments_of,
    tiff,
    with_jpeg_size,
    without_segment,
)

DAMAGED = "it is damaged, or encoded in a way that Lightbox does not know"
GREY = grey_steps()


# Right values


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32"])
def test_every_kind_of_grey_tiff_keeps_its_values_and_bits(dtype: str) -> None:
    limits = np.finfo(dtype) if dtype == "float32" else np.iinfo(dtype)
    values = np.linspace(float(limits.min) * 0.9, float(limits.max) * 0.9, 256).astype(dtype).reshape(8, 32)
    image = read(tiff(values))
    if dtype == "uint32":  # no type of ours holds all of them exactly
        np.testing.assert_allclose(image.values, values, rtol=1e-7)
    else:
        np.testing.assert_array_equal(image.values, values)
    assert image.bits_stored == values.dtype.itemsize * 8


def test_a_signed_byte_below_zero_is_not_read_as_a_bright_one() -> None:
    image = read(tiff(np.array([[-100, -1, 0, 100]], np.int8)))
    assert image.values.tolist() == [[-100, -1, 0, 100]]
    assert np.all(np.diff(to_uint8(image).astype(int)) > 0)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_white_is_zero_is_shown_the_other_way_round(dtype: str) -> None:
    values = np.linspace(0, 200, 64).astype(dtype).reshape(8, 8)
    shown = to_uint8(read(tiff(values, tags={262: (3, 1, 0)})))
    np.testing.assert_allclose(shown, 255.0 - to_uint8(read(tiff(values))), atol=1)  # halves round up


@pytest.mark.parametrize(
    ("orientation", "turned"), [(3, GREY[::-1, ::-1]), (6, np.rot90(GREY, -1)), (8, np.rot90(GREY))]
)
@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_a_rotated_picture_is_turned_once(orientation: int, turned: NDArray[np.uint8], kind: str) -> None:
    if kind == "TIFF":
        content = tiff(GREY, tags={274: (3, 1, orientation)})
    else:
        exif = Image.Exif()
        exif[0x0112] = orientation
        content = encoded(Image.fromarray(GREY), "JPEG", quality=100, exif=exif)
    values = read(content).values
    assert values.shape == turned.shape
    np.testing.assert_allclose(values, turned, atol=0 if kind == "TIFF" else 40)


@pytest.mark.parametrize(
    ("inks", "colour"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 255, 255, 0), (255, 0, 0)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((255, 0, 0, 0), (0, 255, 255)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "JPEG without Adobe"])
def test_cmyk_has_the_colours_of_its_inks(inks: tuple[int, ...], colour: tuple[int, ...], kind: str) -> None:
    image = Image.new("CMYK", (16, 16), inks)
    content = encoded(image, kind.split(maxsplit=1)[0], **({} if kind == "TIFF" else {"quality": 100}))
    if "without" in kind:
        assert 0xEE in [marker for marker, _, _ in segments_of(content)]
        content = without_segment(content, 0xEE)
    values = read(content).values
    found = values[4, 4] if values.ndim == 3 else np.repeat(values[4, 4], 3)
    np.testing.assert_allclose(found, colour, atol=3)


def test_a_palette_shows_its_colours_with_and_without_transparency() -> None:
    palette = chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255]))
    for extra in (palette, palette + chunk(b"tRNS", b"\0\x80\xff")):
        image = read(png(3, 1, b"\0\1\2", colour=PALETTE, extra=extra))
        assert image.values.tolist() == [[[255, 0, 0], [0, 255, 0], [0, 0, 255]]]


@pytest.mark.parametrize(
    ("bits", "row", "values"),
    [(1, b"\xa0", [255, 0, 255, 0]), (2, b"\x1b", [0, 85, 170, 255]), (4, b"\x0f\x71", [0, 255, 119, 17])],
)
def test_few_bits_span_black_to_white(bits: int, row: bytes, values: list[int]) -> None:
    image = read(png(4, 1, row, bits=bits))
    assert image.values.tolist() == [values]
    assert image.bits_stored == bits


def test_grey_with_transparency_is_grey() -> None:
    pixels = np.stack([GREY, 255 - GREY], axis=-1)
    np.testing.assert_array_equal(read(encoded(Image.fromarray(pixels, "LA"), "PNG")).values, GREY)


def test_of_an_animation_the_first_picture_is_read_and_said() -> None:
    pictures = [Image.new("L", (8, 8), shade) for shade in (10, 20, 30)]
    image = read(encoded(pictures[0], "PNG", save_all=True, append_images=pictures[1:]))
    assert (image.values == 10).all()
    assert [str(note) for note in image.notes] == ["It is animated: its first picture is read."]


def test_each_page_of_a_tiff_can_be_asked_for() -> None:
    pages = [Image.fromarray(np.full((4, 4), shade, np.uint8)) for shade in (10, 20, 30)]
    content = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert [int(read(content, frame=frame).values[0, 0]) for frame in (0, 1, 2)] == [10, 20, 30]
    for frame in (-1, 3):
        with pytest.raises(UnreadableImageError, match=f"no frame {frame}: the file has 3, counted from 0"):
            read(content, frame=frame)


# Refused


@pytest.mark.parametrize(
    "content",
    [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
        b"<!DOCTYPE html><script>alert(1)</script>" + bytes(200),
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1:9/x'/></svg>" + bytes(100),
        b"GIF89a" + bytes(200),
        b"RIFF\x24\0\0\0WEBPVP8 " + bytes(200),
        b"BM" + bytes(200),
        b"\0\0\1\0\1\0" + bytes(200),
        b"8BPS\0\1" + bytes(200),
        b"\xffOQ\xff" + bytes(200),
        b"II+\0\x08\0\0\0" + bytes(200),
        b"\x89PNG\r\n\x1a" + bytes(200),
    ],
    ids=["EPS", "HTML", "SVG", "GIF", "WebP", "BMP", "ICO", "PSD", "J2K", "BigTIFF", "cut PNG"],
)
def test_another_format_named_png_is_no_picture(content: bytes) -> None:
    with pytest.raises(UnreadableImageError, match=r"'film\.png' cannot be read: it is no PNG, JPEG, TIFF"):
        read(content, name="film.png")


SIZES = [(30_000, 30_000), (2**31 - 1, 2**31 - 1), (40_000_001, 1), (6325, 6325)]


@pytest.mark.parametrize("size", SIZES)
def test_a_png_beyond_40_megapixels_is_refused_by_its_header(size: tuple[int, int]) -> None:
    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    content = (
        SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )
    with pytest.raises(UnreadableImageError, match="too large"):
        read(content)


def test_900_megapixels_of_tiff_and_jpeg_are_refused_by_their_headers() -> None:
    grey = encoded(Image.fromarray(GREY), "JPEG")
    for content in (
        with_jpeg_size(grey, 30_000, 30_000),
        with_jpeg_size(grey, 65_500, 65_500),
        tiff(GREY, tags={256: (4, 1, 30_000), 257: (4, 1, 30_000)}),
        tiff(GREY, tags={256: (4, 1, 2**32 - 1), 257: (4, 1, 2**32 - 1)}),
    ):
        with pytest.raises(UnreadableImageError, match="too large"):
            read(content)


BOMB = zlib.compress(bytes(64 * 1024**2))
BOMBS = {
    "zTXt": png(8, 8, bytes(64), extra=chunk(b"zTXt", b"a\0\0" + BOMB)),
    "iTXt": png(8, 8, bytes(64), extra=chunk(b"iTXt", b"a\0\1\0\0\0" + BOMB)),
    "iCCP": png(8, 8, bytes(64), extra=chunk(b"iCCP", b"a\0\0" + BOMB)),
    "many": png(8, 8, bytes(64), extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000))) * 100),
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bomb_beside_the_pixels_is_refused_and_takes_no_memory(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnreadableImageError, match=DAMAGED):
        read(BOMBS[name])
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
    )  # KiB; the bomb has 64 MiB and more


def test_pixels_that_inflate_beyond_the_picture_are_read_no_further() -> None:
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    content = SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", BOMB) + chunk(b"IEND", b"")
    assert read(content).values.shape == (8, 8)


ABSURD: list[dict[int, tuple[int, int, int]]] = [
    {256: (4, 1, 0)},
    {257: (4, 1, 0)},
    {273: (4, 1, 2**32 - 1)},
    {273: (4, 2**30, 8)},
    {277: (3, 1, 65535)},
    {278: (4, 1, 0)},
    {259: (3, 1, 50000)},
    {259: (3, 1, 5)},
    {259: (3, 1, 7)},
    {339: (3, 1, 9)},
    {258: (3, 1, 0)},
    {258: (3, 1, 64)},
    {262: (3, 1, 3)},
]


@pytest.mark.parametrize("tags", ABSURD, ids=str)
def test_absurd_tags_of_a_tiff_are_refused(tags: dict[int, tuple[int, int, int]]) -> None:
    with pytest.raises(UnreadableImageError, match=f"{DAMAGED}|parts of it are missing"):
        read(tiff(GREY, tags=tags))


def test_a_tiff_that_lists_too_few_strips_is_not_shown_half_black() -> None:
    with pytest.raises(UnreadableImageError, match="cut short: parts of it are missing"):
        read(tiff(GREY, tags={257: (4, 1, 1000)}))


@pytest.mark.parametrize("tag", [270, 315, 700, 33723, 34665, 34675, 40965])
def test_a_tag_that_claims_2_gigabytes_harms_nothing(tag: int) -> None:
    try:
        np.testing.assert_array_equal(read(tiff(GREY, tags={tag: (7, 2**31, 8)})).values, GREY)
    except UnreadableImageError as error:
        assert DAMAGED in str(error)


def test_a_tiff_whose_pages_go_round_in_a_circle_ends() -> None:
    content = bytearray(tiff(GREY))
    at = struct.unpack("<I", content[4:8])[0]
    content[-4:] = struct.pack("<I", at)
    image = read(bytes(content))
    np.testing.assert_array_equal(image.values, GREY)


def test_an_arithmetic_coded_jpeg_is_read_or_refused() -> None:
    content = bytearray(encoded(Image.fromarray(GREY), "JPEG"))
    start = next(start for marker, start, _ in segments_of(bytes(content)) if marker == 0xC0)
    content[start + 1] = 0xC9
    try:
        assert read(bytes(content)).values.shape == GREY.shape
    except UnreadableImageError as error:
        assert DAMAGED in str(error)


# Any bytes at all


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(0, 2**32 - 1),
    height=st.integers(0, 2**32 - 1),
    bits=st.integers(0, 255),
    colour=st.integers(0, 7),
    data=st.binary(max_size=200),
)
def test_any_png_header_reads_or_is_refused(
    width: int, height: int, bits: int, colour: int, data: bytes
) -> None:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    content = SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    expect_picture_or_sentence(content)


@settings(max_examples=60, deadline=None)
@given(
    tags=st.dictionaries(
        st.sampled_from(
            [256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 338, 339]
        ),
        st.tuples(st.integers(1, 12), st.sampled_from([0, 1, 2, 3, 2**31]), st.integers(0, 2**32 - 1)),
        max_size=4,
    )
)
def test_any_tags_of_a_tiff_read_or_are_refused(tags: dict[int, tuple[int, int, int]]) -> None:
    expect_picture_or_sentence(tiff(GREY, tags=tags))


@settings(max_examples=60, deadline=None)
@given(tail=st.binary(max_size=300), head=st.sampled_from([SIGNATURE, b"\xff\xd8\xff", b"II*\0", b"MM\0*"]))
def test_any_bytes_behind_a_signature_read_or_are_refused(head: bytes, tail: bytes) -> None:
    expect_picture_or_sentence(head + tail)


def expect_picture_or_sentence(content: bytes) -> None:
    try:
        image: Any = sandbox.read(content)
    except UnreadableImageError as error:
        assert str(error).endswith(".") and "\n" not in str(error)
        return
    assert image.values.size and image.values.shape[:2] != (0, 0)
    low, high = image.value_range
    assert np.isfinite([low, high]).all() and low <= high


def test_the_largest_picture_that_is_read_fits_in_the_memory_of_a_decoder(tmp_path: Path) -> None:
    side = 6324  # 39,992,976 pixels
    rows = zlib.compress((b"\0" + bytes(side * 3)) * side, 1)
    header = struct.pack(">IIBBBBB", side, side, 8, RGB, 0, 0, 0)
    content = SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert sandbox.read(content).values.shape == (side, side)
    deep = zlib.compress((b"\0" + bytes(side * 2)) * side, 1)
    header = struct.pack(">IIBBBBB", side, side, 16, 0, 0, 0, 0)
    content = SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", deep) + chunk(b"IEND", b"")
    assert sandbox.read(content).values.dtype == np.uint16
