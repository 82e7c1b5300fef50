"""Recognition: how a source is laid out, by tiny hand-made ones, and each refusal in one sentence."""

from pathlib import Path

import pytest

from core.datasets.importing import ImportOptions, recognise
from core.datasets.records import Columns
from core.datasets.store import open_dataset
from tests.import_sources import do_import, labels, put_dicom, put_png, put_table, refused

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def test_a_folder_is_a_class_and_the_normal_one_comes_first(source: Path) -> None:
    for name in ("edema/a.png", "edema/deep/b.png", "normal/a.png"):
        put_png(source / name)
    info = do_import(source).info
    assert info.source == "folders"
    assert info.class_names == ("normal", "edema")
    assert info.positive_class == "edema"
    assert info.class_counts == {"normal": 1, "edema": 2}
    assert (info.n_patients, info.splits, info.n_channels) == (None, None, 1)
    assert labels() == ["edema", "edema", "normal"]


def test_hidden_and_system_files_are_no_samples(source: Path) -> None:
    for name in ("a/1.png", "b/1.png"):
        put_png(source / name)
    for name in ("a/.DS_Store", "a/Thumbs.db", "__MACOSX/a/1.png", ".git/x"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(b"x")
    report = do_import(source)
    assert report.info.n_images == 2
    assert report.skipped == ()


def test_an_unpacked_archive_in_a_folder_in_a_folder_is_found(source: Path) -> None:
    for name in ("a/1.png", "b/1.png"):
        put_png(source / "download" / "chest" / name)
    assert do_import(source).info.class_names == ("a", "b")


@pytest.mark.parametrize("layout", ["{split}/{label}", "{label}/{split}"])
def test_folders_that_are_split_already_keep_their_split(source: Path, layout: str) -> None:
    for split in ("Training", "valid", "TEST"):
        for label in ("sick", "healthy"):
            put_png(source / layout.format(split=split, label=label) / "1.png")
    info = do_import(source).info
    assert info.source == "split_folders"
    assert info.class_names == ("healthy", "sick")
    assert info.splits == {"train": 2, "val": 2, "test": 2}


def test_class_folders_win_over_a_table_unless_it_is_named(source: Path) -> None:
    for n in range(4):
        put_png(source / "ab"[n % 2] / f"x{n}.png")
    put_table(source, "file,class\n" + "".join(f"x{n}.png,{'cd'[n // 2]}\n" for n in range(4)))
    assert recognise(source, ImportOptions(name="new")).layout == "folders"
    plan = recognise(source, ImportOptions(name="new", labels_csv="labels.csv"))
    assert plan.class_counts == {"c": 2, "d": 2}


def test_folders_with_general_names_are_no_classes(source: Path) -> None:
    for n in range(4):
        put_png(source / f"images_{n % 2:03}" / f"x{n}.png")
    put_table(source, "file,class\n" + "".join(f"x{n}.png,{'cd'[n // 2]}\n" for n in range(4)))
    assert recognise(source, ImportOptions(name="new")).layout == "csv"


def test_dicom_folders_take_the_patient_from_the_header(source: Path, home: Path) -> None:
    for n in range(4):
        who = f"MILLER-{n // 2}"
        put_dicom(source / "ab"[n // 2] / f"f{n}", SOPInstanceUID=f"1.2.{n}", PatientID=who, PatientName=who)
    info = do_import(source).info
    assert info.source == "dicom"
    assert info.columns == Columns(patient="PatientID")
    assert (info.n_images, info.n_patients) == (4, 2)
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"MILLER" not in everything


def test_dicom_attributes_are_kept_only_when_asked_for(source: Path) -> None:
    for n in range(2):
        put_dicom(source / "ab"[n] / "f.dcm", PatientAge="042Y", PatientSex="F", ViewPosition="PA")
    info = do_import(source, keep_columns=("age_band", "view")).info
    assert info.attributes == ("age_band", "view")
    assert open_dataset("new").image(0).attributes == {"age_band": "40-49", "view": "PA"}


def test_an_unknown_path_is_refused(source: Path, home: Path) -> None:
    missing = source / "missing"
    assert refused(missing, home) == f"There is nothing at '{missing}'. Check the path."


def test_an_empty_folder_is_refused(source: Path, home: Path) -> None:
    assert refused(source, home) == "The folder 'source' is empty."


def test_images_without_classes_are_refused_with_the_way_out(source: Path, home: Path) -> None:
    put_png(source / "x.png")
    assert "put those of each class into a folder of its own, or name a table" in refused(source, home)


def test_another_kind_of_file_is_refused(source: Path, home: Path) -> None:
    (source / "x.pdf").write_bytes(b"%PDF-1.7")
    text = "'x.pdf' is no folder, table, .npz or .zip file; put images into a folder of their own."
    assert refused(source / "x.pdf", home) == text


def test_a_column_without_a_table_is_refused(source: Path, home: Path) -> None:
    for name in ("a/1.png", "b/1.png"):
        put_png(source / name)
    assert "no table is used here" in refused(source, home, label_column="x")
    assert "There is no table 'x.csv'" in refused(source, home, labels_csv="x.csv")


def test_a_series_without_classes_is_refused(shared_data: Path, home: Path) -> None:
    assert "lie in no class folders" in refused(shared_data / "dicom_series", home)
