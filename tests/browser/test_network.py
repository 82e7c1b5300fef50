"""The parts of the Model page in a browser: a block that is clicked, a map that is laid over the film."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenVisitor
from tests.browser.driver import Visitor

pytestmark = pytest.mark.browser

PARTS = ("kernel", "answer", "layers", "sees", "downhill", "compare")


def _turn_to(visitor: Visitor, part: str) -> None:
    visitor.key("network-part").get_by_role("radio").nth(PARTS.index(part)).click()
    visitor.settle(60)  # the first time torch is imported


@pytest.mark.slow
def test_a_click_on_a_block_lists_its_layers(visit: OpenVisitor) -> None:
    visitor = visit("/network")
    _turn_to(visitor, "layers")
    expect(visitor.tab.get_by_text("Layer by layer: 14 layers")).to_be_visible()
    visitor.tab.locator(".js-plotly-plot .bars .point path").nth(1).click(force=True)  # 0 is the image
    expect(visitor.tab.get_by_text("The layers of one block: 4 of 14")).to_be_visible()
    visitor.take_pictures("network-layers")
    visitor.assert_clean()


@pytest.mark.slow
def test_a_click_on_a_map_lays_it_over_the_film(visit: OpenVisitor) -> None:
    visitor = visit("/network")
    _turn_to(visitor, "sees")
    sheet = visitor.tab.locator("button:has(.frame)").first
    sheet.scroll_into_view_if_needed()
    first = visitor.tab.get_by_text("over the image").first.inner_text()
    area = sheet.bounding_box()
    assert area
    sheet.click(position={"x": area["width"] * 0.6, "y": area["height"] * 0.75})  # row 2, column 3
    visitor.settle()
    heading = visitor.tab.get_by_text("over the image").first
    expect(heading).not_to_have_text(first)
    visitor.take_pictures("network-sees")
    visitor.assert_clean()


SLOW = [pytest.param(part, marks=pytest.mark.slow) for part in ("answer", "downhill", "compare")]


@pytest.mark.parametrize("part", ["kernel", *SLOW])
def test_each_part_is_clean_in_the_dark_on_a_phone(visit: OpenVisitor, part: str) -> None:
    visitor = visit("/network?level=full&lang=zh_Hans", dark=True, viewport={"width": 420, "height": 860})
    _turn_to(visitor, part)
    visitor.take_picture(f"network-{part}", viewport={"width": 420, "height": 860})
    visitor.assert_clean()
