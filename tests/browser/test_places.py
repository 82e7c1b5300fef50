"""The picture in which a place is chosen: by a click, with the arrow keys, and never mounted anew."""

import pytest
from playwright.sync_api import Locator, expect

from core.datasets.store import open_dataset
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import Server, Visitor

pytestmark = pytest.mark.browser


def _picture(visitor: Visitor) -> Locator:
    return visitor.tab.locator("button:has(.frame)").first


def _slider(visitor: Visitor) -> Locator:
    return visitor.key("network-32-step").get_by_role("slider")


def test_a_click_and_an_arrow_key_move_the_kernel(visit: OpenVisitor) -> None:
    visitor = visit("/network?level=full")
    picture = _picture(visitor)
    node = picture.element_handle()
    picture.scroll_into_view_if_needed()
    area = picture.bounding_box()
    assert node and area
    picture.click(position={"x": area["width"] * 10.5 / 32, "y": area["height"] * 4.5 / 32})
    expect(visitor.tab.get_by_text("the new pixel in row 4, column 10.")).to_be_visible()
    expect(_slider(visitor)).to_have_value(str(4 * 32 + 10))
    picture.press("ArrowDown")
    expect(visitor.tab.get_by_text("the new pixel in row 5, column 10.")).to_be_visible()
    visitor.press("network-32-on")
    expect(visitor.tab.get_by_text("the new pixel in row 5, column 11.")).to_be_visible()
    assert node.evaluate("node => node.isConnected")
    visitor.assert_clean()


def test_the_clicked_pixels_are_those_of_the_film(visit: OpenVisitor, server: Server) -> None:
    visitor = visit("/images")
    picture = _picture(visitor)
    picture.scroll_into_view_if_needed()
    area = picture.bounding_box()
    assert area
    picture.click(position={"x": area["width"] * 30.5 / 128, "y": area["height"] * 100.5 / 128})
    grid = visitor.tab.locator(".lb-numbers")
    expect(grid.locator("tbody th").nth(4)).to_have_text("100")
    expect(grid.locator("thead th").nth(4)).to_have_text("30")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(server.home))
        values = open_dataset("phantoms").image(0).values
    shown = [int(number) for number in grid.locator("tbody td").all_inner_texts()]
    assert shown == [int(value) for value in values[96:105, 26:35].ravel()]
    visitor.assert_clean()
