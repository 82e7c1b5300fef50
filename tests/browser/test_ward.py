"""The ward in a real browser: a slider moves the people, on a desk and on a phone, and nothing is broken."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenVisitor
from tests.browser.driver import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_slider_moves_the_people_and_a_phone_shows_half_as_many_in_a_row(visit: OpenVisitor) -> None:
    visitor = visit("/ward")
    people = visitor.key("ward-people").locator(".lb-wide svg")
    first = people.get_attribute("aria-label") or ""
    assert first.startswith("Of 1,000 people, ")
    slider = visitor.key("ward-prevalence").get_by_role("slider")
    slider.focus()
    slider.press("Home")  # the prevalence of the data stands first, then 0 %
    slider.press("ArrowRight")
    expect(people).to_have_attribute("aria-label", re.compile("Of 1,000 people, 0 have"))
    visitor.settle()
    expect(people.locator("path title")).to_have_count(2)  # nobody is sick: falsely alarmed, rightly calm
    visitor.assert_clean()
    visitor.tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(visitor.key("ward-people").locator(".lb-narrow svg")).to_be_visible()
    expect(people).to_be_hidden()
    assert visitor.tab.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
