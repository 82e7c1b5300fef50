"""Bringing images in, and making phantoms: the forms, and the job's progress until its report."""

from pathlib import Path
from typing import Final

import streamlit as st

from core.datasets.importing import ImportOptions
from core.datasets.phantom_worker import start_phantoms
from core.datasets.phantoms import PhantomConfig
from core.datasets.staging import stage_upload, start_staged_import
from core.datasets.store import check_new_name
from core.datasets.worker import take_report
from core.jobs.control import request_stop, view
from core.jobs.status import ALIVE
from core.language import _, ngettext
from core.workspace import jobs_dir
from ui.fields import field_widget
from ui.messages import escape, guard
from ui.session import Key, full, use_language

_JOB: Final = "datasets-job"  # name of the job's folder
_KNOBS: Final = ("n_patients", "prevalence", "contrast")
_MORE_KNOBS: Final = ("lesion_size", "dose", "label_noise", "shortcut", "image_size", "seed")
_REFRESH_SECONDS: Final = 1.0


def import_form() -> None:
    """Offer the upload of a folder or of files; start the import when asked."""
    how = st.segmented_control(
        _("What do you have?"),
        ("folder", "files"),
        format_func=lambda kind: {"folder": _("A folder"), "files": _("A table with pictures, or .npz")}[
            kind
        ],
        key="import-how",
        required=True,
        default="folder",
    )
    files = st.file_uploader(
        _("Images, with a folder for each class") if how == "folder" else _("All files together"),
        accept_multiple_files="directory" if how == "folder" else True,
        key=f"import-{how}",
    )
    name = st.text_input(_("Name of the new data set"), key="import-name", placeholder="my-images")
    pattern = None
    if full():
        hint = _("A regular expression; its first group is the patient. Example: (person\\d+)_")
        pattern = st.text_input(_("Patient in the file name"), key="import-pattern", help=hint) or None
    if st.button(_("Import"), key="import-start", type="primary", disabled=not files or not name):
        with guard():
            options = ImportOptions(name=name, patient_pattern=pattern)
            uploaded = files if isinstance(files, list) else [files] if files else []
            check_new_name(name)
            staging = stage_upload((file.name, file) for file in uploaded)
            st.session_state[_JOB] = start_staged_import(staging, options).name
            st.rerun()


def phantom_form() -> None:
    """Offer the knobs of the phantoms; start making them when asked."""
    values = {}
    for name in _KNOBS + (_MORE_KNOBS if full() else ()):
        start = PhantomConfig.model_fields[name].default
        values[name] = field_widget(PhantomConfig, name, start, key=f"phantoms-{name}")
    name = st.text_input(_("Name of the new data set"), key="phantoms-name", placeholder="faint-findings")
    if st.button(_("Make them"), key="phantoms-start", disabled=not name):
        with guard():
            st.session_state[_JOB] = start_phantoms(name, PhantomConfig(**values)).name
            st.rerun()


def job_progress() -> None:
    """Follow the import or the making that this visitor started last, to its report."""
    name = st.session_state.get(_JOB)
    folder = jobs_dir() / name if name else None
    if folder is None or not (folder / "status.json").exists():
        return
    is_alive = view(folder).state in ALIVE
    st.fragment(_follow, run_every=_REFRESH_SECONDS if is_alive else None)(folder, is_alive)


def _follow(folder: Path, was_alive: bool) -> None:
    use_language()
    job = view(folder)
    with st.container(border=True, key="job-progress"):
        if job.state in ALIVE:
            st.progress(job.status.progress, text=str(job.status.message or _("Waiting")))
            if st.button(_("Stop"), key="job-stop"):
                with guard():
                    request_stop(folder)
        else:
            _ended(folder, job.state)
    if was_alive and job.state not in ALIVE:
        st.rerun()


def _ended(folder: Path, state: str) -> None:
    status = view(folder).status
    if status.error is not None:
        st.error(escape(status.error), icon=":material/warning:")
        return
    if state != "completed":
        st.info(_("It was stopped; nothing was kept."))
        return
    report = take_report(folder)
    if report is None:
        st.success(_("Done. The data set is in the list."))
        return
    info = report.info
    st.session_state[Key.DATASET] = info.dataset_id
    text = ngettext(
        "One image came in.",
        "{n} images of {classes} classes came in.",
        info.n_images,
        classes=len(info.class_names),
    )
    st.success(text)
    if report.skipped:
        st.warning(ngettext("One file was skipped.", "{n} files were skipped.", len(report.skipped)))
        rows = [{_("Place in the source"): one.ordinal, _("Why"): str(one.reason)} for one in report.skipped]
        st.dataframe(rows, hide_index=True, width="stretch")
