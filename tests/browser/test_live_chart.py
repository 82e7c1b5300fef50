"""The live chart stays on one canvas while a run grows and when it ends, and so does its zoom."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Locator, expect

from core.jobs.status import JobStatus, now, write_status
from core.runs.metrics import append_metrics
from core.runs.records import EpochMetrics, Parent, StepMetrics
from core.runs.store import Run, create_run
from core.training.config import TrainingConfig
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import ROOT, Server, running_server
from tests.processes import until

pytestmark = pytest.mark.browser
N_EPOCHS = 8


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    script = ROOT / "tests" / "browser" / "live_page.py"
    with running_server(tmp_path_factory.mktemp("home"), script) as started:
        yield started


@pytest.fixture
def run(server: Server, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LIGHTBOX_HOME", str(server.home))
    return create_run(TrainingConfig(dataset="phantoms", epochs=N_EPOCHS), dataset_revision="none")


def pretend_to_train(run: Run, epochs: threading.Semaphore) -> None:
    """Write what a worker writes; each epoch waits until it may be written: the browser sets the pace."""
    moments = {"kind": "training", "created_at": now(), "launched_at": now()}
    with FileLock(run.folder / "lock"):
        write_status(run.folder, JobStatus(state="running", **moments))
        for epoch in range(1, N_EPOCHS + 1):
            epochs.acquire()
            speed = {"learning_rate": 1e-3, "images_per_second": 500.0, "seconds": float(epoch)}
            append_metrics(run.folder, StepMetrics(step=epoch, epoch=epoch, loss=1 / epoch, **speed))
            values = {"train_loss": 1 / epoch, "val_loss": 1.2 / epoch, "val_accuracy": 0.8, "val_auroc": 0.9}
            append_metrics(run.folder, EpochMetrics(epoch=epoch, step=epoch, **values, **speed))
            write_status(run.folder, JobStatus(state="running", progress=epoch / N_EPOCHS, **moments))
        write_status(run.folder, JobStatus(state="completed", progress=1, **moments))


def points(canvas: Locator) -> int:
    return int(canvas.get_attribute("data-points") or 0)


def wait_for_points(canvas: Locator, more_than: int) -> int:
    deadline = time.monotonic() + 60
    while points(canvas) <= more_than:
        assert time.monotonic() < deadline, "the curve does not grow"
        time.sleep(0.1)
    return points(canvas)


def test_the_canvas_and_its_zoom_stay_while_the_curve_grows_and_when_the_run_ends(
    visit: OpenVisitor, run: Run, tmp_path: Path
) -> None:
    epochs = threading.Semaphore(1)
    worker = threading.Thread(target=pretend_to_train, args=(run, epochs), daemon=True)
    worker.start()
    until((run.folder / "status.json").exists)
    visitor = visit(f"/?run={run.run_id}", shell=False)
    canvas = visitor.tab.locator("canvas[data-points]")
    expect(canvas).to_be_visible(timeout=20_000)
    canvas.evaluate("canvas => { canvas.mark = 'the same'; }")
    first = wait_for_points(canvas, 0)
    epochs.release()
    second = wait_for_points(canvas, first)
    box = canvas.bounding_box()
    assert box is not None
    visitor.tab.mouse.move(box["x"] + 120, box["y"] + 60)
    visitor.tab.mouse.down()
    visitor.tab.mouse.move(box["x"] + 420, box["y"] + 70, steps=4)
    visitor.tab.mouse.up()
    epochs.release()
    wait_for_points(canvas, second)
    expect(canvas).to_have_attribute("data-zoomed", "true")
    epochs.release(N_EPOCHS)
    worker.join(timeout=30)
    expect(visitor.tab.get_by_text("completed")).to_be_visible(timeout=30_000)
    wait_for_points(canvas, 3 * N_EPOCHS - 1)
    assert points(canvas) == 3 * N_EPOCHS
    assert canvas.evaluate("canvas => canvas.mark") == "the same"
    canvas.dblclick()
    expect(canvas).to_have_attribute("data-zoomed", "false")
    assert "after epoch 8" in (canvas.get_attribute("aria-label") or "")
    visitor.take_picture("live-chart", full=False)
    visitor.assert_clean()


def test_the_arrow_keys_read_the_values(visit: OpenVisitor, run: Run) -> None:
    pretend_to_train(run, threading.Semaphore(N_EPOCHS))
    visitor = visit(f"/?run={run.run_id}", shell=False)
    canvas = visitor.tab.locator("canvas[data-points]")
    expect(canvas).to_be_visible(timeout=20_000)
    canvas.focus()
    canvas.press("Home")
    expect(visitor.tab.locator("output")).to_contain_text("Training loss 1")
    canvas.press("ArrowRight")
    expect(visitor.tab.locator("output")).to_contain_text("Validation loss 0.6")


def test_the_band_of_a_parents_seeds_is_read_and_stays_through_a_zoom(
    visit: OpenVisitor, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_HOME", str(server.home))
    data = {"dataset_revision": "none", "split_hash": "same"}
    for seed in (0, 1):
        config = TrainingConfig(dataset="phantoms", epochs=N_EPOCHS, seed=seed, batch_size=8)
        pretend_to_train(create_run(config, run_id=f"seed-{seed}", **data), threading.Semaphore(N_EPOCHS))
    child = create_run(
        TrainingConfig(dataset="phantoms", epochs=N_EPOCHS),
        run_id="child",
        parent=Parent(run="seed-0"),
        **data,
    )
    pretend_to_train(child, threading.Semaphore(N_EPOCHS))
    visitor = visit("/?run=child", shell=False)
    canvas = visitor.tab.locator("canvas[data-points]")
    expect(canvas).to_have_attribute("data-areas", "2", timeout=20_000)
    expect(visitor.tab.locator(".lb-legend")).to_contain_text("Parent: seed-0 (2 seeds)")
    assert visitor.tab.locator(".lb-legend rect").count() == 1
    canvas.focus()
    canvas.press("Home")
    expect(visitor.tab.locator("output")).to_contain_text(
        "seed-0 (2 seeds): Validation loss 1.2 (1.2 to 1.2)"
    )
    canvas.press("+")
    expect(canvas).to_have_attribute("data-zoomed", "true")
    expect(canvas).to_have_attribute("data-areas", "2")
