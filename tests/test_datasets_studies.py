"""DICOM studies: no folder of an archive is a class; classes from the header, or none yet."""

from pathlib import Path

import pytest

from core.datasets.importing import ImportOptions, recognise
from core.errors import ImportRefusedError, UnknownNameError
from tests.import_sources import do_import, labels, put_dicom, refused

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def put_study(source: Path) -> None:
    """Four films of two patients as an archive lays them out: two series, no endings, a DICOMDIR."""
    for n in range(4):
        put_dicom(
            source / "DICOM" / f"PAT{n // 2:04}" / f"SER{n % 2:04}" / f"IM{n:05}",
            SOPInstanceUID=f"1.2.{n}",
            SeriesInstanceUID=f"1.3.{n % 2}",
            PatientID=f"MILLER-{n // 2}",
            PatientAge=f"{30 + 10 * n:03}Y",
            ViewPosition=("PA", "LL")[n % 2],
            Modality="DX",
        )
    (source / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")


def test_the_folders_of_a_study_are_no_classes(source: Path, home: Path) -> None:
    put_study(source)
    plan = recognise(source, ImportOptions(name="new"))
    assert (plan.layout, plan.is_dicom, plan.class_counts) == ("dicom", True, {})
    assert (plan.n_files, plan.n_series, plan.n_patients) == (4, 2, 2)
    assert (plan.modalities, plan.n_headers) == ({"DX": 4}, 4)
    assert plan.label_sources == ("header:age_band", "header:view")
    assert [(one.name, one.n_values, one.proposed) for one in plan.attributes] == [
        ("age_band", 4, True),
        ("view", 2, True),
    ]
    assert [skip.file for skip in plan.skips] == ["DICOMDIR"]
    assert "MILLER" not in plan.model_copy(update={"previews": ()}).model_dump_json()
    assert "lie in no class folders" in refused(source, home)


def test_classes_may_come_from_the_header(source: Path, home: Path) -> None:
    put_study(source)
    info = do_import(source, labels_from="header:view").info
    assert (info.class_counts, info.n_patients) == ({"LL": 2, "PA": 2}, 2)
    assert "No header says the sex" in refused_again(source, labels_from="header:sex")
    with pytest.raises(UnknownNameError, match="There is no attribute of the DICOM header 'name'"):
        do_import(source, name="other", labels_from="header:name")


def refused_again(path: Path, **options: object) -> str:
    with pytest.raises(ImportRefusedError) as caught:
        do_import(path, name="other", **options)
    return str(caught.value)


def test_a_study_without_classes_is_kept_unlabelled(source: Path) -> None:
    put_study(source)
    info = do_import(source, unlabelled=True, keep_columns=("age_band",)).info
    assert (info.source, info.class_names, info.positive_class) == ("dicom", ("unlabelled",), None)
    assert labels() == ["unlabelled"] * 4
