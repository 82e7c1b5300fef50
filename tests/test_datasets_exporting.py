"""An export: what goes out is what comes in again, and nobody can be recognised by it."""

import csv
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.datasets import export_worker
from core.datasets.editing import LabelCorrection, correct_labels
from core.datasets.exporting import ExportReport, ValueMap, export_dataset, safe_cell
from core.datasets.importing import ImportOptions, import_path
from core.datasets.pseudonyms import load_key, pseudonym
from core.datasets.records import DatasetInfo
from core.datasets.store import Dataset, DatasetDraft, NewSample, open_dataset, write_dataset
from core.errors import JobStoppedError, UnknownNameError
from core.images import MedicalImage, Window
from core.jobs import control
from core.language import language
from core.workspace import jobs_dir

LABELS = ("normal", "ill, perhaps", "ill, perhaps", "normal", "normal", "ill, perhaps")
SPLITS = ("train", "train", "val", "test", "train", "train")


def write(*values: NDArray[np.generic], **facts: object) -> DatasetInfo:
    """Write "tiny": pictures of two patients and one of whom nobody knows."""
    key = load_key()
    samples = [
        NewSample(
            MedicalImage(one, (0, 255), **facts),  # type: ignore[arg-type]
            LABELS[number],
            patient_id=None if number == 4 else pseudonym(f"Miller {number % 2}", key),
            split=SPLITS[number],  # type: ignore[arg-type]
            attributes={"age_band": "=40-49", "patient": "in"},
        )
        for number, one in enumerate(values)
    ]
    draft = DatasetDraft("tiny", "Tiny", "csv", attributes=("age_band", "patient"), licence="CC BY 4.0")
    return write_dataset(draft, samples)


def bytes_of(n: int = 6, dtype: str = "uint8", n_channels: int = 1) -> list[NDArray[np.generic]]:
    draw = np.random.default_rng(1)
    shape = (5, 7) if n_channels == 1 else (5, 7, 3)
    return [draw.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True) for _ in range(n)]


def export(tmp_path: Path) -> tuple[zipfile.ZipFile, ExportReport]:
    report = export_dataset("tiny", tmp_path / "tiny.zip")
    return zipfile.ZipFile(tmp_path / "tiny.zip"), report


def rows_of(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read("labels.csv").decode("utf-8-sig"))))


def pixels(archive: zipfile.ZipFile, name: str) -> NDArray[np.generic]:
    with Image.open(io.BytesIO(archive.read(name))) as image:
        return np.asarray(image)


def groups(dataset: Dataset) -> list[list[int]]:
    """Return which samples are of one patient."""
    known = dataset.samples[dataset.samples["patient_id"].notna()]
    return sorted(sorted(group.tolist()) for _, group in known.groupby("patient_id")["sample_id"])


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("dtype", "n_channels"), [("uint8", 1), ("uint16", 1), ("uint8", 3)])
def test_what_goes_out_comes_in_again(tmp_path: Path, dtype: str, n_channels: int) -> None:
    first = write(*bytes_of(dtype=dtype, n_channels=n_channels))
    archive, report = export(tmp_path)
    archive.extractall(tmp_path / "unpacked")
    came = import_path(tmp_path / "unpacked", ImportOptions(name="again")).info
    before, after = open_dataset("tiny"), open_dataset("again")
    for sample_id in range(6):
        np.testing.assert_array_equal(after.image(sample_id).values, before.image(sample_id).values)
    for column in ("label", "split", "file"):
        assert after.samples[column].tolist() == before.samples[column].tolist()
    assert groups(after) == groups(before) == [[0, 2], [1, 3, 5]]
    assert (came.n_patients, came.splits) == (first.n_patients, first.splits)
    assert (report.n_images, report.n_rounded, report.largest_error) == (6, 0, 0.0)


@pytest.mark.usefixtures("home")
def test_patients_are_numbered_anew_and_nothing_of_the_key_goes_out(tmp_path: Path) -> None:
    write(*bytes_of())
    archive, _ = export(tmp_path)
    assert [row["patient"] for row in rows_of(archive)] == [
        *("patient-001", "patient-002") * 2,
        "",
        "patient-002",
    ]
    content = b"".join(archive.read(name) for name in archive.namelist())
    for secret in {load_key().hex(), *open_dataset("tiny").samples["patient_id"].dropna()}:
        assert secret.encode() not in content


