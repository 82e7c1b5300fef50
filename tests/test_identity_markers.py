"""The big one: a marker wherever identity can stand, and after an import it is nowhere.

Not below LIGHTBOX_HOME (packed or not, in any encoding of text), in no log, on no page, in no export.
"""

import csv
import io
import logging
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.datasets import staging
from core.datasets.exporting import export_dataset
from core.datasets.importing import import_path
from core.datasets.options import ImportOptions
from core.datasets.store import open_dataset
from core.images import identity_kinds
from core.jobs import control
from tests import markers
from tests.screens import open_page, texts

WORD = markers.WORD
LABELS = ("healthy", "ill")


def marked_files() -> dict[str, bytes]:
    """Return files of two classes, each full of the marker and named by it, and some that cannot be read."""
    files: dict[str, bytes] = {}
    number = 0
    for label in LABELS:
        for kind, make in (
            ("dcm", lambda n: markers.marked_dicom(number=n)),
            ("dcm", lambda n: markers.marked_dicom(number=n, patient=f"{WORD} {n}")),
            ("png", markers.marked_png),
            ("jpg", markers.marked_jpeg),
            ("tif", markers.marked_tiff),
        ):
            number += 1
            files[f"{label}/{WORD}, Ottokar {markers.DATE}-{number}.{kind}"] = make(number)
    files[f"{LABELS[0]}/{WORD} broken.dcm"] = files[f"{LABELS[0]}/{WORD}, Ottokar {markers.DATE}-1.dcm"][
        :5000
    ]
    files[f"{LABELS[0]}/{WORD} broken.png"] = b"\x89PNG\r\n\x1a\n" + markers.TEXT.encode()
    files[f"{LABELS[1]}/{WORD} page.png"] = b"<html>" + markers.TEXT.encode()
    return files


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def leaks_below(home: Path) -> dict[str, set[str]]:
    """Return which files hold which markers: in their path, their bytes, or what is packed into them."""
    leaks: dict[str, set[str]] = {}
    for path in sorted(home.rglob("*")):
        shown = path.relative_to(home).as_posix()
        parts = [shown.encode(errors="surrogateescape")]
        if path.is_file():
            content = path.read_bytes()
            parts += [content, *markers.unpacked(content)]
        found = set().union(*(markers.found_in(part) for part in parts))
        if found:
            leaks[shown] = found
    return leaks


def exported(name: str, tmp_path: Path) -> bytes:
    target = tmp_path / "export.zip"
    export_dataset(name, target)
    return target.read_bytes()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """Collect all that is logged, warned and printed, in this process and in those it starts."""
    heard: list[str] = []
    caplog.set_level(logging.DEBUG)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield heard
    heard += [str(warning.message) for warning in caught]
    heard += [caplog.text, *capfd.readouterr()]
    assert markers.found_in("\n".join(heard).encode()) == set()


def test_the_markers_are_seen_where_they_are(tmp_path):
    """The search itself: what is planted is found, in each of its hiding places."""
    files = marked_files()
    write(tmp_path, files)
    found = leaks_below(tmp_path)
    assert len(found) == len(files)
    assert set().union(*found.values()) >= {WORD, "Ottokar", markers.DATE, markers.UID, markers.NUMBER}
    assert markers.found_in(markers.marked_zip({"a": b""})) == {WORD, "Ottokar"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", markers.TEXT * 100)
    assert any(markers.found_in(part) for part in markers.unpacked(packed.getvalue()))
    assert markers.found_in(WORD.encode("utf-16-le")) == {WORD}


@pytest.mark.filterwarnings("default")
def test_an_import_of_folders_keeps_no_marker(home, tmp_path, said):
    source = write(tmp_path / f"{WORD} study", marked_files())
    report = import_path(source, ImportOptions(name="mine"))
    assert report.info.n_images == 10
    assert report.info.n_patients == 3
    assert len(report.skipped) == 3
    assert leaks_below(home) == {}
    assert markers.found_in(exported("mine", tmp_path)) == set()
    assert not any(markers.found_in(part) for part in markers.unpacked(exported("mine", tmp_path)))
    said.append(report.model_copy(update={"skipped": ()}).model_dump_json())
    said += [str(skipped.reason) for skipped in report.skipped]


@pytest.mark.filterwarnings("default")
def test_the_report_names_the_kinds_and_how_often(home, tmp_path):
    source = write(tmp_path / "source", marked_files())
    identity = import_path(source, ImportOptions(name="mine")).identity
    assert identity.counts[identity_kinds.PATIENT_NAME] == 4
    assert identity.counts[identity_kinds.GPS] >= 4
    assert markers.found_in(identity.model_dump_json().encode()) == set()


@pytest.mark.filterwarnings("default")
def test_an_import_by_a_table_keeps_no_marker(home, tmp_path, said):
    files = {name: content for name, content in marked_files().items() if "broken" not in name}
    folder = write(tmp_path / WORD, {Path(name).name: content for name, content in files.items()})
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["image", "label", "patient_id", "patient_name", "birth_date", "comment", "view"])
    for number, name in enumerate(files):
        row = [Path(name).name, name.split("/")[0], f"{WORD}-{number % 4}", markers.TEXT, markers.DATE]
        writer.writerow([*row, f"seen by {markers.TEXT}", "PA"])
    writer.writerow([f"{WORD} missing.png", "ill", WORD, markers.TEXT, markers.DATE, WORD, "PA"])
    (folder / "labels.csv").write_text(table.getvalue(), encoding="utf-8")
    report = import_path(folder, ImportOptions(name="mine", keep_columns=("view",)))
    assert report.info.n_images == 10
    assert report.info.n_patients == 4
    assert leaks_below(home) == {}
    said.append(exported("mine", tmp_path).decode("latin-1"))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("as_zip", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_an_import_through_the_browser_keeps_no_marker(home, tmp_path, said, as_zip):
    files = {f"{WORD} study/{name}": content for name, content in marked_files().items()}
    uploads = {f"{WORD}.zip": markers.marked_zip(files)} if as_zip else files
    staged = staging.stage_upload(uploads.items())
    options = ImportOptions(name="mine")
    staging.start_inspection(staged, options)
    assert control.wait(staged, seconds=120) == "completed", control.view(staged).status.error
    plan = staging.take_inspection(staged)
    assert plan is not None
    assert set(plan.class_counts) == set(LABELS)
    job = staging.start_staged_import(staged, options)
    assert control.wait(job, seconds=120) == "completed", control.view(job).status.error
    assert open_dataset("mine").info.n_images == 10
    assert leaks_below(home) == {}
    for page in ("datasets", "images"):
        app = open_page(page, dataset="mine", level="full")
        assert not app.exception
        assert markers.found_in("\n".join(texts(app)).encode()) == set()


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("pattern", [None, "nothing is called so"])
def test_an_import_that_fails_keeps_no_marker(home, said, pattern):
    name = f"{WORD} study/{{}}/{WORD} {{}}.dcm"
    broken = markers.marked_dicom(number=1)[:5000]
    staged = staging.stage_upload((name.format(label, n), broken) for label in LABELS for n in range(3))
    job = staging.start_staged_import(staged, ImportOptions(name="mine", patient_pattern=pattern))
    assert control.wait(job, seconds=120) == "failed"
    assert leaks_below(home) == {}


def test_what_is_thrown_away_is_gone(home):
    staged = staging.stage_upload([(f"{WORD}/{WORD}.dcm", markers.marked_dicom())])
    assert leaks_below(home) != {}
    staging.discard(staged)
    assert leaks_below(home) == {}
