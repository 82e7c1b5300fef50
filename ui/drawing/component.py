"""The picture that is drawn on: a component of our own, whose script is in ui/assets/drawing.js."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st
import streamlit.components.v2 as components
from PIL import Image

from core.language import _
from ui.drawing.history import Drawn, drawn, take
from ui.drawing.marks import Marks, Tool, to_sent
from ui.shell import ASSETS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Look = Literal["mark", "paint"]
_WIDTH: Final = 620  # pixels: wider, a finger or a mouse travels far
# Each builds on those before it.
_SCRIPTS: Final = ("drawing_marks.js", "drawing_shown.js", "drawing_history.js", "drawing.js")

_component = components.component(
    "lightbox_drawing",
    css=(ASSETS / "drawing.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)


@dataclass(frozen=True)
class Pen:
    """What can be drawn: with which tools, how many boxes; `look` "paint" lets the marks step back."""

    tools: tuple[Tool, ...]
    most: int = 1
    look: Look = "mark"


def draw(pixels: NDArray[np.uint8], start: Marks, *, key: str, alt: str, pen: Pen) -> Drawn:
    """Show a picture to draw on; return what is drawn, with its steps.

    Parameters
    ----------
    pixels
        ndarray of shape (H, W) or (H, W, 3), uint8.
    start
        What is drawn at first.
    key
        Names the drawing in the session: another picture, another key.
    alt
        What is seen.
    """
    name = f"{key}-picture"

    def remember() -> None:
        sent = st.session_state[name].changed
        if sent:
            take(key, sent, start, pen.tools, pen.most)

    now = drawn(key, start)
    _component(data=_drawn(pixels, now, alt, pen), key=name, height="content", on_changed_change=remember)
    return now


def _drawn(pixels: NDArray[np.uint8], now: Drawn, alt: str, pen: Pen) -> dict[str, Any]:
    return {
        "picture": f"data:image/png;base64,{base64.b64encode(_png(pixels)).decode()}",
        "rows": pixels.shape[0],
        "columns": pixels.shape[1],
        "width": _WIDTH,
        "marks": to_sent(now.marks),
        "turn": now.turn,
        "tools": list(pen.tools),
        "most": pen.most,
        "look": pen.look,
        "canUndo": now.at > 0,
        "canRedo": now.at < len(now.steps) - 1,
        "alt": alt,
        "strings": _strings(pen),
    }


def _strings(pen: Pen) -> dict[str, str]:
    hint = _("Draw a box, or take the brush and paint, with the mouse or a finger.")
    if pen.tools == ("box",):
        hint = _("Draw a box with the mouse or a finger; drag it or its corners to change it.")
    elif pen.tools == ("stroke",):
        hint = _("Paint with the mouse or a finger.")
    return {
        "box": _("Box"),
        "stroke": _("Brush"),
        "size": _("Width of the brush"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "clear": _("Clear"),
        "hint": hint,
        "keys": _(
            "Press Enter for a new box. On a box, the arrow keys move it, with Shift they change its size,"
            " and Delete removes it."
        ),
        "box_at": _(
            "Box {n}: from {left} to {right} per cent of the width, from {top} to {bottom} per cent of the"
            " height",
            **{name: f"{{{name}}}" for name in ("n", "left", "right", "top", "bottom")},
        ),
    }


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a PNG made in haste: it is sent after each stroke."""
    content = BytesIO()
    Image.fromarray(pixels).save(content, format="PNG", compress_level=1)
    return content.getvalue()
