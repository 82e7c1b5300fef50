"""How far an image lies from a network's training images; what is of an upload is its visitor's own.

Nothing here imports torch at the top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import UserError
from core.experiments.novelty_records import is_instant
from core.explanation.novelty.store import reference_path, stored_reference
from core.language import Message
from ui import answers
from ui.explain import computed

if TYPE_CHECKING:
    from core.explanation.novelty.records import Novelty, Reference
    from core.runs.store import Run
    from ui.answers import Subject
    from ui.explain.case import Network


@dataclass(frozen=True, eq=False)
class Known:
    """What a network's training images look like; without it a `reason` why nobody can know, or none yet."""

    reference: Reference | None = None
    reason: Message | None = None


def known(run: Run) -> Known:
    """Return what is stored of a run, or was made at once because that takes no time."""
    path = reference_path(run)
    if path is not None:
        return _stored(str(path), path.stat().st_mtime_ns, answers.changed_ns(run), run)
    try:
        return _made(run.run_id, answers.changed_ns(run), run) if is_instant(run) else Known()
    except UserError as error:  # the data set is gone, or too small: asked again next time
        return Known(reason=error.message)


def novelty(network: Network, subject: Subject) -> Novelty | None:
    """Return how far out an image lies; None where nobody has learned what the training images look like."""
    reference = None if network.run is None else known(network.run).reference
    if reference is None:
        return None

    def judge() -> Novelty:
        from core.explanation.novelty.judging import novelty_of

        return novelty_of(network.load(), reference, subject.image)

    return computed.kept("novelty", network, subject, judge)


@st.cache_resource(max_entries=8, show_spinner=False)
def _stored(path: str, written_ns: int, changed_ns: int, _run: Run) -> Known:
    return Known(stored_reference(_run))


@st.cache_resource(max_entries=8, show_spinner=False)
def _made(run_id: str, changed_ns: int, _run: Run) -> Known:
    from core.explanation.novelty.making import make_reference

    return Known(make_reference(_run, with_misses=False))
