"""Fixtures of the browser tests: one browser, a fresh server for each test module, one folder of pictures."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.driver import ROOT, Server, Visitor, chromium_path, launch, new_visitor, running_server

PICTURES = ROOT / "screenshots"
OpenVisitor = Callable[..., Visitor]
expect.set_options(timeout=20_000)  # a test machine may be slow; what is wrong stays wrong


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("There is no Chromium here, and CI must have one: tests/browser/install.sh brings it.")
    if path is None:
        pytest.skip("There is no Chromium here; install it to run the browser tests.")
    with sync_playwright() as playwright:
        found = launch(playwright, path)
        yield found
        found.close()


@pytest.fixture(scope="session")
def pictures(pytestconfig: pytest.Config) -> Path:
    """The folder of the screenshots; its path is printed at the end."""
    PICTURES.mkdir(exist_ok=True)
    pytestconfig.stash[_PICTURES_TAKEN] = PICTURES
    return PICTURES


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A fresh server with an empty home of its own."""
    with running_server(tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest.fixture
def visit(browser: Browser, server: Server, pictures: Path) -> Iterator[OpenVisitor]:
    """Give a function that opens a fresh tab: `visit("/train", dark=True)`; `visit(None)` leaves it empty."""
    with ExitStack() as stack:

        def open_visitor(path: str | None, *, shell: bool = True, **options: object) -> Visitor:
            visitor = stack.enter_context(new_visitor(browser, server.address, pictures, **options))  # type: ignore[arg-type]
            if path is not None and shell:
                visitor.open(path)
            elif path is not None:  # a script of a test, without the shell around it
                visitor.tab.goto(server.address + path)
            return visitor

        yield open_visitor


_PICTURES_TAKEN = pytest.StashKey[Path]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    folder = config.stash.get(_PICTURES_TAKEN, None)
    if folder is not None:
        terminalreporter.write_line(f"Screenshots: {folder}")
