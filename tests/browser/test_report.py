"""The report on the Evaluate page in a real browser: shown, downloaded, and nothing asked of anybody else."""

from pathlib import Path

import pytest

from tests.browser.conftest import OpenVisitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_page_is_shown_and_taken_along(visit: OpenVisitor, tmp_path: Path) -> None:
    visitor = visit("/evaluate?level=full")
    visitor.key("evaluate-view").get_by_text("Report", exact=True).click()
    visitor.settle()
    visitor.press("report-show")
    page = visitor.tab.frame_locator("iframe")
    page.get_by_role("heading", name="What a reader of such a study would miss here").wait_for()
    with visitor.tab.expect_download() as caught:
        visitor.key("report-downloads").get_by_role("button", name="One page (HTML)").click()
    out = tmp_path / "page.html"
    caught.value.save_as(out)
    visitor.assert_clean()
    asked: list[str] = []
    tab = visitor.tab.context.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(out.as_uri())
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert tab.locator("svg").count() == 4
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tab.set_viewport_size({"width": 420, "height": 900})
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
