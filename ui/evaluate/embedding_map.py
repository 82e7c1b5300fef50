"""The images laid out by what the network makes of them, with the picture under the cursor.

A component of our own draws it (ui/assets/evaluate_map.js); the browser fetches those that are pointed at.
"""

import base64
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import streamlit as st
import streamlit.components.v2 as components
from numpy.typing import NDArray

from core.evaluation.decisions import decide
from core.evaluation.embeddings import Embeddings
from core.figures.theme import COLOURS
from core.language import N_, _, joined
from core.statistics.flat_map import flat_map
from core.statistics.neighbour_map import MOST_CASES, neighbour_map
from ui.evaluate import images_state as state
from ui.evaluate.case_source import split_of
from ui.evaluate.images_source import key_of, source_of
from ui.evaluate.judged import Judged, Threshold, ask_embeddings, embeddings, predictions
from ui.messages import simulated_badge
from ui.session import full
from ui.shell import ASSETS

Layout = Literal["plane", "neighbours"]
MOST: Final = 5000  # points of a kind that are drawn
_LAYOUTS: Final[dict[Layout, str]] = {"plane": N_("Plane (PCA)"), "neighbours": N_("Neighbours (t-SNE)")}
_KEY: Final = "images-map"
_component = components.component(
    "lightbox_image_map",
    css=(ASSETS / "evaluate_map.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + (ASSETS / "evaluate_map.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, eq=False)
class Laid:
    """Where images lie: first those that are judged, then those of training.

    Attributes
    ----------
    judged, training
        sample_ids, ndarrays of shape (n,) and (m,), int64.
    places
        ndarray of shape (n + m, 2).
    kept_share
        The part of the differences that the plane shows; 0 for a map of neighbours.
    """

    judged: NDArray[np.int64]
    training: NDArray[np.int64]
    places: NDArray[np.float64]
    kept_share: float


def embedding_map(case: Judged, threshold: Threshold) -> None:
    """Show the map, or what must be asked first."""
    st.markdown(f"##### {_('Which images look alike to the network?')}", anchors=False)
    if case.is_simulated:
        simulated_badge()
    layout, with_training = _choose(case)
    if not ask_embeddings(case, (None, "train")):  # training: also for the neighbours of an open image
        return
    with st.spinner(_("Laying the images flat…")):
        laid = _lay(case, layout, with_training=with_training)
    if laid is None:
        return
    _component(
        data=_drawn(case, laid, threshold),
        key=_KEY,
        height="content",
        on_opened_change=_open,
    )
    found = predictions(case)
    st.caption(_in_words(layout, laid, found.n_samples, len(found.class_names)))


def lay(judged: Embeddings, training: Embeddings | None, layout: Layout, usable: NDArray[np.int64]) -> Laid:
    """Lay images flat; of more than can be drawn some, drawn by lot, the same each time.

    `usable` are the sample_ids whose scores are numbers: the others are left out.
    """
    most = MOST if layout == "plane" else MOST_CASES // (2 if training is not None else 1)
    ours = _some(np.flatnonzero(np.isin(judged.sample_ids, usable)), most)
    theirs = np.zeros(0, dtype=np.intp)
    parts = [judged.features[ours]]
    if training is not None:
        theirs = _some(np.flatnonzero(np.isfinite(training.features).all(axis=1)), most)
        parts.append(training.features[theirs])
    features = np.concatenate(parts)
    training_ids = np.zeros(0, dtype=np.int64) if training is None else training.sample_ids[theirs]
    if layout == "neighbours":
        return Laid(judged.sample_ids[ours], training_ids, neighbour_map(features), 0.0)
    flat = flat_map(features)
    return Laid(judged.sample_ids[ours], training_ids, flat.places, flat.kept_share)


def _some(places: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    if len(places) <= most:
        return places
    chosen: NDArray[np.intp] = np.sort(np.random.default_rng(0).choice(places, most, replace=False))
    return chosen


def _choose(case: Judged) -> tuple[Layout, bool]:
    if not full():
        return "plane", False
    with st.container(horizontal=True, vertical_alignment="center", key="images-map-choice"):
        key = f"{_KEY}-layout"
        chosen = st.segmented_control(
            _("Layout"),
            list(_LAYOUTS),
            format_func=lambda name: _(_LAYOUTS[name]),
            default=None if key in st.session_state else "plane",
            key=key,
            required=True,
            persist_state="session",
            label_visibility="collapsed",
        )
        key = f"{_KEY}-training"
        is_own_training = case.dataset_id is None and case.split == "train"
        wanted = st.toggle(
            _("Training images beneath"), key=key, persist_state="session", disabled=is_own_training
        )
    return chosen or "plane", wanted and not is_own_training


def _lay(case: Judged, layout: Layout, *, with_training: bool) -> Laid | None:
    judged = embeddings(case)
    training = embeddings(case, "train") if with_training else None
    if judged is None:
        return None
    return _laid(key_of(case), layout, with_training, _judged=judged, _training=training, _case=case)


@st.cache_resource(max_entries=16, show_spinner=False)
def _laid(
    whose: tuple[object, ...],
    layout: Layout,
    with_training: bool,
    *,
    _judged: Embeddings,
    _training: Embeddings | None,
    _case: Judged,
) -> Laid:
    return lay(_judged, _training, layout, predictions(_case).sample_ids)


def _drawn(case: Judged, laid: Laid, threshold: Threshold) -> dict[str, Any]:
    found = predictions(case)
    order = np.argsort(found.sample_ids)
    some = found.take(order[np.searchsorted(found.sample_ids, laid.judged, sorter=order)])
    called, positive = decide(some, threshold), some.positive_index
    column = called if positive is None else np.full_like(called, positive)
    surely = some.y_score[np.arange(some.n_samples), column]
    opened = state.opened()
    return {
        "name": _("Map of {n} images. Arrow keys walk, Enter opens.", n=len(laid.places)),
        "classes": [
            {"name": name, "colour": COLOURS[code % len(COLOURS)]}
            for code, name in enumerate(found.class_names)
        ],
        "places": _packed(np.clip(laid.places * 1000, -32000, 32000).round(), np.int16),
        "ids": _packed(np.concatenate([laid.judged, laid.training]), np.int32),
        "truth": _packed(np.concatenate([some.y_true, _learned(case, laid)]), np.int16),
        "called": _packed(np.concatenate([called, np.full(len(laid.training), -1)]), np.int16),
        "surely": _packed(np.concatenate([surely * 1000, np.full(len(laid.training), -1)]).round(), np.int16),
        "nTraining": len(laid.training),
        "src": source_of(case).address("{id}"),
        "trainingSrc": source_of(case, "training").address("{id}"),
        "opened": -1 if opened is None or opened.side != "judged" else opened.sample_id,
        "strings": _words(positive is None, "" if positive is None else found.class_names[positive]),
    }


def _learned(case: Judged, laid: Laid) -> NDArray[np.int64]:
    """Return the classes that the training images were taught as."""
    if not len(laid.training):
        return np.zeros(0, dtype=np.int64)
    names = predictions(case).class_names
    codes = {name: code for code, name in enumerate(names)}
    labels = split_of(case)["label"].reindex(laid.training.tolist())
    return np.array([codes.get(label, 0) for label in labels], dtype=np.int64)


def _words(is_of_called: bool, positive: str) -> dict[str, str]:
    sure = _("probability of that {p}", p="{p}") if is_of_called else ""
    return {
        "right": _("called right"),
        "wrong": _("called wrong"),
        "training": _("in training"),
        "pick": _("Pick this class out"),
        "said": _("truly '{truth}', called '{called}'", truth="{truth}", called="{called}"),
        "sure": sure or _("probability of '{name}' {p}", name=positive, p="{p}"),
        "inTraining": _("'{truth}', a training image", truth="{truth}"),
        "number": _("Image {n}", n="{n}"),
        "open": _("Open"),
        "missing": _("This picture is no longer there."),
    }


def _packed(values: NDArray[np.generic], kind: type[np.integer[Any]]) -> str:
    return base64.b64encode(values.astype(np.dtype(kind).newbyteorder("<")).tobytes()).decode()


def _open() -> None:
    sent = st.session_state[_KEY].opened
    if sent:
        state.open_image(int(sent["id"]), side="training" if sent["training"] else "judged")


def _in_words(layout: Layout, laid: Laid, n_judged: int, n_classes: int) -> str:
    texts = [
        _("Near means: alike to the network, by what its last layer gets. Point at a mark, press to open.")
    ]
    if layout == "plane":
        share = round(100 * laid.kept_share)
        texts.append(
            _(
                "The plane (PCA) shows {share} % of the differences: what lies far apart is far apart, what"
                " lies close may be less so.",
                share=share,
            )
        )
    else:
        texts.append(
            _(
                "t-SNE keeps neighbours together. How far groups are apart, how wide they are and where they"
                " lie means nothing."
            )
        )
    if n_classes > len(COLOURS):
        texts.append(_("There are more classes than colours: press a class to pick it out."))
    if len(laid.judged) < n_judged:
        texts.append(_("Drawn by lot: {n} of {total} images.", n=len(laid.judged), total=n_judged))
    return joined(texts, " ")
