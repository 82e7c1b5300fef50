"""The tree of runs: a click or a key chooses, arrows walk, a group opens, foreign text stays text."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenVisitor
from tests.browser.driver import DESKTOP, PHONE, ROOT, Server, Visitor, running_server

pytestmark = pytest.mark.browser
HOSTILE = '<img src="x" onerror="document.title = 1"> **bold**'  # as in the page


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    script = ROOT / "tests" / "browser" / "tree_page.py"
    with running_server(tmp_path_factory.mktemp("home"), script) as started:
        yield started


def item(visitor: Visitor, name: str) -> Locator:
    return visitor.tab.locator(f"[role=treeitem][data-run='{name}']")


def expect_chosen(visitor: Visitor, name: str) -> None:
    expect(visitor.tab.get_by_text(f"Chosen: {name}")).to_be_visible()
    expect(visitor.tab.locator("[aria-selected=true]")).to_have_attribute("data-run", name)


def test_a_click_chooses_a_run_and_the_keys_walk_the_tree(visit: OpenVisitor) -> None:
    visitor = visit("/?n=7", shell=False)
    item(visitor, "run-0002").click()
    expect_chosen(visitor, "run-0002")
    expect(item(visitor, "run-0002")).to_be_focused()
    keyboard = visitor.tab.keyboard
    keyboard.press("ArrowLeft")
    expect(item(visitor, "run-0000")).to_be_focused()
    keyboard.press("Enter")
    expect_chosen(visitor, "run-0000")
    keyboard.press("ArrowRight")
    first = visitor.tab.locator("[role=treeitem]").nth(1)
    expect(first).to_be_focused()
    keyboard.press("End")
    expect(visitor.tab.locator("[role=treeitem]").last).to_be_focused()
    keyboard.press(" ")
    last = visitor.tab.locator("[role=treeitem]").last.get_attribute("data-run")
    expect_chosen(visitor, str(last))
    assert visitor.tab.locator("[role=treeitem][tabindex='0']").count() == 1


def test_a_group_opens_and_closes(visit: OpenVisitor) -> None:
    visitor = visit("/?n=7", shell=False)
    group = item(visitor, "seeds")
    expect(group).to_have_attribute("aria-expanded", "false")
    group.click()
    expect(item(visitor, "seed-2")).to_be_visible()
    expect(group).to_have_attribute("aria-expanded", "true")
    expect(group).to_be_focused()
    visitor.tab.keyboard.press("ArrowLeft")
    expect(item(visitor, "seed-2")).to_have_count(0)


def test_foreign_text_stays_text_and_nothing_else_is_wrong(visit: OpenVisitor) -> None:
    visitor = visit("/?n=7", shell=False, dark=True)
    expect(item(visitor, "run-0000")).to_contain_text(HOSTILE)
    assert visitor.tab.locator(".lb-tree img").count() == 0
    assert not visitor.console_errors
    assert not visitor.foreign_requests
    assert not visitor.axe_findings()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_no_row_is_wider_than_its_tree(visit: OpenVisitor, viewport: dict[str, int]) -> None:
    visitor = visit("/?n=40", shell=False)
    visitor.tab.set_viewport_size(viewport)
    expect(item(visitor, "run-0000")).to_be_visible()
    rows = visitor.tab.locator(".lb-rows")
    expect(rows).to_have_count(1)
    assert rows.evaluate("rows => rows.scrollWidth <= rows.clientWidth")


def test_a_thousand_runs_are_drawn_each_with_its_mark(visit: OpenVisitor) -> None:
    visitor = visit("/?n=997", shell=False)
    expect(item(visitor, "run-0996")).to_be_attached()
    assert visitor.tab.locator("[role=treeitem]").count() == 998
    assert visitor.tab.locator("svg.graph g.node").count() == 998
