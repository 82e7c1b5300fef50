"""Evaluate, the images: a cell opens by mouse and keys, a picture its case, the map what is pointed at."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenVisitor
from tests.browser.driver import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def cell(visitor: Visitor, truth: int, called: int) -> Locator:
    return visitor.tab.locator(f".ce-cell[data-row='{truth}'][data-column='{called}']")


def test_every_number_is_clickable_down_to_its_images(visit: OpenVisitor) -> None:
    visitor = visit("/evaluate?level=full")
    visitor.key("evaluate-view").get_by_text("Images", exact=True).click()
    visitor.settle()
    tab, tiles = visitor.tab, visitor.key("images-tiles").locator(".ti-tile")
    cell(visitor, 0, 1).click()
    visitor.settle()
    expect(cell(visitor, 0, 1)).to_have_attribute("aria-pressed", "true")
    expect(tiles).to_have_count(int(cell(visitor, 0, 1).locator("b").inner_text()))
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("Enter")
    visitor.settle()
    expect(cell(visitor, 1, 0)).to_have_attribute("aria-pressed", "true")
    expect(cell(visitor, 1, 0)).to_be_focused()
    expect(tiles).to_have_count(int(cell(visitor, 1, 0).locator("b").inner_text()))
    tiles.nth(1).click()
    visitor.settle()
    panel = visitor.key("case-panel")
    expect(panel.get_by_text("called no finding")).to_be_visible()
    expect(panel).to_be_in_viewport()
    expect(tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    assert tiles.first.locator("img").evaluate("image => image.complete && image.naturalWidth > 0")
    visitor.assert_clean()


def test_the_map_shows_the_picture_under_the_cursor_and_opens_it(visit: OpenVisitor) -> None:
    visitor = visit("/evaluate?level=full")
    visitor.key("evaluate-view").get_by_text("Images", exact=True).click()
    visitor.settle()
    visitor.press("evaluate-features-start")
    stage, card = visitor.tab.locator(".em-stage"), visitor.tab.locator(".em-card")
    expect(stage).to_be_visible(timeout=180_000)
    visitor.settle()
    stage.focus()
    visitor.tab.keyboard.press("ArrowRight")
    expect(card).to_be_visible()
    said = card.locator(".em-title").inner_text()
    visitor.tab.wait_for_function(
        "() => [...document.querySelectorAll('*')].some(one => one.shadowRoot?.querySelector('.em-card img')"
        "?.naturalWidth > 0) || document.querySelector('.em-card img')?.naturalWidth > 0"
    )
    visitor.tab.keyboard.press("ArrowUp")
    visitor.tab.keyboard.press("ArrowDown")
    number = card.locator(".em-line").last.inner_text()
    visitor.tab.keyboard.press("Enter")
    visitor.settle()
    assert said.startswith("truly")
    expect(visitor.key("case-head")).to_contain_text(number)
    visitor.assert_clean()
