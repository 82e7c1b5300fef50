"""A MedicalImage as a JSON-able dict and raw buffers, to cross a process without pickles."""

import math
from dataclasses import fields
from typing import Any, Final, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from core.images.frames import BrokenFrameError
from core.images.limits import check_size
from core.images.records import MedicalImage

_DTYPES: Final = ("uint8", "uint16", "int16", "int32", "float32")


class _Array(BaseModel):
    """What the bytes of an array mean."""

    model_config = ConfigDict(frozen=True)

    dtype: str = Field(pattern=f"^({'|'.join(_DTYPES)})$")
    shape: tuple[int, int] | tuple[int, int, int]


def _facts_model() -> type[BaseModel]:
    # Every field of MedicalImage but its pixels, so that a new one is never forgotten here.
    hints = get_type_hints(MedicalImage)
    facts: dict[str, Any] = {
        field.name: (hints[field.name], ...) for field in fields(MedicalImage) if field.name != "values"
    }
    return create_model("_Facts", __config__=ConfigDict(frozen=True), **facts)


_Facts: Final = _facts_model()


def pack_image(image: MedicalImage) -> tuple[dict[str, Any], list[bytes]]:
    """Return all facts of an image as a JSON-able dict, and its pixels as one buffer."""
    values = np.ascontiguousarray(image.values)
    facts = _Facts.model_validate({name: getattr(image, name) for name in _Facts.model_fields})
    array = _Array(dtype=str(values.dtype), shape=values.shape)
    return {"array": array.model_dump(), "facts": facts.model_dump(mode="json")}, [values.tobytes()]


def unpack_image(record: dict[str, Any], buffers: list[bytes]) -> MedicalImage:
    """Return the image that `pack_image` packed; the record may come from a process that lies.

    Raises
    ------
    BrokenFrameError
        Its parts contradict each other.
    UnreadableImageError
        Its size is none that Lightbox reads.
    """
    try:
        array = _Array.model_validate(record.get("array"))
        facts = _Facts.model_validate(record.get("facts"))
    except ValidationError as error:
        raise BrokenFrameError("no image") from error
    check_size(array.shape[1], array.shape[0])
    is_picture = len(array.shape) == 2 or array.shape[2] == 3
    n_bytes = math.prod(array.shape) * np.dtype(array.dtype).itemsize
    if not is_picture or len(buffers) != 1 or len(buffers[0]) != n_bytes:
        raise BrokenFrameError(f"{array.shape} {array.dtype} in {[len(buffer) for buffer in buffers]} bytes")
    values = np.frombuffer(buffers[0], array.dtype).reshape(array.shape).copy()
    known = {name: getattr(facts, name) for name in _Facts.model_fields}
    return MedicalImage(values=values, **known)
