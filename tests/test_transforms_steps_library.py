"""Pipelines with a name: kept whole or not at all, never outside their folder, one name once."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InvalidValueError, NameTakenError, UnknownNameError, UserError
from core.transforms.preprocessing import default_preprocessing
from core.transforms.preprocessing.library import (
    damaged_pipelines,
    delete_pipeline,
    list_pipelines,
    open_pipeline,
    save_pipeline,
)
from core.transforms.preprocessing.parsing import to_json
from core.workspace import pipelines_dir

ONE, OTHER = default_preprocessing(64, 1), default_preprocessing(128, 3)


def names() -> list[str]:
    return [saved.name for saved in list_pipelines()]


def test_without_a_folder_there_are_none(home: Path) -> None:
    assert (list_pipelines(), damaged_pipelines()) == ([], [])
    assert not pipelines_dir().exists()


def test_a_pipeline_is_kept_opened_and_deleted(home: Path) -> None:
    save_pipeline(" Chest film, 64 px ", ONE)
    save_pipeline("胸片", OTHER)
    assert names() == ["Chest film, 64 px", "胸片"]
    assert open_pipeline("Chest film, 64 px").preprocessing == ONE
    delete_pipeline("Chest film, 64 px")
    assert names() == ["胸片"]


def test_a_taken_name_is_refused_also_in_other_letters(home: Path) -> None:
    save_pipeline("Chest", ONE)
    with pytest.raises(NameTakenError, match="^There is already a pipeline named 'chest'"):
        save_pipeline("chest", OTHER)
    assert open_pipeline("CHEST").preprocessing == ONE
    save_pipeline("chest", OTHER, replace=True)
    assert (names(), open_pipeline("Chest").preprocessing) == (["chest"], OTHER)


def test_an_unknown_name_is_told_with_the_nearest(home: Path) -> None:
    save_pipeline("Chest", ONE)
    for ask in (open_pipeline, delete_pipeline):
        with pytest.raises(UnknownNameError, match=r"There is no pipeline 'Chests'. Did you mean 'Chest'\?"):
            ask("Chests")


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 61, "\u202eabc", "nul\0", "\ud800"])
def test_a_name_that_cannot_be_one_is_refused(home: Path, name: str) -> None:
    with pytest.raises(InvalidValueError, match="^A pipeline's name has 1 to 60 characters"):
        save_pipeline(name, ONE)
    assert not pipelines_dir().exists()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(min_size=1, max_size=60)
    | st.sampled_from(["..", "../x", "/etc/x", "a/b", "con", ".lock", "~"])
)
def test_no_name_leaves_the_folder(home: Path, name: str) -> None:
    before = {path for path in home.rglob("*") if path.parent != pipelines_dir()}
    try:
        saved = save_pipeline(name, ONE, replace=True)
    except InvalidValueError:
        return
    assert open_pipeline(name) == saved
    assert saved in list_pipelines()
    files = [path.name for path in pipelines_dir().iterdir() if path.suffix == ".json"]
    assert all(len(file) <= 64 and file.isascii() for file in files)
    assert {path for path in home.rglob("*") if path.parent != pipelines_dir()} - before <= {pipelines_dir()}
    delete_pipeline(name)


def test_a_damaged_file_is_listed_with_its_reason_and_hides_no_other(home: Path) -> None:
    save_pipeline("good", ONE)
    (pipelines_dir() / "torn.json").write_text('{"steps": [')
    (pipelines_dir() / "big.json").write_text(" " * 300_000)
    (pipelines_dir() / "folder.json").mkdir()
    (pipelines_dir() / "note.txt").write_text("no pipeline")
    assert names() == ["good"]
    assert [(one.file, str(one.reason)) for one in damaged_pipelines()] == [
        ("big.json", "The pipeline is 300 kB large; one of Lightbox has at most 200 kB."),
        ("torn.json", "The pipeline is no JSON: line 1, column 12 cannot be read."),
    ]
    with pytest.raises(UserError, match="^The pipeline is no JSON"):
        open_pipeline("torn")
    with pytest.raises(NameTakenError):
        save_pipeline("torn", ONE)
    delete_pipeline("torn")
    assert [one.file for one in damaged_pipelines()] == ["big.json"]


def test_a_file_put_there_by_hand_has_the_name_in_it_or_that_of_the_file(home: Path) -> None:
    pipelines_dir().mkdir()
    (pipelines_dir() / "from a colleague.json").write_text(to_json(ONE))
    (pipelines_dir() / "x.json").write_text(to_json(OTHER, name="Thin slices"))
    assert names() == ["from a colleague", "Thin slices"]
    assert open_pipeline("From a colleague").preprocessing == ONE
    save_pipeline("thin slices", ONE, replace=True)
    assert (len(list_pipelines()), open_pipeline("Thin slices").preprocessing) == (2, ONE)


def test_of_many_who_want_a_name_one_gets_it(home: Path) -> None:
    def save(number: int) -> bool:
        try:
            save_pipeline("wanted", default_preprocessing(16 + 4 * number, 1))
        except NameTakenError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(save, range(16))) == 1
    assert names() == ["wanted"]


def test_nothing_is_lost_when_writing_fails(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_pipeline("kept", ONE)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_pipeline("kept", OTHER, replace=True)
    assert open_pipeline("kept").preprocessing == ONE
    assert [path.name for path in pipelines_dir().iterdir() if not path.name.startswith(".lock")] == [
        "kept.json"
    ]
