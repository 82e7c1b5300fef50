"""Importing: what becomes of the images of a source, and refusals that leave nothing."""

import json
import os
from pathlib import Path

import pytest

from core.datasets.importing import ImportOptions, ImportReport, import_path, recognise
from core.datasets.records import Columns
from core.datasets.store import open_dataset
from core.errors import (
    InvalidValueError,
    JobStoppedError,
    NameTakenError,
)
from core.language import Message
from tests.import_sources import do_import, make_csv_source, put_png, put_table, refused

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def test_what_cannot_be_read_is_skipped_counted_and_named_once(source: Path, home: Path) -> None:
    for name in ("a/1.png", "b/1.png"):
        put_png(source / name)
    (source / "a" / "Miller^Anna.png").write_text("no picture")
    put_png(source / "stray.png")
    report = do_import(source)
    assert report.info.n_skipped == 2
    assert {skipped.file: str(skipped.reason) for skipped in report.skipped} == {
        "a/Miller^Anna.png": "This file cannot be read: it is no PNG, JPEG, TIFF or DICOM file.",
        "stray.png": "It lies in no class folder.",
    }
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"Miller" not in everything
    assert json.loads((home / "datasets" / "new" / "skipped.json").read_text())[0]["ordinal"] == 2


def test_overlap_of_a_source_split_is_reported(source: Path) -> None:
    for name in ("train/a/p1_x.png", "test/a/p1_y.png", "train/b/p2_x.png", "test/b/p3_x.png"):
        put_png(source / name)
    put_png(source / "train/b/p4_x.png", shade=2**31)
    put_png(source / "test/b/p5_x.png", shade=2**31)
    info = do_import(source, patient_pattern=r"^(p\d+)_").info
    assert info.n_patients == 5
    assert info.overlap is not None
    assert (info.overlap.n_patients, info.overlap.n_duplicate_images) == (1, 1)


def test_patients_of_a_pattern_become_pseudonyms(source: Path, home: Path) -> None:
    for name in ("a/Miller-1.png", "a/Miller-2.png", "b/Smith-1.png", "b/nobody.png"):
        put_png(source / name)
    do_import(source, patient_pattern=r"[A-Z]\w+(?=-)")
    patients = open_dataset("new").samples["patient_id"]
    assert patients[0] == patients[1] != patients[2]
    assert patients.isna().tolist() == [False, False, False, True]
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"Miller" not in everything


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_among_the_images_is_skipped_not_waited_for(source: Path) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        put_png(source / name)
    os.mkfifo(source / "a" / "0.png")
    report = import_path(source, ImportOptions(name="new"))
    assert report.info.n_images == 3
    assert [str(skipped.reason) for skipped in report.skipped] == [
        "It is no file that can be read to its end."
    ]


def test_some_missing_files_are_skipped_and_counted(source: Path) -> None:
    make_csv_source(source)
    put_table(source, (source / "labels.csv").read_text() + "gone.png,sick,p9\nx0.png,,p0\n")
    put_png(source / "images" / "unlisted.png")
    report = do_import(source)
    assert report.info.n_images == 6
    assert [(skipped.ordinal, skipped.file, str(skipped.reason)) for skipped in report.skipped] == [
        (7, "gone.png", "There is no such file."),
        (8, "x0.png", "The table gives it no class."),
    ]
    assert report.n_unlisted == 1


def test_a_folder_of_text_is_refused(source: Path, home: Path) -> None:
    for name in "ab":
        (source / name).mkdir()
        (source / name / "x.txt").write_text("hello")
    assert refused(source, home).startswith("There is no image: of the 2 files, for example 'x.txt', none is")


def test_the_report_lists_all_that_was_to_be_skipped_with_the_places_of_the_plan(source: Path) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        put_png(source / name)
    for name in ("a/2.png", "b/notes.txt", "Thumbs.db", "labels.csv", "readme.md"):
        (source / name).write_bytes(b"no picture")
    announced = recognise(source, ImportOptions(name="new", labels_from="folder")).skips
    report = do_import(source, labels_from="folder")
    assert [skip.file for skip in report.skipped] == [
        *("a/2.png", "b/notes.txt", "Thumbs.db", "labels.csv", "readme.md"),
    ]
    assert {(skip.ordinal, skip.file) for skip in report.skipped} == {
        (skip.ordinal, skip.file) for skip in announced
    }
    assert report.info.n_skipped == 5


def test_one_class_is_refused_before_anything_is_read(source: Path, home: Path) -> None:
    put_png(source / "only" / "x.png")
    assert "There is only one class, 'only'" in refused(source, home)


