"""What a page says when something is missing or goes wrong, and how it shows somebody else's text."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import streamlit as st

from core.errors import LightboxError, StorageError
from core.language import _
from ui.navigation import entry_of, go_to
from ui.session import use_language

_log = logging.getLogger("lightbox")

# Everything that Markdown, HTML, LaTeX ($), colour and icon directives (:red[ ], :material/...:) begin with.
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=@^\"'])")
# What becomes a link all by itself, escaped or not: addresses of the web and of mail.
_ADDRESS: Final = re.compile(r"(https?:/(?=/[^\s/]*\.)|www(?=\.)|@(?=[-\w]+\.))", re.IGNORECASE)


def escape(text: object) -> str:
    """Return somebody else's text (a class name, a file name, a header) so that Markdown shows it as it is.

    Line breaks become blanks: a new line could begin a heading or a list. An invisible word joiner keeps
    addresses from becoming links.
    """
    shown = _ADDRESS.sub("\\1\N{WORD JOINER}", " ".join(str(text).split()))
    return _SPECIAL.sub(r"\\\1", shown)


def error_box(error: LightboxError) -> None:
    """Show an error of the tree as one sentence in a red box."""
    st.error(escape(error), icon=":material/warning:")


@contextmanager
def guard() -> Iterator[None]:
    """Show a LightboxError raised inside in the red box; log anything else and show one calm sentence."""
    try:
        yield
    except LightboxError as error:
        error_box(error)
    except OSError as error:
        _log.exception("The system refused a file")
        error_box(StorageError(error))
    except Exception:  # noqa: BLE001 - the border between the pages and the browser
        _log.exception("A page failed")
        _calm_box()


def show_script_error(error: Exception) -> bool:
    """Do for the whole app what `guard` does for a block; True keeps Streamlit's own box away."""
    use_language()
    if isinstance(error, LightboxError):
        error_box(error)
    else:
        _log.error("A page failed", exc_info=error)
        _calm_box()
    return True


def empty_state(title: str, text: str, *, action: str = "", page: str = "") -> None:
    """Say what is not there yet and offer the one way on: a button `action` that leads to `page`."""
    with st.container(border=True, key=f"empty-{page or 'here'}"):
        st.markdown(f"##### {title}", anchors=False)
        st.markdown(text)
        if action and entry_of(page) and st.button(action, key=f"empty-to-{page}", type="primary"):
            go_to(page)


def simulated_badge() -> None:
    """Mark a chart or a picture of the phantoms as what it is."""
    st.badge(_("SIMULATED"), color="yellow", help=_("Drawn by a program. No patient is behind this."))


def _calm_box() -> None:
    st.error(
        _(
            "Something went wrong on this page and nothing was changed. Reload it; if it happens again, the "
            "server's log has the details."
        ),
        icon=":material/warning:",
    )
