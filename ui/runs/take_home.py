"""Take a run home, or bring one in: what each zip is for, made when it is asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from core.exchange.archive import write_archive
from core.exchange.parcels import make_parcel, parcel
from core.language import _
from core.runs.export import model_archive
from core.runs.store import Run
from core.workspace import write_bytes
from ui.messages import guard

_MADE: Final = "take-home-made"  # {"<run>/<kind>": name of a parcel}


def take_home_section(run: Run) -> None:
    """Offer a run as a script, as a zip for another Lightbox, and as weights."""
    if run.epochs:
        st.caption(_("The run as a zip that another Lightbox imports. Without the images."))
        _offer(run, "archive", _("Prepare the run"), lambda path: write_archive(run, path))
    if run.has_model:
        st.caption(_("Weights (safetensors) and their card. For teaching, never for diagnosis."))
        _offer(run, "weights", _("Prepare the weights"), lambda path: write_bytes(path, model_archive(run)))


def arrival_section() -> None:
    """Take in the zip of a run that another Lightbox made."""


def _offer(run: Run, kind: str, label: str, write: Callable[[Path], object]) -> None:
    """Show the button that makes a zip, and the one that fetches it once it is made."""
    made: dict[str, str] = st.session_state.setdefault(_MADE, {})
    slot = f"{run.run_id}/{kind}"
    path = parcel(made.get(slot, ""))
    if path is not None:
        size = f"{path.stat().st_size / 1e6:,.1f} MB"
        st.download_button(
            _("Download ({size})", size=size),
            path.read_bytes,
            file_name=path.name,
            mime="application/zip",
            icon=":material/download:",
            key=f"take-home-get-{kind}",
        )
    elif st.button(label, key=f"take-home-make-{kind}", icon=":material/folder_zip:"):
        with guard():
            made[slot] = make_parcel(f"{run.run_id}-{kind}.zip", write)
            st.rerun()
