"""Tables beside images: delimiter and encoding, which column is what, which file a value names."""

from pathlib import Path

import pandas as pd
import pytest

from core.datasets.columns import share_of_images
from core.datasets.importing import ImportOptions, import_path, recognise
from core.datasets.options import NO_COLUMN
from core.datasets.records import Columns
from core.datasets.store import open_dataset
from core.errors import (
    ImportRefusedError,
    InvalidValueError,
    UnknownNameError,
)
from tests.import_sources import do_import, labels, make_csv_source, put_dicom, put_png, put_table, refused

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


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
        ("文件名,诊断,患者ID", "患者ID"),
        ("文件名,诊断,病人编号", "病人编号"),
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


def test_sex_and_view_of_pictures_without_a_header_are_kept_from_the_table(source: Path) -> None:
    make_csv_source(source)
    lines = (source / "labels.csv").read_text().splitlines()
    rows = [lines[0] + ",sex,view", *(f"{line},{'FM'[n % 2]},PA" for n, line in enumerate(lines[1:]))]
    put_table(source, "\n".join(rows))
    info = do_import(source, keep_columns=("sex", "view"), label_column="label").info
    assert info.attributes == ("sex", "view")
    assert open_dataset("new").samples["sex"].tolist() == ["F", "M"] * 3
    assert open_dataset("new").image(0).attributes == {"sex": "F", "view": "PA"}


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


def test_an_image_that_two_rows_name_is_there_twice(source: Path) -> None:
    make_csv_source(source)
    put_table(source, (source / "labels.csv").read_text() + "x0.png,sick,p9\n")
    assert do_import(source).info.n_images == 7


def test_a_table_may_name_dicom_files_by_their_uid(source: Path) -> None:
    for n in range(4):
        put_dicom(source / "files" / f"f{n}", SOPInstanceUID=f"1.2.{n}", PatientID=f"P{n}")
    rows = "".join(f"1.2.{n},{'sick' if n % 2 else 'well'}\n" for n in range(4))
    put_table(source, "SOPInstanceUID,label\n" + rows)
    info = do_import(source).info
    assert info.columns.image == "SOPInstanceUID"
    assert (info.source, info.n_images, info.n_patients) == ("dicom", 4, 4)
    assert labels() == ["well", "sick", "well", "sick"]


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


def test_a_column_names_images_though_only_those_of_its_last_rows_are_there() -> None:
    column = pd.Series([f"{n}.png" for n in range(30_000)])
    assert share_of_images(column, lambda value: int(value[:-4]) >= 27_000) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("n_rows", [1, 499, 999, 500_000])
def test_few_values_are_tried_however_many_rows_there_are(n_rows: int) -> None:
    tried: list[str] = []
    share_of_images(pd.Series(["x"] * n_rows), lambda value: tried.append(value) is None)
    assert min(n_rows, 500) <= len(tried) < 1000


def test_that_there_is_no_patient_and_no_split_is_believed_though_columns_look_like_it(source: Path) -> None:
    make_csv_source(source, "image,label,patient_id")
    lines = (source / "labels.csv").read_text().splitlines()
    sides = ["split", *(("train", "val", "test")[n // 2] for n in range(6))]
    put_table(source, "\n".join(f"{line},{side}" for line, side in zip(lines, sides, strict=True)))
    guessed = recognise(source, ImportOptions(name="new"))
    assert (guessed.columns.patient, guessed.columns.split) == ("patient_id", "split")
    info = do_import(source, patient_column=NO_COLUMN, split_column=NO_COLUMN, label_column="label").info
    assert (info.n_patients, info.splits) == (None, None)
    assert (info.columns.patient, info.columns.split) == (None, None)


def test_where_no_column_names_the_patient_the_file_name_may(source: Path) -> None:
    make_csv_source(source, "image,label,patient_id")
    options = {"patient_column": NO_COLUMN, "patient_pattern": r"(\d)"}
    assert do_import(source, **options).info.n_patients == 6


def test_no_column_is_offered_to_be_kept_that_would_be_refused_for_its_name(source: Path) -> None:
    make_csv_source(source, "image,label,patient_id")
    lines = (source / "labels.csv").read_text().splitlines()
    rows = [lines[0] + ",split,site", *(f"{line},train,{'AB'[n % 2]}" for n, line in enumerate(lines[1:]))]
    put_table(source, "\n".join(rows))
    options = ImportOptions(name="new", label_column="label", split_column=NO_COLUMN)
    offered = tuple(one.name for one in recognise(source, options).attributes)
    assert offered == ("site",)
    assert import_path(source, options.model_copy(update={"keep_columns": offered})).info.n_images == 6
