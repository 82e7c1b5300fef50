"""The training images that the network takes for most alike to an image, and the nearest of another class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import UserError
from core.evaluation.neighbours import DISTANCES, Distance, Neighbour, training_neighbours
from core.language import _
from core.models.catalog import MODELS
from core.training.launch import split_counts
from ui import answers, cache
from ui.evaluate.images_source import source_of
from ui.evaluate.judged import Judged
from ui.evaluate.source_asking import Asking, ask_button
from ui.explain import computed, familiar
from ui.explain.called import called_class
from ui.explain.case import Case, Network
from ui.messages import escape, simulated_badge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.runs.store import Run
    from ui.answers import Subject

_KEY: Final = "explain-near"
_K: Final = 6
_SIDE: Final = 104  # three in a row on a telephone


@dataclass(frozen=True, eq=False)
class _Found:
    """The nearest training images, and the nearest of those that were not taught as `called`."""

    nearest: list[Neighbour]
    others: list[Neighbour]
    called: str


@dataclass(frozen=True, eq=False)
class _Bank:
    """What the network makes of n training images: sample_ids (n,), features (n, d)."""

    sample_ids: NDArray[np.int64]
    features: NDArray[np.floating[Any]]


def show_near(case: Case) -> None:
    """Show them with their labels and distances, and say how far they agree with the answer."""
    run = case.network.run
    if run is None:
        st.info(
            _("A model that was brought comes without its training images: nobody can tell what it is like.")
        )
        return
    if not MODELS[run.card.model].head:
        st.info(_("This network has no layer before its answers to look at."))
        return
    source = source_of(Judged(run.run_id, "val"), "training")
    if source.info is None:
        st.info(escape(source.reason or ""))
        return
    try:
        n_train = split_counts(run)["train"]
    except UserError as error:
        st.info(escape(error))
        return
    bank = _bank(run, n_train)
    if bank is None:
        return
    distance = _pick_distance()
    found = _find(case, run, bank, distance)
    if not found.nearest:
        st.info(_("There is no training image to compare it with."))
        return
    _say(found)
    _row(run, found.nearest, title=_("The nearest training images"), key=f"{_KEY}-nearest")
    if found.others:
        title = _("The nearest that were not taught as '{name}'", name=escape(found.called))
        _row(run, found.others, title=title, key=f"{_KEY}-others")
    st.caption(
        _(
            "Near means alike to this network, by what its last layer gets: what it does not look at does not"
            " count. That neighbours agree does not make the answer right."
        )
    )


def _bank(run: Run, n_train: int) -> _Bank | None:
    """Return what the network makes of its training images; None where it must be asked first."""
    reference = familiar.known(run).reference
    if reference is not None and len(reference.sample_ids) == n_train:
        return _Bank(reference.sample_ids, reference.bank)  # it was asked about all of them already
    stored = answers.embeddings(run, "train")
    if stored is None and _ask_about_all(run, n_train):
        stored = answers.embeddings(run, "train")
    return None if stored is None else _Bank(stored.sample_ids, stored.features)


def _ask_about_all(run: Run, n_train: int) -> bool:
    """Offer to ask the network about its training images; whether that is done."""
    asking = Asking(run, "train", n_train, with_features=True)
    if not asking.is_lasting:
        st.info(
            _(
                "For this the network is asked once more, and what it makes of each image is stored with the"
                " run. The folder of the runs can only be read here, so there is nothing to see."
            )
        )
        return False
    hint = _(
        "For this the network is asked once about its {n} training images: what it makes of each before its"
        " last layer answers. It is stored with the run.",
        n=n_train,
    )
    label = _("Ask what is alike to the network")
    return ask_button(asking, key=_KEY, label=label, hint=hint)


def _pick_distance() -> Distance:
    key = f"{_KEY}-distance"
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


def _find(case: Case, run: Run, bank: _Bank, distance: Distance) -> _Found:
    called = called_class(case)
    feature = _feature(case.network, case.subject)
    labels = run.split().set_index("sample_id")["label"]
    table = cache.samples(run.config.dataset).set_index("sample_id", drop=False)
    rows = table.loc[bank.sample_ids.tolist(), ["sample_id", "patient_id", "file"]].reset_index(drop=True)
    rows["label"] = labels.loc[bank.sample_ids.tolist()].to_numpy()
    of, is_own = _row_of(case.subject, table)
    away = (rows["label"] != called).to_numpy()
    nearest, others = (
        training_neighbours(
            feature, bank.features[kept], rows[kept], of=of, same_dataset=is_own, k=_K, distance=distance
        )
        if kept.any()
        else []
        for kept in (np.ones(len(rows), dtype=np.bool_), away)
    )
    return _Found(nearest, others, called)


def _row_of(subject: Subject, table: pd.DataFrame) -> tuple[pd.Series[Any], bool]:
    """Return what is known of the image, and whether it is one of the run's own data set."""
    if subject.sample_id is None:
        return pd.Series({"sample_id": -1, "patient_id": None, "file": ""}, dtype=object), False
    return table.iloc[subject.sample_id], True


def _feature(network: Network, subject: Subject) -> NDArray[np.float32]:
    def ask_it() -> NDArray[np.float32]:
        from core.explanation.novelty.asking import ask
        from core.transforms.preprocessing import to_input

        loaded = network.load()
        features = ask(loaded, [to_input(subject.image, loaded.preprocessing, loaded.statistics)])[1]
        row: NDArray[np.float32] = features[0]
        return row

    return computed.kept("features", network, subject, ask_it)


def _say(found: _Found) -> None:
    n, k = sum(near.label == found.called for near in found.nearest), len(found.nearest)
    name = escape(found.called)
    if n == k:
        said = _(
            "All {k} nearest training images were taught as '{name}', as the network calls this image.",
            k=k,
            name=name,
        )
    elif n == 0:
        said = _(
            "None of the {k} nearest training images was taught as '{name}', as this one is called.",
            k=k,
            name=name,
        )
    else:
        said = _(
            "{n} of the {k} nearest training images were taught as '{name}', as the network calls this"
            " image.",
            n=n,
            k=k,
            name=name,
        )
    st.markdown(f"##### {said}", anchors=False)
    if any(near.is_leak for near in found.nearest):
        st.warning(
            _(
                "The network has learned from this very patient or picture: what it says here is partly"
                " remembered."
            ),
            icon=":material/warning:",
        )


def _row(run: Run, shown: list[Neighbour], *, title: str, key: str) -> None:
    st.markdown(f"**{title}**")
    if run.card.simulated:
        simulated_badge()
    with st.container(horizontal=True, gap="small", key=key):
        for near in shown:
            words = [escape(near.label), _("distance {distance:.3g}", distance=near.distance)]
            if near.same_picture:
                words.append(_("the very same picture"))
            elif near.same_patient:
                words.append(_("the same patient"))
            st.image(
                cache.thumbnail(run.config.dataset, near.sample_id, side=2 * _SIDE),
                caption="  \n".join(words),
                alt=_("Training image number {id}, labelled '{label}'", id=near.sample_id, label=near.label),
                width=_SIDE,
            )
