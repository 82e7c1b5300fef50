"""Drawing in a hurry: what was undone or cleared stays so, and a number changes in its own field."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenVisitor
from tests.browser.driver import ROOT, Server, Visitor, running_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# All in one turn of the browser: no answer of the server can come in between.
_IN_A_HURRY = """(stage, acts) => {
    for (const act of acts) {
        const key = new KeyboardEvent("keydown", { key: "Enter", bubbles: true });
        if (act === "box") stage.dispatchEvent(key);
        else stage.parentElement.querySelector(`.ld-do-${act}`).click();
    }
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    script = ROOT / "tests" / "browser" / "drawing_page.py"
    with running_server(tmp_path_factory.mktemp("home"), script) as started:
        yield started


def _drag(visitor: Visitor, start: tuple[float, float], end: tuple[float, float]) -> None:
    area = visitor.tab.locator(".ld-stage").bounding_box()
    assert area
    mouse = visitor.tab.mouse
    mouse.move(area["x"] + start[0] * area["width"], area["y"] + start[1] * area["height"])
    mouse.down()
    mouse.move(area["x"] + end[0] * area["width"], area["y"] + end[1] * area["height"], steps=4)
    mouse.up()


def _hurry(visitor: Visitor, *acts: str) -> None:
    visitor.tab.locator(".ld-stage").evaluate(_IN_A_HURRY, list(acts))


def _expect(visitor: Visitor, *lefts: str) -> None:
    """Expect boxes whose left sides these are, at the server and on the picture."""
    said = f"The server has: {', '.join(lefts) or 'nothing'}."
    expect(visitor.tab.get_by_text(said, exact=True)).to_be_visible()
    expect(visitor.tab.locator(".ld-box")).to_have_count(len(lefts))


def test_what_was_undone_or_cleared_a_moment_ago_does_not_come_back_with_the_next_box(
    visit: OpenVisitor,
) -> None:
    visitor = visit("/", shell=False)
    _drag(visitor, (0.1, 0.1), (0.3, 0.3))
    _expect(visitor, "0.10")
    _drag(visitor, (0.7, 0.7), (0.9, 0.9))
    _expect(visitor, "0.10", "0.70")
    _hurry(visitor, "undo", "box")
    _expect(visitor, "0.10", "0.35")
    _hurry(visitor, "clear", "box")
    _expect(visitor, "0.35")
    _hurry(visitor, "undo", "undo")
    _expect(visitor, "0.10", "0.35")
    _hurry(visitor, "undo", "redo", "undo")
    _expect(visitor, "0.10")
    _hurry(visitor, "clear", "box", "undo", "undo", "redo")
    _expect(visitor)
    visitor.assert_clean()


def test_the_first_mark_can_be_undone_before_the_server_has_heard_of_it(visit: OpenVisitor) -> None:
    visitor = visit("/", shell=False)
    _hurry(visitor, "box", "undo")
    expect(visitor.tab.locator(".ld-do-redo")).to_be_enabled()
    _expect(visitor)
    _hurry(visitor, "redo")
    _expect(visitor, "0.35")
    visitor.assert_clean()


def test_a_number_is_changed_by_keys_without_losing_its_field_and_undone_on_the_picture(
    visit: OpenVisitor,
) -> None:
    visitor = visit("/", shell=False)
    _drag(visitor, (0.1, 0.1), (0.3, 0.3))
    _expect(visitor, "0.10")
    visitor.tab.get_by_text("Boxes by numbers").click()
    field = visitor.tab.get_by_label("Box 1: left")
    field.focus()
    for left in ("0.11", "0.12", "0.13"):
        visitor.tab.keyboard.press("ArrowUp")
        _expect(visitor, left)
        expect(field).to_be_focused()
    visitor.tab.locator(".ld-do-undo").click()
    _expect(visitor, "0.12")
    _drag(visitor, (0.6, 0.6), (0.8, 0.8))  # right after a step that the server alone knew
    _expect(visitor, "0.12", "0.60")
    visitor.assert_clean()
