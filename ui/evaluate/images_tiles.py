"""Pictures side by side, each of which opens: a component of our own, whose script is in ui/assets/."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import streamlit as st
import streamlit.components.v2 as components

from core.evaluation.cells import Called
from core.language import _
from ui.evaluate import images_state as state
from ui.evaluate.images_source import Source
from ui.shell import ASSETS

Mark = Literal["right", "wrong", "warn", ""]
WIDTH: Final = 148
_component = components.component(
    "lightbox_tiles",
    css=(ASSETS / "evaluate_tiles.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + (ASSETS / "evaluate_tiles.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Tile:
    """One picture with its words; `mark` is a sign in its corner."""

    sample_id: int
    title: str
    lines: tuple[str, ...] = ()
    mark: Mark = ""


def tiles(
    shown: Sequence[Tile],
    source: Source,
    *,
    name: str,
    key: str,
    side: state.Side = "judged",
    width: int = WIDTH,
) -> None:
    """Show pictures of a data set; a click opens one. `name` says what they are."""
    if source.reason is not None:
        st.caption(str(source.reason))
    opened = state.opened()
    _component(
        data={
            "name": name,
            "missing": _("This picture is no longer there."),
            "width": width,
            "tiles": [_drawn(tile, source, opened, side) for tile in shown],
        },
        key=key,
        height="content",
        on_opened_change=_open(key, side),
    )


def tile_of(called: Called, positive: str | None) -> Tile:
    """Return a judged image as a tile: what it is, what it was called, and how probable."""
    probability = _(
        "probability of '{name}' {probability:.2f}",
        name=positive or called.called_class,
        probability=called.probability,
    )
    if called.is_right:
        title = _("'{truth}', called right", truth=called.true_class)
    else:
        title = _("'{truth}', called '{called}'", truth=called.true_class, called=called.called_class)
    mark: Mark = "right" if called.is_right else "wrong"
    return Tile(called.sample_id, title, (probability, _("Image {n}", n=called.sample_id)), mark)


def _open(key: str, side: state.Side) -> Callable[[], None]:
    def remember() -> None:
        sent = st.session_state[key].opened
        if sent:
            state.open_image(int(sent["id"]), side=side)

    return remember


def _drawn(tile: Tile, source: Source, opened: state.Opened | None, side: state.Side) -> dict[str, Any]:
    return {
        "id": tile.sample_id,
        "src": source.address(tile.sample_id),
        "alt": _("Image {n}", n=tile.sample_id),
        "title": tile.title,
        "lines": list(tile.lines),
        "mark": tile.mark,
        "isOpen": opened == state.Opened(side, tile.sample_id),
    }