def test_one_class_that_could_be_read_is_refused(source: Path, home: Path) -> None:
    put_png(source / "good" / "x.png")
    (source / "bad").mkdir()
    (source / "bad" / "x.png").write_text("torn")
    assert "All images belong to one class, 'good'" in refused(source, home)


def test_a_bad_pattern_is_refused(source: Path, home: Path) -> None:
    for name in ("a/1.png", "b/1.png"):
        put_png(source / name)
    assert "is no regular expression" in refused(source, home, InvalidValueError, patient_pattern="(")
    text = refused(source, home, InvalidValueError, patient_pattern="person")
    assert text == "The pattern 'person' fits no file name, for example '1.png'."


def test_a_taken_and_a_bad_name_are_refused_before_anything_is_read(source: Path, home: Path) -> None:
    refused(source / "missing", home, InvalidValueError, name="No Good")
    for name in ("a/1.png", "b/1.png"):
        put_png(source / name)
    first = do_import(source).info
    with pytest.raises(NameTakenError, match="There is already a data set named 'new'"):
        do_import(source / "missing")
    assert open_dataset("new").info == first


def test_a_stop_leaves_nothing(source: Path, home: Path) -> None:
    for n in range(4):
        put_png(source / "ab"[n % 2] / f"{n}.png")
    answers = iter([False, False, True])
    with pytest.raises(JobStoppedError):
        import_path(source, ImportOptions(name="new"), should_stop=lambda: next(answers))
    assert list((home / "datasets").iterdir()) == []


def test_progress_grows_and_says_which_image(source: Path) -> None:
    for n in range(4):
        put_png(source / "ab"[n % 2] / f"{n}.png")
    said: list[tuple[float, str]] = []

    def note(share: float, message: Message) -> None:
        said.append((share, str(message)))

    import_path(source, ImportOptions(name="new"), progress=note)
    assert [share for share, _ in said] == [0, 0.25, 0.5, 0.75, 1]
    assert said[1][1] == "Image 2 of 4 is being read."


def counts(report: ImportReport) -> dict[str, int]:
    assert all(str(skip.reason) == "It is a table that is not used." for skip in report.skipped)
    return report.info.class_counts


def test_cxr_csv_finds_296_patients_by_itself(shared_data: Path) -> None:
    info = do_import(shared_data / "cxr_csv").info
    assert info.class_counts == {"normal": 200, "bacterial_pneumonia": 200, "viral_pneumonia": 200}
    assert (info.n_patients, info.columns.patient) == (296, "patient_id")


def test_cxr_dicom_wrapped_by_folder_and_by_uid(shared_data: Path) -> None:
    report = do_import(shared_data / "cxr_dicom_wrapped")
    assert counts(report) == {"NORMAL": 40, "PNEUMONIA": 40}
    by_uid = do_import(shared_data / "cxr_dicom_wrapped", name="by-uid", labels_csv="labels_by_uid.csv")
    assert counts(by_uid) == {"NORMAL": 40, "PNEUMONIA": 40}
    assert report.info.n_patients == by_uid.info.n_patients == 64


def test_cxr_presplit_leaky_keeps_its_split_and_reports_71_patients(shared_data: Path) -> None:
    """The patient comes first in the name: person317_bacteria_1471, IM-0551-0001, NORMAL2-IM-0609-0001."""
    pattern = r"^(person\d+|(?:NORMAL2-)?IM-\d+)"
    info = do_import(shared_data / "cxr_presplit_leaky", patient_pattern=pattern).info
    assert info.splits == {"train": 294, "val": 74, "test": 73}
    assert (info.n_images, info.n_patients) == (441, 170)
    assert info.overlap is not None
    assert (info.overlap.n_patients, info.overlap.n_duplicate_images) == (71, 11)


def test_medmnist_layout_keeps_the_official_split(shared_data: Path) -> None:
    info = do_import(shared_data / "medmnist_layout.npz").info
    assert len(info.class_names) == 4
    assert info.splits == {"train": 280, "val": 40, "test": 80}


@pytest.mark.slow
def test_blood_cells_are_in_colour_and_grouped_by_slide(shared_data: Path) -> None:
    info = do_import(shared_data / "blood_cells_csv").info
    assert info.class_counts == {"Platelets": 150, "RBC": 150, "WBC": 150}
    assert (info.n_channels, info.n_patients) == (3, 269)
    assert info.columns == Columns(image="file_name", label="cell_type", patient="slide_image")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "class_counts"),
    [
        ("cxr_folders", {"NORMAL": 300, "PNEUMONIA": 300}),
        ("brain_mri_4class", {"notumor": 100, "glioma": 100, "meningioma": 100, "pituitary": 100}),
    ],
)
def test_class_folders(shared_data: Path, name: str, class_counts: dict[str, int]) -> None:
    assert counts(do_import(shared_data / name)) == class_counts
