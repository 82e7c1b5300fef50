"""A real browser against a fresh server: start both, watch what the page asks for, take pictures.

`Server` starts `streamlit run app.py` on a free port with a home of its own. `Visitor` is one tab of
Chromium that remembers console errors and requests that leave this machine. Text that a page shows is found
by role or by key: Streamlit gives each keyed element the class `st-key-<key>`.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright, Request, expect

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_REACTION_MS = 200  # from a click until the app says that it is running
_FADED_IN_MS = 700
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 420, "height": 860}
LOOPBACK = {"127.0.0.1", "localhost", "::1", ""}

# A deep link makes Streamlit ask for these beside the page first; both answers are 404 and harmless.
HARMLESS_404 = re.compile(r"/[a-z_]+/_stcore/(health|host-config)$")

# What stock Streamlit brings along: (axe rule, test id of an element around the finding).
STOCK_FINDINGS = (
    ("list", "stSidebarNav"),
    ("listitem", "stSidebarNav"),
    ("color-contrast", "stCaption"),
)

_RUN_AXE = """
async () => {
  const result = await axe.run(document, { resultTypes: ['violations'] });
  const place = (target) => {
    const found = [];
    for (let node = document.querySelector([target].flat()[0]); node; node = node.parentElement)
      if (node.dataset.testid) found.push(node.dataset.testid);
    return found.join(' < ');
  };
  return result.violations
    .filter((violation) => ['serious', 'critical'].includes(violation.impact))
    .flatMap((violation) => violation.nodes.map((node) => (
      { rule: violation.id, html: node.html, place: place(node.target[0]) })));
}
"""


class Server:
    """A fresh server of the app; `address` is where it answers."""

    def __init__(self, home: Path, script: Path) -> None:
        self.home = home
        self.script = script
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = home / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        options = ["--server.port", str(self.port), "--server.headless", "true"]
        environment = {**os.environ, "LIGHTBOX_HOME": str(self.home), "PYTHONUNBUFFERED": "1"}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(self.script), *options],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        self._wait_until_healthy(seconds=60)

    def stop(self) -> None:
        """Stop it; jobs that it started live on."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _wait_until_healthy(self, *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"The server did not answer in {seconds} s:\n{self.log.read_text()}")


@contextmanager
def running_server(home: Path, script: Path = ROOT / "app.py") -> Iterator[Server]:
    """Give a fresh server of the app, or of another Streamlit script; it is stopped at the end."""
    server = Server(home, script)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Visitor:
    """One tab, and all that went wrong in it."""

    tab: Page
    address: str
    pictures: Path
    console_errors: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tab.on("console", self._heard)
        self.tab.on("pageerror", lambda error: self.console_errors.append(f"uncaught: {error}"))
        self.tab.on("request", self._asked)

    def open(self, path: str = "/") -> None:
        """Go to an address of the app and wait until the page has settled."""
        self.tab.goto(self.address + path)
        self.settle()

    def settle(self, seconds: float = 30) -> None:
        """Wait until the shell is there and no script of this visitor is running."""
        self.tab.wait_for_timeout(_REACTION_MS)
        expect(self.tab.locator(".lb-band")).to_be_visible(timeout=seconds * 1000)
        self.tab.wait_for_function(
            "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
            " && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')",
            timeout=seconds * 1000,
        )

    def key(self, name: str) -> Locator:
        """Return the element with the Streamlit key `name`."""
        return self.tab.locator(f".st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', name)}")

    def press(self, name: str, *, timeout_s: float = 20) -> None:
        """Press the button with the key `name` and wait for what follows."""
        self.key(name).get_by_role("button").click(timeout=timeout_s * 1000)
        self.settle()

    def press_highlighted(self, *, timeout_s: float = 20) -> None:
        """Press the one highlighted button of the page (the last, if the shell shows several)."""
        primary = "[data-testid=stMain] [data-testid=stBaseButton-primary]"
        buttons = self.tab.locator(primary).filter(visible=True)
        expect(buttons.last).to_be_enabled(timeout=timeout_s * 1000)
        buttons.last.click()
        self.settle()

    def take_picture(self, name: str, *, viewport: dict[str, int] = DESKTOP, full: bool = True) -> Path:
        """Save a screenshot as NAME-WIDTH.png; `full` shows the whole scrolled page."""
        self.tab.set_viewport_size(viewport)  # type: ignore[arg-type]
        if full:
            height = self.tab.evaluate(
                "() => (document.querySelector('[data-testid=stMain]')?.scrollHeight ?? 800) + 60"
            )
            self.tab.set_viewport_size(
                {"width": viewport["width"], "height": min(max(int(height), viewport["height"]), 6000)}
            )
        self.tab.wait_for_timeout(350)
        path = self.pictures / f"{name}-{viewport['width']}.png"
        self.tab.screenshot(path=path)
        self.tab.set_viewport_size(viewport)  # type: ignore[arg-type]
        return path

    def take_pictures(self, name: str) -> None:
        """Save a screenshot at 1440 and at 420 px."""
        self.take_picture(name, viewport=PHONE)
        self.take_picture(name, viewport=DESKTOP)

    def axe_findings(self) -> list[str]:
        """Return the serious and critical axe findings that are not stock Streamlit's own."""
        if not self.tab.evaluate("() => typeof window.axe === 'object'"):
            self.tab.evaluate(Path(AXE_FILE_PATH).read_text(encoding="utf-8"))
        return [
            f"{finding['rule']}: {finding['html'][:200]} in {finding['place']}"
            for finding in self.tab.evaluate(_RUN_AXE)
            if not any(finding["rule"] == rule and part in finding["place"] for rule, part in STOCK_FINDINGS)
        ]

    def assert_clean(self) -> None:
        """Fail on a console error, on a request that left this machine, and on an axe finding of our own.

        What a refresh just put in is still fading in, and pale: an axe finding counts if it stays.
        """
        if seen := self.axe_findings():
            self.tab.wait_for_timeout(_FADED_IN_MS)
            seen = self.axe_findings()
        findings = [*self.console_errors, *self.foreign_requests, *seen]
        assert not findings, "\n".join(findings)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        place = message.location.get("url", "")
        if "404" in message.text and HARMLESS_404.search(urlsplit(place).path):
            return
        self.console_errors.append(f"{message.text} ({place})")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and (parts.hostname or "") not in LOOPBACK:
            self.foreign_requests.append(request.url)


@contextmanager
def new_visitor(
    browser: Browser, address: str, pictures: Path, *, dark: bool = False, viewport: dict[str, int] = DESKTOP
) -> Iterator[Visitor]:
    """Give a fresh tab with nothing remembered."""
    context = browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    try:
        yield Visitor(context.new_page(), address, pictures)
    finally:
        context.close()


def chromium_path() -> str | None:
    """Return the Chromium or Chrome of this machine, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


def launch(playwright: Playwright, path: str) -> Browser:
    """Start the browser."""
    return playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
