"""The commands that change and hand on a data set."""

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.cli.main import lightbox
from core.datasets.store import list_datasets, open_dataset
from core.errors import InvalidValueError, UserError
from tests.tiny_dataset import write_tiny


def call(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(lightbox, arguments, input=answer)


def said(*arguments: str) -> dict[str, object]:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    record: dict[str, object] = json.loads(result.stdout)
    return record


@pytest.mark.usefixtures("home")
def test_labels_are_changed_and_taken_back() -> None:
    first = write_tiny(n_images=8)
    record = said("relabel", "tiny", "0=finding", "1=torn", "--new-class", "torn", "--reason", "cut off")
    assert record["class_counts"] == {"clear": 2, "finding": 5, "torn": 1}
    assert said("relabel", "tiny", "--undo")["revision"] == first.revision


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("arguments", [("0",), ("x=clear",), ("-1=clear",), ("=clear",), ()])
def test_what_is_no_correction_is_refused(arguments: tuple[str, ...]) -> None:
    write_tiny(n_images=8)
    assert isinstance(call("relabel", "tiny", "--", *arguments).exception, InvalidValueError)


@pytest.mark.usefixtures("home")
def test_a_data_set_is_copied_renamed_and_deleted() -> None:
    write_tiny(n_images=8)
    assert said("copy", "tiny", "mine")["n_images"] == 8
    assert said("rename", "mine", "ours") == {"dataset": "ours", "former_names": ["mine"]}
    assert said("delete", "mine", "--yes") == {"deleted": "ours", "runs": []}
    assert "tiny" in [info.dataset_id for info in list_datasets()]
    assert isinstance(call("delete", "phantoms", "--yes").exception, UserError)


@pytest.mark.usefixtures("home")
def test_delete_asks_first() -> None:
    write_tiny(n_images=8)
    assert call("delete", "tiny", answer="n\n").exit_code != 0
    assert open_dataset("tiny").info.n_images == 8
    assert call("delete", "tiny", answer="y\n").exit_code == 0
    assert "tiny" not in [info.dataset_id for info in list_datasets()]


@pytest.mark.usefixtures("home")
def test_an_export_is_written_where_asked(tmp_path: Path) -> None:
    write_tiny(n_images=8)
    record = said("export", "tiny", "--out", str(tmp_path / "there" / "tiny.zip"))
    assert (record["n_images"], record["n_rounded"]) == (8, 0)
    assert len(zipfile.ZipFile(tmp_path / "there" / "tiny.zip").namelist()) == 10
