"""A MedMNIST set as a job: from a server to a data set with its title, licence and caveats."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli.main import lightbox
from core.datasets.download_parts import Part
from core.datasets.medmnist import find_set
from core.datasets.medmnist_files import kept_file, path_of
from core.datasets.medmnist_info import read_sets
from core.datasets.medmnist_worker import MedMnistRequest, requested_jobs, start_download
from core.datasets.store import open_dataset
from core.datasets.worker import take_report
from core.errors import InvalidValueError, NameTakenError, UnknownNameError
from core.jobs.control import request_stop, tail_log, wait
from core.jobs.status import read_status
from tests.file_server import FileServer, serving
from tests.medmnist_source import npz_bytes, pretend
from tests.processes import kill_worker, until


@pytest.fixture
def server(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    with serving(FileServer()) as running:
        pretend(monkeypatch, tmp_path, running)
        yield running
    read_sets.cache_clear()


def request(set_name: str = "pneumoniamnist", **changes: object) -> MedMnistRequest:
    return MedMnistRequest.model_validate({"set_name": set_name, "size": 28, "name": "new"} | changes)


def drip(server: FileServer) -> None:
    """Send so slowly that whoever wants to come in between has more than a minute."""
    server.chunk, server.pause_seconds = 100, 0.05


@pytest.mark.usefixtures("server")
def test_one_job_fetches_and_imports(home: Path) -> None:
    folder = start_download(request())
    assert wait(folder, seconds=120) == "completed", tail_log(folder)
    report = take_report(folder)
    assert report is not None
    assert report.info == open_dataset("new").info
    assert report.info.splits == {"train": 20, "val": 10, "test": 10}
    assert report.info.class_counts == {"normal": 20, "pneumonia": 20}
    assert (report.info.title, report.info.licence) == ("PneumoniaMNIST, 28 px", "CC BY 4.0")
    assert report.info.description == "Chest X-rays of children, with pneumonia and without."
    assert path_of(find_set("pneumoniamnist"), 28).exists()
    asked, job = requested_jobs()["pneumoniamnist"]
    assert (asked.name, job.folder, job.status.progress) == ("new", folder, 1.0)


def test_a_stop_keeps_the_beginning_and_the_next_job_goes_on_from_there(server: FileServer) -> None:
    content = npz_bytes("pneumoniamnist", 64)
    drip(server)
    part = Part(path_of(find_set("pneumoniamnist"), 64))
    folder = start_download(request(size=64))
    until(lambda: part.n_bytes > 0)
    request_stop(folder)
    assert wait(folder, seconds=60) == "stopped", tail_log(folder)
    kept = kept_file(find_set("pneumoniamnist"), 64)
    assert kept is not None
    assert (kept.is_whole, kept.total_bytes) == (False, len(content))
    server.chunk, server.pause_seconds = len(content), 0
    folder = start_download(request(size=64))
    assert wait(folder, seconds=120) == "completed", tail_log(folder)
    assert server.asked[-1][1] == f"bytes={kept.n_bytes}-"


@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_downloaded(server: FileServer) -> None:
    content = npz_bytes("pneumoniamnist", 64)
    drip(server)
    part = Part(path_of(find_set("pneumoniamnist"), 64))
    folder = start_download(request(size=64))
    until(lambda: part.n_bytes > 0)
    kill_worker(folder)
    assert wait(folder, seconds=60) == "interrupted"
    n_kept = part.n_bytes
    server.chunk, server.pause_seconds = len(content), 0
    folder = start_download(request(size=64))
    assert wait(folder, seconds=120) == "completed", tail_log(folder)
    assert server.asked[-1][1] == f"bytes={n_kept}-"


def test_a_refusal_is_the_sentence_of_the_job(server: FileServer) -> None:
    server.status = 503
    folder = start_download(request())
    assert wait(folder, seconds=60) == "failed"
    assert str(read_status(folder).error) == "127.0.0.1 has a problem of its own (503). Try again later."
    assert take_report(folder) is None


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": "Not a name"}, InvalidValueError),
        ({"name": "phantoms"}, NameTakenError),
        ({"set_name": "nodulemnist3d"}, UnknownNameError),
        ({"size": 29}, InvalidValueError),
        ({"finding": "hernia"}, InvalidValueError),
        ({"set_name": "chestmnist"}, InvalidValueError),
    ],
)
def test_what_cannot_end_well_is_refused_before_it_begins(
    changes: dict[str, object], error: type[Exception], home: Path
) -> None:
    with pytest.raises(error):
        start_download(request(**changes))
    assert not list((home / "jobs").glob("*"))


@pytest.mark.usefixtures("server", "home")
def test_ordinal_grades_become_classes_and_the_loss_is_noted() -> None:
    result = CliRunner().invoke(
        lightbox, ["medmnist", "retinamnist", "--name", "eyes", "--json"], catch_exceptions=False
    )
    record = json.loads(result.stdout)
    assert record["class_names"] == ["grade 0", "grade 1", "grade 2", "grade 3", "grade 4"]
    assert len(record["caveats"]) == 1
    assert "the order is lost" in record["caveats"][0]


@pytest.mark.usefixtures("server", "home")
def test_one_finding_is_taken_against_the_rest() -> None:
    command = ["medmnist", "chestmnist", "--finding", "effusion", "--json"]
    record = json.loads(CliRunner().invoke(lightbox, command, catch_exceptions=False).stdout)
    assert record["dataset"] == "chestmnist-28-effusion"
    assert record["title"] == "ChestMNIST, 28 px: effusion"
    assert record["class_counts"] == {"no effusion": 22, "effusion": 18}
    assert record["positive_class"] == "effusion"
    assert len(record["caveats"]) > 1  # the import's own too: what one question leaves out


@pytest.mark.usefixtures("server", "home")
def test_the_command_line_lists_what_there_is() -> None:
    listed = json.loads(CliRunner().invoke(lightbox, ["medmnist", "--json"]).stdout)["medmnist"]
    assert [row["name"] for row in listed] == ["pneumoniamnist", "retinamnist", "chestmnist"]
    assert listed[0] | {"shows": ""} == {
        "name": "pneumoniamnist",
        "shows": "",
        "n_images": 40,
        "n_classes": 2,
        "task": "binary",
        "licence": "CC BY 4.0",
        "sizes": [28, 64, 128, 224],
        "downloaded": [],
    }
