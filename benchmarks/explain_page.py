"""From an upload to its probabilities, and from there to its first map: a real browser on a real server."""

import time
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from benchmarks.browser import browsing, serving, wait_until_settled
from benchmarks.home import temporary_home
from benchmarks.records import Sample
from core.workspace import ROOT, SAMPLE_DATA

if TYPE_CHECKING:
    from playwright.sync_api import Page

_FILMS = ("film-nodule.png", "film-no-finding.png", "film-consolidation.png", "film-effusion-16bit.png")
_ANSWER = "[...document.querySelectorAll('.st-key-explain-probabilities')].map(it => it.innerText).join()"
_MAP = "[...document.querySelectorAll('.st-key-explain-map img')].map(it => it.src).join()"
_TIMEOUT_MS = 60_000


def answer() -> Sample:
    """Seconds from an upload to the probabilities of the demo run, warm; each film is a new one."""
    return Sample(tuple(pair[0] for pair in _measured()), "after one upload that is not counted")


def first_map() -> Sample:
    """Seconds from the probabilities to the first map (Grad-CAM)."""
    return Sample(tuple(pair[1] for pair in _measured()), "after one upload that is not counted")


def _measured() -> list[tuple[float, float]]:
    with temporary_home(), serving(ROOT / "app.py") as server, browsing() as page:
        page.goto(f"{server.url}/explain")
        wait_until_settled(page, "explain")
        return [_upload(page, number) for number in range(2 * len(_FILMS) + 1)][1:]


def _upload(page: "Page", number: int) -> tuple[float, float]:
    before, map_before = page.evaluate(_ANSWER), page.evaluate(_MAP)
    name = f"{number}.png"
    began = time.perf_counter()
    page.locator(".st-key-explain-upload input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": _film(number)}
    )
    page.wait_for_function(f"before => {_ANSWER} !== before", arg=before, timeout=_TIMEOUT_MS)
    answered = time.perf_counter()
    page.wait_for_function(f"before => {_MAP} !== before", arg=map_before, timeout=_TIMEOUT_MS)
    mapped = time.perf_counter()
    wait_until_settled(page, "explain")
    return answered - began, mapped - answered


def _film(number: int) -> bytes:
    """Return a film that was never uploaded before: one of those that ship, shifted by a few pixels."""
    with Image.open(SAMPLE_DATA / "examples" / _FILMS[number % len(_FILMS)]) as film:
        shifted = film.transform(film.size, Image.Transform.AFFINE, (1, 0, number + 1, 0, 1, 0))
    content = BytesIO()
    shifted.save(content, format="PNG")
    return content.getvalue()
