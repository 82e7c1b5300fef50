"""What the viewer asks of a decoder process: the place of a file in its study, one frame, and their packing.

A frame crosses as a JSON-able record and raw buffers, never as a pickle; what comes back is checked, since it
comes from a process that foreign bytes may have taken over.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.images.frame_view import FrameView, PixelTold, frame_view, show, tell
from core.images.frames import BrokenFrameError
from core.images.lookup_tables import LookupTable
from core.images.packing import pack_image, unpack_image
from core.images.series import Series, StudyFile, open_study_file, sort_series
from core.language import Message

__all__ = [
    "FrameView",
    "PixelTold",
    "Series",
    "StudyFile",
    "frame_task",
    "frame_view",
    "header_task",
    "open_study_file",
    "pack_view",
    "show",
    "sort_series",
    "tell",
    "unpack_study_file",
    "unpack_view",
]

_DTYPES: Final = "^(u?int(8|16|32)|float(32|64))$"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True)

    n: int = Field(ge=1, le=65536)
    first: int
    bits: int = Field(ge=1, le=16)
    explanation: str


class _View(BaseModel):
    """All of a FrameView but its arrays."""

    model_config = ConfigDict(frozen=True)

    dtype: str = Field(pattern=_DTYPES)
    shape: tuple[int, int] | tuple[int, int, int]
    tables: tuple[_Table, ...]
    has_padding: bool
    transform: Message
    unit: str
    aspect: float = Field(gt=0)
    spacing_place: str | None


def header_task(content: bytes, *, key: str = "") -> tuple[dict[str, Any], list[bytes]]:
    """Do `open_study_file` in a decoder process: see `core.images.sandbox`."""
    return open_study_file(content, key=key).model_dump(mode="json"), []


def unpack_study_file(record: dict[str, Any]) -> StudyFile:
    """Return what `header_task` packed; BrokenFrameError if it did not."""
    try:
        return StudyFile.model_validate(record)
    except ValidationError as error:
        raise BrokenFrameError("no file of a study") from error


def frame_task(content: bytes, *, frame: int | None = None) -> tuple[dict[str, Any], list[bytes]]:
    """Do `frame_view` in a decoder process: see `core.images.sandbox`."""
    return pack_view(frame_view(content, frame))


def pack_view(view: FrameView) -> tuple[dict[str, Any], list[bytes]]:
    """Return a view as a JSON-able dict and its arrays as buffers: values, stored, padding, tables."""
    image, buffers = pack_image(view.image)
    stored = np.ascontiguousarray(view.stored)
    facts = _View(
        dtype=str(stored.dtype),
        shape=stored.shape,
        tables=tuple(
            _Table(n=len(table.entries), first=table.first, bits=table.bits, explanation=table.explanation)
            for table in view.tables
        ),
        has_padding=view.padding is not None,
        transform=view.transform,
        unit=view.unit,
        aspect=view.aspect,
        spacing_place=view.spacing_place,
    )
    padding = [] if view.padding is None else [np.packbits(view.padding).tobytes()]
    tables = [table.entries.tobytes() for table in view.tables]
    record = {"image": image, "view": facts.model_dump(mode="json")}
    return record, [*buffers, stored.tobytes(), *padding, *tables]


def unpack_view(record: dict[str, Any], buffers: list[bytes]) -> FrameView:
    """Return the view that `pack_view` packed.

    Raises
    ------
    BrokenFrameError
        Its parts contradict each other.
    """
    image = unpack_image(record.get("image") or {}, buffers[:1])
    try:
        facts = _View.model_validate(record.get("view"))
    except ValidationError as error:
        raise BrokenFrameError("no view of a frame") from error
    height, width = image.values.shape[:2]
    if facts.shape[:2] != (height, width) or facts.shape[2:] not in ((), (3,)):
        raise BrokenFrameError(f"{facts.shape} stored for {image.values.shape}")
    rest = iter(buffers[1:])
    stored = _array(rest, facts.dtype, facts.shape)
    packed = _array(rest, "uint8", (-(-height * width // 8),)) if facts.has_padding else None
    tables = tuple(
        LookupTable(
            _array(rest, "uint16", (table.n,)).astype(np.uint16), table.first, table.bits, table.explanation
        )
        for table in facts.tables
    )
    return FrameView(
        stored=stored,
        image=image,
        tables=tables,
        padding=None if packed is None else _mask(packed.astype(np.uint8), height, width),
        transform=facts.transform,
        unit=facts.unit,
        aspect=facts.aspect,
        spacing_place=facts.spacing_place,
    )


def _array(buffers: Any, dtype: str, shape: tuple[int, ...]) -> NDArray[np.generic]:
    buffer = next(buffers, b"")
    if len(buffer) != math.prod(shape) * np.dtype(dtype).itemsize:
        raise BrokenFrameError(f"{shape} {dtype} in {len(buffer)} bytes")
    array: NDArray[np.generic] = np.frombuffer(buffer, dtype).reshape(shape).copy()
    return array


def _mask(packed: NDArray[np.uint8], height: int, width: int) -> NDArray[np.bool_]:
    return np.unpackbits(packed, count=height * width).reshape(height, width).astype(np.bool_)
