"""The gallery of the MedMNIST sets: what each shows, and one press from there to a data set."""

import base64
import html
from functools import lru_cache
from typing import Final

import streamlit as st

from core.datasets.classes import ordinal_caveat
from core.datasets.downloading import megabytes
from core.datasets.medmnist import (
    DEFAULT_FINDING,
    SIZES,
    MedMnistSet,
    about,
    caveats_of,
    free_name,
    list_sets,
    title_of,
)
from core.datasets.medmnist_files import KeptFile, delete_file, kept_file, kept_files, needed_bytes
from core.datasets.medmnist_worker import MedMnistRequest, requested_jobs, start_download
from core.datasets.records import DatasetInfo
from core.datasets.store import list_datasets
from core.jobs.control import JobView, request_stop, view
from core.jobs.status import ALIVE
from core.language import N_, _, joined, ngettext
from ui.messages import escape, guard
from ui.navigation import go_to
from ui.pickers import SPLIT_TITLES, STATE_TITLES
from ui.session import Key, full, use_language
from ui.shell import ASSETS

_BASIC_SIZES: Final = SIZES[:2]
_REFRESH_SECONDS: Final = 1.0
_MUCH_BYTES: Final = 3_000_000_000  # of the disk: to be said beforehand
_Jobs = dict[str, tuple[MedMnistRequest, JobView]]


def medmnist_gallery() -> None:
    """Show the sets as cards: one press fetches a set and makes a data set of it."""
    st.html(ASSETS / "medmnist.css")
    st.markdown(
        _(
            "Twelve public sets of small medical pictures, with their official split. The files do not say"
            " which pictures are of one patient, so nobody can check whether a patient stands on both sides."
        )
    )
    size = _choose_size()
    jobs, infos = requested_jobs(), list_datasets()
    with st.container(key="medmnist-grid"):
        for entry in list_sets():
            with st.container(border=True, key=f"card-medmnist-{entry.name}", height="stretch"):
                _card(entry, size, jobs, infos)
    st.caption(_("The little pictures are drawings of ours, not pictures of the sets."))
    _downloads(jobs)


def _choose_size() -> int:
    label = _("Pixels a side")
    hint = _(
        "28 is enough to see how it works and trains in seconds; 64 shows more and takes five times as long."
    )
    sizes = SIZES if full() else _BASIC_SIZES
    if st.session_state.get("medmnist-size") not in sizes:
        st.session_state["medmnist-size"] = sizes[0]
    chosen = st.segmented_control(label, sizes, key="medmnist-size", required=True, help=hint)
    return sizes[0] if chosen is None else chosen


def _card(entry: MedMnistSet, size: int, jobs: _Jobs, infos: list[DatasetInfo]) -> None:
    st.html(_portrait(entry, size))
    finding = _choose_finding(entry)
    with st.container(key=f"medmnist-foot-{entry.name}", gap="small"):
        _good_to_know(entry)
        request, job = jobs.get(entry.name, (None, None))
        if job is not None and job.state in ALIVE:
            st.fragment(_follow, run_every=_REFRESH_SECONDS)(entry, job)
            return
        if request is not None and job is not None and (request.size, request.finding) == (size, finding):
            _ended(job, kept_file(entry, size))
        title = title_of(entry, size, finding)
        here = next((info for info in infos if info.title == title), None)
        if here is None:
            _offer(entry, size, finding, infos)
        else:
            _already_here(entry, here)


def _portrait(entry: MedMnistSet, size: int) -> str:
    """Return the drawing, the title, what the set shows and its facts, as HTML."""
    n, classes = entry.n_images, len(entry.class_names)
    facts = [
        ngettext("One image", "{n} images", n).replace(str(n), f"{n:,}"),
        ngettext("one finding", "{n} findings", classes)
        if entry.task == "multi-label"
        else ngettext("one class", "{n} classes", classes),
        _("up to {n} MB", n=f"{max(1, round(entry.pixel_bytes(size) / 1e6)):,}"),
    ]
    licence = html.escape(entry.licence)
    if entry.is_non_commercial:
        words = _("{licence}: not for commercial use", licence=licence)
        licence = f"<span class='lb-not-commercial'>{words}</span>"
    items = "".join(f"<li>{fact}</li>" for fact in [*facts, licence])
    return (
        f"<div class='lb-set'><img src='data:image/svg+xml;base64,{_drawing(about(entry).kind)}' alt=''/>"
        f"<div><h3>{html.escape(entry.title)}</h3><p>{html.escape(_(about(entry).shows))}</p></div>"
        f"<ul class='lb-facts'>{items}</ul></div>"
    )


@lru_cache
def _drawing(kind: str) -> str:
    path = ASSETS / "medmnist" / f"{kind.replace(' ', '-')}.svg"
    return base64.b64encode(path.read_bytes()).decode()


def _choose_finding(entry: MedMnistSet) -> str | None:
    """Say what one question leaves out of a set with several findings; at Full, offer all."""
    if entry.task == "ordinal" and (lost := ordinal_caveat(entry.class_names)):
        st.caption(escape(lost))
    if entry.task != "multi-label":
        return None
    finding = DEFAULT_FINDING if DEFAULT_FINDING in entry.class_names else entry.class_names[0]
    if full():
        place = entry.class_names.index(finding)
        key = f"medmnist-finding-{entry.name}"
        finding = st.selectbox(_("One finding against the rest"), entry.class_names, index=place, key=key)
    text = _(
        "Lightbox asks one question: {name}, or not? The other findings are not kept, and 'not' does not"
        " mean healthy.",
        name=escape(finding),
    )
    st.caption(text)
    return finding


