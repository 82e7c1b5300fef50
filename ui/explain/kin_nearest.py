"""The training images that are nearest to an image, with their labels."""

import streamlit as st

from core.errors import UserError
from core.explanation.novelty.records import Novelty
from core.language import _
from core.runs.store import Run, open_run
from ui import answers, cache
from ui.messages import escape, simulated_badge

_SIDE = 112


@st.cache_data(max_entries=16, show_spinner=False)
def _labels(run_id: str, changed: int) -> dict[int, str]:
    split = open_run(run_id).split()
    return dict(zip(split["sample_id"].tolist(), split["label"].tolist(), strict=True))


def show_nearest(run: Run, found: Novelty) -> None:
    """Show them in a row: whoever looks sees at once whether they are of the same kind."""
    if not found.nearest:
        return
    dataset_id = run.config.dataset
    try:
        pictures = [cache.thumbnail(dataset_id, one.sample_id, side=2 * _SIDE) for one in found.nearest]
    except (UserError, IndexError, KeyError):
        st.caption(_("The training images that are nearest to it are no longer there."))
        return
    st.markdown(
        _("The training images that are nearest to it for the network. Are they of the same kind as yours?")
    )
    if run.card.simulated:
        simulated_badge()
    with st.container(horizontal=True, gap="small", key="kin-nearest"):
        for one, label, picture in zip(found.nearest, labels_of(run, found), pictures, strict=True):
            st.image(
                picture,
                caption=escape(label),
                alt=_("Training image number {id}, labelled '{label}'", id=one.sample_id, label=label),
                width=_SIDE,
            )


def labels_of(run: Run, found: Novelty) -> tuple[str, ...]:
    """Return what each of the nearest training images was taught as: somebody else's text."""
    labels = _labels(run.run_id, answers.changed_ns(run))
    return tuple(labels.get(one.sample_id, "–") for one in found.nearest)
