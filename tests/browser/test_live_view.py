"""What a visitor looks at in the live chart stays in view: at 5,000 points, while they grow, in ten tabs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Locator, Page, expect

from core.jobs.status import JobStatus, now, write_status
from core.language import Message
from core.runs.metrics import append_metrics
from core.runs.records import EpochMetrics, RunEvent, StepMetrics
from core.runs.store import Run, create_run
from core.training.config import parse_config
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import ROOT, Server, running_server

pytestmark = pytest.mark.browser
N_POINTS, N_EPOCHS = 5_000, 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    script = ROOT / "tests" / "browser" / "live_server.py"
    with running_server(tmp_path_factory.mktemp("home"), script) as started:
        yield started


@pytest.fixture
def run(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A run of two stages that stands at 5,000 steps, and whose worker is alive."""
    monkeypatch.setenv("LIGHTBOX_HOME", str(server.home))
    config = parse_config({"dataset": "phantoms", "epochs": 2 * N_EPOCHS, "head_epochs": 5})
    made = create_run(config, dataset_revision="none")
    lines: list[StepMetrics | EpochMetrics | RunEvent] = [step(number) for number in range(1, N_POINTS + 1)]
    values = {"train_loss": 0.5, "val_loss": 0.6, "val_accuracy": 0.8, "val_auroc": 0.9, "seconds": 1.0}
    speed = {"learning_rate": 1e-3, "images_per_second": 500.0}
    for epoch in range(1, N_EPOCHS + 1):
        at = epoch * N_POINTS // N_EPOCHS
        lines.append(EpochMetrics(epoch=epoch, step=at, **values, **speed))
    lines.append(RunEvent(what="memory", step=300, epoch=1.2, message=Message(text="The batch was halved.")))
    text = "".join(line.model_dump_json() + "\n" for line in lines)
    (made.folder / "metrics.jsonl").write_text(text, encoding="utf-8")
    moments = {"kind": "training", "created_at": now(), "launched_at": now()}
    with FileLock(made.folder / "lock"):
        write_status(made.folder, JobStatus(state="running", progress=0.5, **moments))
        yield made


def step(number: int) -> StepMetrics:
    speed = {"learning_rate": 1e-3, "images_per_second": 500.0, "seconds": 1.0}
    return StepMetrics(step=number, epoch=number * N_EPOCHS / N_POINTS, loss=1 / number, **speed)


def grow(run: Run, canvas: Locator, *, to: int) -> None:
    """Add a step and wait until the browser has it."""
    before = canvas.get_attribute("data-updates") or ""
    append_metrics(run.folder, step(to))
    expect(canvas).not_to_have_attribute("data-updates", before)


def view_of(canvas: Locator) -> tuple[float, float]:
    return float(canvas.get_attribute("data-low") or 0), float(canvas.get_attribute("data-high") or 0)


def drag(tab: Page, canvas: Locator, start: int, end: int, *, shift: bool = False) -> None:
    box = canvas.bounding_box()
    assert box is not None
    if shift:
        tab.keyboard.down("Shift")
    tab.mouse.move(box["x"] + start, box["y"] + 60)
    tab.mouse.down()
    tab.mouse.move(box["x"] + end, box["y"] + 66, steps=4)
    tab.mouse.up()
    if shift:
        tab.keyboard.up("Shift")


def shown(visit: OpenVisitor, address: str) -> tuple[Page, Locator]:
    tab = visit(address, shell=False).tab
    return tab, canvas_of(tab)


def canvas_of(tab: Page) -> Locator:
    canvas = tab.locator("canvas[data-points]")
    expect(canvas).to_be_visible(timeout=60_000)
    expect(canvas).to_have_attribute("data-points", re.compile("^[1-9]"))
    return canvas


def test_zoom_and_pan_stay_while_a_curve_of_5000_points_grows(visit: OpenVisitor, run: Run) -> None:
    tab, canvas = shown(visit, f"/?run={run.run_id}")
    expect(canvas).to_have_attribute("data-bands", "2")
    expect(canvas).to_have_attribute("data-marks", "1")
    expect(tab.get_by_text("The batch was halved")).to_be_visible()
    drag(tab, canvas, 250, 450)
    expect(canvas).to_have_attribute("data-zoomed", "true")
    zoomed = view_of(canvas)
    drag(tab, canvas, 300, 400, shift=True)
    moved = view_of(canvas)
    assert moved[0] < zoomed[0]
    assert moved[1] - moved[0] == pytest.approx(zoomed[1] - zoomed[0])
    for number in range(1, 4):
        grow(run, canvas, to=N_POINTS + number)
        assert view_of(canvas) == moved
    canvas.focus()
    canvas.press("Shift+ArrowRight")
    assert view_of(canvas)[0] == pytest.approx(moved[0] + 0.1 * (moved[1] - moved[0]))
    canvas.press("Escape")
    expect(canvas).to_have_attribute("data-zoomed", "false")
    assert view_of(canvas)[0] == 0


def test_the_view_cannot_be_moved_beyond_the_curves_and_zooms_by_keys(visit: OpenVisitor, run: Run) -> None:
    _tab, canvas = shown(visit, f"/?run={run.run_id}")
    first, last = view_of(canvas)
    canvas.focus()
    canvas.press("+")
    low, high = view_of(canvas)
    assert high - low == pytest.approx((last - first) / 2)
    for _press in range(12):
        canvas.press("Shift+ArrowLeft")
    assert view_of(canvas) == pytest.approx((first, first + (last - first) / 2))
    canvas.press("-")
    assert view_of(canvas) == (first, last)


def test_another_axis_shows_all_and_the_rest_of_the_choice_stays(
    visit: OpenVisitor, run: Run, tmp_path: Path
) -> None:
    tab, canvas = shown(visit, f"/?run={run.run_id}&level=full")
    drag(tab, canvas, 250, 450)
    expect(canvas).to_have_attribute("data-zoomed", "true")
    canvas.evaluate("canvas => { canvas.mark = 'the same'; }")
    tab.get_by_role("radio", name="Steps").click()
    expect(canvas).to_have_attribute("data-last-x", str(N_POINTS))
    expect(canvas).to_have_attribute("data-zoomed", "false")
    tab.get_by_role("button", name="Images/s").click()
    expect(canvas).to_have_attribute("aria-label", re.compile("after epoch 20"))
    assert canvas.evaluate("canvas => canvas.mark") == "the same"


@pytest.mark.slow
def test_ten_tabs_follow_one_run_each_with_a_view_of_its_own(visit: OpenVisitor, run: Run) -> None:
    first, canvas = shown(visit, f"/?run={run.run_id}")
    tabs = [(first, canvas)]
    for _number in range(9):
        tab = first.context.new_page()
        tab.goto(first.url, timeout=120_000)
        tabs.append((tab, canvas_of(tab)))
    views = []
    for number, (tab, canvas) in enumerate(tabs):
        drag(tab, canvas, 150 + 20 * number, 400)
        expect(canvas).to_have_attribute("data-zoomed", "true")
        views.append(view_of(canvas))
    assert len(set(views)) == 10
    seen = [canvas.get_attribute("data-updates") or "" for _tab, canvas in tabs]
    append_metrics(run.folder, step(N_POINTS + 1))
    for (_tab, canvas), before in zip(tabs, seen, strict=True):  # ten browsers' work on one machine
        expect(canvas).not_to_have_attribute("data-updates", before, timeout=120_000)
    assert [view_of(canvas) for _tab, canvas in tabs] == views
