"""Take a run home: as a script, as a zip for another Lightbox, as weights; each is made when asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from core.errors import UserError
from core.exchange.archive import write_archive
from core.exchange.parcels import make_parcel, parcel
from core.language import Message, _
from core.runs.origin import read_origin
from core.runs.store import Run
from ui.messages import escape, guard
from ui.operating import line_of
from ui.runs.arrival_view import arrival_section

__all__ = ["arrival_section", "take_home_section"]

_MADE: Final = "take-home-made"  # {"<run>/<kind>/<epochs>": name of a parcel}
_CHECKS: Final = "take-home-checks"  # {the same: what was said of its ONNX file}
_ONNX: Final = "take-home-onnx"
_MOST_MEGABYTES: Final = 200
_MOST_CHECKED: Final = 200  # images, so that a page answers soon; the command line takes all
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
                _offer(run, way, with_onnx=way.kind == "weights" and _wants_onnx())
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
                "The trained network as safetensors, with a card for programs and one for people: what it was"
                " trained on, how it was judged, its temperature and the threshold set on Evaluate, and what"
                " it is not for."
            ),
            lambda path, progress: _write_weights(run, path, progress),
            untrained,
        ),
    )


def _write_script(run: Run, path: Path, progress: Progress) -> None:
    from core.exchange.bundle import write_bundle  # the rooms above training, which a table does without

    write_bundle(run, path, most_bytes=_MOST_MEGABYTES * 1_000_000, progress=progress)


def _write_weights(run: Run, path: Path, progress: Progress) -> Message | None:
    """Write the zip of the network; return what the check of its ONNX file found, if there is one."""
    from core.report.model_file import export_model  # torch comes with ONNX alone

    wants = bool(st.session_state.get(_ONNX))
    check = export_model(
        run,
        path,
        threshold=_threshold(run),
        with_onnx=wants,
        most_checked=_MOST_CHECKED,
        progress=progress,
    )
    return None if check is None else check.words


def _threshold(run: Run) -> float | None:
    """Return the operating point that was set on Evaluate; None where there is none to be had."""
    try:
        return line_of(run)
    except UserError:  # a target, and no validation images to reach it on
        return None


def _wants_onnx() -> bool:
    return st.checkbox(
        _("With ONNX, for other programs"),
        key=_ONNX,
        persist_state="session",
        help=_(
            "A second file of the same network that needs no PyTorch. It is made now, asked about images of"
            " the test split beside the network itself, and leaves only if both say the same. It takes from"
            " some seconds to a minute."
        ),
    )


def _offer(run: Run, way: _Way, *, with_onnx: bool) -> None:
    """Show the button that makes a zip, and the one that fetches it once it is made."""
    made: dict[str, str] = st.session_state.setdefault(_MADE, {})
    # Of a run that goes on, what was made is old.
    slot = f"{run.run_id}/{way.kind}{'-onnx' if with_onnx else ''}/{len(run.epochs)}"
    if way.kind == "weights":
        slot += f"/{_threshold(run)}"
    path = parcel(made.get(slot, ""))
    if path is None:
        _make(run, way, made, slot)
        return
    if (checked := st.session_state.get(_CHECKS, {}).get(slot)) is not None:
        st.caption(f":material/check: {escape(checked)}")
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
        said: list[object] = []
        made[slot] = make_parcel(name, lambda path: said.append(way.write(path, say)))
        st.session_state.setdefault(_CHECKS, {})[slot] = said[0] if isinstance(said[0], Message) else None
        st.rerun()


def _say_origin(run: Run) -> None:
    origin = read_origin(run.folder)
    if origin is None:
        return
    if origin.kind == "model":
        text = _(
            "This came in as a model, called '{name}' where it was made: its weights and their card, without"
            " its curve, its split and its images. It can be asked, explained, and judged on data sets that"
            " are here.",
            name=escape(origin.run),
        )
        st.info(text, icon=":material/move_to_inbox:")
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
