"""Where things live, which names can be folders, and files that are there whole or not at all."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.workspace import (
    ROOT,
    datasets_dir,
    home,
    is_valid_name,
    jobs_dir,
    replacing,
    runs_dir,
    write_json,
    write_text,
)


def test_the_home_is_read_from_the_environment_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))
    assert (datasets_dir(), runs_dir(), jobs_dir()) == tuple(
        tmp_path.resolve() / name for name in ("datasets", "checkpoints", "jobs")
    )
    monkeypatch.setenv("LIGHTBOX_HOME", "")
    assert home() == ROOT
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LIGHTBOX_HOME", "~/mine")
    assert home() == tmp_path.resolve() / "mine"


@pytest.mark.parametrize("name", ["a", "cxr-2", "0", "a.b_c-d", "x" * 64])
def test_a_name_that_can_be_a_folder(name: str) -> None:
    assert is_valid_name(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a..b", "a.", "-a", "_a", ".a", "A", "a/b", "a\\b", "a b", "a\n", "ä", "x" * 65, "a\0"],
)
def test_a_name_that_cannot(name: str) -> None:
    assert not is_valid_name(name)


@given(st.text(max_size=70))
def test_a_valid_name_stays_inside_its_folder(name: str) -> None:
    if is_valid_name(name):
        assert (Path("/home/datasets") / name).resolve().parent == Path("/home/datasets").resolve()
        assert name == name.strip().lower()


def test_writing_makes_the_folders_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.txt"
    write_text(path, "Grüße")
    assert path.read_bytes() == "Grüße".encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_json_is_readable_and_ends_with_a_line_end(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"名": [1, None]})
    text = (tmp_path / "x.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"名": [1, None]}
    assert "名" in text
    assert text.endswith("}\n")


def test_what_breaks_off_leaves_the_old_file_and_no_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "old")

    def break_off() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        break_off()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent == path.parent  # a rename within one file system
    assert path.read_text() == "new"
