"""What an import counts and leaves out: identity, burned-in text, windows, and that it is repeatable."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from core.datasets import text_looks
from core.datasets.importing import ImportOptions, import_path
from core.datasets.intake import prepare_several
from core.datasets.records import ImportReport
from core.datasets.store import open_dataset
from core.datasets.text_looks import TextLooks
from core.images.burned_in import SAYS_NOTHING, SEEN
from core.images.identity_kinds import DATE, PATIENT_NAME, PICTURE_TEXT
from tests.import_sources import do_import, put_dicom, put_png

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def film(*, name: str = "", seed: int = 0) -> NDArray[np.uint8]:
    """A smooth picture of 256 x 256 pixels, with a name in its corner if there is one."""
    rows, columns = np.mgrid[0:256, 0:256]
    picture = Image.fromarray((60 + 40 * np.sin(rows / 60 + seed) * np.cos(columns / 50)).astype(np.uint8))
    if name:
        ImageDraw.Draw(picture).text((8, 8), name, fill=250, font=ImageFont.load_default(16))
    return np.asarray(picture)


def put_film(path: Path, *, name: str = "", seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(film(name=name, seed=seed)).save(path)


def put_films(source: Path, n: int, *, with_name: set[int]) -> None:
    for number in range(n):
        name = "MILLER ANNA 1970" if number in with_name else ""
        put_film(source / "ab"[number >= n // 2] / f"{number:03}.png", name=name, seed=number)


# Burned-in text


def test_images_with_writing_are_counted_and_pointed_to(source: Path) -> None:
    put_films(source, 6, with_name={1, 4})
    report = do_import(source)
    assert report.text_reasons == {SEEN: 2}
    assert report.suspicious == (1, 4)
    assert report.n_looked == 6


def test_images_with_writing_may_be_left_out(source: Path) -> None:
    put_films(source, 6, with_name={1, 4})
    report = do_import(source, skip_suspicious=True)
    assert [(skipped.ordinal, str(skipped.reason)) for skipped in report.skipped] == [(2, SEEN), (5, SEEN)]
    assert (report.info.n_images, report.suspicious) == (4, ())


def test_margins_that_cut_writing_off_clear_the_suspicion(source: Path) -> None:
    put_films(source, 6, with_name={1, 4})
    report = do_import(source, margins=(0.2, 0.0, 0.0, 0.0))
    assert (report.text_reasons, report.suspicious) == ({}, ())
    assert open_dataset("new").image(1).values.shape == (205, 256)  # 256 less round(51.2)


def test_a_missing_flag_of_dicom_is_counted_but_makes_no_image_suspicious(source: Path) -> None:
    for n in range(4):
        put_dicom(source / "ab"[n % 2] / f"{n}", Modality="DX", SOPClassUID="1.2.840.10008.5.1.4.1.1.1.1")
    report = do_import(source, skip_suspicious=True)
    assert report.text_reasons == {SAYS_NOTHING: 4}
    assert (report.suspicious, report.skipped) == ((), ())


def looked_at(n: int) -> list[int]:
    looks = TextLooks()
    return [number for number in range(n) if looks.wants()]


def test_a_small_source_is_looked_at_as_a_whole_and_a_large_one_in_part() -> None:
    assert looked_at(100) == list(range(100))
    assert looked_at(200)[100:] == [128, 160, 192]


@pytest.mark.parametrize(
    ("with_name", "n_looked", "suspicious"),
    [
        (set(), 6, ()),
        ({7}, 6, ()),  # one between the looks is not seen: a search that is honest about its share
        ({0, 1, 7, 9}, 12, (0, 1, 7, 9)),  # so often that everything is looked at, what was passed over too
    ],
)
def test_of_a_large_source_all_is_looked_at_when_writing_is_frequent(
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_name: set[int],
    n_looked: int,
    suspicious: tuple[int, ...],
) -> None:
    for name, value in (("_FIRST", 4), ("_EVERY", 4), ("_TELLING", 2)):
        monkeypatch.setattr(text_looks, name, value)
    put_films(source, 12, with_name=with_name)
    report = do_import(source)
    assert (report.n_looked, report.suspicious) == (n_looked, suspicious)


# Identity


def test_kinds_of_identity_are_counted_and_no_value_is_kept(source: Path, home: Path) -> None:
    for n in range(4):
        put_dicom(source / "ab"[n % 2] / f"{n}", PatientName="MILLER^ANNA", StudyDate="20260101")
    comment = PngInfo()
    comment.add_text("Comment", "MILLER")
    Image.fromarray(film()).save(source / "a" / "x.png", pnginfo=comment)
    report = do_import(source)
    assert report.identity.n_files == 5
    counted = {kind: report.identity.counts[kind] for kind in (PATIENT_NAME, DATE, PICTURE_TEXT)}
    assert counted == {PATIENT_NAME: 4, DATE: 4, PICTURE_TEXT: 1}
    assert b"MILLER" not in b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


# Windows


def test_the_window_that_was_chosen_comes_first(source: Path) -> None:
    windows = {"WindowCenter": ["40", "-600"], "WindowWidth": ["400", "1500"]}
    for n in range(2):
        put_dicom(source / "ab"[n] / "x", **windows)  # type: ignore[arg-type]
    for name, window, centers in (
        ("first", 0, [40, -600]),
        ("second", 1, [-600, 40]),
        ("none", 7, [40, -600]),
    ):
        do_import(source, name=name, window=window)
        assert [w.center for w in open_dataset(name).image(0).windows] == centers


# The same again


def content(home: Path, name: str) -> dict[str, bytes]:
    folder = home / "datasets" / name
    kept = (path for path in folder.rglob("*") if path.is_file() and path.name != "dataset.json")
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept}


def test_the_same_source_gives_the_same_bytes_however_many_decode(
    source: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(40):
        put_png(source / "ab"[n % 2] / f"{n:02}.png")
    (source / "a" / "torn.png").write_text("torn")
    reports: list[ImportReport] = []
    for workers in ("1", "2"):
        monkeypatch.setenv("LIGHTBOX_IMPORT_WORKERS", workers)
        reports.append(import_path(source, ImportOptions(name=f"with-{workers}")))
    assert content(home, "with-1") == content(home, "with-2")
    assert reports[0].skipped == reports[1].skipped
    assert reports[0].info.revision == reports[1].info.revision


def test_a_batch_that_takes_long_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.datasets.intake._BATCH_SECONDS", -1.0)
    file = BytesIO()
    Image.fromarray(film()).save(file, "PNG")
    item = {"size": len(file.getvalue()), "look": False}
    answer, [pictures] = prepare_several(file.getvalue() * 3, items=[item] * 3)
    assert len(answer["images"]) == 1
    assert answer["images"][0]["size"] == len(pictures)
