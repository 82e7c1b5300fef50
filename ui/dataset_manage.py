"""What can be done with a whole data set: call it otherwise, copy it, hand it on, delete it."""

import streamlit as st

from core.datasets.export_worker import exported, start_export
from core.datasets.records import DatasetInfo
from core.datasets.shipped import shipped_names
from core.datasets.store import delete_dataset, duplicate_dataset, rename_dataset
from core.language import _, joined, ngettext
from core.runs.uses import runs_of
from ui.downloads import export_address
from ui.job_panel import follow_job, job_panel
from ui.messages import escape, guard
from ui.session import Key, use_language


def manage_view(info: DatasetInfo) -> None:
    """Show the four things that can be done, each in its card."""
    rows = (
        ((_("Export"), "export", _export), (_("Rename"), "rename", _rename)),
        ((_("Copy"), "copy", _copy), (_("Delete"), "delete", _delete)),
    )
    for row in rows:
        for column, (title, key, show) in zip(st.columns(2), row, strict=True):
            with column, st.container(border=True, key=f"card-{key}", height="stretch"):
                st.markdown(f"##### {title}", anchors=False)
                show(info)


def copy_form(info: DatasetInfo, *, key: str) -> None:
    """Offer a copy under a name to be given; it is the chosen data set afterwards."""
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}-row"):
        label = _("Name of the copy")
        name = st.text_input(label, key=f"{key}-name", placeholder=f"{info.dataset_id[:58]}-copy")
        if st.button(_("Make a copy"), key=key, icon=":material/content_copy:", disabled=not name):
            with guard():
                st.session_state[Key.DATASET] = duplicate_dataset(info.dataset_id, name).dataset_id
                st.rerun()


def _copy(info: DatasetInfo) -> None:
    st.caption(_("To relabel it or try something out. The pictures are shared and take no room."))
    copy_form(info, key="manage-copy")


def _rename(info: DatasetInfo) -> None:
    if info.dataset_id in shipped_names():
        st.caption(_("This data set ships with Lightbox and keeps its name."))
        return
    n = len(runs_of(info))
    st.caption(
        ngettext(
            "One run was made with it, and will find it by its former name.",
            "{n} runs were made with it, and will find it by its former name.",
            n,
        )
        if n
        else _("No run was made with it yet.")
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="rename-row"):
        name = st.text_input(_("New name"), key="rename-name", placeholder=info.dataset_id)
        if st.button(_("Rename"), key="rename-start", disabled=not name):
            with guard():
                st.session_state[Key.DATASET] = rename_dataset(info.dataset_id, name).dataset_id
                del st.session_state["rename-name"]
                st.rerun()


def _export(info: DatasetInfo) -> None:
    st.caption(
        _(
            "A zip of PNG pictures, a CSV with labels, patients and split, and a README. Patients get running"
            " numbers; pseudonyms and their key stay here."
        )
    )
    slot = f"export-{info.dataset_id}"
    job_panel(slot, done=lambda: None)
    if f"job-{slot}" in st.session_state:
        return
    latest = st.session_state.get(slot, "")
    found = exported(latest)
    is_ready = found is not None and found[1].revision == info.revision
    if is_ready:
        _download(latest)
    label = _("Prepare it again") if is_ready else _("Prepare the zip")
    if st.button(label, key="export-start", icon=":material/folder_zip:"):
        with guard():
            folder = start_export(info.dataset_id)
            follow_job(slot, folder)
            st.session_state[slot] = folder.name
            st.rerun()


def _download(job_id: str) -> None:
    found = exported(job_id)
    if found is None:
        return
    report = found[1]
    size = f"{report.size_bytes / 1e6:,.1f} MB"
    text = _("Download ({size})", size=size)
    st.link_button(text, export_address(job_id), icon=":material/download:", type="primary")
    if report.n_rounded:
        st.caption(
            _(
                "{n} pictures hold more than 65,536 steps or fractions: their values are off by up to"
                " {error:.3g}.",
                n=report.n_rounded,
                error=report.largest_error,
            )
        )
    st.caption(_("It can be fetched for a day."))


def _delete(info: DatasetInfo) -> None:
    if info.dataset_id in shipped_names():
        st.caption(_("This data set ships with Lightbox and cannot be deleted."))
        return
    st.caption(_("With all its images. The files that you imported stay as they are."))
    if st.button(_("Delete this data set"), key="dataset-delete", icon=":material/delete:"):
        _confirm_delete(info)


def _confirm_delete(info: DatasetInfo) -> None:
    @st.dialog(_("Delete this data set?"))
    def ask() -> None:
        use_language()
        text = _(
            "'{name}' and its images will be gone from Lightbox. The files you imported stay as they are."
        )
        st.markdown(text.format(name=escape(info.dataset_id)))
        _say_runs(info)
        if st.button(_("Delete for good"), type="primary", key="dataset-delete-confirm"):
            with guard():
                delete_dataset(info.dataset_id)
                st.session_state.pop(Key.DATASET, None)
                st.rerun()

    ask()


def _say_runs(info: DatasetInfo) -> None:
    runs = [run.run_id for run in runs_of(info)]
    if not runs:
        st.caption(_("No run was made with it."))
        return
    named = joined(escape(run) for run in runs[:8]) + (" …" if len(runs) > 8 else "")
    st.warning(
        ngettext(
            "One run was made with it: {names}. It keeps its curves and stored judgements, but cannot go on,"
            " and can no longer show the images.",
            "{n} runs were made with it: {names}. They keep their curves and stored judgements, but cannot go"
            " on, and can no longer show the images.",
            len(runs),
            names=named,
        ),
        icon=":material/warning:",
    )
