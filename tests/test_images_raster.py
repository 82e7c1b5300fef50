"""Pictures: grey levels to the bit, sizes before decoding, and one sentence for what cannot be read."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.errors import UnreadableImageError
from core.images import raster, read
from core.images.display import to_uint8


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


GREY = np.arange(256, dtype=np.uint8).reshape(8, 32)


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})]
)
def test_8_bit_grey_is_exact(kind: str, options: dict[str, object]) -> None:
    image = read(encoded(Image.fromarray(GREY), kind, **options))
    np.testing.assert_array_equal(image.values, GREY)
    np.testing.assert_array_equal(to_uint8(image), GREY)
    assert image.value_range == (0, 255)
    assert image.source_format == kind
    assert image.values.dtype == np.uint8


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_exact_and_not_saturated(kind: str) -> None:
    values = np.linspace(0, 65535, 256).astype(np.uint16).reshape(8, 32)
    image = read(encoded(Image.fromarray(values), kind))
    np.testing.assert_array_equal(image.values, values)
    assert image.values.dtype == np.uint16
    assert image.value_range == (0, 65535)
    np.testing.assert_array_equal(to_uint8(image), np.round(values / 257).astype(np.uint8))


def test_16_bits_of_which_12_are_used_are_shown_over_what_is_used() -> None:
    values = np.linspace(100, 4000, 256).astype(np.uint16).reshape(8, 32)
    image = read(encoded(Image.fromarray(values), "PNG"))
    assert image.value_range == (100, 4000)
    assert (to_uint8(image).min(), to_uint8(image).max()) == (0, 255)


def test_a_float_tiff_keeps_its_values() -> None:
    values = np.linspace(-3, 7, 256, dtype=np.float32).reshape(8, 32)
    image = read(encoded(Image.fromarray(values), "TIFF"))
    np.testing.assert_array_equal(image.values, values)
    assert image.value_range == (-3, 7)


def test_a_float_tiff_within_0_and_1_means_0_and_1() -> None:
    values = np.full((4, 4), 0.5, dtype=np.float32)
    assert (to_uint8(read(encoded(Image.fromarray(values), "TIFF"))) == 128).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_float_tiff_with_what_is_no_number_is_refused(bad: float) -> None:
    values = np.zeros((4, 4), dtype=np.float32)
    values[1, 1] = bad
    with pytest.raises(UnreadableImageError, match="holds values that are no numbers"):
        read(encoded(Image.fromarray(values), "TIFF"))


def test_colour_is_rgb_and_equal_channels_become_grey() -> None:
    colour = np.stack([GREY, GREY[::-1], GREY], axis=-1)
    np.testing.assert_array_equal(read(encoded(Image.fromarray(colour), "PNG")).values, colour)
    grey = np.stack([GREY] * 3, axis=-1)
    np.testing.assert_array_equal(read(encoded(Image.fromarray(grey), "PNG")).values, GREY)


@pytest.mark.parametrize("mode", ["1", "LA", "P", "RGBA", "CMYK"])
def test_other_modes_become_8_bit_grey_or_rgb(mode: str) -> None:
    image = Image.fromarray(np.stack([GREY, GREY[::-1], GREY], axis=-1)).convert(mode)
    values = read(encoded(image, "TIFF" if mode == "CMYK" else "PNG")).values
    assert values.dtype == np.uint8
    assert values.shape in [(8, 32), (8, 32, 3)]


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [(1, GREY), (3, GREY[::-1, ::-1]), (6, np.rot90(GREY, -1)), (8, np.rot90(GREY))],
)
def test_the_exif_orientation_is_applied(orientation: int, turned: NDArray[np.uint8]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = read(encoded(Image.fromarray(GREY), "PNG", exif=exif))
    np.testing.assert_array_equal(image.values, turned)


def test_white_is_zero_is_shown_inverted() -> None:
    values = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    image = read(encoded(Image.fromarray(values), "TIFF", tiffinfo={262: 0}))
    if image.inverted:
        np.testing.assert_array_equal(to_uint8(image), 255 - np.round(values / 257).astype(np.uint8))
    else:
        pytest.skip("this Pillow writes its own photometric interpretation")


def test_of_several_pages_the_middle_one_is_read() -> None:
    pages = [Image.fromarray(np.full((4, 4), shade, np.uint8)) for shade in (10, 20, 30)]
    image = read(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert (image.values == 20).all()
    assert (image.frame, image.n_frames) == (1, 3)
    assert [str(note) for note in image.notes] == ["3 pages: the middle one is read."]


def test_16_bit_colour_is_read_with_8_bits_and_says_so() -> None:
    row = b"\0" + struct.pack(">6H", 0x1234, 0x5678, 0x9ABC, 0xFFFF, 0, 0x8000)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row)),
        (b"IEND", b""),
    ]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, data) for kind, data in chunks)
    image = read(content)
    np.testing.assert_allclose(image.values, [[[0x12, 0x56, 0x9A], [255, 0, 128]]], atol=1)
    assert "16 bits" in str(image.notes[0])


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_900_megapixels_are_refused_by_their_header(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_decoding(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(raster, "_values", no_decoding)
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 10_000, 9_000, 8, 0, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND", b"")
    with pytest.raises(UnreadableImageError, match="10000 x 9000 pixels; at most 40 million"):
        read(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_truncated_file_is_refused_in_one_sentence(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), kind)
    with pytest.raises(UnreadableImageError) as caught:
        read(content[: len(content) // 2], name="film.jpg")
    assert str(caught.value) == (
        "'film.jpg' cannot be read: it is damaged, or encoded in a way that Lightbox does not know."
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"GIF89a" + bytes(40),
        b"BM" + bytes(60),
    ],
)
def test_what_is_no_image_is_refused_whatever_its_name(content: bytes) -> None:
    with pytest.raises(UnreadableImageError, match="it is no PNG, JPEG, TIFF or DICOM file"):
        read(content, name="innocent.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_bytes_turned_over_read_or_raise_the_one_error(kind: str) -> None:
    rng = np.random.default_rng(1)
    original = encoded(Image.fromarray(GREY.repeat(4, 0)), kind)
    for _ in range(150):
        content = bytearray(original)
        for place in rng.integers(0, len(content), 4):
            content[place] = rng.integers(0, 256)
        try:
            read(bytes(content))
        except UnreadableImageError:
            pass


def test_a_panic_that_is_no_exception_stops_at_the_border(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    def panic(_: bytes, **__: object) -> None:
        raise PanicException("a Rust decoder gave up")

    monkeypatch.setattr(raster, "read_raster", panic)
    with pytest.raises(UnreadableImageError):
        read(encoded(Image.fromarray(GREY), "PNG"))


def test_ctrl_c_passes_the_border(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: bytes, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(raster, "read_raster", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read(encoded(Image.fromarray(GREY), "PNG"))


def test_a_header_that_asks_for_ten_thousand_megapixels_is_refused_by_its_size() -> None:
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    with pytest.raises(UnreadableImageError, match="at most 40 million pixels are read"):
        read(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", 0))
