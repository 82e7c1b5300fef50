"""Probabilities and maps of a network, kept between steps; an upload's are its visitor's own.

Nothing here imports torch at the top.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar, cast

import streamlit as st

from core.explanation.catalog import EXPLAINERS
from core.explanation.settings import ExplainSettings
from core.language import _

if TYPE_CHECKING:
    from core.explanation.records import Attribution
    from ui.answers import Subject
    from ui.explain.case import Network

Made = TypeVar("Made")

_USUAL: Final = ExplainSettings()
_STOPPED: Final = "explain-stopped"


@dataclass
class Shelf:
    """What was computed last; the oldest leaves first. `most` entries at most."""

    most: int
    _kept: OrderedDict[Hashable, object] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def get(self, key: Hashable) -> object | None:
        """Return what lies under `key`."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, made: object) -> None:
        """Keep `made`."""
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _shared() -> Shelf:
    return Shelf(512)


@st.cache_resource(scope="session", show_spinner=False)
def _private() -> Shelf:
    return Shelf(96)


def shelf_of(network: Network, subject: Subject) -> Shelf:
    """Return where what belongs to these two is kept: the visitor's own shelf if either was brought."""
    return _private() if subject.is_upload or network.is_upload else _shared()


def kept(what: str, network: Network, subject: Subject, make: Callable[[], Made]) -> Made:
    """Return what is asked of a network about an image, made when it is first asked for."""
    key, shelf = (what, network.key, subject.key), shelf_of(network, subject)
    found = cast("Made | None", shelf.get(key))
    if found is None:
        found = make()
        shelf.put(key, found)
    return found


def probabilities(network: Network, subject: Subject) -> dict[str, float]:
    """Return the probability of each class; the first call imports torch."""

    def ask() -> dict[str, float]:
        from core.evaluation.predictions import predict_images

        row = predict_images(network.load(), [subject.image])[0]
        return dict(zip(network.card.class_names, (float(value) for value in row), strict=True))

    return kept("probabilities", network, subject, ask)


def attribution(
    network: Network,
    subject: Subject,
    method: str,
    target: int,
    settings: ExplainSettings = _USUAL,
) -> Attribution:
    """Return a map; while it is computed its progress is shown, and any press on the page ends it."""
    from core.explanation.attribution import explain_image
    from core.explanation.records import Attribution

    key, shelf = key_of(network, subject, method, target, settings), shelf_of(network, subject)
    found = shelf.get(key)
    if isinstance(found, Attribution):
        return found
    title = _(EXPLAINERS[method].title)
    place = st.empty()
    words = _("Computing {method}: seconds, or longer on a large network…", method=title)
    with place.container():
        bar = st.progress(0.0, text=words)
    made = explain_image(
        network.load(),
        subject.image,
        method,
        target,
        settings=settings,
        progress=lambda fraction: _move(bar, fraction, words),
    )
    place.empty()
    shelf.put(key, made)
    return made


def stoppable(
    network: Network, subject: Subject, method: str, target: int, settings: ExplainSettings = _USUAL
) -> Attribution | None:
    """Return a map as `attribution` does, with a way to stop; None once it was stopped, which is said."""
    key = key_of(network, subject, method, target, settings)
    if shelf_of(network, subject).get(key) is not None:
        return attribution(network, subject, method, target, settings)
    if st.session_state.get(_STOPPED) == key:
        st.info(_("Stopped; nothing was kept."))
        st.button(_("Compute it after all"), key="explain-compute", on_click=_stop, args=(None,))
        return None
    place = st.empty()
    place.button(_("Stop"), key="explain-stop", icon=":material/stop:", on_click=_stop, args=(key,))
    made = attribution(network, subject, method, target, settings)
    place.empty()
    return made


def _stop(key: Hashable | None) -> None:
    """Remember which map is not to be computed; None lets all be."""
    st.session_state[_STOPPED] = key


def key_of(
    network: Network, subject: Subject, method: str, target: int, settings: ExplainSettings
) -> tuple[str, str, str, int, str]:
    """Return what decides a map: of the settings only those that the method heeds."""
    heeded = settings.model_dump_json(include={*EXPLAINERS[method].settings, "seconds", "seed"})
    return network.key, subject.key, method, target, heeded


def _move(bar: st.delta_generator.DeltaGenerator, fraction: float, words: str) -> None:
    bar.progress(min(1.0, max(0.0, fraction)), text=words)
