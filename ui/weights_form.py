"""What a network begins with: the weights of a run, or of a safetensors file that a visitor brings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.errors import UserError
from core.language import _
from core.models.catalog import MODELS
from core.runs.store import list_runs
from core.training.config import TrainingConfig
from core.training.uploaded_weights import delete_weights, keep_weights, list_weights
from core.training.weight_sources import source_of
from ui.fields import changed_mark
from ui.messages import escape
from ui.training.network_field import rounded

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from core.language import Message

_MOST_RUNS: Final = 50
_SAID: Final = "train-weights-said"
_REFUSED: Final = "train-weights-refused"  # Message
_RANDOM: Final = ""


def weights_field(
    info: DatasetInfo, model: str, value: str, *, key: str, reference: TrainingConfig | None = None
) -> str:
    """Show what the network can begin with and return the choice: "", "run:NAME" or "file:NAME".

    Parameters
    ----------
    info
        The data set to train on.
    model
        The network chosen in the form: runs of another are not offered.
    value
        What is shown at first.
    key
        Of the select box; the uploader's is `<key>-file`.
    reference
        The settings to compare with: a choice that differs is marked.
    """
    field = TrainingConfig.model_fields["weights_from"]
    options = _options(model, value)
    if st.session_state.get(key, value) not in options:
        st.session_state.pop(key, None)
        value = value if value in options else _RANDOM
    now = st.session_state.get(key, value)
    label = _(str(field.title))
    chosen = st.selectbox(
        changed_mark(label) if reference is not None and reference.weights_from != now else label,
        options,
        index=options.index(now) if key not in st.session_state else 0,
        format_func=_shown,
        help=_(
            "A network that has learned something similar often needs fewer images. Only weights of the same"
            " kind of network fit; the last layer is new where the classes are others."
        ),
        key=key,
        persist_state="session",
    )
    with st.popover(_("Bring a safetensors file"), key=f"{key}-bring"):
        _bring(key)
    return chosen


def _options(model: str, value: str) -> list[str]:
    """Return the choices: random weights, runs of this network (the newest first), the files kept."""
    runs = [run for run in list_runs()[:_MOST_RUNS] if run.has_model and run.config.model == model]
    files = [f"file:{kept.name}" for kept in list_weights()]
    found = [_RANDOM, *(f"run:{run.run_id}" for run in runs), *files]
    return found if value in found else [*found, value]


def _shown(option: str) -> str:
    kind, _colon, name = option.partition(":")
    if kind == "run":
        return _("Run: {name}", name=name)
    return _("File: {name}", name=name) if kind == "file" else _("None: random, or ImageNet")


def _bring(key: str) -> None:
    """Take a file in, keep it, and offer to delete what was brought before."""
    st.caption(
        _(
            "Weights as safetensors, with the names of the network's own layers. Files of PyTorch itself"
            " (.pt, .pth) are refused: opening one could run a program."
        )
    )
    file = st.file_uploader(_("File of weights"), type=["safetensors"], key=f"{key}-file")
    if file is not None:
        st.button(_("Keep these weights"), key=f"{key}-keep", on_click=_keep, args=(key, file))
    if reason := st.session_state.pop(_REFUSED, None):
        st.error(escape(reason), icon=":material/warning:")
    if name := st.session_state.pop(_SAID, None):
        st.success(escape(_("'{name}' is kept and chosen.", name=name)), icon=":material/check:")
    for kept in list_weights():
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-kept-{kept.name}"):
            size = _("{n} weights", n=rounded(kept.n_weights))
            st.markdown(f"{escape(kept.name)} · {size}")
            label = _("Delete")
            st.button(
                label, key=f"{key}-delete-{kept.name}", on_click=_delete, args=(kept.name,), type="tertiary"
            )


def _keep(key: str, file: UploadedFile) -> None:
    """Keep a file and choose it; before the page runs, for a select box that is drawn cannot be set."""
    try:
        kept = keep_weights(_name_of(file.name), file.getvalue())
    except UserError as error:
        st.session_state[_REFUSED] = error.message
        return
    st.session_state[key] = f"file:{kept.name}"
    st.session_state[_SAID] = kept.name


def _delete(name: str) -> None:
    try:
        delete_weights(name)
    except UserError as error:  # it is gone already
        st.session_state[_REFUSED] = error.message


def _name_of(file_name: str) -> str:
    """Return a name that weights may bear, made of a file's."""
    name = re.sub(r"[^a-z0-9_.-]+", "-", Path(file_name).stem.lower()).strip("-._")[:64]
    return name or "weights"


def weights_words(info: DatasetInfo, config: TrainingConfig) -> tuple[Message | None, Message | None]:
    """Return why the network of a config cannot begin with its weights, and what is done to them if it can.

    One of the two is None; both are where the config asks for no weights.
    """
    if not config.weights_from:
        return None, None
    try:
        stamp = source_of(config.weights_from, config.model).path.stat().st_mtime_ns
    except UserError as error:
        return error.message, None
    with st.spinner(_("Do these weights fit?")):
        return _fits(
            config.weights_from,
            stamp,
            config.model,
            class_names=info.class_names,
            n_channels=info.n_channels,
            image_size=config.image_size,
        )


@st.cache_data(max_entries=64, show_spinner=False)
def _fits(
    weights_from: str,
    stamp: int,
    model: str,
    *,
    class_names: tuple[str, ...],
    n_channels: int,
    image_size: int,
) -> tuple[Message | None, Message | None]:
    """Return what `weights_words` does, kept while the file is as it was; no network is made."""
    from core.training.starting_weights import check

    try:
        told = check(
            weights_from,
            MODELS[model],
            class_names=class_names,
            n_channels=n_channels,
            image_size=image_size,
        )
    except UserError as error:
        return error.message, None
    return None, told
