"""Who is asked, and about which image or images."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.language import _
from ui import asking, maps
from ui.answers import Subject
from ui.explain import batch, batch_files, computed
from ui.explain.case import Case, Network, network_of
from ui.explain.model_upload import uploaded_network
from ui.session import full

_WHO: Final = "explain-who"
_HOW_MANY: Final = "explain-how-many"


@dataclass(frozen=True, eq=False)
class Source:
    """A network, and whether it is asked about one image or about many."""

    network: Network
    is_batch: bool


def pick_source() -> Source | None:
    """Let the visitor choose a network and images; at Basic a run and one image."""
    who, how_many = _pick_kinds() if full() else ("run", "one")
    network = _pick_network(who)
    if network is None:
        return None
    is_batch = how_many == "many"
    if is_batch:
        batch_files.pick_files()
    else:
        asking.pick_subject(network.run)
    return Source(network, is_batch)


def asked(source: Source) -> Case | None:
    """Return what was chosen with its answer, or say what is wanted."""
    subject = _subject(source)
    if subject is None:
        return None
    network = source.network
    with st.spinner(_("Loading the network and asking it…")):
        by_class = computed.probabilities(network, subject)
    return Case(network, subject, by_class, maps.class_control(by_class, network.card.positive_class))


def _subject(source: Source) -> Subject | None:
    if source.is_batch:
        dropped = batch_files.dropped()
        if dropped is None:
            st.info(_("Upload images to ask about them: a table of answers comes first."))
            return None
        return batch.pick_from(source.network, dropped)
    subject = asking.chosen_subject(source.network.run)
    if subject is None:
        st.info(_("Upload an image to ask about it."))
    return subject


def _pick_kinds() -> tuple[str, str]:
    with st.container(horizontal=True, gap="large", key="explain-kinds"):
        who = _segments(_WHO, _("Who answers"), {"run": _("A run"), "model": _("A model that I bring")})
        how_many = _segments(_HOW_MANY, _("Asked about"), {"one": _("One image"), "many": _("Many images")})
    return who, how_many


def _pick_network(who: str) -> Network | None:
    if who == "model":
        return uploaded_network()
    run = asking.pick_network()
    return None if run is None else network_of(run)


def _segments(key: str, label: str, names: dict[str, str]) -> str:
    first = next(iter(names))
    chosen = st.segmented_control(
        label,
        list(names),
        format_func=lambda name: names[name],
        default=None if key in st.session_state else first,
        key=key,
        required=True,
        persist_state="session",
    )
    return chosen or first
