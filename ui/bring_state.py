"""Where a visitor stands in bringing images in: what is staged or being imported, found again after a reload.

The address carries a token nobody can guess; session state carries it from page to page. Names of files are
in the server's memory alone, so that nothing on the disk remembers them once the images are in.
"""

import re
from pathlib import Path
from typing import Final

import streamlit as st

from core.datasets.staging import find_staging, token_of
from core.workspace import jobs_dir

_STAGING: Final = "staging"  # parameter of the address and key of the session
_JOB: Final = "import"
_JOB_NAME: Final = re.compile(r"import-[a-z0-9][a-z0-9_.-]*-[0-9a-f]{8}")
_MOST_REMEMBERED: Final = 32


def staged() -> Path | None:
    """Return the staging folder of this visitor, or None."""
    token = _recall(_STAGING)
    return find_staging(token) if token else None


def importing() -> Path | None:
    """Return the folder of this visitor's import, at work or ended, or None."""
    name = _recall(_JOB)
    if name is None or not _JOB_NAME.fullmatch(name):
        return None
    folder = jobs_dir() / name
    return folder if (folder / "status.json").exists() else None


def set_staged(staging: Path) -> None:
    """Remember what was staged."""
    forget()
    _remember(_STAGING, token_of(staging))


def set_importing(job: Path, names: tuple[str, ...]) -> None:
    """Remember the import that was started, and in memory what its files are called."""
    forget()
    _remember(_JOB, job.name)
    known = _names()
    while len(known) >= _MOST_REMEMBERED:
        known.pop(next(iter(known)))
    known[job.name] = names


def forget() -> None:
    """Begin anew."""
    for name in (_STAGING, _JOB):
        st.session_state.pop(f"bring-{name}", None)
        if name in st.query_params:
            del st.query_params[name]


def name_of(job: Path, ordinal: int) -> str | None:
    """Return what the file with this ordinal was called; None if the server was started anew since."""
    names = _names().get(job.name, ())
    return names[ordinal - 1] if 0 < ordinal <= len(names) else None


@st.cache_resource(show_spinner=False)
def _names() -> dict[str, tuple[str, ...]]:
    return {}


def _remember(name: str, value: str) -> None:
    st.session_state[f"bring-{name}"] = value
    st.query_params[name] = value


def _recall(name: str) -> str | None:
    value = st.session_state.get(f"bring-{name}") or st.query_params.get(name)
    if value is not None and st.query_params.get(name) != value:
        st.query_params[name] = value  # a page switch drops it
    return value
