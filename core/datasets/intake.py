"""One image on its way into a data set: read, cropped, encoded, and stripped of all that must not be kept.

`prepare_several` is the task of the import's sandbox: somebody else's bytes go in, picture files and records
come out. What the records say is foreign too, and checked by `PreparedImage`.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from core.datasets import pictures
from core.datasets.given_values import GivenValues
from core.errors import UnreadableImageError
from core.images import MedicalImage, Window, read
from core.images.burned_in import Margins, crop, suspicion_of_file
from core.images.identity import kinds_in
from core.images.packing import unpack_image

# A batch ends early here and its rest is asked for again: many slow files are not one that hangs.
_BATCH_SECONDS: Final = 2.0
_BATCH_BYTES: Final = 32 * 1024**2
_WINDOWS = TypeAdapter(tuple[Window, ...])
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class PictureFacts(BaseModel):
    """What the sample table says of a picture, in its columns' names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    height: int = Field(ge=1)
    width: int = Field(ge=1)
    modality: str | None
    pixel_spacing_mm: _Finite | None
    row_spacing_mm: _Finite | None
    frame: int
    window_center: _Finite | None
    window_width: _Finite | None
    window_function: str | None
    inverted: bool
    value_low: _Finite
    value_high: _Finite
    n_channels: Literal[1, 3]
    source_format: str | None
    bits_stored: int | None
    windows: str | None


class PreparedImage(BaseModel):
    """All that is needed of an image to keep it.

    Attributes
    ----------
    file, content
        The picture's file: its name, which is the digest of its pixels, and its bytes.
    facts
        Its row of the sample table.
    patient_id, series_id
        Raw identifiers: for the importer alone, which turns them into pseudonyms. Never stored.
    attributes
        What the de-identifying allow-list let through.
    identity
        The kinds of identifying facts that its file holds; marked texts, never values.
    text_reasons
        Why text may be burned into it; marked texts.
    was_looked_at
        Whether writing was looked for in its pixels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(pattern=pictures.FILE_NAME)
    content: bytes = Field(repr=False)
    facts: PictureFacts
    patient_id: str | None = Field(default=None, repr=False)
    series_id: str | None = Field(default=None, repr=False)
    attributes: dict[str, str] = {}
    identity: tuple[str, ...] = ()
    text_reasons: tuple[str, ...] = ()
    was_looked_at: bool = True


def prepare_several(
    content: bytes, *, items: Sequence[dict[str, Any]], margins: Margins | None = None, window: int = 0
) -> tuple[dict[str, Any], list[bytes]]:
    """Prepare images that stand one after the other in `content`; the task of a sandbox.

    Parameters
    ----------
    content
        Files, or raw pixels.
    items
        Of each: "size" in bytes; "look", whether writing is looked for in its pixels; and for raw pixels
        "packed", what `core.images.packing` says of them; "given", what a table says of its values.
    margins
        Shares of the height or width to cut off at the top, right, bottom and left.
    window
        Which of the windows that a file proposes comes first.

    Returns
    -------
    "images", one record for each item from the first on until the time is up: "image" or "error"; "seconds",
    the time it took; and one buffer, the picture files one after the other, each of the "size" in its record.
    """
    images: list[dict[str, Any]] = []
    files: list[bytes] = []
    began, start, n_bytes = time.monotonic(), 0, 0
    for item in items:
        part = content[start : start + item["size"]]
        start += item["size"]
        try:
            image = unpack_image(item["packed"], [part]) if "packed" in item else read(part)
            if "given" in item:
                image = GivenValues.model_validate(item["given"]).given_to(image)
            from_file = None if "packed" in item else part
            record, file = prepare(image, from_file, margins=margins, window=window, look=item["look"])
        except UnreadableImageError as error:
            images.append({"error": error.message.model_dump(mode="json")})
            continue
        images.append({"image": record, "size": len(file)})
        files.append(file)
        n_bytes += len(file)
        if n_bytes > _BATCH_BYTES or time.monotonic() - began > _BATCH_SECONDS:
            break
    return {"images": images, "seconds": time.monotonic() - began}, [b"".join(files)]


def prepare(
    image: MedicalImage, content: bytes | None, *, margins: Margins | None, window: int, look: bool
) -> tuple[dict[str, Any], bytes]:
    """Return the fields of a `PreparedImage` but its content, JSON-able, and the content.

    Parameters
    ----------
    content
        The file that the image was read from; None for bare pixels.
    margins, window
        See `prepare_several`.
    look
        Whether writing is looked for in its pixels.
    """
    shown = crop(image, margins) if margins else image
    if 0 < window < len(shown.windows):
        others = (*shown.windows[:window], *shown.windows[window + 1 :])
        shown = replace(shown, windows=(shown.windows[window], *others))
    file, encoded = pictures.encode(shown.values)
    record = {
        "file": file,
        "facts": facts_of(shown),
        "patient_id": shown.patient_id,
        "series_id": shown.series_id,
        "attributes": shown.attributes,
        "identity": sorted(kinds_in(content)) if content else (),
        "text_reasons": suspicion_of_file(content or b"", shown, look=look),
        "was_looked_at": look,
    }
    return record, encoded


def facts_of(image: MedicalImage) -> dict[str, Any]:
    """Return the fields of `PictureFacts`."""
    window = image.windows[0] if image.windows else None
    row_spacing, column_spacing = image.pixel_spacing_mm or (None, None)
    return {
        "height": image.values.shape[0],
        "width": image.values.shape[1],
        "modality": image.modality,
        "pixel_spacing_mm": column_spacing,
        "row_spacing_mm": row_spacing,
        "frame": image.frame,
        "window_center": window.center if window else None,
        "window_width": window.width if window else None,
        "window_function": window.function if window else None,
        "inverted": image.inverted,
        "value_low": image.value_range[0],
        "value_high": image.value_range[1],
        "n_channels": 3 if image.is_colour else 1,
        "source_format": image.source_format or None,
        "bits_stored": image.bits_stored,
        "windows": _WINDOWS.dump_json(image.windows).decode() if len(image.windows) > 1 else None,
    }
