"""Inspection: a sample of the images is read for real, in the sandbox."""

from pathlib import Path

import pytest

from core.datasets.inspection import inspect
from core.datasets.options import ImportOptions
from core.datasets.sampling import Memory
from tests.import_sources import put_dicom, put_png

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def test_a_sample_is_read_for_real_and_what_cannot_be_is_counted(source: Path, tmp_path: Path) -> None:
    for n in range(3):
        put_png(source / "a" / f"{n}.png")
    put_png(source / "b" / "torn.png")
    torn = source / "b" / "torn.png"
    torn.write_bytes(torn.read_bytes()[:40])
    memory = Memory(pictures=tmp_path / "previews")
    plan = inspect(source, ImportOptions(name="new"), memory=memory)
    assert (plan.n_looked_at, plan.n_unreadable) == (4, 1)
    assert [preview.picture is None for preview in plan.previews] == [False, False, False, True]
    assert "cannot be read" in str(plan.previews[3].problem)
    assert {path.name for path in (tmp_path / "previews").iterdir()} == {
        preview.picture for preview in plan.previews if preview.picture
    }


def test_windows_and_reasons_to_look_for_text_are_gathered(source: Path) -> None:
    for n in range(2):
        put_dicom(
            source / "ab"[n] / "f",
            Modality="US",
            WindowCenter=[50, 100],
            WindowWidth=[100, 50],
            WindowCenterWidthExplanation=["LUNG", "MILLER"],
            BurnedInAnnotation="YES",
        )
    plan = inspect(source, ImportOptions(name="new"))
    assert plan.windows == ("LUNG (50/100)", "100/50")
    assert (plan.modalities, plan.n_looked_at) == ({"US": 2}, 2)
    assert plan.text_reasons["The file says that text is burned into its picture."] == 2
