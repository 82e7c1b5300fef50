"""The phantoms as a data set: made again to the byte, unpacked by whoever comes first."""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.datasets import shipped
from core.datasets.phantom_set import build_phantoms, write_archive
from core.datasets.phantoms import PhantomConfig, display_8bit, make_films
from core.datasets.store import open_dataset
from core.errors import InvalidValueError, JobStoppedError, NameTakenError
from core.workspace import ROOT

FEW = PhantomConfig(n_patients=6, image_size=32, seed=1)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shipped") / "phantoms.zip"
    write_archive(path, FEW)
    return path


@pytest.mark.usefixtures("home")
def test_the_films_and_what_is_known_of_them_are_kept() -> None:
    info = build_phantoms(FEW, "few")
    films = list(make_films(FEW))
    dataset = open_dataset("few")
    assert info.simulated
    assert "300" not in info.description
    assert info.class_names == ("no finding", "finding")
    assert info.positive_class == "finding"
    assert (info.n_images, info.n_patients) == (len(films), 6)
    for sample_id, film in enumerate(films):
        image = dataset.image(sample_id)
        np.testing.assert_array_equal(image.values, display_8bit(film))
        np.testing.assert_array_equal(dataset.lesion_mask(sample_id), film.lesion_mask)
        np.testing.assert_array_equal(dataset.marker_mask(sample_id), film.marker_mask)
        assert image.attributes["finding"] == film.finding
        assert image.attributes["age_band"] == film.age_band
        assert dataset.samples["label"][sample_id] == film.label


def test_the_archive_is_the_same_to_the_byte(archive: Path, tmp_path: Path) -> None:
    write_archive(tmp_path / "again.zip", FEW)
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()
    with zipfile.ZipFile(archive) as file:
        members = file.infolist()
    assert [member.filename for member in members] == sorted(member.filename for member in members)
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {member.compress_type for member in members} == {zipfile.ZIP_STORED}


def test_two_processes_open_the_shipped_phantoms_at_once(home: Path, archive: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from core.datasets import shipped, store;"
        f"shipped.SAMPLE_DATA = Path({str(archive.parent)!r});"
        "print(len(store.open_dataset('phantoms').samples))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    printed = [process.communicate(timeout=60)[0].strip() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert printed[0] == printed[1] != "0"
    assert [path.name for path in (home / "datasets").iterdir()] == ["phantoms"]


def test_the_name_of_the_shipped_phantoms_is_taken(
    home: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "SAMPLE_DATA", archive.parent)
    with pytest.raises(NameTakenError):
        build_phantoms(FEW, "phantoms")
    with pytest.raises(InvalidValueError):
        build_phantoms(FEW, "No Good")
    assert not (home / "datasets").exists()


def test_a_stop_leaves_nothing(home: Path) -> None:
    with pytest.raises(JobStoppedError):
        build_phantoms(FEW, "few", should_stop=lambda: True)
    assert list((home / "datasets").iterdir()) == []


@pytest.mark.slow
def test_the_default_archive_is_at_most_8_mb(tmp_path: Path) -> None:
    write_archive(tmp_path / "phantoms.zip")
    assert (tmp_path / "phantoms.zip").stat().st_size <= 8_000_000
