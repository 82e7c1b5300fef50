"""The last step of bringing images in: what came in, what stayed outside, and what to look at."""

from pathlib import Path
from typing import Final

import streamlit as st

from core.datasets.choosing import csv_text
from core.datasets.records import UNLABELLED, DatasetInfo, ImportReport
from core.datasets.staging import forget, name_of
from core.datasets.store import open_dataset
from core.datasets.worker import take_report
from core.errors import UnknownNameError
from core.images.burned_in import WEAK
from core.language import _, joined, ngettext
from ui import bring_state
from ui.bring_options import ATTRIBUTES
from ui.dataset_view import can_train, dataset_warnings
from ui.films import film_alt, film_png
from ui.messages import escape
from ui.navigation import go_to
from ui.pickers import SPLIT_TITLES
from ui.session import Key

_MOST_LOOKED_AT: Final = 24
_WIDTH: Final = 108


def report(job: Path) -> None:
    """Show how an import ended, and where to go from here."""
    found = take_report(job)
    if found is None:
        st.success(_("Done. The data set is in the list."))
        _ways_on(job, None)
        return
    info = _info_now(found)
    _came_in(found)
    _ways_on(job, info)
    dataset_warnings(found.info)
    left, right = st.columns(2, gap="large")
    with left:
        _identity(found)
    with right:
        _skipped(job, found)
    if info is not None:
        _suspicious(info, found)


def _info_now(found: ImportReport) -> DatasetInfo | None:
    """Return the data set as it is called now; None if it was deleted since."""
    try:
        return open_dataset(found.info.dataset_id).info
    except UnknownNameError:
        return None


def _came_in(found: ImportReport) -> None:
    info = found.info
    n_classes = sum(name != UNLABELLED for name in info.class_names)
    if n_classes:
        text = ngettext(
            "One image came in.", "{n} images of {classes} classes came in.", info.n_images, classes=n_classes
        )
    else:
        text = ngettext(
            "One image came in, without a class.", "{n} images came in, without classes.", info.n_images
        )
    st.success(text, icon=":material/check_circle:")
    parts = [_("In your data sets as '{name}'.", name=escape(info.dataset_id))]
    if info.n_patients is not None:
        parts.append(ngettext("One patient.", "{n} patients.", info.n_patients))
    if info.splits:
        official = " · ".join(
            f"{_(SPLIT_TITLES[name])} {n}" for name, n in info.splits.items() if name in SPLIT_TITLES
        )
        parts.append(_("Official split: {parts}.", parts=official))
    if found.n_unlisted:
        n = found.n_unlisted
        parts.append(
            ngettext(
                "One image is not named by the table and stayed outside.",
                "{n} images are not named by the table and stayed outside.",
                n,
            )
        )
    st.markdown(joined(parts, " "))


def _ways_on(job: Path, info: DatasetInfo | None) -> None:
    with st.container(horizontal=True, key="bring-ways-on"):
        is_there = info is not None
        if st.button(_("Open the data set"), key="bring-open", type="primary", disabled=not is_there):
            _leave(job, info, "datasets")
        if info is not None and can_train(info) and st.button(_("Train on it"), key="bring-train"):
            _leave(job, info, "train")
        if st.button(_("Bring in more"), key="bring-more"):
            _leave(job, None, "")


def _leave(job: Path, info: DatasetInfo | None, page: str) -> None:
    """Forget the names of the files, which were shown, and go on."""
    forget(job)
    bring_state.forget()
    if info is None:
        st.rerun()
    st.session_state[Key.DATASET] = info.dataset_id
    go_to(page)


def _identity(found: ImportReport) -> None:
    st.markdown(f"##### {_('Found and left outside')}", anchors=False)
    counts = found.identity.counts
    if not counts:
        st.caption(
            _(
                "Nothing that names anybody was found in the {n} files that were read.",
                n=found.identity.n_files,
            )
        )
        return
    rows = [{_("What"): _(kind), _("Files"): n} for kind, n in counts.items()]
    st.dataframe(rows, hide_index=True, width="stretch", alt=_("Identifying things that stayed outside"))
    n = found.identity.n_files
    text = _("Of {n} files that were read. None of it came in; what is written in a picture itself did.", n=n)
    if kept := found.info.attributes:
        names = joined(escape(_(ATTRIBUTES.get(name, name))) for name in kept)
        text = _(
            "Of {n} files that were read. Of all this only what you chose came in: {names}. What is written"
            " in a picture itself came in too.",
            n=n,
            names=names,
        )
    st.caption(text)


def _skipped(job: Path, found: ImportReport) -> None:
    st.markdown(f"##### {_('Skipped')}", anchors=False)
    if not found.skipped:
        st.caption(_("No file was skipped."))
        return
    names = {one.ordinal: name_of(job, one.ordinal) for one in found.skipped}
    header = (_("File"), _("Why"))
    rows = [(names[one.ordinal] or _("file {n}", n=one.ordinal), str(one.reason)) for one in found.skipped]
    shown = [dict(zip(header, row, strict=True)) for row in rows]
    st.dataframe(shown, hide_index=True, width="stretch", alt=_("Files that were skipped, and why"))
    st.download_button(
        ngettext("Download this line", "Download these {n} lines", len(rows)),
        csv_text(header, rows),
        file_name="skipped.csv",
        mime="text/csv",
        key="bring-skipped-csv",
        icon=":material/download:",
        on_click="ignore",
    )
    if all(names.values()):
        st.caption(
            _("The names are shown once, to you: on the disk there is only a file's place in the source.")
        )
    else:
        st.caption(_("The names are no longer known. The number is a file's place in the source."))


def _suspicious(info: DatasetInfo, found: ImportReport) -> None:
    reasons = {reason: n for reason, n in found.text_reasons.items() if reason not in WEAK}
    if not found.suspicious:
        return
    n = len(found.suspicious)
    title = ngettext("Look at this image", "Look at these {n} images", n)
    st.markdown(f"##### :material/visibility: {title}", anchors=False)
    for reason, n_images in reasons.items():
        counted = ngettext("one image", "{n} images", n_images)
        st.markdown(f"- {_('{reason} ({counted})', reason=_(reason), counted=counted)}")
    st.caption(
        _(
            "If a name can be read in one of them, delete the data set and bring the images in again with"
            " their borders cut off, or without these."
        )
    )
    with st.container(horizontal=True, gap="small", key="bring-suspicious"):
        for sample_id in found.suspicious[:_MOST_LOOKED_AT]:
            st.image(film_png(info, sample_id, side=256), alt=film_alt(info, sample_id), width=_WIDTH)
    if n > _MOST_LOOKED_AT:
        st.caption(_("The first {n} of {total}.", n=_MOST_LOOKED_AT, total=n))
