"""A MedMNIST-layout .npz: train_images, train_labels, and the same for val and test.

Covers: 8-bit pictures of shape (n, H, W) or (n, H, W, 3), with one label each or with several of 0 and 1;
pickles are never opened, what an array claims is checked against its bytes, and pixels are mapped from a
temporary file. Does not cover: volumes.
"""

import errno
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from core.datasets.classes import MOST_CLASSES
from core.datasets.labelling import label_array
from core.datasets.options import ImportOptions
from core.datasets.records import SPLIT_NAMES, SplitName
from core.datasets.sources import Entry, Source
from core.errors import ImportRefusedError
from core.images import MedicalImage
from core.images.limits import check_size, grey_if_equal
from core.images.zip_checks import Guarded
from core.language import N_

_MAX_ARRAY_BYTES: Final = 32 * 1024**3
_MAX_MEMBERS: Final = 1000
_FREE_BYTES, _MAX_RATIO = 64 * 1024**2, 100  # so much may come out of few bytes; beyond it, so many times
_MAX_LABELS: Final = 10_000_000
_MAX_FINDINGS: Final = 200
_VERSIONS: Final = ((1, 0), (2, 0))  # the third is for names that are no Latin 1: pictures have none
_FULL: Final = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class _Header:
    """What a .npy member says of itself."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def read_npz(path: Path, options: ImportOptions) -> Source:
    """Return the source in an .npz file, in the order train, val, test; its split is the official one.

    Of several labels an image, one is taken against the rest.

    Raises
    ------
    ImportRefusedError
        It is no such file, or holds arrays of another kind.
    UnknownNameError
        There is no such finding.
    """
    with _refusing(path):
        return _read(path, options)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Say in one sentence what a damaged or foreign file makes zipfile and numpy say in many."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, KeyError, EOFError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        text = N_(
            "'{file}' is no array file that Lightbox can read; it should be laid out as MedMNIST's are."
        )
        raise ImportRefusedError(text, file=path.name) from error


def _read(path: Path, options: ImportOptions) -> Source:
    with Guarded(path, _MAX_MEMBERS) as file, zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        splits = [split for split in SPLIT_NAMES if {f"{split}_images.npy", f"{split}_labels.npy"} <= names]
        if not splits:
            text = N_("'{file}' holds no train_images and train_labels, as MedMNIST's files do.")
            raise ImportRefusedError(text, file=path.name)
        parts = [_labels(archive, split) for split in splits]
        for split, values in zip(splits, parts, strict=True):
            _check_images(_header(archive, f"{split}_images.npy"), len(values), split)
    if len({values.shape[1] for values in parts}) > 1:
        raise ImportRefusedError(N_("The splits of '{file}' have different labels."), file=path.name)
    arrays = _Arrays(path)
    labelling = label_array(np.concatenate(parts), path.stem, options)
    places = (
        (split, index) for split, values in zip(splits, parts, strict=True) for index in range(len(values))
    )
    entries = [
        Entry(f"{split} {index}", label, array=partial(arrays.image, split, index), split=split)
        for (split, index), label in zip(places, labelling.labels, strict=True)
    ]
    return Source(
        "npz",
        entries,
        class_names=labelling.class_names,
        findings=labelling.findings,
        finding=labelling.finding,
        caveats=labelling.caveats,
        question=labelling.question,
        close=arrays.close,
    )


class _Arrays:
    """The pictures of an .npz file, each array unpacked when its first picture is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mapped: dict[str, NDArray[np.uint8]] = {}

    @cached_property
    def _folder(self) -> "tempfile.TemporaryDirectory[str]":
        return tempfile.TemporaryDirectory(prefix="lightbox-")

    def image(self, split: SplitName, index: int) -> MedicalImage:
        if split not in self._mapped:
            self._mapped[split] = self._unpack(f"{split}_images.npy")
        values = np.array(self._mapped[split][index])
        return MedicalImage(
            values=grey_if_equal(values) if values.ndim == 3 else values, value_range=(0.0, 255.0)
        )

    def close(self) -> None:
        self._mapped.clear()
        if "_folder" in self.__dict__:
            self._folder.cleanup()

    def _unpack(self, member: str) -> NDArray[np.uint8]:
        unpacked = Path(self._folder.name) / member
        with _refusing(self._path), zipfile.ZipFile(self._path) as archive:
            with archive.open(member) as source, unpacked.open("wb") as target:
                shutil.copyfileobj(source, target)
        array: NDArray[np.uint8] = np.load(unpacked, mmap_mode="r", allow_pickle=False)
        if os.name == "posix":
            unpacked.unlink()  # it lives as long as it is mapped, so a killed import leaves nothing of it
        return array


