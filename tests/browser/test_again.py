"""Change one thing: from the table of runs to the form, to a mark, to a child drawn over its parent."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from core.jobs import control
from core.runs.store import Run, list_runs
from core.training import launch
from core.training.config import parse_config
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import PHONE, Server, Visitor
from tests.tiny_dataset import write_tiny

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def parent(server: Server) -> Iterator[Run]:
    """A run of two epochs on 32 small images, in the home of the server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(server.home))
        write_tiny("tiny", n_images=32, size=16)
        config = parse_config({"dataset": "tiny", "image_size": 16, "epochs": 2, "device": "cpu"})
        run = launch.launch(config, run_id="parent")
        assert control.wait(run.folder, seconds=120) == "completed"
        yield run


def set_epochs(visitor: Visitor, n: int) -> None:
    box = visitor.key("train-epochs-parent").locator("input").first
    box.fill(str(n))
    box.press("Enter")
    visitor.settle()


@pytest.mark.slow
def test_a_run_is_trained_again_with_one_thing_changed(visit: OpenVisitor, parent: Run) -> None:
    visitor = visit("/runs?runs=parent")
    visitor.press("again-parent")
    expect(visitor.key("train-again")).to_contain_text("parent")
    expect(visitor.key("train-changes")).to_contain_text("Nothing is changed yet")
    set_epochs(visitor, 3)
    expect(visitor.key("train-then-epochs")).to_contain_text("2 → 3")
    expect(visitor.key("train-changes")).to_contain_text("One change: Epochs 2 → 3")

    visitor.tab.reload()
    visitor.settle()
    expect(visitor.key("train-changes")).to_contain_text("One change: Epochs 2 → 3")
    visitor.press("train-then-epochs-back")
    expect(visitor.key("train-epochs-parent").locator("input").first).to_have_value("2")
    expect(visitor.key("train-changes")).to_contain_text("Nothing is changed yet")

    set_epochs(visitor, 3)
    visitor.take_picture("again", viewport=PHONE)
    visitor.press("train-start")
    child = next(run for run in list_runs() if run.config.dataset == "tiny" and run.run_id != "parent")
    assert control.wait(child.folder, seconds=120) == "completed"
    expect(visitor.tab.get_by_text("This run")).to_be_visible(timeout=60_000)
    assert child.request.parent is not None
    assert child.request.parent.run == "parent"
    assert "again=" not in visitor.tab.url
    legend = visitor.key("train-curve").locator(".lb-legend")
    expect(legend).to_contain_text("Parent: parent")
    expect(visitor.tab.get_by_text("Its parent, parent")).to_be_visible()
    visitor.take_pictures("again-child")
    visitor.assert_clean()


@pytest.mark.slow
def test_two_tabs_begin_from_two_runs_and_a_link_carries_what_was_changed(
    visit: OpenVisitor, parent: Run
) -> None:
    first, second = visit("/train?again=parent"), visit("/train?again=demo-phantoms")
    set_epochs(first, 4)
    expect(second.key("train-again")).to_contain_text("demo-phantoms")
    expect(second.key("train-changes")).to_contain_text("Nothing is changed yet")
    third = visit(first.tab.url.removeprefix(first.address))
    expect(third.key("train-changes")).to_contain_text("One change: Epochs 2 → 4")
    assert json.loads((parent.folder / "config.json").read_text(encoding="utf-8"))["config"]["epochs"] == 2
