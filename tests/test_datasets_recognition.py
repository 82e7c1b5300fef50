"""Recognition: how a source is laid out, by tiny hand-made ones, and each refusal in one sentence."""

import zipfile
from pathlib import Path

import pytest

from core.datasets.importing import ImportOptions, recognise
from core.datasets.records import Columns
from core.datasets.store import open_dataset
from core.errors import ImportRefusedError
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
    assert {str(skipped.reason) for skipped in report.skipped} == {"It belongs to the operating system."}


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
    assert refused(source, home) == "The folder or archive is empty: there is nothing to import."


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


# Zips and junk


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return path


def test_a_zip_is_imported_like_its_folder_and_leaves_nothing_behind(source: Path, home: Path) -> None:
    for name in ("set/a/1.png", "set/b/1.png", "set/b/2.png"):
        put_png(source / name)
    info = do_import(zipped(source, source.parent / "x.zip")).info
    assert info.class_counts == {"a": 1, "b": 2}
    assert not list(home.glob("jobs/staging-*"))


def test_a_zip_in_a_folder_of_its_own_is_opened_and_two_are_asked_about(source: Path, home: Path) -> None:
    for name in ("a/1.png", "b/1.png"):
        put_png(source.parent / "made" / name)
    zipped(source.parent / "made", source / "x.zip")
    (source / "README.txt").write_text("hello")
    plan = recognise(source, ImportOptions(name="new"))
    assert plan.class_counts == {"a": 1, "b": 1}
    assert [skip.file for skip in plan.skips] == ["README.txt"]
    (source / "y.zip").write_bytes((source / "x.zip").read_bytes())
    assert "several data sets here: 'x.zip', 'y.zip'" in refused(source, home)


def test_a_damaged_zip_is_refused_and_leaves_nothing(source: Path, home: Path) -> None:
    (source / "x.zip").write_bytes(b"PK\x03\x04")
    assert "The archive is damaged" in refused(source / "x.zip", home)
    assert not list(home.glob("jobs/staging-*"))


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (
            {"report.pdf": b"%PDF-1.7"},
            "'report.pdf' is no image, whatever it is called: only PNG, JPEG, TIFF and DICOM files are",
        ),
        ({"note.png": b"hello"}, "'note.png' is no image"),
        ({"zero.png": b""}, "'zero.png' is no image"),
        ({"a/1.png": b"x", "b/1.png": b"x"}, "There is no image: of the 2 files, for example '1.png'"),
        ({".hidden": b"x"}, "The folder or archive is empty: there is nothing to import."),
    ],
)
def test_where_no_file_is_an_image_nobody_asks_for_classes(
    source: Path, home: Path, files: dict[str, bytes], text: str
) -> None:
    for name, content in files.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_bytes(content)
    with pytest.raises(ImportRefusedError) as refusal:
        recognise(source, ImportOptions(name="new"))
    assert text in str(refusal.value)


def test_all_that_will_be_skipped_is_listed_with_its_reason(source: Path) -> None:
    for name in ("a/1.png", "b/1.png"):
        put_png(source / name)
    for name in ("Thumbs.db", "a/.DS_Store", "paper.pdf", "b/notes.txt", "DICOMDIR", "inner.zip", "t.csv"):
        (source / name).write_bytes(b"%PDF-1.7 or whatever")
    plan = recognise(source, ImportOptions(name="new", labels_from="folder"))
    assert {skip.file: str(skip.reason) for skip in plan.skips} == {
        "b/notes.txt": "This file cannot be read: it is no PNG, JPEG, TIFF or DICOM file.",
        "Thumbs.db": "It belongs to the operating system.",
        "a/.DS_Store": "It belongs to the operating system.",
        "DICOMDIR": "It is the table of contents of a disc, not an image.",
        "inner.zip": "It is an archive: unpack it first, or import it alone.",
        "paper.pdf": "This file cannot be read: it is no PNG, JPEG, TIFF or DICOM file.",
        "t.csv": "It is a table that is not used.",
    }
    assert (plan.n_skips, plan.class_counts) == (7, {"a": 1, "b": 1})


def test_pictures_and_tables_may_be_kept_unlabelled_too(source: Path) -> None:
    for n in range(4):
        put_png(source / f"{n}.png")
    assert recognise(source, ImportOptions(name="new", unlabelled=True)).class_counts == {"unlabelled": 4}
    put_table(source, "image,patient_id\n" + "".join(f"{n}.png,p{n // 2}\n" for n in range(4)))
    plan = recognise(source, ImportOptions(name="new", unlabelled=True))
    assert (plan.question, plan.class_counts, plan.n_patients) == (None, {"unlabelled": 4}, 2)


def test_what_cannot_be_told_is_asked_and_all_columns_are_shown(source: Path) -> None:
    for n in range(6):
        put_png(source / f"{n}.png")
    put_table(source, "a,b,c\n" + "".join(f"{n}.png,{n % 2}x,{n // 2}y\n" for n in range(6)))
    plan = recognise(source, ImportOptions(name="new"))
    assert str(plan.question).startswith("No column is surely the one with the classes")
    assert [facts.name for facts in plan.column_facts if "label" in facts.roles] == ["b", "c"]
    assert len(plan.previews) == 6


def test_previews_are_spread_over_the_classes(source: Path) -> None:
    for n in range(30):
        put_png(source / "a" / f"{n:02}.png")
    put_png(source / "b" / "x.png")
    previews = recognise(source, ImportOptions(name="new")).previews
    assert [preview.label for preview in previews] == ["a"] * 11 + ["b"]


@pytest.mark.parametrize("name", ["MILLER^ANNA", "Miller, Anna", "Dr. Miller", "1953-04-17", "PAT0012345"])
def test_classes_that_may_be_names_of_people_are_pointed_out_before_anything_is_kept(
    source: Path, home: Path, name: str
) -> None:
    for label in (name, "healthy"):
        put_png(source / label / "1.png")
        put_png(source / label / "2.png")
    (note,) = recognise(source, ImportOptions(name="new")).notes
    assert f"('{name}')" in str(note)


def test_ordinary_classes_are_not_taken_for_people(source: Path, home: Path) -> None:
    for label in ("NORMAL", "Bacterial pneumonia", "grade 2", "BI-RADS 4", "no finding", "肺炎"):
        put_png(source / label / "1.png")
    assert recognise(source, ImportOptions(name="new")).notes == ()
