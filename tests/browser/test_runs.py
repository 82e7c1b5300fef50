"""The runs in a real browser: chosen in the table, opened by a link, archived, deleted and brought back."""

from collections.abc import Iterator

import pytest
from filelock import FileLock
from playwright.sync_api import expect

from core.runs.metrics import append_metrics
from core.runs.notes import read_notes
from core.runs.store import Run
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import Server, Visitor
from tests.run_folders import epoch_line, write_run

pytestmark = pytest.mark.browser

_ROW = 35  # pixels, of the table's head too
_ODD = "<b>odd</b> $x$"


@pytest.fixture(scope="module")
def runs(server: Server) -> Iterator[list[Run]]:
    """Three runs; the demo run ships besides, and stands last."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(server.home))
        yield [
            write_run("mother", learning_rate=0.001),
            write_run("child", day=2, parent="mother", learning_rate=0.01),
            write_run("other", day=3),
        ]


def _tick(visitor: Visitor, *places: int) -> None:
    """Press the ticks of these rows of the table, from 0."""
    table = visitor.tab.locator("[data-testid=stDataFrame]").first
    for place in places:
        table.click(position={"x": 16, "y": _ROW * (place + 1) + _ROW // 2})
        visitor.settle()


def _chosen(visitor: Visitor, n: int) -> None:
    expect(visitor.key("runs-chosen-bar")).to_contain_text(f"{n} run")


def test_choosing_two_compares_them_and_the_link_opens_the_same(visit: OpenVisitor, runs: list[Run]) -> None:
    visitor = visit("/runs")
    _tick(visitor, 1, 2)
    _chosen(visitor, 2)
    expect(visitor.tab).to_have_url(f"{visitor.address}/runs?runs=child%2Cmother")
    expect(visitor.tab.get_by_text("What differs in their settings")).to_be_visible()
    visitor.settle()
    visitor.assert_clean()
    other = visit("/runs?runs=child,mother")
    _chosen(other, 2)
    expect(other.tab.get_by_text("What differs in their settings")).to_be_visible()
    _tick(other, 1)
    _chosen(other, 1)
    expect(other.tab).to_have_url(f"{visitor.address}/runs?runs=mother")


def test_a_run_is_archived_then_deleted_and_brought_back(visit: OpenVisitor, runs: list[Run]) -> None:
    visitor = visit("/runs?runs=other&level=full")
    visitor.press("run-archive")
    assert read_notes("other").archived
    visitor.press("run-archive")
    visitor.press("run-delete")
    assert not runs[2].folder.exists()
    expect(visitor.key("runs-undo-bar")).to_contain_text("other is in the trash.")
    visitor.take_pictures("runs-undo")
    visitor.press("runs-undo")
    assert runs[2].folder.exists()
    _chosen(visitor, 1)
    visitor.assert_clean()


@pytest.mark.slow
def test_two_tabs_that_tag_the_same_run_lose_nothing(visit: OpenVisitor, runs: list[Run]) -> None:
    tabs = [visit("/runs?runs=mother&level=full") for _ in range(2)]
    for tab, tag in zip(tabs, (_ODD, "second"), strict=True):  # neither has seen the other's
        tab.key("run-tags").get_by_role("button", name="Add a tag").click()
        tab.key("run-tag-new").get_by_role("textbox").fill(tag)
        tab.press("run-tag-add")
    assert read_notes("mother").tags == (_ODD, "second")
    expect(tabs[1].key("run-tags").get_by_role("button", name=_ODD)).to_be_visible()
    tabs[1].take_pictures("runs-one")
    tabs[1].assert_clean()
    first = tabs[0].key("run-tags").get_by_role("button", name=_ODD)
    first.click()
    tabs[0].settle()
    assert read_notes("mother").tags == ("second",)


def test_the_table_follows_a_run_at_work(visit: OpenVisitor, server: Server, runs: list[Run]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(server.home))
        run = write_run("at-work", day=9, state="running", n_epochs=3)
    cells = "[data-testid=stDataFrame] [role=gridcell]"
    with FileLock(run.folder / "lock"):
        visitor = visit("/runs")
        expect(visitor.tab.locator(cells, has_text="running 3/3")).to_be_attached()
        append_metrics(run.folder, epoch_line(4))
        expect(visitor.tab.locator(cells, has_text="running 4/3")).to_be_attached()
    expect(visitor.tab.locator(cells, has_text="interrupted")).to_be_attached()
