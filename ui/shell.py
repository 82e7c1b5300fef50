"""The parts of the shell that is around every page."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import streamlit as st
import streamlit.components.v2 as components

from core.experiments.catalog import EXPERIMENTS
from core.experiments.records import KIND as EXPERIMENT
from core.experiments.sweeps.records import KIND as SWEEP
from core.jobs.control import JobView, active_jobs
from core.language import LANGUAGES, N_, PSEUDO, _, ngettext
from ui.device import device
from ui.messages import escape
from ui.pickers import STATE_TITLES
from ui.session import LEVELS, Key, language, use_language

ASSETS: Final = Path(__file__).resolve().parent / "assets"
FAVICON: Final = ASSETS / "favicon.png"
LOGO: Final = ASSETS / "logo.svg"
LOGO_SMALL: Final = ASSETS / "logo_small.svg"

_REFRESH_SECONDS: Final = 2.0
_TOKEN: Final = re.compile(r"-[0-9a-f]{8,}$")  # at the end of the name of a job's folder
_LEVEL_NAMES: Final = {"basic": N_("Basic"), "full": N_("Full")}
_KIND_NAMES: Final = {
    "training": N_("Training"),
    "import": N_("Import"),
    "phantoms": N_("Drawing films"),
    "download": N_("Download"),
    "export": N_("Export"),
    "inspection": N_("Looking at images"),
    "crossvalidation": N_("Cross-validation"),
    SWEEP: N_("Sweep"),
    EXPERIMENT: N_("Measurement"),
}

# Screen readers and Chinese glyphs go by the language of the document, which Streamlit leaves at English.
_document_language = components.component(
    "lightbox_document_language",
    js="\nexport default ({ data }) => { document.documentElement.lang = data.language; };\n",
)


def document() -> None:
    """Bring the style sheet in and tell the browser the language of the page."""
    st.html(ASSETS / "lightbox.css")
    if language() != "en":
        _words_of_the_uploader()
    _document_language(data={"language": language().replace("_", "-")}, key="document-language", height=1)


def _words_of_the_uploader() -> None:
    """Put our words in the place of Streamlit's, which knows English only, on the uploaders' buttons."""
    word = _("Upload").replace("\\", "").replace('"', "").replace("<", "")
    place = "[data-testid=stFileUploaderDropzone]"
    st.html(
        f"<style>{place} [data-testid=stBaseButton-secondary] p {{ font-size: 0; }}"
        f'{place} [data-testid=stBaseButton-secondary] p::after {{ content: "{word}"; font-size: 0.875rem; }}'
        f"{place} [data-testid=stFileUploaderDropzoneInstructions] {{ display: none; }}</style>"
    )


def about() -> str:
    """Return what the menu says about Lightbox."""
    return _("Lightbox shows how computers learn to read medical images. It is no medical device.")


def band() -> None:
    """Show what Lightbox is not for, on every page, at any width."""
    text = _("For teaching and demonstration, not for diagnosis")
    st.html(f"<div class='lb-band' role='note'>{text}</div>")


def sidebar() -> None:
    """Show language, level, device and running jobs under the navigation."""
    with st.sidebar:
        with st.container(key="switches", gap="small"):
            _switch(Key.LEVEL, _("Level"), LEVELS, lambda level: _(_LEVEL_NAMES[level]))
            _switch(Key.LANGUAGE, _("Language"), _languages(), lambda code: LANGUAGES.get(code, code))
        is_moving = device() is None or bool(active_jobs())
        st.fragment(_machine, run_every=_REFRESH_SECONDS if is_moving else None)()


def _switch(key: Key, label: str, options: tuple[str, ...], name: Callable[[str], str]) -> None:
    st.segmented_control(label, options, format_func=name, key=key, required=True, width="stretch")


def _languages() -> tuple[str, ...]:
    return (*LANGUAGES, PSEUDO) if language() == PSEUDO else tuple(LANGUAGES)


def _machine() -> None:
    use_language()
    with st.container(key="machine", gap="small"):
        found = device()
        st.caption(_("Device: {name}", name=escape(found.message) if found else _("looking…")))
        jobs = active_jobs()
        waiting = [job for job in jobs if (job.status.kind, job.state) == (EXPERIMENT, "queued")]
        for job in jobs:
            if job not in waiting:
                _job(job)
        if n := len(waiting):  # they may be many, and each says on its page how long it waits
            st.caption(
                ngettext("One measurement waits for its turn", "{n} measurements wait for their turn", n)
            )


def _job(job: JobView) -> None:
    kind = _(_KIND_NAMES.get(job.status.kind, N_("Job")))
    message: Any = job.status.message or _(STATE_TITLES[job.state])
    words = [kind, escape(_name_of(job)), escape(message)]
    st.progress(job.status.progress, text=" · ".join(word for word in words if word))


def _name_of(job: JobView) -> str:
    """Return what a job is about, without what opens it: whoever knows that sees its files' names."""
    if job.status.kind == "inspection":
        return ""
    if job.status.kind == EXPERIMENT:
        spec = EXPERIMENTS.get(job.job_id.split("-")[1])
        return _(spec.title) if spec else ""
    if job.status.kind == SWEEP:
        name, _dash, number = job.job_id.rpartition("-worker-")
        return _("{sweep}, worker {number}", sweep=name, number=number)
    return _TOKEN.sub("", job.job_id.removeprefix(f"{job.status.kind}-"))
