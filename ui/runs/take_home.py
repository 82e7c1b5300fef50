"""Take a run home: as a script, as a zip for another Lightbox, as weights; each is made when asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from core.exchange.archive import write_archive
from core.exchange.parcels import make_parcel, parcel
from core.language import Message, _
from core.runs.export import model_archive
from core.runs.origin import read_origin
from core.runs.store import Run
from core.workspace import write_bytes
from ui.messages import escape, guard
from ui.runs.arrival_view import arrival_section

__all__ = ["arrival_section", "take_home_section"]

_MADE: Final = "take-home-made"  # {"<run>/<kind>/<epochs>": name of a parcel}
_MOST_MEGABYTES: Final = 200
Progress = Callable[[float, Message], None]


@dataclass(frozen=True)
class _Way:
    """One way in which a run leaves: what the zip is for, and what writes it."""

    kind: str
    title: str
    text: str
    write: Callable[[Path, Progress], object]
    missing: str = ""  # why it cannot be had yet


def take_home_section(run: Run) -> None:
    """Offer a run as a script with a notebook, as a zip for another Lightbox, and as weights."""
    _say_origin(run)
    for column, way in zip(st.columns(3), _ways(run), strict=True):
        card = column.container(
            border=True, height="stretch", vertical_alignment="distribute", key=f"take-home-{way.kind}"
        )
        with card:
            with st.container():
                st.markdown(f"##### {way.title}", anchors=False)
                st.markdown(way.text)
            if way.missing:
                st.caption(way.missing)
            else:
                _offer(run, way)
    st.caption(_("For teaching and demonstration only, never for diagnosis: each zip says so too."))


def _ways(run: Run) -> tuple[_Way, ...]:
    untrained = "" if run.has_model else _("It can be had as soon as the first epoch has ended.")
    return (
        _Way(
            "script",
            _("Script and notebook"),
            _(
                "The whole training as plain PyTorch, to read from top to bottom and to change. It draws the"
                " same curve, and needs no Lightbox. Up to {n} MB of images come along.",
                n=_MOST_MEGABYTES,
            ),
            lambda path, progress: _write_script(run, path, progress),
        ),
        _Way(
            "run",
            _("For another Lightbox"),
            _(
                "The run with its settings, curve, weights and answers, to look at it, ask it and compare it"
                " there. Without the images; patients are numbers."
            ),
            lambda path, progress: write_archive(run, path),
            untrained,
        ),
        _Way(
            "weights",
            _("Weights alone"),
            _(
                "The trained network as safetensors, and a card that says what it was trained on and what it"
                " is not for."
            ),
            lambda path, progress: write_bytes(path, model_archive(run)),
            untrained,
        ),
    )


def _write_script(run: Run, path: Path, progress: Progress) -> None:
    from core.exchange.bundle import write_bundle  # the rooms above training, which a table does without

    write_bundle(run, path, most_bytes=_MOST_MEGABYTES * 1_000_000, progress=progress)


def _offer(run: Run, way: _Way) -> None:
    """Show the button that makes a zip, and the one that fetches it once it is made."""
    made: dict[str, str] = st.session_state.setdefault(_MADE, {})
    slot = f"{run.run_id}/{way.kind}/{len(run.epochs)}"  # of a run that goes on, what was made is old
    path = parcel(made.get(slot, ""))
    if path is None:
        _make(run, way, made, slot)
        return
    st.download_button(
        _("Download ({size})", size=_size(path.stat().st_size)),
        path.read_bytes,
        file_name=path.name,
        mime="application/zip",
        icon=":material/download:",
        type="primary",
        key=f"take-home-get-{way.kind}",
        width="stretch",
    )


def _make(run: Run, way: _Way, made: dict[str, str], slot: str) -> None:
    button = st.empty()
    label, key = _("Prepare the zip"), f"take-home-make-{way.kind}"
    if not button.button(label, key=key, icon=":material/folder_zip:", width="stretch"):
        return
    with guard():
        bar = button.progress(0.0, text=_("Packing"))

        def say(share: float, message: Message) -> None:
            bar.progress(min(share, 1.0), text=str(message))

        name = f"{run.run_id}.zip" if way.kind == "run" else f"{run.run_id}-{way.kind}.zip"
        made[slot] = make_parcel(name, lambda path: way.write(path, say))
        st.rerun()


def _say_origin(run: Run) -> None:
    origin = read_origin(run.folder)
    if origin is None:
        return
    st.info(
        _(
            "This run came from another Lightbox, where it was called '{name}'. You can look at it, ask it"
            " and start anew from its settings; it cannot go on, for what that needs stayed there.",
            name=escape(origin.run),
        ),
        icon=":material/move_to_inbox:",
    )


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 50_000 else f"{max(1, n_bytes // 1000)} kB"
