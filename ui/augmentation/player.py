"""A film of a few frames with a play button, played in the browser; it never begins by itself."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit.components.v2 as components
from numpy.typing import NDArray

from core.language import _
from ui.augmentation.gallery import data_address
from ui.shell import ASSETS

_HTML: Final = (
    "<div class='film'><div class='screen'><img alt=''/><p></p><div class='controls'>"
    "<button type='button' class='play'></button><input type='range' min='0' step='1'/></div></div>"
    "<div class='strip'></div></div>"
)
_component = components.component(
    "lightbox_film",
    html=_HTML,
    css=(ASSETS / "film.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + (ASSETS / "film.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, eq=False)
class FilmFrame:
    """A picture, ndarray of shape (H, W, 3), uint8, with a short and a long line of words."""

    pixels: NDArray[np.uint8]
    short: str
    long: str


def film_player(frames: list[FilmFrame], *, key: str, alt: str, start: int = 0) -> None:
    """Show frames beside each other and as a film, `start` first; `alt` says what all of them show."""
    _component(
        data={
            "frames": [
                {"picture": data_address(frame.pixels), "short": frame.short, "long": frame.long}
                for frame in frames
            ],
            "start": start,
            "alt": alt,
            "strings": {"play": _("Play"), "pause": _("Pause"), "frame": _("Strength")},
        },
        key=key,
    )