@pytest.mark.usefixtures("home")
def test_no_spreadsheet_takes_a_cell_for_a_formula(tmp_path: Path) -> None:
    write(*bytes_of())
    archive, _ = export(tmp_path)
    assert {row["age_band"] for row in rows_of(archive)} == {"'=40-49"}
    assert {row["patient_attribute"] for row in rows_of(archive)} == {"in"}


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("+49", "+49"),
        ("-1024.5", "-1024.5"),
        ("\t=1", "'\t=1"),
        ("normal", "normal"),
        ("", ""),
    ],
)
def test_a_cell_is_made_safe_unless_it_is_a_number(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "values",
    [
        [np.array([[-1024, 0], [3071, 40]], np.int16), np.array([[-2000, 1], [2, 3]], np.int16)],
        [np.array([[-32768, 32767]], np.int16), np.array([[0, 1]], np.int16)],
        [np.array([[70_000, 70_001]], np.int32), np.array([[130_000, 130_001]], np.int32)],
    ],
    ids=["HU", "all of int16", "int32 of a narrow span"],
)
def test_signed_values_come_back_exactly_by_slope_and_offset(
    tmp_path: Path, values: list[NDArray[np.generic]]
) -> None:
    write(*values)
    archive, report = export(tmp_path)
    assert report.n_rounded == 0
    for row, wanted in zip(rows_of(archive), values, strict=True):
        stored = pixels(archive, row["file"])
        assert stored.dtype == np.uint16
        given = stored.astype(np.float64) * float(row["value_slope"]) + float(row["value_offset"])
        np.testing.assert_array_equal(given, wanted)


@pytest.mark.usefixtures("home")
def test_values_with_fractions_are_rounded_and_it_is_said_by_how_much(tmp_path: Path) -> None:
    values = [np.linspace(-1, 3, 35, dtype=np.float32).reshape(5, 7), np.zeros((5, 7), np.float32)]
    write(*values)
    archive, report = export(tmp_path)
    assert report.n_rounded == 2
    assert report.largest_error == pytest.approx(2 / 65535)
    for row, wanted in zip(rows_of(archive), values, strict=True):
        stored = pixels(archive, row["file"]).astype(np.float64)
        given = stored * float(row["value_slope"]) + float(row["value_offset"])
        assert np.abs(given - wanted).max() <= report.largest_error * 1.0001
    assert "2 pictures hold more than 65,536 steps" in archive.read("README.txt").decode("utf-8-sig")


def test_the_map_is_one_for_all_pictures_so_that_they_compare() -> None:
    arrays = [np.array([[0, 10]], np.int16), np.array([[-5, 3]], np.int16)]
    assert ValueMap.over(arrays) == ValueMap(slope=1, offset=-5, is_exact=True)
    assert ValueMap.over([]) == ValueMap()
    flat = [np.full((1, 2), 0.25, np.float32)]
    assert ValueMap.over(flat) == ValueMap(offset=0.25)
    assert ValueMap.over(flat).stored(flat[0]).tolist() == [[0, 0]]


@pytest.mark.usefixtures("home")
def test_what_a_picture_means_stands_in_the_table(tmp_path: Path) -> None:
    write(
        *(one.astype(np.int16) for one in bytes_of()),
        modality="CT",
        pixel_spacing_mm=(0.5, 0.7),
        windows=(Window(center=40, width=400),),
    )
    archive, _ = export(tmp_path)
    row = rows_of(archive)[0]
    assert (row["modality"], row["row_spacing_mm"], row["column_spacing_mm"]) == ("CT", "0.5", "0.7")
    assert (row["window_center"], row["window_width"]) == ("40.0", "400.0")
    assert "inverted" not in row
    assert "series" not in row


@pytest.mark.usefixtures("home")
def test_the_readme_says_what_it_is_and_what_it_is_not_for(tmp_path: Path) -> None:
    write(*bytes_of())
    info = correct_labels("tiny", [LabelCorrection(sample_id=0, label="ill, perhaps")])
    text = export(tmp_path)[0].read("README.txt").decode("utf-8-sig")
    for part in (
        "For teaching and demonstration, never for diagnosis.",
        "Licence: CC BY 4.0",
        "Real images",
        "Images: 6. Patients: 2.",
        "Classes: normal 2, ill, perhaps 4",
        f"Revision: {info.revision}",
        "One label was changed by hand.",
        "All values are exact.",
    ):
        assert part in text
    with language("pseudo"):
        export_dataset("tiny", tmp_path / "other.zip")
    assert "⟦For teaching" in zipfile.ZipFile(tmp_path / "other.zip").read("README.txt").decode("utf-8-sig")


