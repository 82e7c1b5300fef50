"""The animated picture, decoded again: a frame for each epoch, and in each of them what it is not for."""

import json
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli.main import run
from core.evaluation.case_films import case_films
from core.figures import replay_picture
from core.figures.replay_parts import BAND_HEIGHT, latin_names
from core.figures.replay_picture import Film, animated, draw_frame
from core.runs.replay import CaseFilm, Recording, read_recording
from core.transforms.preprocessing.picture import Extent
from tests.recorded import about_of, frame_of, recorded_run

INK = (21, 34, 56)


def film_of(
    *, n_epochs: int = 4, simulated: bool = True, class_names: tuple[str, ...] = ("clear", "finding")
) -> Film:
    about = about_of(class_names, simulated=simulated)
    frames = tuple(frame_of(epoch, about) for epoch in range(n_epochs))
    grey = CaseFilm(np.full((20, 20), 90, dtype=np.uint8), Extent())
    return Film("a-run", Recording(about, frames), dict.fromkeys(range(4), grey), {})


def pages_of(content: bytes) -> list[np.ndarray]:
    picture = Image.open(BytesIO(content))
    pages = []
    for number in range(picture.n_frames):
        picture.seek(number)
        pages.append(np.asarray(picture.convert("RGB")).astype(int))
    return pages


def test_it_has_a_frame_for_each_epoch_and_two_to_five_a_second() -> None:
    content = animated(film_of(n_epochs=6))
    picture = Image.open(BytesIO(content))
    assert (picture.format, picture.n_frames) == ("GIF", 6)
    times = []
    for number in range(6):
        picture.seek(number)
        times.append(picture.info["duration"])
    assert all(200 <= time <= 500 for time in times[1:-1])
    assert picture.info["loop"] == 0


def test_every_frame_says_at_its_foot_that_it_is_never_for_diagnosis() -> None:
    with_word, without = (pages_of(animated(film_of(simulated=flag))) for flag in (True, False))
    for page in (*with_word, *without):
        band = page[-BAND_HEIGHT + 1 :]
        assert np.abs(band[:, -40:] - INK).max() < 12  # the band
        assert (band[:, :420].min(axis=2) > 200).mean() > 0.03  # white letters on it
    for marked, plain in zip(with_word, without, strict=True):
        simulated = (marked[-BAND_HEIGHT + 1 :].min(axis=2) > 200).sum()
        assert simulated > 1.5 * (plain[-BAND_HEIGHT + 1 :].min(axis=2) > 200).sum()


def test_the_epoch_is_written_into_each_frame() -> None:
    heads = [page[6:40, :200] for page in pages_of(animated(film_of()))]
    assert all((first != second).any() for first, second in zip(heads, heads[1:], strict=False))


def test_a_bar_is_as_long_as_the_network_is_sure() -> None:
    film = film_of(n_epochs=5)
    blue = np.array([0, 114, 178])
    lengths = []
    for frame in film.recording.frames:
        page = np.asarray(draw_frame(film, frame)).astype(int)
        row = page[46 + 104 + 5 + 19, 14 : 14 + 105]
        lengths.append(int((np.abs(row - blue).max(axis=1) < 3).sum()))
    assert lengths == pytest.approx([104 * sure for sure in (0.5, 0.6, 0.7, 0.8, 0.9)], abs=1.5)


def test_a_map_is_laid_over_its_film_where_the_network_looked() -> None:
    film = film_of()
    page = np.asarray(draw_frame(film, film.recording.frames[2])).astype(int)
    tile = page[46 : 46 + 104, 14 : 14 + 104]
    coloured = np.ptp(tile, axis=2) > 60  # the film itself is grey
    rows, columns = np.nonzero(coloured[24:, :80])
    assert rows.mean() + 24 == pytest.approx(104 * 2.5 / 4, abs=12)
    assert columns.mean() == pytest.approx(104 * 1.5 / 4, abs=12)


