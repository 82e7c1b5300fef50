"""What a network sees: the strongest maps of each block for one film, one of them laid over it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.datasets.records import DatasetInfo
from core.images.drawing import grey_picture, resample, signed_picture
from core.language import N_, _, joined
from core.models.catalog import MODELS
from core.models.map_pictures import (
    colour_bar,
    map_sheet,
    over_picture,
    share_of_zeros,
    strongest_maps,
)
from core.models.stages import stages
from ui import cache
from ui.charts import show_pixels
from ui.messages import escape, simulated_badge
from ui.network import filters_view
from ui.network.chosen import default_run, pick_network
from ui.network.looked_at import Seen, Viewer, look, untrained_viewer, viewer_of
from ui.network.picking import layers_of, pick_spec
from ui.places import Grid, Place, chosen_place, place_picture
from ui.session import full

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE: Final = 480
_COLUMNS: Final = 4
_BASIC_MAPS: Final = 8
_FULL_MAPS: Final = 24
_SMALL: Final = "small_cnn"  # what an untrained network is at Basic, where no run tells
_PERCENTILE: Final = 99.5  # of the sizes gets full colour: a bright border would leave the rest dark
_STATES: Final = {"trained": N_("Trained"), "untrained": N_("Untrained")}


def show(info: DatasetInfo, sample_id: int) -> None:
    """Show what each block makes of a film, and the filters of the first layer."""
    st.caption(
        _(
            "A block makes many maps. Each is the image as one filter sees it: bright where it finds what it"
            " looks for."
        )
    )
    viewer = _pick_viewer(info)
    with st.spinner(_("The network looks at the image; a large one takes some seconds…")):
        seen = look(viewer, info, sample_id)
    st.caption(_who(viewer))
    if info.simulated:
        simulated_badge()
    block = _pick_block(len(seen.maps))
    _show_block(viewer, seen, block)
    filters_view.show(viewer)


def _pick_viewer(info: DatasetInfo) -> Viewer:
    """Let the visitor choose trained or untrained; at Full any run and any network of the catalog."""
    run = pick_network(info) if full() else default_run(info)
    if run is None:
        return untrained_viewer(pick_spec(key="network-seen") if full() else MODELS[_SMALL], info)
    viewer = viewer_of(run)
    return viewer if full() or _pick_state() == "trained" else replace(viewer, run=None)


def _pick_state() -> str:
    key = "network-state"
    chosen = st.segmented_control(
        _("Weights"),
        list(_STATES),
        format_func=lambda state: _(_STATES[state]),
        default=None if key in st.session_state else "trained",
        key=key,
        required=True,
        persist_state="session",
    )
    return chosen or "trained"


def _who(viewer: Viewer) -> str:
    title = _(viewer.spec.title)
    if viewer.run is None:
        return _(
            "Random weights: this is what an untrained {network} sees at {size} x {size} pixels.",
            network=title,
            size=viewer.size,
        )
    return _(
        "The network of the run '{run}', {network}, at {size} x {size} pixels.",
        run=escape(viewer.run.run_id),
        network=title,
        size=viewer.size,
    )


def _pick_block(n_blocks: int) -> int:
    """Return the number of the block to look at, from 0."""
    if n_blocks == 1:
        return 0
    key = f"network-block-{n_blocks}"
    chosen = st.slider(_("Block"), 1, n_blocks, key=key, width=420, persist_state="session")
    return int(chosen) - 1


def _show_block(viewer: Viewer, seen: Seen, block: int) -> None:
    maps = seen.maps[block]
    st.markdown(_size_words(viewer, maps, block))
    left, middle, right = st.columns([3, 4, 3], gap="medium")
    with left:
        st.markdown(f"**{_('What goes in')}**")
        picture = resample(grey_picture(seen.picture), _SIDE)
        show_pixels(picture, alt=_("The image, {n} pixels a side.", n=len(seen.picture)))
    if len(maps) == 1:
        with middle:
            _show_list(maps[0])
        return
    numbers = strongest_maps(maps, _FULL_MAPS if full() else _BASIC_MAPS)
    strongest = _full_colour(maps[numbers])
    with middle:
        st.markdown(f"**{_('The {n} strongest maps of this block', n=len(numbers))}**")
        number = _pick_map(maps, numbers, strongest, key=f"network-maps-{block}-{len(numbers)}")
        _bar(strongest, signed=bool((maps[numbers] < 0).any()))
    with right:
        st.markdown(f"**{_('Map {number} over the image', number=number + 1)}**")
        over = over_picture(seen.picture, maps[number], strongest, side=_SIDE)
        show_pixels(over, alt=_("Map {number} over the image.", number=number + 1))
        st.caption(_("Click a map to lay it over the image."))


def _pick_map(maps: NDArray[np.float32], numbers: list[int], strongest: float, *, key: str) -> int:
    """Show the strongest maps as a sheet in which one is chosen; return its number."""
    n_columns = min(_COLUMNS, len(numbers))
    grid = Grid(-(-len(numbers) // n_columns), n_columns)
    place = chosen_place(key, grid, Place(0, 0))
    at = min(place.row * n_columns + place.column, len(numbers) - 1)  # the last row may not be full
    sheet = map_sheet(maps, numbers, strongest=strongest, n_columns=n_columns)
    alt = _("Maps number {numbers}.", numbers=joined(str(number + 1) for number in numbers))
    place_picture(cache.png_bytes(sheet), key=key, grid=grid, place=Place(*divmod(at, n_columns)), alt=alt)
    return numbers[at]


def _show_list(values: NDArray[np.float32]) -> None:
    """Show numbers that have no place on the image."""
    st.markdown(f"**{_('All numbers of this block')}**")
    strongest = _full_colour(values)
    show_pixels(resample(signed_picture(values, strongest), _SIDE), alt=_("The numbers as small squares."))
    _bar(strongest, signed=bool((values < 0).any()))
    st.caption(_("They have no place on the image, so they cannot be laid over it."))


def _full_colour(values: NDArray[np.float32]) -> float:
    return float(np.percentile(np.abs(values), _PERCENTILE))


def _size_words(viewer: Viewer, maps: NDArray[np.float32], block: int) -> str:
    n, height, width = maps.shape
    percent = f"{100 * share_of_zeros(maps):.0f}"
    if n == 1:
        words = _(
            "Block {number} makes {n} numbers, here in {rows} rows; {percent} % of them are exactly 0.",
            number=block + 1,
            n=height * width,
            rows=height,
            percent=percent,
        )
    else:
        words = _(
            "Block {number} makes {n} maps of {height} x {width}; {percent} % of their numbers are exactly"
            " 0.",
            number=block + 1,
            n=n,
            height=height,
            width=width,
            percent=percent,
        )
    return f"{words} {_field_words(viewer, block)}"


def _field_words(viewer: Viewer, block: int) -> str:
    layers = layers_of(viewer.spec.name, viewer.n_classes, viewer.n_channels, viewer.size)
    field = stages(layers, viewer.spec.blocks)[block].receptive_field
    if field is None or min(field) >= viewer.size:
        return _("Each of them can depend on the whole image.")
    return _("Each of them depends on {side} x {side} pixels of the image.", side=max(field))


def _bar(strongest: float, *, signed: bool) -> None:
    show_pixels(colour_bar(signed=signed), alt=_("The colours, from the lowest number to the highest"))
    high = f"{strongest:.3g}"
    low = [_("−{n} and less", n=high), "0"] if signed else ["0"]
    ends = [*low, _("{n} and more", n=high)]
    with st.container(horizontal=True, horizontal_alignment="distribute", gap=None):
        for end in ends:
            st.caption(end, width="content")
