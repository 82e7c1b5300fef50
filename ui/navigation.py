"""The one list of pages. A page is its file in pages/ and its line here; the file's name is its address."""

from dataclasses import dataclass
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.language import N_, _
from core.workspace import ROOT
from ui.session import shared_query, visited


@dataclass(frozen=True)
class PageEntry:
    """A page as the navigation shows it."""

    name: str
    title: str
    group: str

    @property
    def path(self) -> str:
        """Absolute path of the page's file."""
        return str(ROOT / "pages" / f"{self.name}.py")


LEARN: Final = N_("Learn")

PAGES: Final[tuple[PageEntry, ...]] = (
    PageEntry("home", N_("Home"), ""),
    PageEntry("images", N_("Images"), LEARN),
    PageEntry("preprocess", N_("Preprocess"), LEARN),
    PageEntry("augment", N_("Augment"), LEARN),
    PageEntry("network", N_("Network"), LEARN),
    PageEntry("train", N_("Train"), LEARN),
    PageEntry("evaluate", N_("Evaluate"), LEARN),
    PageEntry("explain", N_("Explain"), LEARN),
    PageEntry("leakage", N_("Leakage"), N_("Labs")),
    PageEntry("shortcut", N_("Shortcut booth"), N_("Labs")),
    PageEntry("clinic", N_("Tutorial clinic"), N_("Labs")),
    PageEntry("time_machine", N_("Time machine"), N_("Labs")),
    PageEntry("story", N_("Show a colleague"), N_("Clinic")),
    PageEntry("ward", N_("Ward of 1,000"), N_("Clinic")),
    PageEntry("reading", N_("You against the model"), N_("Clinic")),
    PageEntry("viewer", N_("Viewer"), N_("Workbench")),
    PageEntry("bring", N_("Bring in images"), N_("Workbench")),
    PageEntry("datasets", N_("Data sets"), N_("Workbench")),
    PageEntry("runs", N_("Runs"), N_("Workbench")),
    PageEntry("sweeps", N_("Sweeps"), N_("Workbench")),
    PageEntry("glossary", N_("Glossary"), N_("Reference")),
    PageEntry("limits", N_("Limits and sources"), N_("Reference")),
)


def existing_pages() -> list[PageEntry]:
    """Return the pages whose file is there."""
    return [entry for entry in PAGES if (ROOT / "pages" / f"{entry.name}.py").exists()]


def entry_of(name: str) -> PageEntry | None:
    """Return the page `name`, or None if its file is not there."""
    return next((entry for entry in existing_pages() if entry.name == name), None)


def lesson_number(name: str) -> tuple[int, int] | None:
    """Return which of the Learn pages `name` is, from 1, and of how many; None if it is not one of them."""
    names = [entry.name for entry in PAGES if entry.group == LEARN]
    return (names.index(name) + 1, len(names)) if name in names else None


def navigation() -> StreamlitPage:
    """Show the navigation, with a tick at each Learn page that was seen; return the page asked for."""
    groups: dict[str, list[StreamlitPage]] = {}
    for entry in existing_pages():
        page = st.Page(entry.path, title=_nav_title(entry), url_path=entry.name, default=entry.name == "home")
        groups.setdefault(_(entry.group), []).append(page)
    return st.navigation(groups, expanded=True)


def go_to(name: str) -> None:
    """Leave for the page `name`, with language and level."""
    entry = entry_of(name)
    if entry is not None:
        st.switch_page(entry.path, query_params=shared_query())


def _nav_title(entry: PageEntry) -> str:
    number = lesson_number(entry.name)
    title = _(entry.title)
    if number is None:
        return title
    return f"{number[0]}  {title}{'  ✓' if entry.name in visited() else ''}"
