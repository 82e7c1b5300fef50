"""Stop on the Explain page in a real browser: a press in a fragment would wait until the work is done."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenVisitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_LONG = 180_000


def test_stop_ends_the_checks_at_once_and_keeps_the_lines_that_are_done(visit: OpenVisitor) -> None:
    visitor = visit("/explain?level=full&run=demo-phantoms", shell=False)  # its first answer takes its time
    visitor.key("explain-view").get_by_text("Can I trust this map?").click(timeout=_LONG)
    visitor.key("trust-run").get_by_role("button").click(timeout=_LONG)
    visitor.key("trust-stop").get_by_role("button").first.click(timeout=_LONG)
    expect(visitor.key("trust-stop")).to_have_count(0, timeout=_LONG)
    expect(visitor.key("trust-try-agreement")).to_be_visible(timeout=_LONG)  # the last one that takes work
    expect(visitor.key("trust-run")).to_be_visible()
