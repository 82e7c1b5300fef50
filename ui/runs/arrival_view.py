"""Bring in the zip of a run that another Lightbox made, and say what came of it."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from core.errors import InvalidValueError
from core.language import N_, Message, _
from core.runs.origin import read_origin
from ui.messages import escape, guard
from ui.runs.selection import choose

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from core.exchange.arrival import Arrival

_SAID: Final = "arrival-said"  # Message: what came in, shown once
_MEGABYTE: Final = 1_000_000


def arrival_section() -> None:
    """Take in the zip of a run, choose it, and say whether its images are here."""
    from core.exchange.arrival import MOST_UPLOADED_BYTES

    st.markdown(
        _(
            "A zip that another Lightbox made under 'Take it home', for another Lightbox or of the weights"
            " alone; at most {n} MB. It is checked whole before anything of it is kept; larger ones come in"
            " by the command line.",
            n=MOST_UPLOADED_BYTES // _MEGABYTE,
        )
    )
    with st.container(key="arrival"):
        file = st.file_uploader(_("Zip of a run"), type=["zip"], key="arrival-file")
        if file is not None and st.button(_("Bring it in"), key="arrival-start", type="primary"):
            with guard():
                arrived = _take_in(file, MOST_UPLOADED_BYTES)
                st.session_state[_SAID] = _told(arrived)
                choose([arrived.run.run_id])
                st.rerun()
    said = st.session_state.pop(_SAID, None)
    if said is not None:
        st.success(escape(said), icon=":material/check:")


def _take_in(file: "UploadedFile", most_bytes: int) -> "Arrival":
    from core.exchange.arrival import Arrival, import_run
    from core.exchange.models.taking_in import import_model, is_model

    if file.size > most_bytes:
        text = N_("The zip has {size} MB, and at most {limit} MB come in here; use the command line.")
        raise InvalidValueError(text, size=file.size // _MEGABYTE, limit=most_bytes // _MEGABYTE)
    with tempfile.TemporaryDirectory() as folder, st.spinner(_("Looking at every file of it")):
        path = Path(folder) / f"{Path(file.name).stem.lower()[:64] or 'run'}.zip"
        with path.open("wb") as target:
            shutil.copyfileobj(file, target)
        if is_model(path):
            run = import_model(path)
            origin = read_origin(run.folder)
            return Arrival(run, origin.run if origin else run.run_id, "missing")
        return import_run(path)


def _told(arrived: "Arrival") -> Message:
    came = Message(text=N_("'{run}' is here."), values={"run": arrived.run.run_id})
    if arrived.was_renamed:
        text = N_("'{name}' is taken here, so the run is called '{run}' now.")
        came = Message(text=text, values={"name": arrived.name_there, "run": arrived.run.run_id})
    values: dict[str, str | int | float | bool | None | Message] = {
        "came": came,
        "dataset": arrived.run.config.dataset,
    }
    origin = read_origin(arrived.run.folder)
    if origin is not None and origin.kind == "model":
        return Message(
            text=N_("{came} It is a model without its curve: ask it, or judge it here."), values=values
        )
    match arrived.dataset:
        case "here":
            return Message(text=N_("{came} Its images are here too."), values=values)
        case "other":
            text = N_(
                "{came} The data set '{dataset}' here holds other images than it was trained on, so its own"
                " cannot be shown."
            )
            return Message(text=text, values=values)
        case _:
            text = N_(
                "{came} Its images are not: without the data set '{dataset}' it keeps its curves and answers,"
                " and explains pictures that you bring."
            )
            return Message(text=text, values=values)