def test_very_many_epochs_are_thinned_to_their_ends_and_a_few_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay_picture, "_MOST_FRAMES", 7)
    film = film_of(n_epochs=30)
    pages = pages_of(animated(film))
    assert len(pages) == 7
    last = np.asarray(draw_frame(film, film.recording.frames[-1])).astype(int)
    assert np.abs(pages[-1] - last).mean() < 6


def test_too_many_bytes_leave_frames_out(monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(n_epochs=8)
    whole = animated(film)
    monkeypatch.setattr(replay_picture, "MOST_BYTES", int(0.7 * len(whole)))
    small = animated(film)
    assert len(small) <= 0.7 * len(whole)
    assert 2 <= len(pages_of(small)) < 8


@pytest.mark.parametrize(
    "class_names", [("阴性", "<b>病灶</b>"), tuple(f"class {n}" for n in range(20)), ("x" * 90, "y")]
)
def test_any_class_names_are_drawn(class_names: tuple[str, ...]) -> None:
    film = film_of(class_names=class_names)
    assert len(pages_of(animated(film))) == 4


def test_a_class_in_other_letters_than_latin_is_called_by_its_number() -> None:
    assert latin_names(("阴性", "lésion", "病灶 <b>", "a\nb")) == (
        "class  1",
        "lésion",
        "class  3",
        "class  4",
    )


def test_a_step_on_the_map_of_cases_is_as_long_across_as_up() -> None:
    about = about_of()
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]] * 2, dtype=np.float16) + np.float16(5)
    frame = replace(frame_of(9, about, n_cases=0), places=corners)  # no case is followed: no ring is drawn
    page = np.asarray(draw_frame(Film("run", Recording(about, (frame,)), {}, {}), frame)).astype(int)
    is_mark = np.ptp(page[50:240, 20:415], axis=2) > 60  # of the map, what is coloured
    across, up = (np.flatnonzero(is_mark.any(axis=axis)) for axis in (0, 1))
    assert np.ptp(across) == pytest.approx(np.ptp(up), abs=1)
    assert np.ptp(up) > 100  # and fills the map, wherever the cloud lies


def test_without_films_and_maps_there_is_still_a_picture() -> None:
    film = film_of()
    bare = Film(film.name, film.recording, {}, {})
    assert len(pages_of(animated(bare))) == 4


def test_the_films_of_a_data_set_that_is_gone_or_changed_are_left_out(home: Path) -> None:
    run = recorded_run()
    assert set(case_films(run, (0, 1), side=64)) == {0, 1}
    assert max(case_films(run, (0,), side=16)[0].pixels.shape) == 16
    info = home / "datasets" / "tiny" / "dataset.json"
    info.rename(info.with_name("gone.json"))
    assert case_films(run, (0, 1), side=64) == {}


def test_the_command_line_writes_the_picture_and_refuses_what_it_cannot(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded_run()

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["core", "replay", *arguments])
        with pytest.raises(SystemExit) as ended:
            run()
        return int(ended.value.code or 0), *capsys.readouterr()

    out = tmp_path / "learning.gif"
    code, said, complained = call("filmed", "--out", str(out), "--json")
    assert code == 0, complained
    told = json.loads(said)
    assert told == {
        "run": "filmed",
        "epochs": [0, 1, 2, 3],
        "size_bytes": out.stat().st_size,
        "out": str(out),
    }
    assert len(pages_of(out.read_bytes())) == 4
    code, _, complained = call("filmed", "--out", str(tmp_path / "learning.png"))
    assert (code, complained.splitlines()[-1]) == (
        2,
        "'learning.png' would hold a GIF picture; give it a name that ends in .gif.",
    )
    recording = read_recording(home / "checkpoints" / "filmed")
    assert recording is not None
    for path in (home / "checkpoints" / "filmed" / "replay").iterdir():
        path.unlink()
    assert "was not filmed" in call("filmed", "--out", str(out))[2]
