"""What the tests share: a temporary home, and the real data where it lies beside the project."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from core.workspace import ROOT

if TYPE_CHECKING:
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
def trained(_trained_home: Path, monkeypatch: pytest.MonkeyPatch) -> "Run":
    """The demo run in small, in a home that the tests of all pages share: look, and change nothing."""
    from core.runs.store import DEMO_RUN, open_run

    monkeypatch.setenv("LIGHTBOX_HOME", str(_trained_home))
    return open_run(DEMO_RUN)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real images beside the project; tests that need them are skipped where they are not."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real images are not here: ../shared/data is missing")
    return folder
