"""What an image is like: the training images that are nearest to it, and the other images of its patient."""

from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.neighbours import DISTANCES, Distance, Neighbour, training_neighbours
from core.language import _, ngettext
from ui import cache
from ui.evaluate.case_source import OneCase, split_of
from ui.evaluate.images_source import key_of, source_of
from ui.evaluate.images_tiles import Mark, Tile, tiles
from ui.evaluate.judged import embeddings, predictions
from ui.messages import escape
from ui.pickers import SPLIT_TITLES

_K: Final = 5
_MOST: Final = 12
_WIDTH: Final = 104


def neighbours(one: OneCase) -> None:
    """Show the training images that the network takes for most alike; warn of those it should not know."""
    if one.answer is None:
        return
    st.markdown(f"##### {_('What it learned from that looks most alike to it')}", anchors=False)
    if embeddings(one.case) is None or embeddings(one.case, "train") is None:
        st.caption(_("They are shown once the network was asked what is alike: above, at the map."))
        return
    source = source_of(one.case, "training")
    if source.info is None:
        st.caption(str(source.reason))
        return
    found = _nearest(key_of(one.case), one.sample_id, _pick_distance(), _one=one)
    if not found:
        st.caption(_("There is no training image to compare it with."))
        return
    tiles(
        [_tile(near) for near in found],
        source,
        name=_("Nearest training images"),
        key="case-neighbours",
        side="training",
        width=_WIDTH,
    )
    _say(one, found)


def of_the_patient(one: OneCase) -> None:
    """Show the other images of the patient, and on which side of the split they stand."""
    info, row = one.source.info, one.row
    if info is None or row is None or pd.isna(row["patient_id"]):
        return
    samples = cache.samples(info.dataset_id)
    others = samples[(samples["patient_id"] == row["patient_id"]) & (samples["sample_id"] != one.sample_id)]
    if others.empty:
        st.caption(_("It is the only image of its patient."))
        return
    n = len(others)
    title = ngettext("Another image of the same patient", "{n} other images of the same patient", n)
    st.markdown(f"##### {title}", anchors=False)
    is_own = one.opened.side == "training" or one.case.dataset_id is None
    sides = split_of(one.case)["split"] if is_own else pd.Series(dtype=object)
    shown = [
        _other(int(number), str(label), sides.get(number), one)
        for number, label in zip(others["sample_id"][:_MOST], others["label"][:_MOST], strict=True)
    ]
    name = _("Other images of the patient")
    tiles(shown, one.source, name=name, key="case-patient", side=one.opened.side, width=_WIDTH)
    if n > _MOST:
        st.caption(_("{shown} of {n} are shown.", shown=_MOST, n=n))


def _other(number: int, label: str, side: object, one: OneCase) -> Tile:
    if side not in SPLIT_TITLES:
        return Tile(number, label)
    is_torn = one.opened.side == "judged" and side == "train" and one.case.split != "train"
    return Tile(number, label, (_(SPLIT_TITLES[side]),), "warn" if is_torn else "")


def _pick_distance() -> Distance:
    key = "case-distance"
    chosen = st.segmented_control(
        _("Near by"),
        list(DISTANCES),
        format_func=lambda name: _(DISTANCES[name]),
        default=None if key in st.session_state else "cosine",
        key=key,
        required=True,
        persist_state="session",
    )
    return chosen or "cosine"


@st.cache_data(max_entries=256, show_spinner=False)
def _nearest(
    whose: tuple[object, ...], sample_id: int, distance: Distance, *, _one: OneCase
) -> list[Neighbour]:
    one = _one
    ours, bank = embeddings(one.case), embeddings(one.case, "train")
    if ours is None or bank is None or one.row is None:
        return []
    here = np.flatnonzero(ours.sample_ids == sample_id)
    if not len(here):
        return []
    table = cache.samples(one.case.run.config.dataset).set_index("sample_id", drop=False)
    ids = bank.sample_ids.tolist()
    rows = table.loc[ids, ["sample_id", "patient_id", "file"]].reset_index(drop=True)
    rows["label"] = split_of(one.case)["label"].loc[ids].to_numpy()
    return training_neighbours(
        ours.features[here[0]],
        bank.features,
        rows,
        of=one.row,
        same_dataset=one.case.dataset_id is None,
        k=_K,
        distance=distance,
    )


def _tile(near: Neighbour) -> Tile:
    lines = [_("distance {distance:.3g}", distance=near.distance)]
    if near.same_picture:
        lines.append(_("the very same picture"))
    elif near.same_patient:
        lines.append(_("the same patient"))
    mark: Mark = "warn" if near.is_leak else ""
    return Tile(near.sample_id, near.label, tuple(lines), mark)


def _say(one: OneCase, found: list[Neighbour]) -> None:
    names = predictions(one.case).class_names
    truth = names[one.answer.truth] if one.answer is not None else ""
    n = sum(near.label == truth for near in found)
    st.caption(
        _(
            "{n} of {k} are '{truth}' too. Near means alike to this network, by what its last layer gets.",
            n=n,
            k=len(found),
            truth=escape(truth),
        )
    )
    is_of_training = one.case.split == "train" and one.case.dataset_id is None
    if any(near.is_leak for near in found) and not is_of_training:
        text = _(
            "The network has learned from this very patient or picture: what it says here is partly"
            " remembered, and the score is too good."
        )
        st.warning(text, icon=":material/warning:")
