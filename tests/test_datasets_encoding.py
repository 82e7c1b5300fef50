"""Picture files: each pixel comes back to the bit, through two other readers."""

import zlib
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from core.datasets import pictures
from core.datasets.encoding import png_bytes, tiff_bytes

SHAPES = [(1, 1), (1, 5), (5, 1), (7, 4)]


def noise(shape: tuple[int, ...], dtype: type[np.generic], seed: int = 0) -> NDArray[np.generic]:
    draw = np.random.default_rng(seed)
    if dtype is np.float32:
        return draw.normal(0, 1000, shape).astype(np.float32)
    limits = np.iinfo(dtype)  # type: ignore[type-var]
    values: NDArray[np.generic] = draw.integers(limits.min, limits.max, shape, endpoint=True, dtype=dtype)
    return values


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [*((shape, dtype) for shape in SHAPES for dtype in (np.uint8, np.uint16)), ((7, 4, 3), np.uint8)],
)
def test_a_png_gives_its_pixels_back(shape: tuple[int, ...], dtype: type[np.generic]) -> None:
    values = noise(shape, dtype)
    content = png_bytes(values)
    with Image.open(BytesIO(content), formats=("PNG",)) as image:
        image.load()  # checks the checksum of each chunk
        np.testing.assert_array_equal(np.asarray(image), values)
    np.testing.assert_array_equal(imagecodecs.png_decode(content), values)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32])
def test_a_tiff_gives_its_pixels_back(shape: tuple[int, ...], dtype: type[np.generic]) -> None:
    values = noise(shape, dtype)
    content = tiff_bytes(values)
    with Image.open(BytesIO(content), formats=("TIFF",)) as image:
        np.testing.assert_array_equal(np.asarray(image), values)
    read = tifffile.imread(BytesIO(content))
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, values)


@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([np.uint8, np.uint16, np.int16, np.int32]))
def test_any_size_and_type_comes_back(height: int, width: int, dtype: type[np.generic]) -> None:
    values = noise((height, width), dtype, seed=height * 31 + width)
    content = png_bytes(values) if dtype in (np.uint8, np.uint16) else tiff_bytes(values)
    with Image.open(BytesIO(content)) as image:
        np.testing.assert_array_equal(np.asarray(image).astype(dtype), values)


def test_a_part_of_a_picture_and_one_turned_round_are_encoded_as_they_are_seen() -> None:
    whole = noise((8, 9), np.uint8)
    for seen in (whole[2:5, 1:7], whole.T, whole[::-1, ::-1]):
        assert png_bytes(seen) == png_bytes(np.ascontiguousarray(seen))
        assert pictures.digest(seen) == pictures.digest(np.ascontiguousarray(seen))
    deep = whole.astype(np.int16)
    assert tiff_bytes(deep[2:5, 1:7]) == tiff_bytes(np.ascontiguousarray(deep[2:5, 1:7]))


def test_a_png_holds_its_pixels_and_nothing_else() -> None:
    """By hand: signature, IHDR of 2 x 1 grey pixels of 8 bits, one row with the filter Up, IEND."""
    content = png_bytes(np.array([[3, 250]], np.uint8))
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert content[8:33] == (
        b"\x00\x00\x00\x0dIHDR\x00\x00\x00\x02\x00\x00\x00\x01\x08\x00\x00\x00\x00"
        + zlib.crc32(b"IHDR\x00\x00\x00\x02\x00\x00\x00\x01\x08\x00\x00\x00\x00").to_bytes(4, "big")
    )
    length = int.from_bytes(content[33:37], "big")
    assert content[37:41] == b"IDAT"
    assert zlib.decompress(content[41 : 41 + length]) == b"\x02\x03\xfa"
    assert content[45 + length :] == b"\x00\x00\x00\x00IEND\xaeB`\x82"
