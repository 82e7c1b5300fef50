"""Importing: each layout by a tiny hand-made source, and each refusal in one sentence that leaves nothing."""

import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from core.datasets.importing import ImportOptions, ImportReport, import_path, recognise
from core.datasets.records import Columns
from core.datasets.store import open_dataset
from core.errors import (
    ImportRefusedError,
    InvalidValueError,
    JobStoppedError,
    NameTakenError,
    UnknownNameError,
    UserError,
)
from core.language import Message

pytestmark = pytest.mark.usefixtures("home")

_shades = iter(range(10**9))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def put_png(path: Path, shade: int | None = None) -> None:
    """A picture unlike any other, unless a shade is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number = next(_shades) if shade is None else shade
    pixels = np.frombuffer(number.to_bytes(4, "little"), dtype=np.uint8).reshape(2, 2)
    Image.fromarray(pixels).save(path, "PNG")


def put_dicom(path: Path, **elements: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = elements.get("SOPInstanceUID", "1.2.3")
    dataset = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.Rows = dataset.Columns = 2
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.add_new("PixelData", "OB", next(_shades).to_bytes(4, "little"))
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)


def put_table(folder: Path, text: str, *, name: str = "labels.csv", encoding: str = "utf-8") -> None:
    (folder / name).write_bytes(text.encode(encoding))


def do_import(path: Path, **options: object) -> ImportReport:
    return import_path(path, ImportOptions.model_validate({"name": "new", **options}))


def labels() -> list[str]:
    return open_dataset("new").samples["label"].tolist()


def refused(path: Path, home: Path, kind: type[UserError] = ImportRefusedError, **options: object) -> str:
    """Return the sentence of a refusal, after looking that nothing is left."""
    with pytest.raises(kind) as caught:
        do_import(path, **options)
    datasets = home / "datasets"
    assert not datasets.exists() or not list(datasets.iterdir())
    return str(caught.value)


# Folders


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


# Tables


def make_csv_source(source: Path, header: str = "image,label,patient_id", delimiter: str = ",") -> None:
    for n in range(6):
        put_png(source / "images" / f"x{n}.png")
    rows = [f"x{n}.png{delimiter}{'sick' if n % 2 else 'well'}{delimiter}p{n // 2}" for n in range(6)]
    put_table(source, "\n".join([header.replace(",", delimiter), *rows]) + "\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_delimiter_and_encoding_are_found_out(source: Path, delimiter: str, encoding: str) -> None:
    make_csv_source(source, delimiter=delimiter)
    text = (source / "labels.csv").read_text().replace("well", "wéll")
    put_table(source, text, encoding=encoding)
    info = do_import(source).info
    assert info.columns == Columns(image="image", label="label", patient="patient_id")
    assert set(info.class_names) == {"sick", "wéll"}
    assert info.n_patients == 3


@pytest.mark.parametrize(
    "value",
    ["{name}", "{stem}", "images/{name}", "./images/{name}", "images\\{name}", "/data/old/{name}", "{NAME}"],
)
def test_a_file_is_found_however_the_table_calls_it(source: Path, value: str) -> None:
    names = [f"x{n}.png" for n in range(4)]
    rows = []
    for n, name in enumerate(names):
        put_png(source / "images" / name)
        rows.append(f"{value.format(name=name, stem=name[:-4], NAME=name.upper())},{'ab'[n % 2]}")
    put_table(source, "\n".join(["file,class", *rows]))
    assert do_import(source).info.n_images == 4


def test_a_table_never_leads_out_of_its_folder(source: Path, home: Path) -> None:
    put_png(source.parent / "secret.png")
    put_png(source / "images" / "x.png")
    put_table(source, "file,class\n../secret.png,a\n../../source/../secret.png,b\n/etc/passwd,b\n")
    assert "None of the 3 images" in refused(source, home)


@pytest.mark.parametrize(
    ("header", "patient"),
    [
        ("image,label,patient_id", "patient_id"),
        ("image,label,PatientID", "PatientID"),
        ("image,label,Subject Id", "Subject Id"),
        ("image,label,slide_image", "slide_image"),
        ("image,label,patient_age", None),
        ("image,label,comment", None),
    ],
)
def test_the_patient_column_is_guessed_by_its_name(source: Path, header: str, patient: str | None) -> None:
    make_csv_source(source, header)
    assert recognise(source, ImportOptions(name="new")).columns.patient == patient


def test_columns_that_are_named_are_used(source: Path) -> None:
    make_csv_source(source, "a,b,c")
    plan = recognise(source, ImportOptions(name="new", label_column="b", patient_column="c"))
    assert (plan.columns.image, plan.columns.label, plan.columns.patient) == ("a", "b", "c")
    assert plan.class_counts == {"sick": 3, "well": 3}


def test_a_split_column_is_guessed_and_kept(source: Path) -> None:
    make_csv_source(source)
    lines = (source / "labels.csv").read_text().splitlines()
    sides = ["split", *(("training", "validation", "test")[n // 2] for n in range(6))]
    put_table(source, "\n".join(f"{line},{side}" for line, side in zip(lines, sides, strict=True)))
    assert do_import(source).info.splits == {"train": 2, "val": 2, "test": 2}


def test_kept_columns_become_attributes_and_others_are_gone(source: Path, home: Path) -> None:
    make_csv_source(source)
    lines = (source / "labels.csv").read_text().splitlines()
    rows = [lines[0] + ",site,remark", *(f"{line},north,secret words" for line in lines[1:])]
    put_table(source, "\n".join(rows))
    info = do_import(source, keep_columns=("site",), label_column="label").info
    assert info.attributes == ("site",)
    assert open_dataset("new").image(0).attributes == {"site": "north"}
    table = (home / "datasets" / "new" / "samples.parquet").read_bytes()
    assert b"secret words" not in table


@pytest.mark.parametrize("other", ["image_column", "patient_column"])
def test_a_column_is_not_the_class_and_something_else(source: Path, other: str) -> None:
    put_png(source / "1.png")
    put_png(source / "2.png")
    (source / "labels.csv").write_text("image,label\n1.png,a\n2.png,b\n")
    asked = {other: "image", "label_column": "image"}
    with pytest.raises(ImportRefusedError) as refused:
        import_path(source, ImportOptions.model_validate({"name": "new", "image_column": "image"} | asked))
    expected = "The column 'image' cannot hold the classes and something else too; name another."
    assert str(refused.value) == expected


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


def test_an_image_that_two_rows_name_is_there_twice(source: Path) -> None:
    make_csv_source(source)
    put_table(source, (source / "labels.csv").read_text() + "x0.png,sick,p9\n")
    assert do_import(source).info.n_images == 7


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


# Arrays


def put_npz(path: Path, **arrays: object) -> None:
    np.savez(path, **arrays)  # type: ignore[arg-type]


def medmnist(n_classes: int = 3, *, colour: bool = False) -> dict[str, object]:
    rng = np.random.default_rng(0)
    arrays: dict[str, object] = {}
    for split, n in (("train", 6), ("val", 3), ("test", 3)):
        shape = (n, 4, 4, 3) if colour else (n, 4, 4)
        arrays[f"{split}_images"] = rng.integers(0, 256, shape, dtype=np.uint8)
        arrays[f"{split}_labels"] = (np.arange(n) % n_classes).astype(np.uint8)[:, None]
    return arrays


@pytest.mark.parametrize("colour", [False, True])
def test_a_medmnist_file_keeps_its_pictures_labels_and_split(source: Path, colour: bool) -> None:
    arrays = medmnist(colour=colour)
    put_npz(source / "x.npz", **arrays)
    info = do_import(source / "x.npz").info
    assert info.source == "npz"
    assert info.class_names == ("class 0", "class 1", "class 2")
    assert info.splits == {"train": 6, "val": 3, "test": 3}
    assert info.n_channels == (3 if colour else 1)
    dataset = open_dataset("new")
    np.testing.assert_array_equal(dataset.image(7).values, arrays["val_images"][1])  # type: ignore[index]
    assert dataset.samples["label"][7] == "class 1"


def test_the_classes_of_known_files_have_their_names(source: Path) -> None:
    put_npz(source / "pneumoniamnist_64.npz", **medmnist(2))
    info = do_import(source / "pneumoniamnist_64.npz").info
    assert info.class_names == ("normal", "pneumonia")
    assert info.positive_class == "pneumonia"


def test_the_malignant_class_of_breastmnist_is_the_positive_one(source: Path) -> None:
    put_npz(source / "breastmnist.npz", **medmnist(2))
    assert do_import(source / "breastmnist.npz").info.positive_class == "malignant"


def test_a_compressed_file_is_read_too(source: Path) -> None:
    np.savez_compressed(source / "x.npz", **medmnist())  # type: ignore[arg-type]
    assert do_import(source / "x.npz").info.n_images == 12


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"train_labels": np.zeros((6, 14), np.uint8)}, "several labels are not supported"),
        ({"train_images": np.zeros((6, 4, 4, 4), np.uint8)}, "it should be 8-bit pictures"),
        ({"train_images": np.zeros((6, 4, 4), np.float64)}, "it should be 8-bit pictures"),
        ({"train_images": np.zeros((5, 4, 4), np.uint8)}, "holds 5 pictures for train and 6 labels"),
        ({"train_labels": np.array([{}] * 6)}, "several labels|no array file"),
    ],
)
def test_arrays_of_another_kind_are_refused(
    source: Path, home: Path, change: dict[str, object], text: str
) -> None:
    put_npz(source / "x.npz", **medmnist() | change)
    with pytest.raises(ImportRefusedError, match=text):
        do_import(source / "x.npz")
    assert not (home / "datasets").exists()


def test_an_array_that_claims_more_than_it_holds_is_refused(source: Path, home: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (6, 100_000, 100_000)}
    )
    put_npz(source / "y.npz", **medmnist())
    with zipfile.ZipFile(source / "y.npz") as old, zipfile.ZipFile(source / "x.npz", "w") as new:
        for name in old.namelist():
            new.writestr(name, header.getvalue() if name == "train_images.npy" else old.read(name))
    assert "is no array file that Lightbox can read" in refused(source / "x.npz", home)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"hello"])
def test_a_torn_array_file_is_refused(source: Path, home: Path, content: bytes) -> None:
    (source / "x.npz").write_bytes(content)
    assert "is no array file that Lightbox can read" in refused(source / "x.npz", home)


# DICOM


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


def test_a_table_may_name_dicom_files_by_their_uid(source: Path) -> None:
    for n in range(4):
        put_dicom(source / "files" / f"f{n}", SOPInstanceUID=f"1.2.{n}", PatientID=f"P{n}")
    rows = "".join(f"1.2.{n},{'sick' if n % 2 else 'well'}\n" for n in range(4))
    put_table(source, "SOPInstanceUID,label\n" + rows)
    info = do_import(source).info
    assert info.columns.image == "SOPInstanceUID"
    assert (info.source, info.n_images, info.n_patients) == ("dicom", 4, 4)
    assert labels() == ["well", "sick", "well", "sick"]


# Refusals


def test_an_unknown_path_is_refused(source: Path, home: Path) -> None:
    missing = source / "missing"
    assert refused(missing, home) == f"There is nothing at '{missing}'. Check the path."


def test_an_empty_folder_is_refused(source: Path, home: Path) -> None:
    assert refused(source, home) == "The folder 'source' is empty."


def test_images_without_classes_are_refused_with_the_way_out(source: Path, home: Path) -> None:
    put_png(source / "x.png")
    assert "put those of each class into a folder of its own, or name a table" in refused(source, home)


def test_a_folder_of_text_is_refused(source: Path, home: Path) -> None:
    for name in "ab":
        (source / name).mkdir()
        (source / name / "x.txt").write_text("hello")
    assert refused(source, home) == "None of the images could be read, so there is nothing to import."


def test_one_class_is_refused_before_anything_is_read(source: Path, home: Path) -> None:
    put_png(source / "only" / "x.png")
    assert "There is only one class, 'only'" in refused(source, home)


def test_one_class_that_could_be_read_is_refused(source: Path, home: Path) -> None:
    put_png(source / "good" / "x.png")
    (source / "bad").mkdir()
    (source / "bad" / "x.png").write_text("torn")
    assert "All images belong to one class, 'good'" in refused(source, home)


def test_another_kind_of_file_is_refused(source: Path, home: Path) -> None:
    (source / "x.zip").write_bytes(b"PK\x03\x04")
    assert "unpack archives first" in refused(source / "x.zip", home)


def test_a_table_that_names_only_missing_files_is_refused(source: Path, home: Path) -> None:
    put_table(source, "image,label\na.png,x\nb.png,y\n")
    text = "None of the 2 images that the column 'image' names is there, for example 'a.png'."
    assert refused(source, home) == text


@pytest.mark.parametrize("option", ["image_column", "label_column", "patient_column", "split_column"])
def test_a_column_that_does_not_exist_is_refused(source: Path, home: Path, option: str) -> None:
    make_csv_source(source)
    text = refused(source, home, UnknownNameError, **{option: "lable"})
    assert text == "There is no column 'lable'. Did you mean 'label'?"


def test_a_kept_column_that_does_not_exist_or_has_a_taken_name_is_refused(source: Path, home: Path) -> None:
    make_csv_source(source, "image,label,width")
    assert "There is no column 'sites'" in refused(source, home, UnknownNameError, keep_columns=("sites",))
    text = refused(source, home, InvalidValueError, keep_columns=("width",))
    assert "cannot be kept under this name" in text


def test_a_column_without_a_table_is_refused(source: Path, home: Path) -> None:
    for name in ("a/1.png", "b/1.png"):
        put_png(source / name)
    assert "no table is used here" in refused(source, home, label_column="x")
    assert "There is no table 'x.csv'" in refused(source, home, labels_csv="x.csv")


def test_a_split_column_that_names_no_split_is_refused(source: Path, home: Path) -> None:
    make_csv_source(source)
    text = refused(source, home, InvalidValueError, split_column="patient_id")
    assert "holds 'p0', which is none of train, val and test" in text


def test_classes_that_cannot_be_told_are_asked_for(source: Path, home: Path) -> None:
    make_csv_source(source, "image,b,c")
    assert refused(source, home) == (
        "No column is surely the one with the classes; the columns are 'image', 'b', 'c'. Say which it is."
    )


@pytest.mark.parametrize("text", ["", "\n", "image,label\n", "\x00\x01\x02", 'image,label\n"x.png,a\n'])
def test_what_is_no_table_is_refused(source: Path, home: Path, text: str) -> None:
    put_png(source / "images" / "x.png")
    put_table(source, text)
    refused(source, home)


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
    assert [share for share, _ in said] == [0, 0.25, 0.5, 0.75]
    assert said[1][1] == "Image 2 of 4 is being read."


# The real sources


def counts(report: ImportReport) -> dict[str, int]:
    assert report.skipped == ()
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


def test_a_series_without_classes_is_refused(shared_data: Path, home: Path) -> None:
    assert "lie in no class folders" in refused(shared_data / "dicom_series", home)


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
