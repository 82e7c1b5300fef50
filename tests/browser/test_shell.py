"""The shell in a real browser: deep links, language, the band, and nothing that leaves this machine."""

import re

import pytest
from playwright.sync_api import expect

from core.lessons import load_lesson
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import PHONE

pytestmark = pytest.mark.browser


def test_a_deep_link_is_the_first_visit_of_a_fresh_server(visit: OpenVisitor) -> None:
    visitor = visit("/limits?lang=zh_Hans")
    expect(visitor.tab.get_by_role("heading", level=1)).to_have_text(load_lesson("limits", "zh_Hans").title)
    expect(visitor.tab.get_by_test_id("stSidebarNav").get_by_role("link")).not_to_have_count(0)
    assert visitor.tab.evaluate("document.documentElement.lang") == "zh-Hans"
    visitor.assert_clean()


def test_language_and_level_go_along_to_the_next_page_and_into_its_address(visit: OpenVisitor) -> None:
    visitor = visit("/")
    visitor.key("language").get_by_text("简体中文").click()
    visitor.settle()
    visitor.key("level").get_by_role("radio").last.click()
    visitor.settle()
    visitor.tab.get_by_test_id("stSidebarNav").get_by_role("link").last.click()
    visitor.settle()
    expect(visitor.tab.get_by_role("heading", level=1)).to_have_text(load_lesson("limits", "zh_Hans").title)
    expect(visitor.tab).to_have_url(
        re.compile(r"/limits\?(lang=zh_Hans&level=full|level=full&lang=zh_Hans)$")
    )
    visitor.assert_clean()


PAGES = ("home", "story", "datasets", "runs", "glossary", "limits")


@pytest.mark.parametrize(
    ("name", "dark"),
    [  # light and dark in turn; the other of each page in `make test-slow`
        pytest.param(
            name,
            dark,
            id=f"{name}-{'dark' if dark else 'light'}",
            marks=[pytest.mark.slow] if dark != bool(number % 2) else [],
        )
        for number, name in enumerate(PAGES)
        for dark in (False, True)
    ],
)
def test_a_page_is_clean_and_keeps_its_band_at_both_widths(visit: OpenVisitor, name: str, dark: bool) -> None:
    visitor = visit("/" if name == "home" else f"/{name}", dark=dark)
    visitor.take_pictures(f"{name}-{'dark' if dark else 'light'}")
    visitor.assert_clean()
    visitor.tab.set_viewport_size({**PHONE})
    visitor.tab.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 5000)")
    expect(visitor.tab.locator(".lb-band")).to_be_in_viewport(ratio=1)
    overflow = "() => document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth"
    assert visitor.tab.evaluate(overflow) <= 0


def test_a_term_opens_where_it_stands(visit: OpenVisitor) -> None:
    visitor = visit("/")
    term = visitor.tab.locator(".lb-term").first
    expect(term.locator(".lb-term-text")).to_be_hidden()
    term.focus()
    expect(term.locator(".lb-term-text")).to_be_visible()


def test_a_choice_outlives_a_change_of_language_and_the_press_after_it(visit: OpenVisitor) -> None:
    visitor = visit("/train?again=demo-phantoms")
    switches, form = visitor.key("switches"), visitor.key("train-form")
    more_epochs = form.get_by_test_id("stNumberInputStepUp")
    for language in ("简体中文", "English"):
        switches.get_by_text(language, exact=True).click()
        visitor.settle()
        more_epochs.click()
        visitor.settle()
        expect(more_epochs).to_be_visible()
        expect(form.get_by_test_id("stAlert")).to_have_count(0)
    expect(visitor.key("train-changes")).to_contain_text("One change: Epochs")
