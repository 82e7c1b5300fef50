"""Look at one image for real, in the sandbox: a small picture of it, and what somebody should know of it.

Does not cover: keeping anything. The picture is 8-bit and at most 256 pixels a side.
"""

from dataclasses import replace
from io import BytesIO
from typing import Any, Final

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from core.datasets.given_values import GivenValues
from core.images import MedicalImage, Window, read
from core.images.burned_in import crop, suspicion_of_file
from core.images.display import to_uint8
from core.images.packing import unpack_image

SIDE: Final = 256
_MOST_WINDOWS: Final = 16

Margins = tuple[float, float, float, float]


class Look(BaseModel):
    """What was seen of one image.

    Attributes
    ----------
    windows
        How the windows are called that it proposes, best first, where there are several.
    text_reasons
        Why text may be burned in: marked texts out of `core.images.burned_in.REASONS`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    modality: str | None = None
    windows: tuple[str, ...] = Field(default=(), max_length=_MOST_WINDOWS)
    text_reasons: tuple[str, ...] = ()


def look(
    content: bytes,
    *,
    packed: dict[str, Any] | None = None,
    given: dict[str, Any] | None = None,
    margins: Margins | None = None,
    window: int = 0,
) -> tuple[dict[str, Any], list[bytes]]:
    """Return the fields of `Look`, and a PNG: the task of a sandbox.

    Parameters
    ----------
    content
        A whole file, or raw pixels.
    packed
        What `core.images.packing` says of raw pixels.
    given
        What a table says of its values: the fields of `GivenValues`.
    margins, window
        What the importer asks for: what to cut off, and which window to use.
    """
    image = unpack_image(packed, [content]) if packed else read(content)
    image = GivenValues.model_validate(given).given_to(image) if given else image
    shown = crop(image, tuple(margins)) if margins else image  # type: ignore[arg-type]
    chosen = shown.windows[window] if window < len(shown.windows) else None
    names = [_name(one) for one in image.windows[:_MOST_WINDOWS]] if len(image.windows) > 1 else []
    record = {
        "modality": image.modality,
        "windows": names,
        "text_reasons": suspicion_of_file(content, shown),
    }
    return record, [_picture(shown, chosen)]


def _picture(image: MedicalImage, window: Window | None) -> bytes:
    """Return a PNG of at most 256 pixels a side; pixels that are not square are shown so that they are."""
    height, width = image.values.shape[:2]
    step = max(1, min(height, width) // (2 * SIDE))  # most of a large picture need not be windowed
    small = replace(image, values=image.values[::step, ::step])
    row_mm, column_mm = image.pixel_spacing_mm or (1.0, 1.0)
    tall, wide = height, width * column_mm / row_mm
    scale = min(1.0, SIDE / max(tall, wide))
    size = (max(1, round(wide * scale)), max(1, round(tall * scale)))
    target = BytesIO()
    Image.fromarray(to_uint8(small, window)).resize(size, Image.Resampling.LANCZOS).save(target, "PNG")
    return target.getvalue()


def _name(window: Window) -> str:
    numbers = f"{window.center:g}/{window.width:g}"
    return f"{window.explanation} ({numbers})" if window.explanation else numbers
