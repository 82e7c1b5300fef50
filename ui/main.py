"""The shell around every page: navigation, switches, device, running jobs, and the band that stays.

Streamlit runs this file from the top at each step of a visitor; app.py serves it. The list of pages is in
ui/navigation.py.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402 - the root of the repository must be importable first

from core.language import _  # noqa: E402
from ui.messages import guard  # noqa: E402
from ui.navigation import LEARN, entry_of, navigation  # noqa: E402
from ui.session import restore, visit  # noqa: E402
from ui.shell import FAVICON, LOGO, LOGO_SMALL, about, band, document, sidebar  # noqa: E402


def main() -> None:
    """Lay out the shell and run the page that was asked for."""
    restore()
    page = navigation()
    entry = entry_of(page.url_path or "home")
    title = f"{_(entry.title)} · Lightbox" if entry and entry.name != "home" else "Lightbox"
    # an "about" entry makes the menu appear, and with it the choice of a light or a dark room
    st.set_page_config(page_title=title, page_icon=str(FAVICON), layout="wide", menu_items={"About": about()})
    document()
    st.logo(str(LOGO), icon_image=str(LOGO_SMALL), size="large")
    band()
    sidebar()
    if entry is not None and entry.group == LEARN:
        visit(entry.name)
    with st.container(key=f"page-{entry.name if entry else 'other'}"), guard():
        page.run()


main()
