"""A real server and a real browser to measure them with."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.records import Skipped
from core.workspace import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

_START_SECONDS = 60
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Server:
    """A Streamlit server of our own."""

    url: str
    process: psutil.Process


@contextmanager
def serving(script: Path) -> Iterator[Server]:
    """Serve `script` on a free port of the loopback address inside a `with` block."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    child = subprocess.Popen(
        [*command, "--server.headless", "true"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, child)
        yield Server(f"http://127.0.0.1:{port}", psutil.Process(child.pid))
    finally:
        child.terminate()
        child.wait(timeout=20)


@contextmanager
def browsing() -> Iterator["Page"]:
    """Give a tab of a Chromium that has never run before."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise Skipped("Playwright is not installed; it is in requirements-dev.txt") from None
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_chromium(), args=list(_FLAGS))
        try:
            yield browser.new_page(viewport={"width": 1440, "height": 900})
        finally:
            browser.close()


def wait_until_settled(page: "Page", name: str) -> None:
    """Wait until the page `name` of Lightbox is there and its script has ended."""
    page.wait_for_function(
        """name => {
            const app = document.querySelector('[data-testid="stApp"]');
            const room = document.querySelector('.st-key-page-' + name);
            const hasEnded = app?.dataset.testScriptState === 'notRunning';
            return hasEnded && room !== null && room.innerText.trim() !== '';
        }""",
        arg=name,
        timeout=60_000,
    )


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise Skipped("there is no Chromium here")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Skipped("the server did not start")
