"""Where the mean and the standard deviation come from, and why from nowhere else."""

from __future__ import annotations

import streamlit as st

from core.language import _
from core.transforms.records import Preprocessing
from ui.preprocessing.source import Subject
from ui.preprocessing.tracing import FIT_ALL, fitted_ids, needs_training_images, training_ids
from ui.session import full


def statistics_note(subject: Subject, preprocessing: Preprocessing) -> None:
    """Say on which images the statistics are fitted, with the reason one click away."""
    if not needs_training_images(preprocessing):
        return
    if subject.sample_id is None:
        text = _(
            "This file belongs to no data set and has no training split: its own mean and standard deviation"
            " stand in."
        )
        st.caption(text)
    else:
        fitted_line(subject)
    with st.popover(_("Why only the training split?"), type="tertiary", key="preprocess-why"):
        st.markdown(
            _(
                "Two numbers, and yet they know something of every image that they are computed from. If the"
                " test images are among these, the test has helped to prepare itself, and its score says a"
                " little less about the next patient. So: fit on the training images, keep the numbers with"
                " the network, and use them unchanged for validation, for the test and for every new image."
            )
        )


def fitted_line(subject: Subject) -> None:
    """Say how many training images were used here; at Full they can all be used."""
    n, total = len(fitted_ids(subject.info)), len(training_ids(subject.info))
    st.caption(_("Mean and standard deviation come from {n} training images only.", n=n))
    if full() and (n < total or st.session_state.get(FIT_ALL)):
        st.toggle(
            _("Use all {total} of the training split", total=total),
            key=FIT_ALL,
            help=_("Slower here; a training run always uses all of them."),
            persist_state="session",
        )
