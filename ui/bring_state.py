"""Where a visitor stands in bringing images in: what is staged or being imported, found again after a reload.

The address carries a token nobody can guess; session state carries it from page to page.
"""

import re
from pathlib import Path
from typing import Final

import streamlit as st

from core.datasets.staging import find_staging, token_of
from core.language import Message
from core.workspace import jobs_dir

_STAGING: Final = "staging"  # parameter of the address, and part of the session's key
_JOB: Final = "import"
_SAID: Final = "bring-said"
_JOB_NAME: Final = re.compile(r"import-[a-z0-9][a-z0-9_.-]*-[0-9a-f]{16}")


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


def is_gone() -> bool:
    """Tell whether what this visitor worked on was imported or thrown away elsewhere."""
    return bool(_recall(_STAGING) or _recall(_JOB)) and staged() is None and importing() is None


def set_staged(staging: Path) -> None:
    """Remember what was staged."""
    forget()
    _remember(_STAGING, token_of(staging))


def set_importing(job: Path) -> None:
    """Remember the import that was started."""
    forget()
    _remember(_JOB, job.name)


def forget() -> None:
    """Begin anew."""
    for name in (_STAGING, _JOB):
        st.session_state.pop(_key(name), None)
        if name in st.query_params:
            del st.query_params[name]


def say(message: Message) -> None:
    """Keep a sentence to be shown where the visitor comes to next."""
    st.session_state[_SAID] = message


def take_said() -> Message | None:
    """Return the sentence that was kept, once."""
    said: Message | None = st.session_state.pop(_SAID, None)
    return said


def _key(name: str) -> str:
    return f"bring-at-{name}"


def _remember(name: str, value: str) -> None:
    st.session_state[_key(name)] = value
    st.query_params[name] = value


def _recall(name: str) -> str | None:
    value = st.session_state.get(_key(name)) or st.query_params.get(name)
    if value is None:
        return None
    st.session_state[_key(name)] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value  # a page switch drops it
    return str(value)
