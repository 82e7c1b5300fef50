"""A model that a visitor brings, to be asked: in memory, for this visitor alone, and gone with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.errors import ImportRefusedError
from core.language import N_, _, joined
from ui.explain.case import Network
from ui.messages import escape, guard

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from core.exchange.models.brought import Brought
    from core.runs.checkpoints import LoadedModel

_FILES: Final = "explain-model"
_MEGABYTE: Final = 1_000_000


def uploaded_network() -> Network | None:
    """Offer to bring a model, and return it once it has passed every check; nothing of it is written."""
    from core.exchange.models.brought import MOST_UPLOADED_BYTES

    files = st.file_uploader(
        _("best.safetensors and model.json together, or the zip that Lightbox made of them"),
        accept_multiple_files=True,  # of any name: a pickle is told what it is, and what to do with it
        max_upload_size=MOST_UPLOADED_BYTES // _MEGABYTE,
        key=_FILES,
        help=_("It stays in memory, is shown to you alone, and is gone when you leave."),
    )
    if not files:
        st.info(
            _(
                "Bring a model to ask it about an image. On the page Runs, 'Weights alone' makes such a zip."
                " One of more than {most} MB comes in by `python -m core import-model model.zip`, and is a"
                " run then.",
                most=MOST_UPLOADED_BYTES // _MEGABYTE,
            )
        )
        return None
    with guard():
        return _network(files)
    return None


def _network(files: list[UploadedFile]) -> Network:
    """Return what was brought as a network, and say in one line what it says of itself."""
    ids = tuple(sorted(file.file_id for file in files))
    with st.spinner(_("Looking at every number of it")):
        brought, key = _checked(ids, files)
    card = brought.card
    st.caption(
        _(
            "{model}, trained on {n} images of '{dataset}', tells apart: {classes}. All of this is what its"
            " model.json says; only the files' form was checked.",
            model=card.model,
            n=card.n_train_images,
            dataset=escape(card.dataset),
            classes=escape(_named(card.class_names)),
        )
    )
    return Network(f"upload/{key}", card.run, card, run=None, load=lambda: _loaded(ids, brought))


@st.cache_resource(scope="session", max_entries=1, show_spinner=False)
def _checked(ids: tuple[str, ...], _files: list[UploadedFile]) -> tuple[Brought, str]:
    from core.exchange.models.brought import MOST_UPLOADED_BYTES, brought_from, brought_from_zip

    if sum(file.size for file in _files) > MOST_UPLOADED_BYTES:
        text = N_(
            "These files have {size} MB together, and at most {limit} MB are read here. The command line"
            " takes more: python -m core import-model."
        )
        size = sum(file.size for file in _files) // _MEGABYTE
        raise ImportRefusedError(text, size=size, limit=MOST_UPLOADED_BYTES // _MEGABYTE)
    cards = [file for file in _files if file.name.lower().endswith(".json")]
    others = [file for file in _files if file not in cards]
    match cards, others:
        case [], [one] if not one.name.lower().endswith(".safetensors"):
            brought = brought_from_zip(one.getvalue())
        case [card], [weights]:
            brought = brought_from(weights.getvalue(), card.getvalue())
        case _:
            text = N_(
                "A model is two files, best.safetensors and model.json, or one zip: drop both together."
            )
            raise ImportRefusedError(text)
    return brought, brought.sha256


@st.cache_resource(scope="session", max_entries=1, show_spinner=False)
def _loaded(ids: tuple[str, ...], _brought: Brought) -> LoadedModel:
    return _brought.load()


def _named(names: tuple[str, ...]) -> str:
    """Return the first class names, and how many more there are."""
    shown = joined(names[:8])
    return shown if len(names) <= 8 else _("{names} and {n} more", names=shown, n=len(names) - 8)
