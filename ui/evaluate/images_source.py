"""Where the pictures of a case come from, and why they may not be had."""

from dataclasses import dataclass

import streamlit as st

from core.datasets.editing import edits_since
from core.datasets.records import DatasetInfo
from core.errors import LightboxError
from core.language import N_, Message
from core.runs.store import Run
from ui import answers, cache
from ui.evaluate.images_served import address
from ui.evaluate.images_state import Side
from ui.evaluate.judged import Judged

_GONE = N_("The data set '{name}' is no longer there, so its pictures can't be shown.")
_OTHER = N_(
    "The data set '{name}' is no longer the one that was judged: its numbers mean other pictures now, so none"
    " are shown."
)


@dataclass(frozen=True)
class Source:
    """A data set whose pictures are shown, or the reason why not."""

    info: DatasetInfo | None
    reason: Message | None = None

    def address(self, sample_id: int | str, *, side: int = 176) -> str:
        """Return where a browser finds a picture; empty where there is none."""
        return "" if self.info is None else address(self.info, sample_id, side=side)


@st.cache_data(max_entries=256, show_spinner=False)
def _is_same(dataset_id: str, revision: str, began_with: str) -> bool:
    """Tell whether a data set has, but for labels, the samples that a run began with."""
    return edits_since(dataset_id, began_with) is not None


def source_of(case: Judged, side: Side = "judged") -> Source:
    """Return the data set of the images that are judged, or of those that the run was trained on."""
    run = case.run
    name = case.shown_dataset if side == "judged" else run.config.dataset
    try:
        info = cache.dataset(name).info
        if _is_own(run, info) and not _is_same(info.dataset_id, info.revision, run.request.dataset_revision):
            return Source(None, Message(text=_OTHER, values={"name": name}))
    except (LightboxError, OSError):
        return Source(None, Message(text=_GONE, values={"name": name}))
    return Source(info)


def key_of(case: Judged) -> tuple[object, ...]:
    """Return what decides what the network makes of the images of a case: the key of what is kept of it."""
    infos = [source_of(case).info, source_of(case, "training").info]
    revisions = tuple(None if info is None else info.revision for info in infos)
    return (case.run_id, answers.changed_ns(case.run), case.split, case.dataset_id, case.mapping, revisions)


def _is_own(run: Run, info: DatasetInfo) -> bool:
    return info.is_called(run.config.dataset)