def _labels(archive: zipfile.ZipFile, split: str) -> NDArray[np.int64]:
    """Return the labels of a split, ndarray of shape (n_images, n_labels)."""
    member = f"{split}_labels.npy"
    header = _header(archive, member)
    n_columns = int(np.prod(header.shape[1:])) if header.shape else 0
    if header.dtype.kind not in "iub" or not 1 <= n_columns <= _MAX_FINDINGS:
        text = N_(
            "'{member}' has shape {shape} and type {dtype}; it should be one whole number for each image, or"
            " a row of 0 and 1."
        )
        raise ImportRefusedError(text, member=member, shape=str(header.shape), dtype=str(header.dtype))
    if header.shape[0] * n_columns > _MAX_LABELS:
        raise ImportRefusedError(
            N_("'{member}' claims to hold {n} labels."), member=member, n=header.shape[0] * n_columns
        )
    with archive.open(member) as file:
        labels = npy.read_array(file, allow_pickle=False).astype(np.int64).reshape(header.shape[0], n_columns)
    highest = MOST_CLASSES - 1 if n_columns == 1 else 1
    if labels.min(initial=0) < 0 or labels.max(initial=0) > highest:
        text = N_("'{member}' holds labels that are not numbers from 0 to {highest}.")
        raise ImportRefusedError(text, member=member, highest=highest)
    return labels


def _check_images(header: _Header, n_labels: int, split: str) -> None:
    shape = header.shape
    is_picture = len(shape) == 3 or (len(shape) == 4 and shape[3] == 3)
    if not is_picture or header.dtype != np.uint8:
        text = N_(
            "'{split}_images' has shape {shape} and type {dtype};"
            " it should be 8-bit pictures, (n, H, W) or (n, H, W, 3)."
        )
        raise ImportRefusedError(text, split=split, shape=str(shape), dtype=str(header.dtype))
    if shape[0] != n_labels:
        text = N_("The file holds {n} pictures for {split} and {m} labels.")
        raise ImportRefusedError(text, split=split, n=shape[0], m=n_labels)
    check_size(shape[2], shape[1])


def _header(archive: zipfile.ZipFile, member: str) -> _Header:
    """Read what an array claims, and refuse what its bytes do not bear out."""
    info = archive.getinfo(member)
    with archive.open(info) as file:
        shape, dtype = _read_header(file)
        start = file.tell()
    if any(side < 0 for side in shape):
        raise ValueError(member)
    claimed = start + int(np.prod(shape, dtype=object)) * dtype.itemsize
    if info.compress_type not in _METHODS or dtype.hasobject or claimed != info.file_size:
        raise ValueError(member)
    if claimed > _MAX_ARRAY_BYTES:
        raise ImportRefusedError(N_("'{member}' is larger than 32 GiB."), member=member)
    if claimed > max(_FREE_BYTES, _MAX_RATIO * info.compress_size):
        text = N_("'{member}' has {n} times its size when unpacked, which no images have: it is a trap.")
        raise ImportRefusedError(text, member=member, n=claimed // max(1, info.compress_size))
    return _Header(shape, dtype)


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(file)
    if version not in _VERSIONS:
        raise ValueError(version)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _fortran, dtype = read(file)
    return shape, dtype
