"""A small sweep in a browser, from the button to the best trial that is kept as a run."""

import pytest
from playwright.sync_api import expect

from core.jobs import control
from core.training import launch
from core.training.config import parse_config
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import PHONE, Server
from tests.tiny_dataset import write_tiny

pytestmark = pytest.mark.browser

_SWEEP_MS = 120_000


@pytest.fixture
def base(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run of a moment in the server's home, whose settings are varied."""
    monkeypatch.setenv("LIGHTBOX_HOME", str(server.home))
    write_tiny()
    config = parse_config(
        {"dataset": "tiny", "epochs": 2, "image_size": 16, "batch_size": 8, "device": "cpu"}
    )
    run = launch.launch(config)
    assert control.wait(run.folder, seconds=120) == "completed"
    return run.run_id


@pytest.mark.slow
def test_a_sweep_is_started_followed_tested_and_its_best_is_kept(base: str, visit: OpenVisitor) -> None:
    visitor = visit("/sweeps")
    expect(visitor.tab.get_by_text("No sweep yet.")).to_be_visible()
    visitor.press("sweeps-start")
    expect(visitor.key("sweeps-stop")).to_be_visible()
    visitor.take_pictures("sweeps-live")
    expect(visitor.tab.get_by_text("8 of 8 trials")).to_be_visible(timeout=_SWEEP_MS)
    expect(visitor.tab.get_by_text("Best of 8: trial")).to_be_visible()
    visitor.tab.get_by_text("Measure it on the test split").click()
    visitor.press("sweeps-open-test", timeout_s=60)
    expect(visitor.tab.get_by_text("It flattered by")).to_be_visible(timeout=60_000)
    visitor.settle()
    visitor.take_pictures("sweeps-done")
    visitor.assert_clean()
    visitor.open("/sweeps?level=full&lang=zh_Hans")
    for view in range(4):
        visitor.key("sweeps-view").get_by_role("radio").nth(view).click()
        visitor.settle()
    visitor.take_picture("sweeps-full", viewport=PHONE)
    visitor.assert_clean()
    visitor.open("/sweeps")
    visitor.tab.get_by_text("Measure it on the test split").click()
    visitor.press("sweeps-keep")
    kept = visitor.tab.get_by_text("tiny-sweep-001-best").filter(visible=True)  # a table's cell is drawn
    expect(kept.first).to_be_visible()
    visitor.assert_clean()
