"""The picture of the viewer: large, with a scale bar, and with the values of the pixel under the cursor.

The values travel with the picture, compressed, so that reading them asks nobody. The drawing is in
ui/assets/viewer.js.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st
import streamlit.components.v2 as components

from core.images.drawing import resample
from core.images.frame_view import STORED
from core.images.study import show, tell
from core.language import _
from ui.messages import escape
from ui.shell import ASSETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from core.images.study import FrameView
    from ui.viewer_window import Chosen

MOST_READ: Final = 1024  # pixels a side whose values travel along; of a larger picture every second or third
_MOST_SHOWN: Final = 2048  # pixels a side of the picture itself
_LEVEL: Final = 1  # of zlib: four times as quick as the usual one, a tenth larger

_component = components.component(
    "lightbox_viewer",
    css=(ASSETS / "viewer.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + (ASSETS / "viewer.js").read_text(encoding="utf-8"),
)


def show_picture(
    view: FrameView, chosen: Chosen, *, alt: str, place: str, step: Callable[[int], None]
) -> None:
    """Show a frame; the values under the cursor, the finger or the arrow keys stand below it.

    Parameters
    ----------
    chosen
        What it is shown by.
    alt
        What is seen.
    place
        Names the frame: an exact reading of one frame is not shown beside another.
    step
        Called with -1 or 1 when the visitor asks for the frame before or behind.
    """
    key = "viewer-picture"

    def take_step() -> None:
        if (asked := st.session_state[key].step) in (-1, 1):
            step(int(asked))

    def take_pixel() -> None:
        picked = st.session_state[key].picked
        if picked:
            st.session_state["viewer-pixel"] = (place, int(picked["row"]), int(picked["column"]))

    _component(
        data=packed(view, chosen, alt=alt),
        key=key,
        height="content",
        on_step_change=take_step,
        on_picked_change=take_pixel,
    )
    if stride_of(view) > 1:
        _exact_reading(view, chosen, place)


def stride_of(view: FrameView) -> int:
    """Return every how many pixels a value travels along with the picture."""
    rows, columns = view.image.values.shape[:2]
    return -(-max(int(rows), int(columns)) // MOST_READ)


def packed(view: FrameView, chosen: Chosen, *, alt: str) -> bytes:
    """Return all that the component needs: the length of a JSON header, the header, compressed planes.

    The planes are what is shown (uint8), the stored values, and, where they differ from these, the values in
    their unit; of a picture beyond 1,024 pixels a side the values of every `stride_of` pixels.
    """
    stride = stride_of(view)
    pixels = show(view, chosen)
    sample = np.s_[::stride, ::stride]
    planes = {
        "picture": _fitted(pixels),
        "stored": view.stored[sample],
        "shown": pixels[sample] if stride > 1 else None,
        "value": None if _same(view) else view.image.values[sample],
        "padding": None if view.padding is None else view.padding[sample].astype(np.uint8),
    }
    buffers = b""
    described: dict[str, dict[str, Any] | None] = {}
    for name, plane in planes.items():
        if plane is None:
            described[name] = None
            continue
        described[name], buffer = _plane(plane, at=len(buffers))
        buffers += buffer
    header = json.dumps({**_facts(view, stride, alt), "planes": described}).encode()
    return struct.pack("<I", len(header)) + header + buffers


def _facts(view: FrameView, stride: int, alt: str) -> dict[str, Any]:
    rows, columns = view.image.values.shape[:2]
    spacing = view.image.pixel_spacing_mm
    return {
        "rows": rows,
        "columns": columns,
        "aspect": view.aspect,
        "stride": stride,
        "spacing": spacing[1] if spacing else None,  # mm a column: the scale bar lies flat
        "alt": alt,
        "strings": {
            "stored": _("Stored"),
            "value": _unit(view),
            "shown": _("Shown, of 255"),
            "place": _("Row, column"),
            "padding": _("padding"),
            "spoken": _("Row {row}, column {column}: stored {stored}, {unit} {value}, shown {shown} of 255."),
            "in": _("Zoom in"),
            "out": _("Zoom out"),
            "all": _("Show all"),
            "hint": _(
                "Point at a pixel, or use the arrow keys. Plus and minus zoom, 0 shows all, Page Up and Page"
                " Down turn the slices."
            ),
            "millimetres": _("mm"),
        },
    }


def _plane(plane: NDArray[np.generic], *, at: int) -> tuple[dict[str, Any], bytes]:
    little = np.ascontiguousarray(plane.astype(plane.dtype.newbyteorder("<"), copy=False))
    buffer = zlib.compress(little.tobytes(), _LEVEL)
    shape = [*plane.shape[:2], plane.shape[2] if plane.ndim == 3 else 1]
    return {"dtype": plane.dtype.name, "shape": shape, "at": at, "size": len(buffer)}, buffer


def _fitted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Average a picture down to what a screen can show; leave a smaller one as it is."""
    if max(pixels.shape[:2]) <= _MOST_SHOWN:
        return pixels
    return resample(pixels, _MOST_SHOWN)


def _unit(view: FrameView) -> str:
    return _("Value") if view.unit == STORED else _(view.unit)


def _same(view: FrameView) -> bool:
    """Whether the values are the stored ones."""
    return view.stored.shape == view.image.values.shape and np.array_equal(view.stored, view.image.values)


def _exact_reading(view: FrameView, chosen: Chosen, place: str) -> None:
    stride = stride_of(view)
    rows, columns = view.image.values.shape[:2]
    text = _(
        "The picture has {width} x {height} pixels: moving over it reads every {n}th row and column. Click to"
        " read one pixel exactly.",
        width=columns,
        height=rows,
        n=stride,
    )
    st.caption(text)
    at, row, column = st.session_state.get("viewer-pixel", ("", 0, 0))
    told = tell(view, row, column, chosen) if at == place else None
    if told is None:
        return
    numbers = {
        "stored": _joined(told.stored),
        "value": _joined(told.rescaled),
        "shown": _joined(told.displayed),
    }
    words = _(
        "Row {row}, column {column}: stored {stored}, {unit} {value}, shown {shown} of 255.",
        row=row,
        column=column,
        unit=_unit(view),
        **numbers,
    )
    st.markdown(f"**{escape(words)}**")


def _joined(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{number:.6g}" for number in numbers)
