"""Weights that a person brought in: LIGHTBOX_HOME/weights/, one safetensors file each. No torch here.

Covers: a pickle is never opened, whatever the file is called; sizes are checked against the bytes that are
there before anything is read; every number must be finite. Does not cover: whether the weights are any good,
or fit a network (core/training/starting_weights.py asks that).
"""

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidValueError, NameTakenError, UnknownNameError
from core.language import N_
from core.workspace import is_valid_name, weights_dir, write_bytes

_SUFFIX: Final = ".safetensors"
_MOST_HEADER_BYTES: Final = 8_000_000
_MOST_TENSORS: Final = 20_000
_PICKLES: Final = (b"PK\x03\x04", b"\x80")  # torch.save's zip, and a bare pickle
_BF16_EXPONENT: Final = 0x7F80  # all ones: infinite or not a number
_FLOATS: Final = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": np.uint16}
_WHOLE: Final = {
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U8": np.uint8,
    "BOOL": np.bool_,
}


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights: its name, and the shape of each tensor in it."""

    name: str
    path: Path
    shapes: dict[str, tuple[int, ...]]

    @property
    def n_weights(self) -> int:
        """How many numbers it holds."""
        return sum(prod(shape) for shape in self.shapes.values())


def keep_weights(name: str, content: bytes) -> WeightsFile:
    """Check a safetensors file and keep it under a name.

    Parameters
    ----------
    name
        As a run may be called: lower-case letters, digits, `_`, `-` and `.`.
    content
        The file's bytes.

    Raises
    ------
    InvalidValueError
        It is no safetensors file, contradicts itself, or holds a number that is not finite.
    NameTakenError
        Other weights bear this name; the same ones may come again.
    """
    if not is_valid_name(name):
        text = N_(
            "'{name}' cannot name weights: use lower-case letters, digits, '_', '-' and '.', at most 64."
        )
        raise InvalidValueError(text, name=name)
    shapes = check_weights(content)
    path = weights_dir() / f"{name}{_SUFFIX}"
    if path.exists() and path.read_bytes() != content:
        raise NameTakenError(N_("file of weights"), name)
    write_bytes(path, content)
    return WeightsFile(name, path, shapes)


def list_weights() -> list[WeightsFile]:
    """Return the kept files by name; one that has been damaged since is left out."""
    found = []
    for path in sorted(weights_dir().glob(f"[!.]*{_SUFFIX}")):
        try:
            found.append(_opened(path))
        except InvalidValueError:
            continue
    return found


def open_weights(name: str) -> WeightsFile:
    """Return the kept file of this name.

    Raises
    ------
    UnknownNameError
        There is none.
    InvalidValueError
        It has been damaged since.
    """
    path = weights_dir() / f"{name}{_SUFFIX}"
    if not is_valid_name(name) or not path.is_file():
        raise UnknownNameError(N_("file of weights"), name, [kept.name for kept in list_weights()])
    return _opened(path)


def delete_weights(name: str) -> None:
    """Delete the kept file of this name, also a damaged one; UnknownNameError if there is none."""
    path = weights_dir() / f"{name}{_SUFFIX}"
    if not is_valid_name(name) or not path.is_file():
        raise UnknownNameError(N_("file of weights"), name, [kept.name for kept in list_weights()])
    path.unlink()


def check_weights(content: bytes) -> dict[str, tuple[int, ...]]:
    """Return the shapes in a safetensors file after looking at every number; InvalidValueError if it is none.

    The layout: 8 bytes with the header's length (little-endian), the header as JSON, the numbers.
    """
    if is_pickle(content):
        raise no_pickle()
    header = _header(content[: 8 + _MOST_HEADER_BYTES], len(content))
    body = memoryview(content)[8 + int.from_bytes(content[:8], "little") :]
    for name, entry in header.items():
        _check_numbers(name, entry, body)
    return _shapes(header)


def is_pickle(content: bytes) -> bool:
    """Tell whether a file that should hold weights begins as torch.save writes it, in a zip or without."""
    return content.startswith(_PICKLES) and content[8:9] != b"{"  # a header of 640 bytes begins like a pickle


def no_pickle() -> InvalidValueError:
    """Return the error that says what it is, and the way out."""
    text = N_(
        "This is a PyTorch file (a pickle). Opening one runs whatever program is in it, so Lightbox never"
        " does. `python -m core convert weights.pth --model M` takes its tensors alone, in a process that may"
        " do nothing else, and writes safetensors."
    )
    return InvalidValueError(text)


def _opened(path: Path) -> WeightsFile:
    with path.open("rb") as file:
        start = file.read(8 + _MOST_HEADER_BYTES)
    return WeightsFile(path.name.removesuffix(_SUFFIX), path, _shapes(_header(start, path.stat().st_size)))


def _header(start: bytes, size_bytes: int) -> dict[str, Any]:
    """Return the tensors' entries by name, checked against each other and against the size of the file."""
    length = int.from_bytes(start[:8], "little")
    if len(start) < 8 or not 2 <= length <= min(size_bytes - 8, _MOST_HEADER_BYTES):
        raise _no_safetensors()
    try:
        header = json.loads(start[8 : 8 + length].decode(), object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise _no_safetensors() from None
    if not isinstance(header, dict) or not _is_metadata(header.pop("__metadata__", {})):
        raise _no_safetensors()
    if not 1 <= len(header) <= _MOST_TENSORS:
        raise _no_safetensors()
    for name, entry in header.items():
        _check_entry(name, entry, size_bytes - 8 - length)
    _check_order([entry["data_offsets"] for entry in header.values()], size_bytes - 8 - length)
    return header


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; ValueError where a name stands twice: readers differ in which of them counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _is_metadata(found: Any) -> bool:
    """Tell whether this is what the format allows beside the tensors: texts by name."""
    return isinstance(found, dict) and all(isinstance(value, str) for value in found.values())


def _check_order(spans: list[list[int]], n_bytes: int) -> None:
    """Refuse tensors that overlap or leave holes: the format has neither."""
    place = 0
    for first, end in sorted(spans):
        if first != place:
            raise _no_safetensors()
        place = end
    if place != n_bytes:
        raise _no_safetensors()


def _check_entry(name: str, entry: Any, n_bytes: int) -> None:
    match entry:
        case {"dtype": str(kind), "shape": list(shape), "data_offsets": [int(first), int(end)]}:
            sizes = _FLOATS | _WHOLE
            if kind not in sizes:
                text = N_("Tensor '{name}' is of the kind {kind}, which no network here has.")
                raise InvalidValueError(text, name=name[:80], kind=kind[:20])
            is_shape = len(shape) <= 8 and all(type(n) is int and 0 <= n < 2**32 for n in shape)
            is_span = type(first) is type(end) is int  # True is an int to Python
            if is_shape and is_span and 0 <= first <= end <= n_bytes:
                if prod(shape) * np.dtype(sizes[kind]).itemsize == end - first:
                    return
    raise InvalidValueError(
        N_("The file contradicts itself at tensor '{name}'; get it again."), name=name[:80]
    )


def _check_numbers(name: str, entry: dict[str, Any], body: memoryview) -> None:
    kind, (first, end) = entry["dtype"], entry["data_offsets"]
    if kind in _FLOATS and not _is_finite(np.frombuffer(body[first:end], dtype=_FLOATS[kind]), kind):
        text = N_(
            "Tensor '{name}' holds a number that is infinite or not a number; such weights cannot learn."
        )
        raise InvalidValueError(text, name=name[:80])


def _is_finite(numbers: NDArray[Any], kind: str) -> bool:
    if kind == "BF16":  # numpy has no such type: its upper 16 bits of a float32 are looked at as they are
        return not bool(((numbers & _BF16_EXPONENT) == _BF16_EXPONENT).any())
    return bool(np.isfinite(numbers).all())


def _shapes(header: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(entry["shape"]) for name, entry in header.items()}


def _no_safetensors() -> InvalidValueError:
    return InvalidValueError(N_("This is no safetensors file. Choose a file that ends in .safetensors."))
