"""What the tests share: a temporary home, and the real data where it lies beside the project."""

import functools
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner

from core.workspace import ROOT, datasets_dir

if TYPE_CHECKING:
    from core.datasets.records import DatasetInfo
    from core.runs.store import Run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary LIGHTBOX_HOME."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("LIGHTBOX_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _no_page_fails(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A page that fails shows one calm sentence, which is no exception to a test: the log tells."""
    yield
    failed = [record for record in caplog.get_records("call") if record.getMessage() == "A page failed"]
    assert not failed, failed[0].exc_text or failed[0].exc_info


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep what is imported out of the garbage collection: nearly all of it stays.

    Looking through it was a third of the collection (23.8 to 14.8 s of a processor), and with the scan below
    three quarters of each test that opens a page, for Streamlit collects after each run (0.16 to 0.02 s).
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


# For each test of a page Streamlit reads what all installed packages say of themselves; they stay the same.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)

# On a server the same examples every time, so that a change is judged by what it changed; at home new ones.
settings.register_profile("repeatable", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def _trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.trained import train_on_phantoms

    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(folder))
        train_on_phantoms()
    return folder


@pytest.fixture
def trained(_trained_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Run"]:
    """The demo run in small, in a home that the tests of all pages share: look, and change nothing."""
    from core.runs.store import DEMO_RUN, open_run

    monkeypatch.setenv("LIGHTBOX_HOME", str(_trained_home))
    before = _runs_and_datasets(_trained_home)
    yield open_run(DEMO_RUN)
    new = _runs_and_datasets(_trained_home) - before
    assert not new, f"left in a home that others share: {sorted(new)}"


@pytest.fixture(scope="session")
def films_in_small(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], "DatasetInfo"]:
    """Put phantoms called "films" of so many patients, and of such a side in pixels, into the home at hand.

    Simulating a film takes 30 ms: those of one kind are simulated once.
    """
    from core.datasets.phantom_set import build_phantoms
    from core.datasets.phantoms import PhantomConfig
    from core.datasets.store import open_dataset

    made: dict[tuple[int, int], Path] = {}

    def films(n_patients: int, image_size: int) -> "DatasetInfo":
        kind = n_patients, image_size
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp("films")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("LIGHTBOX_HOME", str(made[kind]))
                build_phantoms(PhantomConfig(n_patients=n_patients, image_size=image_size), "films")
        shutil.copytree(made[kind] / "datasets" / "films", datasets_dir() / "films")
        return open_dataset("films").info

    return films


@pytest.fixture
def trained_alone(trained: "Run", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Run":
    """The demo run in small, in a home of its own, for a test that writes there."""
    from core.runs.store import open_run

    monkeypatch.setenv("LIGHTBOX_HOME", str(shutil.copytree(trained.folder.parent.parent, tmp_path / "own")))
    return open_run(trained.run_id)


def _runs_and_datasets(home: Path) -> set[str]:
    """Return what a test may leave behind: not the index, nor what is kept of the data that ships."""
    found = {
        path.relative_to(home) for kind in ("checkpoints", "datasets") for path in home.glob(f"{kind}/*")
    }
    return {str(path) for path in found if not path.name.startswith(".") and path.name != "phantoms"}


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real images beside the project; tests that need them are skipped where they are not."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real images are not here: ../shared/data is missing")
    return folder
