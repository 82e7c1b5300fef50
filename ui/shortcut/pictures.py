"""Films with a cue, and what the kept networks look at on them; nothing here imports torch at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from core.datasets.phantom_cues import Cue
from core.datasets.phantom_set import CLASS_NAMES, NAME
from core.experiments.shortcut.asking import network_folder
from core.experiments.shortcut.catalog import CUES
from core.experiments.shortcut.records import ShortcutRequest, Side
from core.explanation.film import film, outlined
from core.language import _
from ui import cache
from ui.charts import show_pixels
from ui.messages import simulated_badge

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.experiments.shortcut.films import CuedImage
    from core.explanation.records import Attribution
    from core.images.records import MedicalImage
    from core.runs.checkpoints import LoadedModel

Version = Literal["against", "for_it", "painted"]
_SHOWN: int = 0  # the film that shows what the cue looks like
_SMALL: int = 300
_WIDTH: int = 160  # two of them stand beside each other on a phone


def show_sides(cue: Cue) -> None:
    """Show one film with either side of the cue, the cue outlined where it has a place."""
    simulated_badge()
    row = st.container(horizontal=True, gap="small", key="shortcut-sides")
    for is_for in (False, True):
        name = CLASS_NAMES[int(is_for)]
        side = _(CUES[cue].for_it if is_for else CUES[cue].against_it)
        with row.container(width=_WIDTH):
            alt = _("A simulated film with the cue of '{name}': {side}", name=name, side=side)
            caption = _("goes with '{name}': {side}", name=name, side=side)
            cued = cued_image(cue, _SHOWN, is_for=is_for)
            pixels = film(cued.image, shortest_side=_SMALL)
            show_pixels(
                pixels if cued.place is None else outlined(pixels, cued.place), alt=alt, caption=caption
            )


@st.cache_resource(max_entries=128, show_spinner=False)
def _cued(cue: Cue, revision: str, sample_id: int, *, is_for: bool) -> CuedImage:
    from core.experiments.shortcut.films import cued_image as made

    return made(sample_id, cue, speaks_for=is_for, dataset=cache.dataset(NAME))


def cued_image(cue: Cue, sample_id: int, *, is_for: bool) -> CuedImage:
    """Return a film with one side of the cue; shared by all visitors: do not change its values."""
    return _cued(cue, cache.dataset(NAME).info.revision, sample_id, is_for=is_for)


def version_of(cue: Cue, sample_id: int, version: Version) -> MedicalImage:
    """Return a film with either side of the cue, or with the cue of "finding" painted out as in the job."""
    from core.experiments.shortcut.measuring import HOW
    from core.explanation.painting import painted

    cued = cued_image(cue, sample_id, is_for=version != "against")
    if version != "painted" or cued.place is None:
        return cued.image
    return painted(cued.image, cued.place, HOW)


def map_of(request: ShortcutRequest, side: Side, sample_id: int, method: str) -> Attribution:
    """Return one network's map for "finding" on a film that bears the cue of "finding"."""
    return _map(str(network_folder(request, side)), _changed(request, side), sample_id, method, request)


def shown(image: MedicalImage, place: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
    """Return a film for the screen, with the box of the cue outlined."""
    pixels = film(image)
    return pixels if place is None else outlined(pixels, place)


@st.cache_resource(max_entries=8, show_spinner=False)
def _network(folder: str, changed_ns: int) -> LoadedModel:
    from pathlib import Path

    from core.experiments.shortcut.networks import open_network

    return open_network(Path(folder))


@st.cache_resource(max_entries=256, show_spinner=False)
def _map(folder: str, changed_ns: int, sample_id: int, method: str, _request: ShortcutRequest) -> Attribution:
    from core.explanation.attribution import explain_image

    image = cued_image(_request.cue, sample_id, is_for=True).image
    return explain_image(_network(folder, changed_ns), image, method, 1)


def _changed(request: ShortcutRequest, side: Side) -> int:
    path = network_folder(request, side) / "best.safetensors"
    return path.stat().st_mtime_ns if path.exists() else 0
