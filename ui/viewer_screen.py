"""What the viewer shows when something is open: picture, slices, window, and what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.errors import LightboxError
from core.language import _, ngettext
from ui.controls import error_box, escape, full, guard, simulated_badge, use_language
from ui.viewer_facts import frame_facts, histogram, scale_words
from ui.viewer_header import header_section, identity_section, text_warning
from ui.viewer_picture import show_picture
from ui.viewer_views import view_of
from ui.viewer_window import pick_window

if TYPE_CHECKING:
    from core.images.study import FrameView
    from ui.viewer_files import Opened, Stack

_MOST_NAMED: Final = 200


@st.fragment
def viewer(opened: Opened, *, simulated: bool) -> None:
    """Show what was opened: one of its stacks at a time, one slice at a time."""
    use_language()
    with guard():
        index = _pick_stack(opened)
        _stack(opened, index, simulated=simulated)


def skipped_files(opened: Opened) -> None:
    """Say which files are not shown, and why: in a red box where there is nothing else to see."""
    if not opened.skipped:
        return
    lines = [f"**{escape(skip.name)}** · {escape(skip.reason)}" for skip in opened.skipped[:_MOST_NAMED]]
    more = len(opened.skipped) - len(lines)
    if more:
        lines.append(_("and {n} more", n=more))
    if not opened.stacks and len(lines) <= 3:
        for line in lines:
            st.error(line, icon=":material/warning:")
        return
    if not opened.stacks:
        st.error(_("None of these files can be shown."), icon=":material/warning:")
    with st.expander(
        ngettext("One file is not shown", "{n} files are not shown", len(opened.skipped)),
        expanded=not opened.stacks,
    ):
        st.markdown("\n".join(f"- {line}" for line in lines))


def _pick_stack(opened: Opened) -> int:
    if len(opened.stacks) == 1:
        return 0
    chosen = st.selectbox(
        _("Series"),
        range(len(opened.stacks)),
        format_func=lambda index: f"{index + 1}: {opened.stacks[index].title}",
        key=f"viewer-stack-{opened.key}",
        persist_state="session",
    )
    return int(chosen or 0)


def _stack(opened: Opened, index: int, *, simulated: bool) -> None:
    stack, name = opened.stacks[index], f"{opened.key}-{index}"
    left, right = st.columns([5, 3], gap="large")
    with left:
        picture = st.container(key="viewer-stage")
        number = _pick_slice(stack, name)
        below = st.container()
    chosen = stack.slices[number]
    with right:
        try:
            view = view_of(opened, chosen)
        except LightboxError as error:
            with picture:
                error_box(error)
            return
        window = pick_window(view, stack=name, n_slices=len(stack.slices))
        frame_facts(view, stack)
    with picture:
        if simulated:
            simulated_badge()
        show_picture(
            view,
            window,
            alt=_alt(view, stack, number),
            place=f"{name}-{number}",
            step=lambda by: _turn(stack, name, by),
        )
    with below:
        for note in view.image.notes:
            st.caption(escape(note))
        st.caption(scale_words(view))
        text_warning(opened, chosen.file)
    if full():
        histogram(view, window, simulated=simulated)
    identity_section(opened, chosen, number + 1)
    if opened.files[chosen.file].is_dicom:
        header_section(opened, chosen)


def _pick_slice(stack: Stack, name: str) -> int:
    n = len(stack.slices)
    if n == 1:
        return 0
    key = _slider(name)
    if key not in st.session_state:
        st.session_state[key] = n // 2 + 1  # the middle one: there is most to see
    is_series = len(stack.series.indices) > 1
    label = _("Slice, of {n}", n=n) if is_series else _("Frame, of {n}", n=n)
    return int(st.slider(label, 1, n, key=key, persist_state="session")) - 1


def _turn(stack: Stack, name: str, by: int) -> None:
    key = _slider(name)
    if key in st.session_state:
        st.session_state[key] = min(max(int(st.session_state[key]) + by, 1), len(stack.slices))


def _slider(name: str) -> str:
    return f"viewer-slice-{name}"


def _alt(view: FrameView, stack: Stack, number: int) -> str:
    height, width = view.image.values.shape[:2]
    kind = view.image.modality or _("Picture")
    if len(stack.slices) == 1:
        return _("{kind}, {width} x {height} pixels.", kind=kind, width=width, height=height)
    return _(
        "{kind}, {width} x {height} pixels, {number} of {n}.",
        kind=kind,
        width=width,
        height=height,
        number=number + 1,
        n=len(stack.slices),
    )
