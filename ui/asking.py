"""Choosing the image that a network is asked about: an upload, or a sample that it did not learn from.

An upload lives in its widget, in memory, and nowhere else.
"""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.errors import UserError
from core.images.limits import MAX_UPLOAD_MB
from core.language import _
from core.runs.store import Run, list_runs
from ui import answers
from ui.answers import Subject
from ui.pickers import pick_run
from ui.session import full

_UPLOAD: Final = "explain-upload"
_SAMPLE: Final = "explain-sample"


def pick_network() -> Run | None:
    """Let the visitor choose the run that answers: at Basic in a fold, unless there is something to read."""
    is_asked = "run" in st.query_params or not any(run.has_model for run in list_runs())
    if full() or is_asked:
        return pick_run(label=_("Which network answers"))
    with st.expander(_("Which network answers")):
        return pick_run()


def pick_subject(run: Run | None) -> None:
    """Offer an uploader beside the validation samples of a run; `chosen_subject` gives what was chosen."""
    left, right = st.columns(2, gap="large")
    with left:
        st.file_uploader(
            _("Upload an image: PNG, JPEG, TIFF or DICOM"),
            key=_UPLOAD,  # of any name: DICOM files often have no extension, and the content is looked at
            max_upload_size=MAX_UPLOAD_MB,
            help=_("It stays in memory, is shown to you alone, and is gone when you leave."),
        )
    if run is not None:
        with right:
            _sample_box(run)


def chosen_subject(run: Run | None) -> Subject | None:
    """Return the upload if there is one, else the chosen sample, else None.

    Raises
    ------
    UnreadableImageError
        The upload is no image, or too large.
    """
    upload = st.session_state.get(_UPLOAD)
    if upload is not None:
        return answers.subject_of_upload(upload.getvalue(), upload.name)
    sample_id = st.session_state.get(_SAMPLE)
    if run is None or sample_id is None:
        return None
    return answers.subject_of_sample(run.config.dataset, int(sample_id))


def _sample_box(run: Run) -> None:
    labels = _labels(run)
    if labels is None:
        st.caption(
            _("This model came without images: upload one.")
            if run.came_alone
            else _("The images of this run are no longer there: upload one.")
        )
        st.session_state.pop(_SAMPLE, None)
        return
    _choose_first(run, list(labels))
    has_upload = st.session_state.get(_UPLOAD) is not None
    st.selectbox(
        _("or take one of {n} validation images, which it did not learn from", n=len(labels)),
        list(labels),
        format_func=lambda sample_id: _("image {n}, truly: {name}", n=sample_id, name=labels[sample_id]),
        key=_SAMPLE,
        disabled=has_upload,
        persist_state="session",
    )
    if has_upload:
        st.caption(_("The answer below is about your upload. Remove it to come back to these."))


def _labels(run: Run) -> dict[int, str] | None:
    """Return the label of each validation image; None where the images are not here."""
    if run.came_alone:  # a data set of the same name is another one
        return None
    try:
        return answers.val_labels(run)
    except UserError:
        return None


def _choose_first(run: Run, sample_ids: Sequence[int]) -> None:
    """Begin with a film that was found: what a right answer looks like is the easier question."""
    if st.session_state.get(_SAMPLE) not in sample_ids:
        st.session_state[_SAMPLE] = answers.surest_hit(run) if sample_ids else None
