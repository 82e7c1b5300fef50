"""The time machine in a real browser: play, slider, keys, and a run that goes on meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Locator, expect

from core.jobs.status import JobStatus, now, write_status
from core.runs.store import Run
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import PHONE, Server, Visitor, running_server
from tests.recorded import about_of, recorded_run, write_epoch

pytestmark = pytest.mark.browser

# Write down the epochs that are shown, in their order, each once.
_REMEMBER = """(node) => {
  const passed = [];
  const see = () => {
    if (passed.at(-1) !== node.dataset.epoch) passed.push(node.dataset.epoch);
    if (passed.length === 5) node.dataset.passed = passed.join(' ');
  };
  new MutationObserver(see).observe(node, { attributes: true, attributeFilter: ['data-epoch'] });
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(home))
        recorded_run(epochs=(0, 1, 2, 3, 4))
    with running_server(home) as started:
        yield started


@pytest.fixture
def run(server: Server, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LIGHTBOX_HOME", str(server.home))
    return Run("filmed", server.home / "checkpoints" / "filmed")


def stage(visitor: Visitor) -> Locator:
    return visitor.tab.locator("section.tm")


def at(visitor: Visitor, epoch: int) -> None:
    expect(stage(visitor)).to_have_attribute("data-epoch", str(epoch))


def test_play_goes_from_the_first_frame_to_the_last_and_stops(visit: OpenVisitor, run: Run) -> None:
    visitor = visit("/time_machine?run=filmed")
    at(visitor, 4)
    stage(visitor).evaluate(_REMEMBER)
    visitor.tab.get_by_role("button", name="Play", exact=True).click()
    expect(stage(visitor)).to_have_attribute("data-passed", "0 1 2 3 4")
    expect(stage(visitor)).to_have_attribute("data-playing", "false")
    at(visitor, 4)
    visitor.assert_clean()


def test_keys_step_play_and_go_to_the_ends(visit: OpenVisitor, run: Run) -> None:
    visitor = visit("/time_machine?run=filmed")
    slider = visitor.tab.get_by_role("slider", name="Epoch")
    slider.focus()
    visitor.tab.keyboard.press("Home")
    at(visitor, 0)
    expect(slider).to_have_attribute("aria-valuetext", "Before the first step")
    visitor.tab.keyboard.press("ArrowRight")
    visitor.tab.keyboard.press("ArrowRight")
    at(visitor, 2)
    expect(slider).to_have_attribute("aria-valuetext", "Epoch 2 of 6")
    visitor.tab.keyboard.press("ArrowLeft")
    at(visitor, 1)
    visitor.tab.keyboard.press("Space")
    expect(stage(visitor)).to_have_attribute("data-playing", "true")
    visitor.tab.keyboard.press("End")  # whoever steps has stopped the film
    at(visitor, 4)
    expect(stage(visitor)).to_have_attribute("data-playing", "false")


def test_the_pictures_show_the_epoch_that_the_slider_names(visit: OpenVisitor, run: Run) -> None:
    visitor = visit("/time_machine?run=filmed&level=full")
    slider = visitor.tab.get_by_role("slider", name="Epoch")
    slider.fill("1")
    at(visitor, 1)
    shares = visitor.tab.locator(".tm-case").first.locator(".tm-share")
    expect(shares).to_have_text(["60 %", "40 %"])
    cells = visitor.tab.locator(".tm-cell")
    expect(cells).to_have_text(["1", "3", "4", "0"])
    slider.fill("4")
    expect(shares).to_have_text(["90 %", "10 %"])
    expect(cells).to_have_text(["2", "2", "2", "2"])
    expect(visitor.tab.get_by_text("4 of 8 validation images right")).to_be_visible()
    first = visitor.tab.locator(".tm-case canvas").first
    expect(first).to_have_attribute(
        "aria-label", "Simulated image number 0, labelled 'clear'. Epoch 4: clear 90 %"
    )
    visitor.assert_clean()


def test_a_run_that_goes_on_appends_frames_and_leaves_the_slider_where_it_is(
    visit: OpenVisitor, run: Run, tmp_path: Path
) -> None:
    moments = {"created_at": now(), "launched_at": now()}
    with FileLock(run.folder / "lock"):
        write_status(run.folder, JobStatus(kind="training", state="running", **moments))
        looking_back = visit("/time_machine?run=filmed")
        at_the_end = visit("/time_machine?run=filmed")
        for visitor in (looking_back, at_the_end):
            expect(visitor.tab.locator(".tm-live")).to_have_text("live")
        looking_back.tab.get_by_role("slider", name="Epoch").fill("1")
        at(looking_back, 1)
        stage(looking_back).evaluate("(node) => { node.dataset.mounted = 'once' }")
        write_epoch(run, 5, about_of())
        for visitor in (looking_back, at_the_end):
            expect(stage(visitor)).to_have_attribute("data-frames", "6")
        at(looking_back, 1)
        at(at_the_end, 5)
        write_status(run.folder, JobStatus(kind="training", state="completed", **moments))
    expect(looking_back.tab.locator(".tm-live")).to_be_empty()
    at(looking_back, 1)
    expect(stage(looking_back)).to_have_attribute("data-mounted", "once")


def test_it_fits_a_phone(visit: OpenVisitor, run: Run) -> None:
    visitor = visit("/time_machine?run=filmed&lang=zh_Hans", dark=True, viewport=PHONE)
    expect(stage(visitor)).to_be_visible()
    wide = visitor.tab.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    box = stage(visitor).bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]
    visitor.assert_clean()
