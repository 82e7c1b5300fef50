"""The same pipeline on many images at once: whether it fits the set, not only the image it was tuned on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from core.datasets.records import DatasetInfo
from core.errors import LightboxError, StorageError
from core.images.drawing import as_rgb, contact_sheet
from core.language import _
from core.transforms.preprocessing.survey import Surveyed, misfits, survey
from core.transforms.records import Preprocessing
from ui import cache
from ui.messages import escape, simulated_badge
from ui.preprocessing.source import Subject, subject_of_sample
from ui.preprocessing.tracing import Remembering, fitted_ids, statistics_for, training_ids

_ASKED: Final = "preprocess-many-asked"  # JSON: the pipeline, the number and the draw that were asked for
_NUMBER: Final = "preprocess-many-n"
_COLUMNS: Final = 6
_SIDE: Final = 120
_FEWEST, _MOST, _USUAL = 6, 60, 12


@dataclass(frozen=True, eq=False)
class _Outcome:
    """One image of the set: what came of it, or why nothing did."""

    sample_id: int
    label: str
    found: Surveyed | None
    error: LightboxError | None = None


def many_section(info: DatasetInfo, preprocessing: Preprocessing) -> None:
    """Let the visitor run the pipeline on N images, and show what does not fit."""
    st.markdown(_("A pipeline is tuned on one image and used on all. Look at many before you trust it."))
    with st.container(horizontal=True, vertical_alignment="bottom", key="preprocess-many-row"):
        n = _pick_number(info)
        seed = st.number_input(_("Draw"), 0, 9999, key="preprocess-many-seed", persist_state="session")
        wish = json.dumps([info.dataset_id, n, seed, preprocessing.model_dump(mode="json")])
        if st.button(_("Apply to {n} images", n=n), key="preprocess-many", icon=":material/grid_view:"):
            st.session_state[_ASKED] = wish
    asked = st.session_state.get(_ASKED)
    if asked is None or json.loads(asked)[0] != info.dataset_id:
        return
    if asked != wish:
        st.caption(_("What you see is of an earlier pipeline or draw; apply it again."))
    with st.spinner(_("The images are being prepared…")):
        outcomes = _outcomes(asked, info.revision, n_fitted=len(fitted_ids(info)))
    _show(info, outcomes)


def _pick_number(info: DatasetInfo) -> int:
    most = min(_MOST, len(training_ids(info)))
    if most <= _FEWEST:
        return most
    st.session_state[_NUMBER] = min(int(st.session_state.get(_NUMBER, _USUAL)), most)
    return st.slider(
        _("Number of images"),
        _FEWEST,
        most,
        key=_NUMBER,
        help=_("Training images, drawn evenly over the classes: the test split must not shape the pipeline."),
        persist_state="session",
    )


def draw_evenly(info: DatasetInfo, *, n: int, seed: int) -> list[int]:
    """Return `n` training samples, as many of each class as there are, drawn with a seed, by class.

    A pipeline that is tuned until it fits the test images has learned from them.
    """
    generator = np.random.default_rng(seed)
    table = cache.samples(info.dataset_id)
    table = table[table["sample_id"].isin(training_ids(info))]
    shuffled = [
        generator.permutation(table.loc[table["label"] == name, "sample_id"].to_numpy())
        for name in info.class_names
    ]
    dealt = [(turn, place) for place, ids in enumerate(shuffled) for turn in range(len(ids))]
    chosen = sorted(sorted(dealt)[:n], key=lambda one: (one[1], one[0]))
    return [int(shuffled[place][turn]) for turn, place in chosen]


@st.cache_resource(max_entries=2, show_spinner=False)
def _outcomes(asked: str, revision: str, *, n_fitted: int) -> list[_Outcome]:
    """Return what came of the images; remembered, so that a change elsewhere on the page costs nothing."""
    dataset_id, n, seed, values = json.loads(asked)
    info, preprocessing = cache.dataset(dataset_id).info, Preprocessing.model_validate(values)
    labels = cache.samples(info.dataset_id)["label"]
    found = []
    for sample_id in draw_evenly(info, n=n, seed=seed):
        label = str(labels.iloc[sample_id])
        try:
            subject = subject_of_sample(info, sample_id)
            found.append(_Outcome(sample_id, label, _surveyed(subject, preprocessing)))
        except LightboxError as error:  # one image must not take the others along
            found.append(_Outcome(sample_id, label, None, error))
        except OSError as error:
            found.append(_Outcome(sample_id, label, None, StorageError(error)))
    return found


def _surveyed(subject: Subject, preprocessing: Preprocessing) -> Surveyed:
    statistics = statistics_for(subject, preprocessing)
    return survey(subject.image, preprocessing, statistics, do=Remembering(subject.key))


def _show(info: DatasetInfo, outcomes: Sequence[_Outcome]) -> None:
    good = [outcome for outcome in outcomes if outcome.found is not None]
    found = [outcome.found for outcome in good if outcome.found is not None]
    for outcome in outcomes:
        if outcome.error is not None:
            text = _("Image {id}: {reason}", id=outcome.sample_id, reason=str(outcome.error))
            st.error(escape(text), icon=":material/warning:")
    if not found:
        return
    told = misfits(found)
    for message in told:
        st.warning(escape(message), icon=":material/rule:")
    black = float(np.mean([one.black for one in found]))
    white = float(np.mean([one.white for one in found]))
    sentence = _("Values at 0: {black:.0%}, at 1: {white:.0%} of all pixels.", black=black, white=white)
    st.markdown(
        sentence if told else f"{_('Nothing stands out in these {n} images.', n=len(found))} {sentence}"
    )
    if info.simulated:
        simulated_badge()
    alt = _("{n} images after the whole pipeline.", n=len(found))
    st.image(cache.png_bytes(_sheet(found)), alt=alt, width="stretch")
    st.caption(_("All are shown by one scale, from the lowest to the highest number of them all."))
    st.dataframe(_table(good), hide_index=True, alt=_("What came of each image."))


def _sheet(found: Sequence[Surveyed]) -> NDArray[np.uint8]:
    """Lay the pictures out by one scale, so that a dark one is seen to be dark."""
    low, high = min(one.low for one in found), max(one.high for one in found)
    return contact_sheet(np.stack([_tile(one.values, low, high) for one in found]), n_columns=_COLUMNS)


def _tile(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Return a picture in the middle of a square, black around it where it is not square itself."""
    unit = (values - low) / (high - low) if high > low else np.full_like(values, 0.5)
    picture = Image.fromarray(as_rgb(np.round(unit * 255).astype(np.uint8)))
    scale = _SIDE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    shrinks = scale < 1
    picture = picture.resize(size, Image.Resampling.BOX if shrinks else Image.Resampling.NEAREST)
    square = Image.new("RGB", (_SIDE, _SIDE))
    square.paste(picture, ((_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2))
    return np.asarray(square)


def _table(outcomes: Sequence[_Outcome]) -> pd.DataFrame:
    rows = [
        {
            _("Image"): outcome.sample_id,
            _("Label"): outcome.label,
            _("Stored as"): f"{one.shape[0]} x {one.shape[1]}",
            _("Lowest"): round(one.low, 3),
            _("Highest"): round(one.high, 3),
            _("Mean"): round(one.mean, 3),
            _("Black, %"): round(100 * one.black, 1),
            _("White, %"): round(100 * one.white, 1),
            _("Kept of the image, %"): round(100 * one.kept),
        }
        for outcome in outcomes
        if (one := outcome.found) is not None
    ]
    return pd.DataFrame(rows)