@pytest.mark.usefixtures("home")
def test_the_same_data_set_gives_the_same_bytes(tmp_path: Path) -> None:
    write(*bytes_of())
    for name in ("a.zip", "b.zip"):
        export_dataset("tiny", tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.usefixtures("home")
def test_a_stop_leaves_nothing_and_what_was_there_stays(tmp_path: Path) -> None:
    write(*bytes_of())
    (tmp_path / "tiny.zip").write_bytes(b"before")
    answers = iter([False, False, True])
    with pytest.raises(JobStoppedError):
        export_dataset("tiny", tmp_path / "tiny.zip", should_stop=lambda: next(answers))
    assert [path.name for path in tmp_path.glob("*.zip")] == ["tiny.zip"]
    assert (tmp_path / "tiny.zip").read_bytes() == b"before"
    assert list(tmp_path.glob(".tiny*")) == []


@pytest.mark.usefixtures("home")
def test_progress_ends_at_1(tmp_path: Path) -> None:
    write(*(one.astype(np.int16) for one in bytes_of()))
    shares: list[float] = []
    export_dataset("tiny", tmp_path / "x.zip", progress=lambda share, _message: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.usefixtures("home")
def test_an_export_in_the_background_is_found_by_its_name_alone() -> None:
    write(*bytes_of())
    folder = export_worker.start_export("tiny")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert control.wait(folder, seconds=60) == "completed"
    found = export_worker.exported(folder.name)
    assert found is not None
    assert found[1].n_images == len(zipfile.ZipFile(found[0]).namelist()) - 2 == 6
    for name in ("..", "export-tiny", f"../jobs/{folder.name}", f"{folder.name}/..", ""):
        assert export_worker.exported(name) is None


@pytest.mark.usefixtures("home")
def test_exports_of_yesterday_make_room() -> None:
    write(*bytes_of())
    old = jobs_dir() / f"export-tiny-{'0' * 32}"
    old.mkdir(parents=True)
    (old / "status.json").write_text(
        '{"kind": "export", "state": "completed", "created_at": "", "launched_at": ""}'
    )
    os.utime(old / "status.json", (0, 0))
    folder = export_worker.start_export("tiny")
    assert not old.exists()
    assert control.wait(folder, seconds=60) == "completed"
    with pytest.raises(UnknownNameError):
        export_worker.start_export("nobody")


@pytest.mark.usefixtures("home")
def test_a_signed_ct_comes_back_with_its_values_its_unit_its_spacing_and_its_window(tmp_path: Path) -> None:
    draw = np.random.default_rng(4)
    facts: dict[str, object] = {
        "modality": "CT",
        "pixel_spacing_mm": (0.7, 0.8),
        "windows": (Window(center=-600.0, width=1500.0, function="LINEAR_EXACT"),),
    }
    write(*(draw.integers(-2000, 3071, (5, 7)).astype(np.int16) for _ in range(6)), **facts)
    archive, _report = export(tmp_path)
    archive.extractall(tmp_path / "unpacked")
    came = import_path(tmp_path / "unpacked", ImportOptions(name="again"))
    assert [skip.file for skip in came.skipped] == ["README.txt"]  # what is no image
    before, after = open_dataset("tiny"), open_dataset("again")
    same = ["file", "modality", "pixel_spacing_mm", "row_spacing_mm", "window_center", "window_width"]
    for column in (*same, "window_function", "value_low", "value_high"):
        assert after.samples[column].tolist() == before.samples[column].tolist(), column
    for sample_id in range(6):
        one, other = before.image(sample_id), after.image(sample_id)
        np.testing.assert_array_equal(other.values, one.values)
        assert other.values.dtype == np.int16


@pytest.mark.usefixtures("home")
def test_fractions_come_back_within_half_a_step(tmp_path: Path) -> None:
    pictures = [np.linspace(-1.5, 2.5, 35, dtype=np.float32).reshape(5, 7) + n for n in range(6)]
    write(*pictures)
    archive, report = export(tmp_path)
    archive.extractall(tmp_path / "unpacked")
    import_path(tmp_path / "unpacked", ImportOptions(name="again"))
    for sample_id, wanted in enumerate(pictures):
        found = open_dataset("again").image(sample_id).values
        assert found.dtype == np.float32
        assert np.abs(found - wanted).max() <= report.largest_error + 1e-6


@pytest.mark.usefixtures("home")
def test_a_class_that_looks_like_a_formula_comes_back_without_the_apostrophe(tmp_path: Path) -> None:
    values = bytes_of()
    samples = [NewSample(MedicalImage(one, (0, 255)), ("=1+1", "-x")[n % 2]) for n, one in enumerate(values)]
    write_dataset(DatasetDraft("tiny", "Tiny", "csv"), samples)
    archive, _report = export(tmp_path)
    assert {row["label"] for row in rows_of(archive)} == {"'=1+1", "'-x"}
    archive.extractall(tmp_path / "unpacked")
    came = import_path(tmp_path / "unpacked", ImportOptions(name="again")).info
    assert set(came.class_names) == {"=1+1", "-x"}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("slope", ["nan", "0", "-1", "inf", "1e999", "=1", ""])
def test_a_row_that_says_something_impossible_of_its_values_is_left_out_with_a_reason(
    tmp_path: Path, slope: str
) -> None:
    draw = np.random.default_rng(0)
    write(*(draw.integers(-9, 9, (5, 7)).astype(np.int16) for _ in range(6)))
    archive, _report = export(tmp_path)
    archive.extractall(tmp_path / "unpacked")
    table = tmp_path / "unpacked" / "labels.csv"
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    place = lines[0].split(",").index("value_slope")
    rows = list(csv.reader(lines))
    rows[1][place] = slope
    table.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows))
    came = import_path(tmp_path / "unpacked", ImportOptions(name="again"))
    assert came.info.n_images == 5
    assert "value_slope" in str(came.skipped[0].reason)
