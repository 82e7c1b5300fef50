"""Arrays read from an .npz that anybody may have written: a torn, foreign or hostile file is a ValueError.

`numpy.load` believes what a file says of itself: it makes room for as many numbers as a header names, and
unpacks whatever kind of archive it finds. Here nothing is unpacked, and room is made for what is there alone.

Covers: files as `numpy.savez` writes them (stored, format 1.0). Does not cover packed archives, objects, and
arrays with named fields.
"""

import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

_IS_ENCRYPTED = 1  # a flag of an entry (APPNOTE 4.4.4)
_FORMAT = (1, 0)
_ODD = (EOFError, KeyError, NotImplementedError, OverflowError, RecursionError, TokenError, TypeError)


def read_arrays(path: Path, names: Iterable[str], *, most_bytes: int) -> dict[str, NDArray[Any]]:
    """Return arrays of an .npz by name.

    Raises
    ------
    OSError
        The file is not there, or can't be read.
    ValueError
        It is larger than `most_bytes`, lacks one of the names, or is not what `numpy.savez` writes.
    """
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError(f"larger than {most_bytes} bytes")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return {name: _array(archive, f"{name}.npy") for name in names}
    except (zipfile.BadZipFile, *_ODD) as error:
        raise ValueError("not an archive of arrays") from error


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    entry = archive.getinfo(name)
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & _IS_ENCRYPTED:
        raise ValueError(f"{name} is packed")
    content = archive.read(entry)
    file = BytesIO(content)
    if npy.read_magic(file) != _FORMAT:
        raise ValueError(f"{name} has another format")
    shape, is_fortran, kind = npy.read_array_header_1_0(file)
    if kind.hasobject:
        raise ValueError(f"{name} holds objects")
    values = np.frombuffer(content, dtype=kind, offset=file.tell())
    return values.reshape(shape, order="F" if is_fortran else "C")
