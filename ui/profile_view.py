"""What the data say: the profile of a data set, made by one button, in plain words with pictures.

`show_profile(info)` is all that a page needs. The profile is kept with the data set, so it is made once for a
revision, whoever asks.
"""

from pathlib import Path
from typing import Final, Literal

import streamlit as st

from core.datasets.profiling.findings import SEVERITIES, Finding, Severity, findings
from core.datasets.profiling.records import Profile
from core.datasets.profiling.stored import Means, profile_path, read_means, read_profile
from core.datasets.profiling.worker import job_folder, start_profile
from core.datasets.records import DatasetInfo
from core.jobs.control import request_stop, view
from core.jobs.status import ALIVE
from core.language import _, ngettext
from ui import cache
from ui.messages import escape, guard, simulated_badge
from ui.profile_pictures import has_picture, picture_of
from ui.profile_topics import topics
from ui.session import full, use_language

_ICONS: Final[dict[Severity, str]] = {
    "grave": ":material/error:",
    "look": ":material/visibility:",
    "note": ":material/info:",
    "fine": ":material/check_circle:",
}
_REFRESH_SECONDS: Final = 1.0
_COLOURS: Final[dict[Severity, Literal["red", "orange", "blue", "green"]]] = {
    "grave": "red",
    "look": "orange",
    "note": "blue",
    "fine": "green",
}


def show_profile(info: DatasetInfo) -> None:
    """Show what a data set says of itself; offer to find out where nobody has asked yet."""
    profile = kept_profile(info)
    if profile is None:
        _make(info)
        return
    if info.simulated:
        simulated_badge()
    _headline(profile)
    for number, finding in enumerate(found := findings(profile)):
        if finding.severity != "fine":
            _card(info, profile, finding, number)
    _fine([finding for finding in found if finding.severity == "fine"])
    topics(info, profile, kept_means(info, profile))
    if full():
        _again(info, profile)


def kept_profile(info: DatasetInfo) -> Profile | None:
    """Return the profile of this revision, or None if it has to be made."""
    path = profile_path(cache.dataset(info.dataset_id).folder, info.revision)
    return _read(str(path.parent.parent), info.revision, path.stat().st_mtime_ns) if path.exists() else None


def kept_means(info: DatasetInfo, profile: Profile) -> Means:
    """Return the mean image of each class."""
    return _means(str(cache.dataset(info.dataset_id).folder), info.revision, profile.made_at)


@st.cache_resource(max_entries=8, show_spinner=False)
def _read(folder: str, revision: str, changed_ns: int) -> Profile | None:
    return read_profile(Path(folder), revision)


@st.cache_resource(max_entries=8, show_spinner=False)
def _means(folder: str, revision: str, made_at: str) -> Means:
    return read_means(Path(folder), revision)


def _make(info: DatasetInfo) -> None:
    """Offer the look at the data; while it goes on, show its progress, whoever has started it."""
    folder = job_folder(info)
    job = view(folder) if (folder / "status.json").exists() else None
    if job is not None and job.state in ALIVE:
        st.markdown(_("Lightbox looks through the images. You may leave this page: what it finds is kept."))
        st.fragment(_follow, run_every=_REFRESH_SECONDS)(folder)
        return
    if job is not None and job.status.error is not None:
        st.error(escape(job.status.error), icon=":material/warning:")
    elif job is not None and job.state in ("stopped", "interrupted"):
        st.info(_("The last look was not finished; nothing was kept."))
    _ask(info)


def _follow(folder: Path) -> None:
    use_language()
    job = view(folder)
    if job.state not in ALIVE:
        st.rerun()
    with st.container(border=True, key="profile-progress"):
        st.progress(job.status.progress, text=str(job.status.message or _("Waiting")))
        if st.button(_("Stop"), key="profile-stop"):
            with guard():
                request_stop(folder)


def _ask(info: DatasetInfo) -> None:
    with st.container(border=True, key="profile-ask"):
        st.markdown(f"##### {_('What do the data say?')}", anchors=False)
        text = _(
            "Before training: are there copies, patients on both sides of the split, doubtful labels? Do"
            " size, border or brightness alone give the label away? One look at every image answers that."
        )
        st.markdown(text)
        if st.button(_("Look through the images"), key="profile-start", type="primary"):
            with guard():
                start_profile(info)
                st.rerun()


def _headline(profile: Profile) -> None:
    counts = {
        severity: sum(finding.severity == severity for finding in findings(profile))
        for severity in SEVERITIES
    }
    with st.container(horizontal=True, key="profile-counts"):
        for severity in ("grave", "look", "fine"):
            st.metric(f"{_ICONS[severity]} {_(SEVERITIES[severity])}", counts[severity])


def _card(info: DatasetInfo, profile: Profile, finding: Finding, number: int) -> None:
    """Show one finding: how grave, what, what it means for a score, what to do; beside it a picture of it."""
    with st.container(border=True, key=f"finding-{number}"):
        words, picture = st.columns([5, 4], gap="large") if has_picture(profile, finding) else (None, None)
        with words or st.container():
            _badge(finding.severity)
            st.markdown(f"**{escape(finding.text)}**")
            if finding.meaning is not None:
                st.markdown(escape(finding.meaning))
            if finding.action is not None:
                st.markdown(f":material/arrow_forward: {escape(finding.action)}")
        if picture is not None:
            with picture:
                picture_of(info, profile, finding)


def _fine(found: list[Finding]) -> None:
    if not found:
        return
    with st.container(border=True, key="findings-fine"):
        _badge("fine")
        for finding in found:
            meaning = f" {escape(finding.meaning)}" if finding.meaning is not None else ""
            st.markdown(f"{escape(finding.text)}{meaning}")


def _badge(severity: Severity) -> None:
    st.badge(_(SEVERITIES[severity]), icon=_ICONS[severity], color=_COLOURS[severity])


def _again(info: DatasetInfo, profile: Profile) -> None:
    n = profile.n_images
    text = ngettext(
        "One image was looked at in {seconds:.0f} s.", "{n} images were looked at in {seconds:.0f} s.", n,
        seconds=profile.seconds,
    )  # fmt: skip
    st.caption(text)
    if st.button(_("Look again"), key="profile-again", icon=":material/refresh:"):
        with guard():
            profile_path(cache.dataset(info.dataset_id).folder, info.revision).unlink(missing_ok=True)
            start_profile(info)
            st.rerun()
