"""The augmentation laboratory in a real browser: a film that is played, a batch, and what goes to Train."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenVisitor
from tests.browser.driver import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_film_is_played_a_batch_laid_out_and_the_changes_go_to_train(visit: OpenVisitor) -> None:
    visitor = visit("/augment?level=full")
    _look_at(visitor, "Weak to strong")
    _play_the_film(visitor)
    _look_at(visitor, "Next batch")
    expect(visitor.tab.locator(".lb-gallery [role=listitem]")).to_have_count(16)
    expect(visitor.tab.get_by_text("A training with seed 0 gets exactly these numbers")).to_be_visible()
    visitor.assert_clean()
    visitor.take_pictures("augment-batch")
    visitor.press("augment-send")
    expect(visitor.tab.get_by_text("With the augmentations from lesson 3: Rotate")).to_be_visible()


@pytest.mark.slow
def test_a_preset_is_what_the_browser_shows_and_train_can_be_put_back(visit: OpenVisitor) -> None:
    visitor = visit("/augment?level=full")
    angle = visitor.key("augment-field-rotate-degrees").get_by_test_id("stSliderThumbValue")
    for preset, degrees in (("Microscopy", "180.00"), ("Light", "3.00"), ("X-ray film", "7.00")):
        _look_at(visitor, preset)
        expect(angle).to_have_text(degrees)
        expect(visitor.tab.get_by_text("Changed by hand")).to_have_count(0)
    visitor.open("/train")
    epochs = visitor.tab.locator("[class*=st-key-train-epochs] input").first
    before = epochs.input_value()
    epochs.fill("33")
    epochs.press("Enter")
    visitor.settle()
    visitor.press("train-reset")
    expect(epochs).to_have_value(before)


def _play_the_film(visitor: Visitor) -> None:
    """It stands still at first, follows the slider, goes round when played, and stops at a chosen frame."""
    words, picture = visitor.tab.locator(".film .screen p"), visitor.tab.locator(".film .screen img")
    slider, button = visitor.tab.locator(".film input"), visitor.tab.locator(".film .play")
    expect(visitor.tab.locator(".film .strip button")).to_have_count(9)
    expect(words).to_contain_text("Strength 1: Largest angle 7; turned")
    expect(slider).to_have_value("4")
    slider.press("Home")
    expect(words).to_contain_text("Strength 0: Largest angle 0; turned anticlockwise by 0.0°")
    unchanged = str(picture.get_attribute("src"))
    slider.press("End")
    expect(words).to_contain_text("Largest angle 180")
    expect(picture).not_to_have_attribute("src", unchanged)
    button.click()
    expect(button).to_contain_text("Pause")
    expect(slider).not_to_have_value("8")  # after the last frame comes the first
    visitor.tab.locator(".film .strip button").nth(2).click()
    expect(button).to_contain_text("Play")
    expect(slider).to_have_value("2")
    visitor.assert_clean()
    visitor.take_pictures("augment-film")


def _look_at(visitor: Visitor, view: str) -> None:
    visitor.tab.get_by_role("radio", name=view, exact=True).click()
    visitor.settle()
