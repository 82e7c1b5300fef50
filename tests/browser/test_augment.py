"""The augmentation laboratory in a real browser: a film that is played, and a batch that is handed on."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenVisitor

pytestmark = pytest.mark.browser


def test_the_strength_is_a_film_that_never_begins_by_itself(visit: OpenVisitor) -> None:
    visitor = visit("/augment?level=full")
    visitor.tab.get_by_role("button", name="Weak to strong").click()
    visitor.settle()
    screen, slider = visitor.tab.locator(".film .screen"), visitor.tab.locator(".film input")
    expect(visitor.tab.locator(".film .strip button")).to_have_count(9)
    expect(screen.locator("p")).to_contain_text("Strength 1: Largest angle 7")
    expect(slider).to_have_value("4")
    slider.press("Home")
    expect(screen.locator("p")).to_contain_text("Strength 0: Largest angle 0")
    still = screen.locator("img").get_attribute("src")
    slider.press("End")
    expect(screen.locator("p")).to_contain_text("Largest angle 180")
    assert screen.locator("img").get_attribute("src") != still
    visitor.tab.locator(".film .play").click()
    expect(slider).not_to_have_value("8")  # it goes on from the beginning
    expect(visitor.tab.locator(".film .play")).to_contain_text("Pause")
    visitor.tab.locator(".film .strip button").nth(2).click()
    expect(visitor.tab.locator(".film .play")).to_contain_text("Play")
    expect(slider).to_have_value("2")
    visitor.assert_clean()
    visitor.take_pictures("augment-film")


def test_the_next_batch_is_laid_out_and_its_changes_go_to_train(visit: OpenVisitor) -> None:
    visitor = visit("/augment?level=full")
    visitor.tab.get_by_role("button", name="Next batch").click()
    visitor.settle()
    expect(visitor.tab.locator(".lb-gallery [role=listitem]")).to_have_count(16)
    expect(visitor.tab.get_by_text("A training with seed 0 gets exactly these numbers")).to_be_visible()
    visitor.assert_clean()
    visitor.take_pictures("augment-batch")
    visitor.press("augment-send")
    expect(visitor.tab.get_by_text("With the augmentations from lesson 3: Rotate")).to_be_visible()
