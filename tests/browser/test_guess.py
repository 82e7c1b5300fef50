"""Predict, then peek in a real browser: boxes, strokes and keys, by mouse, and by finger on a telephone."""

import re

import pytest
from playwright.sync_api import CDPSession, Locator, expect

from tests.browser.conftest import OpenVisitor
from tests.browser.driver import PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What is above it on the page may still grow or go: a drag begins when the picture has stayed for 60 frames.
_UNTIL_CALM = """element => new Promise(done => {
    let last = null, calm = 0;
    const look = () => {
        const { top } = element.getBoundingClientRect();
        calm = top === last ? calm + 1 : 0;
        last = top;
        if (calm > 60) done(true); else requestAnimationFrame(look);
    };
    look();
})"""

Path = tuple[tuple[float, float], ...]


def _stage(visitor: Visitor) -> Locator:
    stage = visitor.tab.locator(".ld-stage")
    stage.scroll_into_view_if_needed()
    stage.evaluate(_UNTIL_CALM)
    return stage


def _on_screen(visitor: Visitor, path: Path) -> list[tuple[float, float]]:
    """Return places on the picture, in fractions of its sides, as places on the screen."""
    area = _stage(visitor).bounding_box()
    assert area
    return [(area["x"] + x * area["width"], area["y"] + y * area["height"]) for x, y in path]


def _drag(visitor: Visitor, path: Path) -> None:
    places = _on_screen(visitor, path)
    mouse = visitor.tab.mouse
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=6)
    mouse.up()
    visitor.settle()


def _finger(visitor: Visitor, path: Path) -> None:
    session: CDPSession = visitor.tab.context.new_cdp_session(visitor.tab)
    places = _on_screen(visitor, path)
    for kind, place in (("touchStart", places[0]), *(("touchMove", place) for place in places[1:])):
        points = [{"x": place[0], "y": place[1]}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    visitor.settle()


def _box(visitor: Visitor) -> Locator:
    return visitor.tab.locator(".ld-box")


def test_a_guess_by_mouse_and_keys(visit: OpenVisitor) -> None:
    visitor = visit("/explain")
    visitor.press("peek-open-door")
    _drag(visitor, ((0.2, 0.3), (0.4, 0.6)))
    said = re.compile("Box 1: from 20 to 40 per cent of the width, from 30 to 60 per cent of the height")
    expect(_box(visitor)).to_have_attribute("aria-label", said)
    _box(visitor).focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        visitor.tab.keyboard.press(key)
    expect(_box(visitor)).to_have_attribute("aria-label", re.compile("from 21 to 42 .* from 31 to 61"))
    expect(visitor.tab.locator(".ld[data-waiting]")).to_have_count(0)
    visitor.tab.keyboard.press("Delete")
    expect(_box(visitor)).to_have_count(0)
    visitor.tab.locator(".ld-do-undo").click()  # at once: before the server has answered
    expect(_box(visitor)).to_have_attribute("aria-label", re.compile("from 21 to 42"))
    visitor.press("peek-next")
    visitor.press("peek-paint-guess")
    expect(visitor.tab.locator(".lb-trace span")).to_have_count(2)
    visitor.tab.locator(".ld-do-undo").click()
    expect(visitor.tab.locator(".lb-trace-undone")).to_have_count(1)
    visitor.press("peek-show")
    expect(visitor.tab.get_by_text(re.compile("of the map lies in your guess"))).to_have_count(3)
    visitor.assert_clean()


def test_a_guess_by_finger_on_a_telephone(visit: OpenVisitor) -> None:
    visitor = visit("/explain", viewport=PHONE, dark=True)
    visitor.press("peek-open-door")
    _finger(visitor, ((0.3, 0.3), (0.4, 0.4), (0.5, 0.6)))
    expect(_box(visitor)).to_have_attribute("aria-label", re.compile("from 30 to 50 .* from 30 to 60"))
    _finger(visitor, ((0.4, 0.4), (0.5, 0.4)))  # takes it by its middle
    expect(_box(visitor)).to_have_attribute("aria-label", re.compile("from 40 to 60 .* from 30 to 60"))
    visitor.press("peek-next")
    visitor.tab.locator(".ld-do-stroke").click()
    before = _stage(visitor).locator("img").get_attribute("src")
    _finger(visitor, ((0.3, 0.4), (0.35, 0.6), (0.4, 0.7)))
    expect(visitor.tab.locator(".ld-stage polyline")).to_have_count(1)
    expect(visitor.tab.locator(".lb-trace-now")).to_have_count(1)
    assert _stage(visitor).locator("img").get_attribute("src") != before
    wide = visitor.tab.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    assert not wide
    visitor.assert_clean()
