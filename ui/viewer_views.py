"""Frames that were decoded for a visitor, kept while there is room, so that scrolling back is quick."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import streamlit as st

from core.images.viewing import Found, ask_clean, ask_header, ask_identity, ask_view
from ui.viewer_files import secret

if TYPE_CHECKING:
    from core.images.header import HeaderTable
    from core.images.study import FrameView
    from ui.viewer_files import Opened, Slice

_MOST_BYTES: Final = 192 * 1024**2


@dataclass
class _Views:
    """The views of one session, the one that was looked at last at the end; never more bytes than agreed."""

    held: OrderedDict[tuple[str, Slice], FrameView] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, place: tuple[str, Slice]) -> FrameView | None:
        with self.lock:
            if place in self.held:
                self.held.move_to_end(place)
            return self.held.get(place)

    def put(self, place: tuple[str, Slice], view: FrameView) -> None:
        with self.lock:
            self.held[place] = view
            while len(self.held) > 1 and sum(map(_n_bytes, self.held.values())) > _MOST_BYTES:
                self.held.popitem(last=False)


@st.cache_resource(scope="session", show_spinner=False)
def _views() -> _Views:
    return _Views()


def view_of(opened: Opened, chosen: Slice) -> FrameView:
    """Return a slice, decoded; UnreadableImageError if it cannot be shown right."""
    views, place = _views(), (opened.key, chosen)
    view = views.get(place)
    if view is None:
        view = ask_view(opened.files[chosen.file].content, chosen.frame)
        views.put(place, view)
    return view


@st.cache_resource(max_entries=64, scope="session", show_spinner=False)
def _header(key: str, file: int, _content: bytes) -> HeaderTable:
    return ask_header(_content)


def header_of(opened: Opened, file: int) -> HeaderTable:
    """Return the header of one of the files; UnreadableImageError if it has none."""
    return _header(opened.key, file, opened.files[file].content)


@st.cache_resource(max_entries=64, scope="session", show_spinner=False)
def _found(key: str, file: int, _content: bytes) -> Found:
    return ask_identity(_content)


def identity_of(opened: Opened, file: int) -> Found:
    """Return what one of the files says of whom it shows: kinds, never values."""
    return _found(opened.key, file, opened.files[file].content)


@st.cache_resource(max_entries=1, scope="session", show_spinner=False)
def _clean(key: str, file: int, _content: bytes, _secret: str) -> bytes:
    return ask_clean(_content, key=_secret)


def clean_copy_of(opened: Opened, file: int) -> bytes:
    """Return a DICOM file written anew without identity; UnreadableImageError where that cannot be done."""
    return _clean(opened.key, file, opened.files[file].content, secret())


def _n_bytes(view: FrameView) -> int:
    padding = 0 if view.padding is None else view.padding.nbytes
    return int(view.stored.nbytes + view.image.values.nbytes + padding)
