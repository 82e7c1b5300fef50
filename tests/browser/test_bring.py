"""Images are brought in, in a real browser: recognised, imported, reported; a reload keeps the place."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import OpenVisitor
from tests.browser.driver import Server, Visitor

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=alert(1)>![x](http://127.0.0.1:9/x.png)"
_LONG_MS = 90_000  # a job in a process of its own, on a busy machine
# What markup would leave behind, wherever on the page.
_TRACES = """() => [...document.querySelectorAll(
  'img[src="x"], img[onerror], [src*="127.0.0.1:9/"], a[href*="127.0.0.1:9"]')]
  .map((node) => node.outerHTML)"""


def _zip(path: Path) -> Path:
    """Write a zip of pictures and a table whose classes try to be markup."""
    draw = np.random.default_rng(0)
    lines = ["image,diagnosis,patient_id,ward"]
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(24):
            content = io.BytesIO()
            pixels = draw.integers(0, 120, (48, 48)) + 100 * (number % 2)
            Image.fromarray(pixels.astype(np.uint8)).save(content, "PNG")
            archive.writestr(f"images/{number}.png", content.getvalue())
            lines.append(
                f'{number}.png,"{EVIL if number % 2 else "clear"}",p{number // 2},{"AB"[number % 2]}'
            )
        archive.writestr("images/broken.png", b"no picture")
        lines.append("broken.png,clear,p99,A")
        archive.writestr("labels.csv", "\n".join(lines))
    return path


def test_a_zip_is_dropped_recognised_imported_and_reported(
    visit: OpenVisitor, server: Server, tmp_path: Path
) -> None:
    visitor = visit("/bring")
    visitor.take_pictures("bring-1-choose")
    visitor.assert_clean()
    _drop(visitor, _zip(tmp_path / "films.zip"))
    visitor.press("bring-look")
    expect(visitor.key("bring-facts")).to_be_visible(timeout=_LONG_MS)
    visitor.settle()
    visitor.take_pictures("bring-2-recognised")
    _is_harmless(visitor)
    assert "staging=" in visitor.tab.url
    visitor.tab.reload()
    visitor.settle()
    expect(visitor.key("bring-facts")).to_be_visible()  # the address remembers the place
    visitor.press("bring-import")
    assert "import=" in visitor.tab.url
    visitor.tab.reload()
    visitor.settle()
    expect(visitor.key("bring-ways-on")).to_be_visible(timeout=_LONG_MS)
    visitor.settle()
    expect(visitor.tab.get_by_text("24 images of 2 classes came in.")).to_be_visible()
    visitor.take_pictures("bring-3-report")
    _is_harmless(visitor)
    with visitor.tab.expect_download() as download:
        visitor.key("bring-skipped-csv").get_by_role("button").click()
    assert "broken.png" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    visitor.press("bring-open")
    visitor.tab.wait_for_url("**/datasets*")
    visitor.settle()
    expect(visitor.key("dataset-facts")).to_contain_text("24")
    _is_harmless(visitor)
    assert not [path for path in server.home.rglob("*") if path.name == "broken.png"]


def test_the_images_of_another_visitor_are_not_in_the_way(
    visit: OpenVisitor, server: Server, tmp_path: Path
) -> None:
    mine = visit("/bring")
    _drop(mine, _zip(tmp_path / "films.zip"))
    mine.press("bring-look")
    expect(mine.key("bring-facts")).to_be_visible(timeout=_LONG_MS)
    other = visit("/bring")
    expect(other.key("bring-look")).to_be_visible()
    mine.settle()
    mine.press("bring-start-over")
    expect(mine.key("bring-look")).to_be_visible()
    assert not list((server.home / "jobs").glob("staging-*"))


def _drop(visitor: Visitor, path: Path) -> None:
    visitor.key("bring-how").get_by_role("radio").nth(1).click()
    visitor.settle()
    visitor.key("bring-files-0").locator("input[type=file]").set_input_files(path)
    expect(visitor.key("bring-look").get_by_role("button")).to_be_enabled()
    visitor.settle()


def _is_harmless(visitor: Visitor) -> None:
    assert visitor.tab.evaluate(_TRACES) == []
    visitor.assert_clean()
