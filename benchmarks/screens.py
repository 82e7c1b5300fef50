"""How long a visitor waits for a screen, in a real browser on a real server."""

import time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.browser import browsing, serving, wait_until_settled
from benchmarks.home import temporary_home
from benchmarks.records import Sample
from core.workspace import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

_N_BROWSERS = 5
_N_ROUNDS = 4


def first_paint() -> Sample:
    """Seconds from the address to a Home that can be read, each time in a browser that was never used."""
    with temporary_home(), serving(ROOT / "app.py") as server:
        seconds = []
        for _ in range(_N_BROWSERS + 1):
            with browsing() as page:
                began = time.perf_counter()
                page.goto(server.url)
                wait_until_settled(page, "home")
                seconds.append(time.perf_counter() - began)
    return Sample(tuple(seconds[1:]), f"the very first visit after the server's start {seconds[0]:.2f} s")


def page_switch() -> Sample:
    """Milliseconds from a click in the sidebar until the next page stands still."""
    with temporary_home(), serving(ROOT / "app.py") as server, browsing() as page:
        page.goto(server.url)
        wait_until_settled(page, "home")
        names = _page_names(page)
        rounds = [[_switch(page, name) for name in names] for _ in range(_N_ROUNDS)]
    first = float(np.quantile(rounds[0], 0.95))
    values = tuple(value for each in rounds[1:] for value in each)
    note = f"{len(names)} pages; median {np.median(values):.0f} ms; at each page's first visit {first:.0f} ms"
    return Sample(values, note, quantile=0.95)


def _page_names(page: "Page") -> list[str]:
    """Return the pages in the order of the sidebar; Home, where the visitor is, comes last."""
    links = page.locator('[data-testid="stSidebarNavLink"]').evaluate_all(
        "links => links.map(link => new URL(link.href).pathname.slice(1) || 'home')"
    )
    return [*links[1:], links[0]]


def _switch(page: "Page", name: str) -> float:
    path = "" if name == "home" else name
    began = time.perf_counter()
    page.evaluate(
        """path => [...document.querySelectorAll('[data-testid="stSidebarNavLink"]')]
            .find(link => new URL(link.href).pathname === '/' + path).click()""",
        path,
    )
    wait_until_settled(page, name)
    return 1000 * (time.perf_counter() - began)
