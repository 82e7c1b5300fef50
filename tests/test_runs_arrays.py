"""Arrays of an .npz: what numpy.savez writes comes back, and no file that is made up does more than fail."""

import struct
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from core.runs.arrays import read_arrays

_VALUES = {"maps": np.arange(24, dtype=np.uint8).reshape(2, 3, 4), "epoch": np.array(7)}


def stored(tmp_path: Path, *, kind: int = zipfile.ZIP_STORED, maps: bytes | None = None) -> Path:
    """Write an archive of `_VALUES`, packed in a way, or with another entry for the maps."""
    path = tmp_path / "one.npz"
    plain = BytesIO()
    np.savez(plain, **_VALUES)
    with zipfile.ZipFile(plain) as archive, zipfile.ZipFile(path, "w", kind) as made:
        for name in archive.namelist():
            made.writestr(name, maps if maps is not None and name == "maps.npy" else archive.read(name))
    return path


def entry(shape: str, kind: str = "|u1", content: bytes = b"") -> bytes:
    """Return an entry whose header says of itself what we like."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def read(path: Path) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    return read_arrays(path, _VALUES, most_bytes=10_000)


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_come_back_as_they_were(tmp_path: Path, order: str) -> None:
    path = tmp_path / "one.npz"
    np.savez(path, **{name: np.asarray(value, order=order) for name, value in _VALUES.items()})  # type: ignore[call-overload]
    found = read(path)
    for name, value in _VALUES.items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].dtype == value.dtype


@pytest.mark.parametrize(
    "maps",
    [
        entry("(1000000000000000000,)"),  # numpy.load would ask for 888 PiB
        entry("(30000000000,)"),
        entry("(-1, -1)"),
        entry("(((((("),
        entry("(1,)", kind="O", content=b"12345678"),
        entry("(2,)", content=b"1"),  # fewer than it says
        b"foreign",
        b"",
    ],
)
def test_an_entry_that_is_made_up_is_refused_and_no_room_is_made_for_it(tmp_path: Path, maps: bytes) -> None:
    with pytest.raises(ValueError):
        read(stored(tmp_path, maps=maps))


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packed_archives_are_refused_unopened(tmp_path: Path, kind: int) -> None:
    with pytest.raises(ValueError, match="packed"):
        read(stored(tmp_path, kind=kind))


def test_a_locked_entry_and_one_that_is_missing_are_refused(tmp_path: Path) -> None:
    path = stored(tmp_path)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # of the first entry: a password is needed
    path.write_bytes(content)
    with pytest.raises(ValueError, match="packed"):
        read(path)
    with pytest.raises(ValueError):
        read_arrays(stored(tmp_path), ["peaks"], most_bytes=10_000)


def test_a_file_larger_than_any_of_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="larger"):
        read_arrays(stored(tmp_path), _VALUES, most_bytes=100)


def test_no_byte_that_is_changed_does_more_than_fail(tmp_path: Path) -> None:
    path = stored(tmp_path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with suppress(ValueError, OSError):
            read(path)
