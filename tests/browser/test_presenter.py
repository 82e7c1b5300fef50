"""Presenter mode in a real browser: one screen without scrolling, turned by the arrow keys."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenVisitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_FITS = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return main.scrollHeight <= main.clientHeight;
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_each_step_fits_on_one_screen_and_the_arrows_turn_it(
    visit: OpenVisitor, width: int, height: int
) -> None:
    visitor = visit("/story?present=1", viewport={"width": width, "height": height})
    expect(visitor.tab.locator("[data-testid=stSidebar]")).to_be_hidden()
    for number in range(1, 12):
        expect(visitor.key("story-head")).to_contain_text(f"{number} of 11")
        visitor.settle(120)
        visitor.tab.wait_for_function(_FITS)
        if number < 11:
            visitor.tab.keyboard.press("ArrowRight")
    visitor.tab.keyboard.press("ArrowLeft")
    expect(visitor.key("story-head")).to_contain_text("10 of 11")
    visitor.settle(120)
    visitor.assert_clean()
