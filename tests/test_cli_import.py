"""`import` and `inspect` on the command line: what they print, and that a mistake is one sentence."""

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.cli.main import run
from core.datasets.store import open_dataset
from tests.import_sources import make_csv_source, put_dicom, put_png, put_table


class Answer(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        """The JSON object on standard output."""
        return json.loads(self.out)  # type: ignore[no-any-return]


Command = Callable[..., Answer]


@pytest.fixture
def command(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run one command as `python -m core` does."""

    def command(*words: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["core", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            run()
        return Answer(int(ended.value.code or 0), *capsys.readouterr())

    return command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    for name in ("set/a/1.png", "set/b/1.png", "set/b/2.png"):
        put_png(source / name)
    (source / "notes.txt").write_text("hello")
    return source


def test_inspect_says_what_would_become_of_it_and_keeps_nothing(
    command: Command, folder: Path, home: Path
) -> None:
    answer = command("inspect", folder / "set", "--json")
    assert answer.code == 0
    record = answer.record
    assert (record["layout"], record["class_counts"]) == ("folders", {"a": 1, "b": 2})
    assert (record["n_files"], record["n_looked_at"], record["question"]) == (3, 3, None)
    assert list(home.rglob("*")) == []
    assert "class_counts:\n  a: 1\n" in command("inspect", folder / "set").out


def test_a_zip_is_imported_and_the_record_keeps_its_keys(command: Command, folder: Path, home: Path) -> None:
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        for path in sorted(folder.rglob("*.png")):
            archive.write(path, path.relative_to(folder))
    answer = command("import", folder / "x.zip", "--name", "zipped", "--json")
    assert answer.code == 0
    assert list(answer.record) == [
        *("dataset", "n_images", "n_classes", "class_names", "class_counts", "positive_class", "n_patients"),
        *("splits", "overlap", "columns", "skipped", "identity", "text_suspicions", "caveats"),
    ]
    assert answer.record["class_counts"] == {"a": 1, "b": 2}
    assert not list(home.glob("jobs/staging-*"))


def test_one_finding_is_chosen_and_what_that_leaves_out_is_printed(command: Command, tmp_path: Path) -> None:
    for n in range(4):
        put_png(tmp_path / "s" / f"{n}.png")
    rows = ("Mass|Edema", "Edema", "No Finding", "Mass")
    put_table(tmp_path / "s", "image,findings\n" + "".join(f"{n}.png,{row}\n" for n, row in enumerate(rows)))
    asked = command("import", tmp_path / "s", "--name", "one", "--json")
    assert (asked.code, asked.out, asked.err.count("\n")) == (2, "", 1)
    assert "Choose one of them" in asked.err
    record = command("import", tmp_path / "s", "--name", "one", "--finding", "Edema", "--json").record
    assert record["class_names"] == ["no Edema", "Edema"]
    assert record["caveats"][2] == "The rest is not healthy: 1 of its 2 images show another finding."


def test_a_study_is_labelled_by_its_header_or_not_at_all(command: Command, tmp_path: Path) -> None:
    for n in range(4):
        put_dicom(
            tmp_path / "s" / f"IM{n}",
            SOPInstanceUID=f"1.2.{n}",
            PatientName="MILLER",
            ViewPosition=("AP", "PA")[n % 2],
        )
    record = command(
        "import", tmp_path / "s", "--name", "view", "--labels-from", "header:view", "--json"
    ).record
    assert record["class_counts"] == {"AP": 2, "PA": 2}
    assert record["identity"]["the patient's name"] == 4
    none = command("import", tmp_path / "s", "--name", "none", "--unlabelled", "--json").record
    assert (none["class_names"], none["positive_class"]) == (["unlabelled"], None)


def test_margins_are_cut_off_in_percent(command: Command, folder: Path) -> None:
    answer = command("import", folder / "set", "--name", "cut", "--crop", "50,0,0,50", "--json")
    assert answer.code == 0
    assert open_dataset("cut").image(0).values.shape == (1, 1)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--crop", "1,2,3"],
            "--crop takes four percents, TOP,RIGHT,BOTTOM,LEFT, for example 5,0,10,0; not '1,2,3'.",
        ),
        (
            ["--crop", "nan,0,0,0"],
            "--crop takes four percents, TOP,RIGHT,BOTTOM,LEFT, for example 5,0,10,0; not 'nan,0,0,0'.",
        ),
        (
            ["--labels-from", "heder:view"],
            "There is no source of labels 'heder:view'. Did you mean 'header:view'?",
        ),
        (["--labels-from", "table"], "There is no table beside the images."),
        (
            ["--finding", "Mass"],
            "The finding 'Mass' was named, but only tables and MedMNIST files name findings.",
        ),
        (["--labels", "x.csv"], "There is no table 'x.csv', neither in the folder nor here."),
    ],
)
@pytest.mark.parametrize("name", ["import", "inspect"])
def test_a_mistake_is_one_sentence_and_leaves_nothing(
    command: Command, folder: Path, home: Path, name: str, words: list[str], sentence: str
) -> None:
    named = ["--name", "new"] if name == "import" else []
    answer = command(name, folder / "set", *named, *words, "--json")
    assert (answer.code, answer.out, answer.err.splitlines()[-1]) == (2, "", sentence)
    assert not (home / "datasets").exists()


def test_two_tables_are_asked_about(command: Command, tmp_path: Path) -> None:
    make_csv_source(tmp_path / "s")
    put_table(tmp_path / "s", "image,kind\nx0.png,a\n", name="other.csv")
    answer = command("import", tmp_path / "s", "--name", "new", "--json")
    assert (answer.code, answer.err) == (
        2,
        "There are several tables: 'labels.csv', 'other.csv'. Say which one to use.\n",
    )
    chosen = command("import", tmp_path / "s", "--name", "new", "--labels", "labels.csv", "--json")
    assert chosen.record["class_counts"] == {"sick": 3, "well": 3}
