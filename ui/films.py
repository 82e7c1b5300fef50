"""The film that the Learn pages look at: chosen by class and by stepping on; drawn once and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.images.drawing import draw_image
from core.images.facts import ImageFacts, facts_of
from core.images.levels import GreyLevels, count_levels
from core.images.records import Window
from core.language import _
from ui import cache
from ui.messages import escape
from ui.pickers import pick_sample
from ui.session import Key, full, recall

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_ALL: Final = ""
_MOST_SEGMENTS: Final = 3


def pick_film(info: DatasetInfo) -> int:
    """Let the visitor step from patient to patient; at Full through each film of a class, or by its number.

    The first film is one with a finding, for there is more to see in it. Return its sample_id.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="film-picker"):
        class_name = _pick_class(info) if full() else None
        ids = sample_ids(info, class_name) if full() else _one_of_each_patient(info)
        sample_id = _current(info, ids)
        st.button(
            "←", key="film-previous", help=_("Previous image"), on_click=_show, args=(ids, sample_id, -1)
        )
        st.button("→", key="film-next", help=_("Next image"), on_click=_show, args=(ids, sample_id, 1))
    if full():
        sample_id = pick_sample(info, class_name=class_name)
    table = cache.samples(info.dataset_id)
    place = _("{n} of {total}", n=ids.index(sample_id) + 1, total=len(ids))
    label = escape(table["label"].iloc[sample_id])
    st.caption(
        _("Image {place} · label: {label} · number {id}", place=place, label=f"**{label}**", id=sample_id)
    )
    return sample_id


def sample_ids(info: DatasetInfo, class_name: str | None = None) -> list[int]:
    """Return the samples of a class, or all."""
    table = cache.samples(info.dataset_id)
    rows = table if class_name is None else table[table["label"] == class_name]
    return [int(sample_id) for sample_id in rows["sample_id"]]


def one_film_each(info: DatasetInfo, class_name: str, most: int) -> list[int]:
    """Return the first films of a class, one of each patient: two of one look as if all were alike."""
    table = cache.samples(info.dataset_id)
    of_class = table[table["label"] == class_name]
    return _first_of_each(of_class)[:most]


def current_film(info: DatasetInfo) -> int:
    """Return the film that the session looks at, or the one to begin with."""
    return _current(info, sample_ids(info))


@st.cache_data(max_entries=128, max_size="64mb", show_spinner=False)
def _film(
    dataset_id: str, revision: str, sample_id: int, *, window_json: str, with_mask: bool, side: int
) -> bytes:
    mask = cache.dataset(dataset_id).lesion_mask(sample_id) if with_mask else None
    picture = draw_image(cache.image(dataset_id, sample_id), _window(window_json), mask=mask, side=side)
    return cache.png_bytes(picture)


def film_png(
    info: DatasetInfo,
    sample_id: int,
    *,
    window: Window | None = None,
    with_mask: bool = False,
    side: int = 640,
) -> bytes:
    """Return a film as PNG bytes, its finding outlined with `with_mask`."""
    return _film(
        info.dataset_id, info.revision, sample_id, window_json=_json(window), with_mask=with_mask, side=side
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _levels(dataset_id: str, revision: str, sample_id: int, *, window_json: str) -> GreyLevels:
    return count_levels(cache.image(dataset_id, sample_id), _window(window_json))


def film_levels(info: DatasetInfo, sample_id: int, window: Window | None = None) -> GreyLevels:
    """Return how often each value of a film occurs, held against a window."""
    return _levels(info.dataset_id, info.revision, sample_id, window_json=_json(window))


@st.cache_data(max_entries=64, show_spinner=False)
def _facts(dataset_id: str, revision: str, sample_id: int, *, window_json: str) -> ImageFacts:
    return facts_of(cache.image(dataset_id, sample_id), _window(window_json))


def film_facts(info: DatasetInfo, sample_id: int, window: Window | None = None) -> ImageFacts:
    """Return the facts of a film."""
    return _facts(info.dataset_id, info.revision, sample_id, window_json=_json(window))


def lesion_mask(info: DatasetInfo, sample_id: int) -> NDArray[np.bool_] | None:
    """Return where the finding of a film is; None where that is not known or there is none."""
    return cache.dataset(info.dataset_id).lesion_mask(sample_id)


def film_alt(info: DatasetInfo, sample_id: int) -> str:
    """Return what a film is, for those who cannot see it."""
    label = str(cache.samples(info.dataset_id)["label"].iloc[sample_id])
    if info.simulated:
        return _("Simulated image number {id}, labelled '{label}'.", id=sample_id, label=label)
    return _("Image number {id}, labelled '{label}'.", id=sample_id, label=label)


def _one_of_each_patient(info: DatasetInfo) -> list[int]:
    """Return one film of each patient, and the one that is looked at whoever's it is."""
    table = cache.samples(info.dataset_id)
    now = table.loc[table["sample_id"] == recall(Key.SAMPLE), "sample_id"]
    return sorted({*_first_of_each(table), *(int(sample_id) for sample_id in now)})


def _first_of_each(table: pd.DataFrame) -> list[int]:
    first = table[~table["patient_id"].duplicated() | table["patient_id"].isna()]
    return [int(sample_id) for sample_id in first["sample_id"]]


def _json(window: Window | None) -> str:
    return window.model_dump_json() if window else ""


def _window(window_json: str) -> Window | None:
    return Window.model_validate_json(window_json) if window_json else None


def _pick_class(info: DatasetInfo) -> str | None:
    options, key = [_ALL, *info.class_names], f"film-class-{info.dataset_id}"

    def name(option: str) -> str:
        return escape(option) if option else _("all")

    if len(info.class_names) <= _MOST_SEGMENTS:
        chosen = st.segmented_control(
            _("Images of class"),
            options,
            format_func=name,
            default=None if key in st.session_state else _ALL,
            key=key,
            required=True,
            persist_state="session",
        )
    else:
        chosen = st.selectbox(
            _("Images of class"),
            options,
            format_func=lambda option: option or _("all"),
            key=key,
            persist_state="session",
        )
    return chosen if chosen in info.class_names else None


def _current(info: DatasetInfo, ids: list[int]) -> int:
    if recall(Key.SAMPLE) not in ids:
        st.session_state[Key.SAMPLE] = _first(info, ids)
    return int(recall(Key.SAMPLE))


def _first(info: DatasetInfo, ids: list[int]) -> int:
    labels = cache.samples(info.dataset_id)["label"]
    return next((sample_id for sample_id in ids if labels.iloc[sample_id] == info.positive_class), ids[0])


def _show(ids: list[int], sample_id: int, step: int) -> None:
    st.session_state[Key.SAMPLE] = ids[(ids.index(sample_id) + step) % len(ids)]
