"""Files from a browser: staged for this user alone, inspected by a job, imported, and gone afterwards."""

import io
import os
import stat
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets import inspection, staging, worker
from core.datasets.options import ImportOptions
from core.datasets.plan import ImportPlan
from core.datasets.staging_folder import SOURCE, new_staging
from core.datasets.store import list_datasets, open_dataset
from core.errors import ImportRefusedError, NameTakenError, StateError
from core.jobs import control
from core.jobs.status import JobStatus, effective_state, now, write_status
from core.workspace import jobs_dir

pytestmark = pytest.mark.usefixtures("home")

_MODULES = {inspection.__name__: inspection, worker.__name__: worker}


@pytest.fixture(autouse=True)
def _jobs_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a job work in this process while it is started: a process of its own takes a second to begin."""
    if request.node.get_closest_marker("slow"):
        return

    def start(folder: Path, *, module: str, kind: str) -> None:
        write_status(folder, JobStatus(kind=kind, state="queued", created_at=now(), launched_at=now()))
        _MODULES[module].main(folder)

    monkeypatch.setattr(staging, "start", start)
    monkeypatch.setattr(worker, "start", start)


def _png(value: int) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.full((20, 20), value, dtype=np.uint8)).save(content, format="PNG")
    return content.getvalue()


def _folder() -> list[tuple[str, bytes]]:
    """What a browser sends of a chosen folder: its own name stands before every file."""
    return [
        (f"mine/{label}/{n}.png", _png(n + 40 * (label == "ill")))
        for label in ("healthy", "ill")
        for n in range(3)
    ]


def _zip(files: list[tuple[str, bytes]]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return content.getvalue()


def _inspected(folder: Path, **options: object) -> ImportPlan:
    staging.start_inspection(folder, ImportOptions.model_validate({"name": "mine", **options}))
    assert control.wait(folder, seconds=60) == "completed", control.view(folder).status.error
    plan = staging.take_inspection(folder)
    assert plan is not None
    return plan


def _files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _marked(home: Path, marker: str) -> list[Path]:
    """Return all files below the home whose path or content holds the marker."""
    named = [path for path in home.rglob("*") if marker in path.relative_to(home).as_posix()]
    files = (path for path in home.rglob("*") if path.is_file())
    return named + [path for path in files if marker.encode() in path.read_bytes()]


def test_a_folder_is_staged_inspected_and_imported_and_its_files_are_gone(home: Path) -> None:
    files = [*_folder(), ("mine/ill/Miller-notes.png", b"no picture"), ("mine/Thumbs.db", b"x")]
    folder = staging.stage_upload(files)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    plan = _inspected(folder)
    assert plan.class_counts == {"healthy": 3, "ill": 3}
    assert {skip.file for skip in plan.skips} == {"ill/Miller-notes.png", "Thumbs.db"}
    shown = staging.preview_path(folder, plan.previews[0])
    assert shown is not None
    with Image.open(shown) as picture:
        assert (picture.mode, picture.size) == ("L", (20, 20))
    job = staging.start_staged_import(folder, ImportOptions(name="mine"))
    assert not folder.exists()
    assert control.wait(job, seconds=60) == "completed"
    assert open_dataset("mine").info.class_counts == {"healthy": 3, "ill": 3}
    report = worker.take_report(job)
    assert report is not None
    assert [(skip.ordinal, skip.file) for skip in report.skipped] == [(7, ""), (8, "")]
    assert staging.name_of(job, 8) == "Thumbs.db"
    assert staging.name_of(job, 7) == "ill/Miller-notes.png"
    staging.forget(job)
    assert staging.name_of(job, 7) is None
    assert not (job / SOURCE).exists()
    assert _marked(home, "Miller") == []


@pytest.mark.slow
def test_a_zip_goes_through_two_jobs_in_processes_of_their_own(home: Path) -> None:
    folder = staging.stage_upload([("all.zip", io.BytesIO(_zip(_folder())))])
    assert _inspected(folder).class_counts == {"healthy": 3, "ill": 3}
    assert not list(folder.rglob("*.zip"))
    job = staging.start_staged_import(folder, ImportOptions(name="mine"))
    assert control.wait(job, seconds=60) == "completed"
    assert open_dataset("mine").info.n_images == 6


def test_a_table_beside_a_zip_of_its_images_is_one_source() -> None:
    pictures = _zip([(f"{n}.png", _png(n)) for n in range(4)])
    table = "image,label\n" + "".join(f"{n}.png,{'ab'[n % 2]}\n" for n in range(4))
    folder = staging.stage_upload([("labels.csv", table.encode()), ("pictures.zip", pictures)])
    plan = _inspected(folder)
    assert (plan.layout, plan.class_counts) == ("csv", {"a": 2, "b": 2})


def test_an_array_file_alone_in_a_zip_is_found() -> None:
    arrays = io.BytesIO()
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 8, 8), dtype=np.uint8)
    np.savez(arrays, train_images=images, train_labels=np.arange(4)[:, None] % 2)
    folder = staging.stage_upload([("download.zip", _zip([("x.npz", arrays.getvalue()), ("README", b"hi")]))])
    plan = _inspected(folder)
    assert (plan.layout, plan.class_counts) == ("npz", {"class 0": 2, "class 1": 2})
    assert all(staging.preview_path(folder, preview) for preview in plan.previews)


def test_another_look_with_other_options_reads_no_image_again() -> None:
    table = "image,label,site\n" + "".join(f"{n}.png,{'ab'[n % 2]},{'cd'[n // 2]}\n" for n in range(4))
    files = [(f"{n}.png", _png(n)) for n in range(4)]
    folder = staging.stage_upload([("labels.csv", table.encode()), *files])
    assert _inspected(folder).class_counts == {"a": 2, "b": 2}
    for picture in folder.glob("source/*.png"):
        picture.write_bytes(b"gone")  # were it read again, it could not be shown
    memory = (folder / "memory.json").read_bytes()
    plan = _inspected(folder, label_column="site")
    assert plan.class_counts == {}  # no image is left that looks like one
    assert (folder / "memory.json").read_bytes() == memory


def test_a_failed_inspection_says_why_and_what_is_staged_stays() -> None:
    folder = staging.stage_upload([("broken.zip", b"PK\x03\x04 torn")])
    staging.start_inspection(folder, ImportOptions(name="mine"))
    assert control.wait(folder, seconds=60) == "failed"
    assert "The archive is damaged" in str(control.view(folder).status.error)
    assert staging.take_inspection(folder) is None
    assert staging.find_staging(staging.token_of(folder)) == folder


def test_an_upload_never_leaves_its_folder(home: Path) -> None:
    names = (
        "../../escape.png",
        "/etc/passwd",
        "a\\..\\b.png",
        "C:\\x.png",
        ".hidden",
        "a/./b.png",
        "\u202eevil.png",
    )
    folder = staging.stage_upload([(name, b"x") for name in names])
    assert _files_below(folder / SOURCE) == sorted(
        ["escape.png", "etc/passwd", "a_.._b.png", "C__x.png", ".hidden", "a/b.png", "\ufffdevil.png"]
    )
    assert list(home.parent.glob("escape.png")) == []


def test_two_files_of_one_name_are_both_kept() -> None:
    folder = staging.stage_upload([("x.png", b"1"), ("X.PNG", b"2"), ("x.png", b"3")])
    assert _files_below(folder / SOURCE) == ["X-2.PNG", "x-3.png", "x.png"]


@pytest.mark.parametrize(
    ("limit", "value", "text"),
    [("MOST_FILES", 1, "More than 1 files at once"), ("MOST_BYTES", 1, "More than 0 GB at once")],
)
def test_too_much_or_nothing_is_refused_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, text: str
) -> None:
    monkeypatch.setattr(staging, limit, value)
    with pytest.raises(ImportRefusedError, match=text):
        staging.stage_upload([("a", b"xx"), ("b", b"xx")])
    with pytest.raises(ImportRefusedError, match="Choose a folder or files first"):
        staging.stage_upload([])
    assert list(jobs_dir().glob("staging-*")) == []


def test_a_taken_name_is_refused_and_what_is_staged_stays() -> None:
    folder = staging.stage_upload(_folder())
    with pytest.raises(NameTakenError):
        staging.start_staged_import(folder, ImportOptions(name="phantoms"))
    assert (folder / SOURCE).is_dir()
    assert list(jobs_dir().glob("import-*")) == []


def test_nobody_guesses_the_address_of_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "start", _killed)
    job = staging.start_staged_import(staging.stage_upload(_folder()), ImportOptions(name="mine"))
    assert len(job.name.removeprefix("import-mine-")) * 4 == 64  # bits


def test_an_import_that_fails_leaves_neither_files_nor_a_data_set(home: Path) -> None:
    folder = staging.stage_upload([("mine/only/Miller.png", _png(1))])
    job = staging.start_staged_import(folder, ImportOptions(name="odd"))
    assert control.wait(job, seconds=60) == "failed"
    assert "odd" not in [info.dataset_id for info in list_datasets()]
    assert _marked(home, "Miller") == []


def test_an_interrupted_import_can_be_tried_again_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = staging.stage_upload(_folder())
    with monkeypatch.context() as patch:
        patch.setattr(worker, "start", _killed)
        job = staging.start_staged_import(folder, ImportOptions(name="mine"))
    assert effective_state(job) == "interrupted"
    staging.sweep()
    staging.retry_import(job)
    assert control.wait(job, seconds=60) == "completed"
    assert open_dataset("mine").info.n_images == 6
    with pytest.raises(StateError, match="Only an import that was interrupted"):
        staging.retry_import(job)


def _killed(folder: Path, *, module: str, kind: str) -> None:
    write_status(folder, JobStatus(kind=kind, state="running", created_at=now(), launched_at=now()))


def test_what_is_thrown_away_is_gone() -> None:
    folder = staging.stage_upload(_folder())
    staging.start_inspection(folder, ImportOptions(name="mine"))
    staging.discard(folder)
    assert not (folder / SOURCE).exists()
    assert staging.find_staging("../" + folder.name) is None
    assert staging.find_staging("0" * 16) is None


def test_only_what_is_old_and_idle_is_swept_away() -> None:
    old, young, worked_on = (new_staging() for _ in range(3))
    ended = jobs_dir() / "import-ended-0"
    (ended / SOURCE).mkdir(parents=True)
    status = JobStatus(kind="import", state="failed", created_at=now(), launched_at=now())
    write_status(ended, status)
    write_status(worked_on, status.model_copy(update={"state": "queued"}))
    for folder in (old, worked_on):
        os.utime(folder, (time.time() - 90_000,) * 2)
    staging.sweep()
    assert (old.exists(), young.exists(), worked_on.exists()) == (False, True, True)
    assert not (ended / SOURCE).exists()


# Folders of the server


def test_no_folder_of_the_server_is_allowed_by_default(tmp_path: Path) -> None:
    assert staging.server_folders() == ()
    with pytest.raises(ImportRefusedError, match="no such folder among those"):
        staging.stage_server_folder(tmp_path)


@pytest.fixture
def allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "allowed"
    for name, content in _folder():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    monkeypatch.setenv("LIGHTBOX_IMPORT_FOLDERS", str(folder))
    return folder


def test_an_allowed_folder_is_read_where_it_is_and_stays(allowed: Path) -> None:
    assert staging.list_server_folders() == (allowed, allowed / "mine")
    before = _files_below(allowed)
    folder = staging.stage_server_folder(allowed / "mine")
    assert _inspected(folder).class_counts == {"healthy": 3, "ill": 3}
    job = staging.start_staged_import(folder, ImportOptions(name="mine"))
    assert control.wait(job, seconds=60) == "completed"
    assert _files_below(allowed) == before


def test_no_link_leads_out_of_an_allowed_folder(allowed: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "x.png").write_bytes(_png(1))
    (allowed / "out").symlink_to(secret)
    (allowed / "mine" / "ill" / "link.png").symlink_to(secret / "x.png")
    for path in (allowed / "out", allowed / ".." / "secret", secret, allowed / "missing"):
        with pytest.raises(ImportRefusedError, match="no such folder among those"):
            staging.stage_server_folder(path)
    plan = _inspected(staging.stage_server_folder(allowed / "mine"))
    assert [(skip.file, str(skip.reason)) for skip in plan.skips] == [
        ("ill/link.png", "It is a link that leads out of the folder.")
    ]
