"""An import as a job: it ends whole, stopped or failed, and leaves no names of files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets.importing import ImportOptions
from core.datasets.store import open_dataset
from core.datasets.worker import start_import, take_report
from core.errors import NameTakenError
from core.jobs.control import request_stop, wait
from core.jobs.queue import turn
from core.jobs.status import read_status


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for n in range(8):
        path = folder / ("sick", "well")[n % 2] / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4), n, np.uint8)).save(path)
    (folder / "sick" / "Miller^Anna.png").write_text("torn")
    return folder


@pytest.mark.usefixtures("home")
def test_an_import_runs_in_a_process_of_its_own(source: Path) -> None:
    folder = start_import(source, ImportOptions(name="new"))
    assert wait(folder, seconds=60) == "completed", (folder / "log.txt").read_text()
    assert read_status(folder).progress == 1
    assert open_dataset("new").info.n_images == 8
    report = take_report(folder)
    assert report is not None
    assert [skipped.ordinal for skipped in report.skipped] == [5]
    with pytest.raises(NameTakenError):
        start_import(source, ImportOptions(name="new"))


@pytest.mark.usefixtures("home")
def test_names_of_files_are_never_on_the_disk_of_the_job(source: Path) -> None:
    folder = start_import(source, ImportOptions(name="new"))
    wait(folder, seconds=60)
    report = take_report(folder)
    assert report is not None
    assert [(skipped.ordinal, skipped.file) for skipped in report.skipped] == [(5, "")]
    assert all(b"Miller" not in path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.usefixtures("home")
def test_a_refusal_is_the_error_of_the_job(tmp_path: Path) -> None:
    folder = start_import(tmp_path / "nothing", ImportOptions(name="new"))
    assert wait(folder, seconds=60) == "failed"
    assert "There is nothing at" in str(read_status(folder).error)
    assert take_report(folder) is None


def test_a_stop_before_its_turn_leaves_nothing(home: Path, source: Path) -> None:
    with turn("import", "another", waiting=lambda _n_ahead: None):  # so that the new one has to wait
        folder = start_import(source, ImportOptions(name="new"))
        request_stop(folder)
        assert wait(folder, seconds=60) == "stopped"
    assert not list((home / "datasets").glob("*"))