def _good_to_know(entry: MedMnistSet) -> None:
    with st.popover(_("Good to know"), type="tertiary", key=f"medmnist-more-{entry.name}"):
        st.markdown(f"**{escape(entry.title)}**")
        st.markdown(_("Source: {source}.", source=escape(_(about(entry).source))))
        text = N_("Findings: {names}.") if entry.task == "multi-label" else N_("Classes: {names}.")
        st.markdown(_(text, names=joined(escape(name) for name in entry.class_names)))
        parts = [f"{_(SPLIT_TITLES[split])} {n:,}" for split, n in entry.n_samples.items()]
        st.markdown(_("Official split: {parts}.", parts=" · ".join(parts)))
        for caveat in caveats_of(entry):
            st.markdown(f":material/warning: {escape(caveat)}")
        st.markdown(_("MedMNIST: Yang and others 2023, doi {doi}.", doi="10.1038/s41597\\-022\\-01721\\-8"))


def _offer(entry: MedMnistSet, size: int, finding: str | None, infos: list[DatasetInfo]) -> None:
    """Offer the one press, whose words say how much of the file is here already."""
    kept = kept_file(entry, size)
    if needed_bytes(entry, size) > _MUCH_BYTES:
        n = round(needed_bytes(entry, size) / 1e9)
        st.caption(_("Bringing it in needs up to {n} GB of the disk.", n=n))
    icon = ":material/inventory_2:" if kept and kept.is_whole else ":material/download:"
    if st.button(_button(kept), key=f"medmnist-get-{entry.name}", icon=icon, width="stretch"):
        name = free_name(entry, size, finding, (info.dataset_id for info in infos))
        request = MedMnistRequest(set_name=entry.name, size=size, name=name, finding=finding)
        with guard():
            start_download(request)
            st.rerun()


def _button(kept: KeptFile | None) -> str:
    if kept is None:
        return _("Download")
    if kept.is_whole:
        return _("Import the downloaded file")
    return _("Go on: {n} MB are here", n=megabytes(kept.n_bytes))


def _already_here(entry: MedMnistSet, info: DatasetInfo) -> None:
    st.success(_("In your data sets as '{name}'.", name=escape(info.dataset_id)), icon=":material/check:")
    if st.button(_("Open it"), key=f"medmnist-open-{entry.name}", width="stretch"):
        st.session_state[Key.DATASET] = info.dataset_id
        go_to("datasets")


def _follow(entry: MedMnistSet, started: JobView) -> None:
    """Show how far a job is, and let it be stopped; at its end the whole page is run once more."""
    use_language()
    job = view(started.folder)
    if job.state not in ALIVE:
        st.rerun()
    words = [str(job.status.message or _(STATE_TITLES[job.state]))]
    if job.status.seconds_left is not None:
        words.append(_time_left(job.status.seconds_left))
    st.progress(job.status.progress, text=escape(joined(words, " ")))
    if st.button(_("Stop"), key=f"medmnist-stop-{entry.name}", width="stretch"):
        with guard():
            request_stop(started.folder)


def _time_left(seconds: float) -> str:
    if seconds < 90:
        return _("About {n} s left.", n=max(1, round(seconds)))
    return _("About {n} min left.", n=round(seconds / 60))


def _ended(job: JobView, kept: KeptFile | None) -> None:
    """Say how the last job of this set and size ended, where it did not end well."""
    if job.status.error is not None:
        st.error(escape(job.status.error), icon=":material/warning:")
    elif job.state in ("stopped", "interrupted") and kept is None:
        st.caption(_("It was stopped before anything had come."))
    elif job.state in ("stopped", "interrupted"):
        st.caption(_("It was stopped. What came is kept, and the next attempt goes on from there."))


def _downloads(jobs: _Jobs) -> None:
    """Show what the downloaded files take of the disk, and let them be deleted."""
    kept = kept_files()
    if not kept:
        return
    total = megabytes(sum(file.n_bytes for file in kept))
    title = ngettext(
        "One downloaded file, {total} MB", "{n} downloaded files, {total} MB", len(kept), total=total
    )
    with st.expander(title, icon=":material/folder:", key="medmnist-downloads"):
        st.caption(
            _("They are kept so that a second import needs no network. The data sets do not need them.")
        )
        busy = {request.set_name for request, job in jobs.values() if job.state in ALIVE}
        for file in kept:
            _kept_row(file, is_busy=file.entry.name in busy)


def _kept_row(file: KeptFile, *, is_busy: bool) -> None:
    name = title_of(file.entry, file.size)
    with st.container(
        horizontal=True, vertical_alignment="center", key=f"kept-{file.entry.name}-{file.size}"
    ):
        words = f"**{escape(name)}** · {_('{n} MB', n=megabytes(file.n_bytes))}"
        if not file.is_whole:
            of = megabytes(file.total_bytes) if file.total_bytes else "?"
            words = f"**{escape(name)}** · {_('{n} of {total} MB', n=megabytes(file.n_bytes), total=of)}"
        st.markdown(words, width="stretch")
        key = f"medmnist-delete-{file.entry.name}-{file.size}"
        if st.button(_("Delete"), key=key, disabled=is_busy, type="tertiary", icon=":material/delete:"):
            with guard():
                delete_file(file.entry, file.size)
                st.rerun()
