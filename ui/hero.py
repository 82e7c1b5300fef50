"""The picture of the home page: simulated films on a lit panel."""

import base64
import html
from pathlib import Path
from typing import Final

import streamlit as st
from PIL import Image

from core.images import read
from core.images.display import to_uint8
from core.language import N_, _
from core.workspace import SAMPLE_DATA
from ui.cache import png_bytes

_SIDE: Final = 420  # pixels of the larger side of a film as it is sent
_FILMS: Final = {
    "film-no-finding.png": N_("no finding"),
    "film-nodule.png": N_("a nodule"),
    "film-consolidation.png": N_("a consolidation"),
}
# What lies on the panel while there are no films: the outline of two lungs.
_LUNGS: Final = (
    "<svg viewBox='0 0 100 120' aria-hidden='true'><rect width='100' height='120' fill='#0c1522'/>"
    "<path d='M45 22c-16 5-26 32-26 62 0 12 26 9 26-4Zm10 0c16 5 26 32 26 62 0 12-26 9-26-4Z'"
    " fill='#31465e'/></svg>"
)


def films_on_panel() -> None:
    """Show the example films that ship on the lit panel, named as simulated."""
    found = [
        (path, name)
        for path, name in ((SAMPLE_DATA / "examples" / file, name) for file, name in _FILMS.items())
        if path.exists()
    ]
    pictures = [_film(path, _(name)) for path, name in found] or [_LUNGS] * 3
    films = "".join(f"<div class='lb-film'>{picture}</div>" for picture in pictures)
    label = html.escape(_("SIMULATED FILMS · NO PATIENT BEHIND THEM"))
    st.html(
        f"<figure class='lb-panel'><div class='lb-films'>{films}</div>"
        f"<figcaption>{label}</figcaption></figure>"
    )


def _film(path: Path, name: str) -> str:
    content = base64.b64encode(_shown(str(path), path.stat().st_mtime_ns)).decode()
    alt = html.escape(_("Simulated chest film with {finding}", finding=name), quote=True)
    return f"<img src='data:image/png;base64,{content}' alt='{alt}'/>"


@st.cache_data(max_entries=8, show_spinner=False)
def _shown(path: str, changed_ns: int) -> bytes:
    del changed_ns  # part of the cache key alone
    picture = Image.fromarray(to_uint8(read(Path(path).read_bytes())))
    picture.thumbnail((_SIDE, _SIDE))
    return png_bytes(picture)
