"""Files from a browser: staged in the job's folder, imported, and gone afterwards."""

import io

import numpy as np
import pytest
from PIL import Image

from core.datasets.importing import ImportOptions
from core.datasets.store import list_datasets, open_dataset
from core.datasets.uploads import start_upload_import
from core.datasets.worker import take_report
from core.errors import ImportRefusedError, NameTakenError
from core.jobs import control
from core.workspace import jobs_dir


def _png(value):
    content = io.BytesIO()
    Image.fromarray(np.full((20, 20), value, dtype=np.uint8)).save(content, format="PNG")
    return content.getvalue()


def _folder():
    """What a browser sends of a chosen folder: its own name stands before every file."""
    return [
        (f"mine/{label}/{n}.png", _png(n + 40 * (label == "ill")))
        for label in ("healthy", "ill")
        for n in range(3)
    ]


def test_an_uploaded_folder_becomes_a_data_set_and_its_files_are_gone(home):
    job = start_upload_import([*_folder(), ("mine/ill/notes.png", b"no picture")], ImportOptions(name="mine"))
    assert control.wait(job, seconds=60) == "completed"
    info = open_dataset("mine").info
    assert info.class_counts == {"healthy": 3, "ill": 3}
    assert [skipped.file for skipped in take_report(job).skipped] == ["ill/notes.png"]
    assert not (job / "source").exists()


def test_names_that_climb_out_stay_inside_and_a_failed_import_leaves_nothing(home):
    files = [("../../escape.png", _png(1)), ("/etc/passwd", b"root")]
    job = start_upload_import(files, ImportOptions(name="odd"))
    assert control.wait(job, seconds=60) == "failed"
    assert list(home.rglob("escape.png")) == []
    assert not (home.parent / "escape.png").exists()
    assert "odd" not in [info.dataset_id for info in list_datasets()]


def test_no_file_is_refused_in_one_sentence_and_leaves_no_job(home):
    with pytest.raises(ImportRefusedError, match="Choose a folder or files first"):
        start_upload_import([], ImportOptions(name="none"))
    assert list(jobs_dir().glob("import-*")) == []


def test_a_name_that_is_taken_is_refused_before_anything_is_staged(home):
    job = start_upload_import(_folder(), ImportOptions(name="mine"))
    control.wait(job, seconds=60)
    with pytest.raises(NameTakenError):
        start_upload_import(_folder(), ImportOptions(name="mine"))
    assert len(list(jobs_dir().glob("import-*"))) == 1
