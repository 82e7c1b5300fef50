"""Entries become prepared images: in order, whatever one of them does to the process that reads it."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets import streaming
from core.datasets.encoding import png_bytes
from core.datasets.intake import PreparedImage
from core.datasets.sources import Entry
from core.datasets.streaming import Choices, n_workers, prepared
from core.errors import ImportRefusedError, InvalidValueError, UnreadableImageError
from core.images import MedicalImage
from core.images.sandbox import Sandbox
from core.language import N_, Message


@pytest.fixture
def odd_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with Sandbox(2, task="tests.workers.odd_intake:prepare_several", seconds=3.0) as sandbox:
        monkeypatch.setattr(streaming, "_sandbox", lambda _n: sandbox)
        yield


def put(folder: Path, contents: list[bytes]) -> list[Entry]:
    entries = []
    for number, content in enumerate(contents):
        path = folder / f"{number:03}"
        path.write_bytes(content)
        entries.append(Entry(path.name, "a", path=path))
    return entries


def shade(number: int) -> bytes:
    return png_bytes(np.full((2, 3), number, np.uint8))


def outcomes(entries: list[Entry], **choices: object) -> list[str]:
    """Return the grey level of each image, or the reason why there is none."""
    return [_told(outcome) for _, outcome in prepared(entries, Choices(**choices))]  # type: ignore[arg-type]


def _told(outcome: PreparedImage | UnreadableImageError) -> str:
    if isinstance(outcome, UnreadableImageError):
        return str(outcome)
    with Image.open(BytesIO(outcome.content)) as image:
        return str(np.asarray(image)[0, 0])


def test_images_come_in_the_order_of_the_entries(tmp_path: Path) -> None:
    assert outcomes(put(tmp_path, [shade(n) for n in range(150)])) == [str(n) for n in range(150)]


@pytest.mark.usefixtures("odd_sandbox")
@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (b"DIE", "it made the decoder fail, so it is damaged or was made to do harm"),
        pytest.param(
            b"HANG", "reading it took longer than 3.0 seconds and was stopped", marks=pytest.mark.slow
        ),
        (b"LIE", "the process that read it gave no sensible answer"),
    ],
)
def test_only_the_guilty_file_of_a_batch_is_lost(tmp_path: Path, word: bytes, reason: str) -> None:
    contents = [shade(n) for n in range(10)]
    contents[3] = word
    expected = [str(n) for n in range(10)]
    expected[3] = f"This file cannot be read: {reason}."
    assert outcomes(put(tmp_path, contents)) == expected


def test_what_has_no_bytes_has_its_reason_in_its_place(tmp_path: Path) -> None:
    entries = put(tmp_path, [shade(0), b"text", shade(2)])
    entries.insert(1, Entry("gone.png", "a", problem=Message(text=N_("There is no such file."))))
    entries.append(Entry("folder", "a", path=tmp_path))
    assert outcomes(entries) == [
        "0",
        "There is no such file.",
        "This file cannot be read: it is no PNG, JPEG, TIFF or DICOM file.",
        "2",
        "It is no file that can be read to its end.",
    ]


def test_pixels_out_of_an_array_need_no_file() -> None:
    image = MedicalImage(np.full((4, 4), 7, np.uint8), value_range=(0, 255))
    [(_, outcome)] = prepared([Entry("train 0", "a", array=lambda: image)], Choices())
    assert isinstance(outcome, PreparedImage)
    assert (outcome.facts.width, outcome.facts.source_format, outcome.identity) == (4, None, ())


def test_a_source_that_goes_away_ends_the_import(tmp_path: Path) -> None:
    entries = put(tmp_path, [shade(n) for n in range(3)])
    (tmp_path / "001").unlink()
    with pytest.raises(ImportRefusedError, match="a file that was there at first is gone"):
        outcomes(entries)


def test_a_link_to_nothing_is_no_source_that_goes_away(tmp_path: Path) -> None:
    entries = put(tmp_path, [shade(0), shade(1)])
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    entries.append(Entry("link", "a", path=tmp_path / "link"))
    assert outcomes(entries) == ["0", "1", "The file cannot be opened."]


def test_margins_are_cut_off(tmp_path: Path) -> None:
    values = np.arange(100, dtype=np.uint8).reshape(10, 10)
    entries = put(tmp_path, [png_bytes(values)])
    [(_, outcome)] = prepared(entries, Choices(margins=(0.1, 0.2, 0.3, 0.4)))
    assert isinstance(outcome, PreparedImage)
    assert (outcome.facts.height, outcome.facts.width) == (6, 4)
    assert _told(outcome) == "14"  # row 1, column 4


def test_margins_that_leave_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="leave too little"):
        outcomes(put(tmp_path, [shade(0)]), margins=(0.5, 0.0, 0.5, 0.0))


def test_a_look_is_taken_only_where_it_is_wanted(tmp_path: Path) -> None:
    wanted = iter([True, False, True])
    found = prepared(put(tmp_path, [shade(n) for n in range(3)]), Choices(), wants_look=lambda: next(wanted))
    assert [getattr(outcome, "was_looked_at", None) for _, outcome in found] == [True, False, True]


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "²"])
def test_an_odd_number_of_workers_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LIGHTBOX_IMPORT_WORKERS", text)
    with pytest.raises(InvalidValueError, match=f"not '{text}'"):
        n_workers()


def test_the_number_of_workers_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_IMPORT_WORKERS", "3")
    assert n_workers() == 3
    monkeypatch.delenv("LIGHTBOX_IMPORT_WORKERS")
    assert n_workers() >= 1
