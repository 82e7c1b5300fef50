"""Hostile arrays and tables: pickles, false claims, bombs, endless lines, formulas, odd encodings."""

import io
import pickle
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.datasets.npz_layout import read_npz
from core.datasets.options import ImportOptions
from core.datasets.table_reading import read_table
from core.errors import ImportRefusedError, UserError
from tests.hostile.archives import Forged, deflated_zeros, forge, honest

OPTIONS = ImportOptions(name="new")
NO_ARRAYS = "is no array file that Lightbox can read|holds no train_images"


class Executed:
    """What a pickle makes of it writes a file: proof that it was opened."""

    def __init__(self, where: Path) -> None:
        self.where = where

    def __reduce__(self) -> Any:
        return (open, (str(self.where), "w"))


def npy(shape: str = "(4, 8, 8)", descr: str = "'|u1'", data: bytes | None = None, version: int = 1) -> bytes:
    """Return an .npy member whose header claims what it is told to."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (63 - (len(header) + 10) % 64) + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + (bytes(256) if data is None else data)


LABELS = npy("(4, 1)", data=bytes(4))


def npz(folder: Path, images: bytes, labels: bytes = LABELS) -> Path:
    with zipfile.ZipFile(folder / "x.npz", "w") as archive:
        archive.writestr("train_images.npy", images)
        archive.writestr("train_labels.npy", labels)
    return folder / "x.npz"


def refused_npz(path: Path, match: str) -> None:
    temporary = set(Path(tempfile.gettempdir()).glob("lightbox-*"))
    with pytest.raises(ImportRefusedError, match=match):
        read_npz(path, OPTIONS)
    assert set(Path(tempfile.gettempdir()).glob("lightbox-*")) <= temporary


def test_the_array_file_that_the_attacks_change_is_read(tmp_path: Path) -> None:
    source = read_npz(npz(tmp_path, npy()), OPTIONS)
    assert len(source.entries) == 4
    source.close()


def test_pickled_objects_are_never_opened(tmp_path: Path) -> None:
    witness = tmp_path / "executed"
    stream = io.BytesIO()
    np.save(stream, np.array([Executed(witness)] * 4, dtype=object), allow_pickle=True)
    for images, labels in (
        (stream.getvalue(), LABELS),
        (npy(), stream.getvalue()),
        (pickle.dumps(Executed(witness)), LABELS),
    ):
        refused_npz(npz(tmp_path, images, labels), NO_ARRAYS)
    assert not witness.exists()


@pytest.mark.parametrize(
    "shape",
    ["(1000000000, 1, 1)", "(4, 100000, 100000)", "(10**9,)", "(-4, 8, 8)", "(4, -8, -8)", "(4, 8)",
     "(4, 8, 8, 2)", "()", "4", "(4, 8, 8.0)", "(True, 8, 8)", "(4, 8, 8,) * 9", "(" * 200 + ")" * 200,
     "(4, 0, 8)", "(2**63, 2**63, 0)"],
)  # fmt: skip
def test_shapes_that_the_bytes_do_not_bear_out_are_refused(tmp_path: Path, shape: str) -> None:
    refused_npz(npz(tmp_path, npy(shape)), f"{NO_ARRAYS}|has shape|pictures for train")


@pytest.mark.parametrize(
    "descr",
    [
        "'|O'",
        "'<f8'",
        "'<U9'",
        "'|V1'",
        "[('a', '|u1')]",
        "'<M8[s]'",
        "'|u9'",
        "'__import__(\"os\")'",
        "None",
    ],
)
def test_other_types_are_refused(tmp_path: Path, descr: str) -> None:
    data = bytes(256 * np.dtype("<U9").itemsize) if "U9" in descr else bytes(2048) if "8" in descr else None
    refused_npz(npz(tmp_path, npy(descr=descr, data=data)), f"{NO_ARRAYS}|has shape")


@pytest.mark.parametrize("version", [0, 2, 3, 9, 255])
def test_other_versions_of_the_format_are_read_or_refused(tmp_path: Path, version: int) -> None:
    images = npy(version=version)
    if version == 2:
        read_npz(npz(tmp_path, images), OPTIONS).close()
    else:
        refused_npz(npz(tmp_path, images), NO_ARRAYS)


def test_labels_that_claim_10_to_the_9_are_refused(tmp_path: Path) -> None:
    refused_npz(
        npz(tmp_path, npy("(1000000000, 1, 1)"), npy("(1000000000, 1)")), f"{NO_ARRAYS}|claims to hold"
    )


def test_a_header_of_megabytes_is_refused(tmp_path: Path) -> None:
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (" + b"1," * 2_000_000 + b")}"
    images = b"\x93NUMPY\x02\0" + struct.pack("<I", len(header)) + header
    refused_npz(npz(tmp_path, images), NO_ARRAYS)


def test_an_array_that_inflates_a_thousandfold_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    n_images = 96 * 1024
    head = npy(f"({n_images}, 32, 32)", data=b"")
    size = len(head) + n_images * 1024
    bomb = Forged(b"train_images.npy", deflated_zeros(96 * 1024**2), method=8, size=size)
    path = forge(
        tmp_path / "x.npz", [bomb, honest("train_labels.npy", npy(f"({n_images}, 1)", data=bytes(n_images)))]
    )
    refused_npz(path, NO_ARRAYS)
    with zipfile.ZipFile(tmp_path / "y.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train_images.npy", head + bytes(n_images * 1024))
        archive.writestr("train_labels.npy", npy(f"({n_images}, 1)", data=bytes(n_images)))
    refused_npz(tmp_path / "y.npz", "times its size when unpacked")


def test_an_array_file_of_60_000_members_is_refused(tmp_path: Path) -> None:
    path = forge(tmp_path / "x.npz", [Forged(f"{number}.npy".encode(), b"") for number in range(60_000)])
    refused_npz(path, "files|no train_images")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\0", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_array_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    refused_npz(tmp_path / "x.npz", NO_ARRAYS)


# Tables


def table(folder: Path, content: bytes | str) -> Path:
    path = folder / "labels.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (",".join(f"c{number}" for number in range(1_000_000)) + "\n1\n", "million characters|columns"),
        (",".join("abcdef") * 300 + "\n1\n", "columns; at most 1000"),
        ("image,label\n" + "x" * 2_000_000 + ",a\n", "line of a million characters"),
        ("a" * 2_000_000, "line of a million characters"),
        (b"image,label\n\0\0\0,a\n" * 100, "NUL characters"),
        (",".join("a" * 999) + "\n" + "1\n" * 30_000, "cells; at most"),
        ("image,label\n" + "1,a\n" * 600_000, "600002 rows; at most 500000"),
        (b"", "no rows|cannot be read"),
        (b"\n\n\n", "no rows|cannot be read"),
        (b"image,label\n", "no rows"),
        (b"image,label\n\"" + b"x\n" * 1000, "cannot be read"),
    ],
    ids=["a million columns", "too many", "long line", "one line", "NUL", "cells", "rows", "empty", "lines",
         "header", "open quote"],
)  # fmt: skip
def test_tables_beyond_measure_are_refused_by_name(tmp_path: Path, content: bytes | str, reason: str) -> None:
    with pytest.raises(ImportRefusedError, match=reason):
        read_table(table(tmp_path, content))


def test_a_table_of_100_megabytes_in_one_line_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    with path.open("wb") as file:
        file.truncate(100 * 1024**2)
    with pytest.raises(ImportRefusedError, match="larger than 64 MB"):
        read_table(path)


def test_formulas_are_text() -> None:
    with tempfile.TemporaryDirectory() as folder:
        cells = ["=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+1", "-1", '=HYPERLINK("http://127.0.0.1:9")']
        quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
        found = read_table(table(Path(folder), "image\n" + "\n".join(quoted) + "\n"))
    assert found["image"].tolist() == cells


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb2312"])
def test_texts_survive_their_encoding(tmp_path: Path, encoding: str) -> None:
    found = read_table(table(tmp_path, "image,label\na.png,肺炎\nb.png,正常\n".encode(encoding)))
    assert found["label"].tolist() == ["肺炎", "正常"]


def test_western_text_without_unicode_survives(tmp_path: Path) -> None:
    found = read_table(table(tmp_path, "image;label\na.png;Lungenentzündung\n".encode("cp1252")))
    assert found["label"].tolist() == ["Lungenentzündung"]


def test_numbers_are_text_and_stay_as_they_are(tmp_path: Path) -> None:
    found = read_table(table(tmp_path, "image,patient\n001,1e5\nNA,nan\n"))
    assert found.to_dict("list") == {"image": ["001", "NA"], "patient": ["1e5", "nan"]}


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.one_of(st.binary(max_size=300), st.text(alphabet='a,;\t|"\n\r=\0é肺', max_size=200)))
def test_any_bytes_are_a_table_or_one_sentence(tmp_path: Path, content: bytes | str) -> None:
    try:
        found = read_table(table(tmp_path, content))
    except ImportRefusedError as error:
        assert "\n" not in str(error)
        return
    assert len(found) and all(isinstance(cell, str) for cell in found.to_numpy().ravel())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    shape=st.lists(st.integers(-3, 12), max_size=5), size=st.integers(0, 300), labels=st.binary(max_size=12)
)
def test_any_array_is_read_or_one_sentence(
    tmp_path: Path, shape: list[int], size: int, labels: bytes
) -> None:
    path = npz(tmp_path, npy(str(tuple(shape)), data=bytes(size)), npy(f"({len(labels)}, 1)", data=labels))
    try:
        source = read_npz(path, OPTIONS)
    except UserError as error:
        assert "\n" not in str(error)
        return
    assert all(entry.load().values.size for entry in source.entries)
    source.close()
