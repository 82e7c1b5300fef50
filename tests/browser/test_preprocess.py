"""The preprocessing laboratory in a real browser: by keyboard, on a phone, and back again."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenVisitor
from tests.browser.driver import PHONE, Visitor

pytestmark = pytest.mark.browser


def press_key(visitor: Visitor, control: Locator, key: str) -> None:
    control.focus()
    visitor.tab.keyboard.press(key)
    visitor.settle()


def test_a_pipeline_is_tuned_moved_and_undone_by_keyboard_on_a_phone(visit: OpenVisitor) -> None:
    visitor = visit("/preprocess?level=full", viewport=PHONE)
    undo = visitor.key("preprocess-undo").get_by_role("button")

    size = visitor.key("preprocess-card-3-size")
    press_key(visitor, size.get_by_role("slider"), "ArrowRight")
    expect(size).to_contain_text("96 x 96")
    expect(visitor.key("card-body-3")).to_contain_text("96 x 96 x 1")
    press_key(visitor, undo, "Enter")
    expect(size).to_contain_text("64 x 64")  # the slider itself goes back, not only the picture

    press_key(visitor, visitor.key("preprocess-move-1-down").get_by_role("button"), "Enter")
    expect(visitor.key("preprocess-notices")).to_contain_text("the last pipeline that worked")
    expect(visitor.key("step-head-2")).to_contain_text("1. Grey or colour")
    press_key(visitor, undo, "Enter")
    expect(visitor.key("step-head-2")).to_contain_text("2. Grey or colour")

    press_key(visitor, visitor.key("preprocess-card-2-enabled").locator("input"), "Space")
    expect(visitor.key("card-body-2")).to_contain_text("Switched off.")
    press_key(visitor, undo, "Enter")
    expect(visitor.key("preprocess-card-2-enabled").locator("input")).to_be_checked()

    press_key(visitor, visitor.key("preprocess-add").get_by_role("button").first, "Enter")
    press_key(visitor, visitor.tab.locator(".st-key-preprocess-add-clahe").get_by_role("button"), "Enter")
    expect(visitor.key("card-story")).to_contain_text("CLAHE")
    assert visitor.tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    visitor.assert_clean()
