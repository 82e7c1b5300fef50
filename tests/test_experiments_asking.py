"""Questions that are answered in a job of their own: asked once, found again, stopped, refused, forgotten."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.datasets.store import delete_dataset, open_dataset, rename_dataset
from core.errors import StateError
from core.experiments import asking, worker
from core.experiments.asking import answer_of, ask, folder_of, job_of
from core.experiments.catalog import EXPERIMENTS
from core.experiments.pictures import PicturesRequest
from core.experiments.records import ExperimentSpec, Request
from core.experiments.sweeping import sweep
from core.jobs import control
from core.jobs.status import read_status
from core.transforms.preprocessing import default_preprocessing
from tests.processes import kill_worker, until
from tests.tiny_dataset import write_tiny
from tests.workers import adding
from tests.workers.adding import Sum, Terms

NAME = "adding"


@pytest.fixture
def adder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An experiment that adds; its worker is a process that knows of it. What works at the end is killed."""
    monkeypatch.setitem(EXPERIMENTS, NAME, adding.SPEC)
    monkeypatch.setattr(asking, "WORKER", "tests.workers.adding")
    yield
    for folder in (home / "jobs").glob("experiment-*"):
        kill_worker(folder)


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same without a process: nothing is started until the test does the work itself."""
    monkeypatch.setitem(EXPERIMENTS, NAME, adding.SPEC)
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    monkeypatch.setattr(worker.os, "nice", lambda by: by)  # the test must not become slower for good


def ended(folder: Path) -> str:
    return control.wait(folder, seconds=60)


def test_the_same_question_has_the_same_folder_and_another_has_another(home: Path, here: None) -> None:
    folder = folder_of(NAME, Terms(terms=(1, 2)))
    assert folder == folder_of(NAME, Terms(terms=(1, 2)))
    assert folder != folder_of(NAME, Terms(terms=(2, 1)))
    assert folder.is_relative_to(home)


def test_another_version_of_an_experiment_is_another_question(
    here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = folder_of(NAME, Terms(terms=(1,)))
    monkeypatch.setitem(EXPERIMENTS, NAME, adding.SPEC.model_copy(update={"version": 2}))
    assert folder_of(NAME, Terms(terms=(1,))) != before


def test_an_answer_is_kept_and_found_again(here: None) -> None:
    question = Terms(terms=(1, 2, 4))
    assert job_of(NAME, question) is None
    assert answer_of(NAME, question, Sum) is None
    folder = ask(NAME, question)
    worker.main(folder)
    assert read_status(folder).state == "completed"
    assert answer_of(NAME, question, Sum) == Sum(total=7)
    job = job_of(NAME, question)
    assert job is not None
    assert (job.state, job.folder) == ("completed", folder)
    assert answer_of(NAME, Terms(terms=(1, 2)), Sum) is None


def test_an_answer_of_another_make_is_no_answer(here: None) -> None:
    question = Terms(terms=(1,))
    worker.main(ask(NAME, question))
    (folder_of(NAME, question) / "result.json").write_text('{"mean": 1.0}')
    assert answer_of(NAME, question, Sum) is None


def test_an_answer_stays_until_there_is_another(here: None) -> None:
    question = Terms(terms=(1, 2))
    folder = ask(NAME, question)
    worker.main(folder)
    assert ask(NAME, question) == folder
    assert read_status(folder).state == "queued"
    assert answer_of(NAME, question, Sum) == Sum(total=3)
    (folder / "stop").touch()
    worker.main(folder)
    assert read_status(folder).state == "stopped"
    assert answer_of(NAME, question, Sum) == Sum(total=3)


def test_an_experiment_that_refuses_says_why_and_leaves_no_answer(here: None) -> None:
    question = Terms(terms=())
    folder = ask(NAME, question)
    worker.main(folder)
    status = read_status(folder)
    assert (status.state, str(status.error)) == ("failed", "There is nothing to add.")
    assert answer_of(NAME, question, Sum) is None


def test_who_asks_while_it_is_at_work_follows_the_same_job(adder: None) -> None:
    question = Terms(terms=(1,), wait=True)
    folder = ask(NAME, question)
    until(lambda: read_status(folder).state == "running")
    launched_at = read_status(folder).launched_at
    assert ask(NAME, question) == folder
    assert read_status(folder).launched_at == launched_at
    control.request_stop(folder)
    assert ended(folder) == "stopped"
    assert answer_of(NAME, question, Sum) is None
    assert ask(NAME, question) == folder  # what was stopped can be asked again
    until(lambda: read_status(folder).state == "running")
    assert read_status(folder).launched_at > launched_at


def test_a_job_that_was_killed_can_be_asked_again(adder: None) -> None:
    question = Terms(terms=(1,), wait=True)
    folder = ask(NAME, question)
    until(lambda: read_status(folder).state == "running")
    kill_worker(folder)
    job = job_of(NAME, question)
    assert job is not None
    assert job.state == "interrupted"
    assert ask(NAME, question) == folder
    until(lambda: read_status(folder).state == "running")


def test_a_second_question_waits_for_the_first(adder: None) -> None:
    first, second = Terms(terms=(1,), wait=True), Terms(terms=(2, 3))
    folders = [ask(NAME, first)]
    until(lambda: read_status(folders[0]).state == "running")
    folders.append(ask(NAME, second))
    until(lambda: str(read_status(folders[1]).message) == "Waiting: 1 ahead.")
    assert answer_of(NAME, second, Sum) is None
    control.request_stop(folders[0])
    assert [ended(folder) for folder in folders] == ["stopped", "completed"]
    assert answer_of(NAME, second, Sum) == Sum(total=5)


def test_what_is_asked_again_begins_at_nothing(here: None) -> None:
    question = Terms(terms=(1,))
    folder = ask(NAME, question)
    worker.main(folder)
    assert read_status(folder).progress == 1
    ask(NAME, question)
    assert read_status(folder).progress == 0


def test_of_many_who_ask_at_once_one_starts_it(here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Path] = []
    monkeypatch.setattr(control, "_launch", lambda folder, module: started.append(folder))
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: ask(NAME, Terms(terms=(1,))), range(8)))
    assert started == list(folders)


def test_those_that_wait_are_of_low_priority_already(here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    folder = ask(NAME, Terms(terms=(1,)))
    monkeypatch.setattr(worker.os, "nice", lambda by: seen.append(read_status(folder).state))
    worker.main(folder)
    assert seen == ["queued"]


def test_a_sweep_keeps_no_more_bytes_than_are_allowed_but_always_the_newest(here: None, home: Path) -> None:
    folders = [home / "jobs" / f"experiment-pictures-{number}" for number in range(4)]
    for number, folder in enumerate(folders):
        (folder / "shortcut").mkdir(parents=True)
        (folder / "shortcut" / "best.safetensors").write_bytes(bytes(1000))
        os.utime(folder, (number, number))
    sweep(home / "jobs", keep_bytes=2500)
    assert [folder.exists() for folder in folders] == [False, False, True, True]
    sweep(home / "jobs", keep_bytes=10)
    assert [folder.exists() for folder in folders] == [False, False, False, True]


def test_a_sweep_keeps_the_newest_and_whatever_is_at_work(here: None, home: Path) -> None:
    folders = [ask(NAME, Terms(terms=(n,))) for n in range(5)]
    for n, folder in enumerate(folders):
        if n != 0:  # the oldest still waits
            worker.main(folder)
        os.utime(folder / "status.json", (n, n))
    sweep(home / "jobs", keep=2)
    assert [folder.exists() for folder in folders] == [True, False, False, True, True]
    assert list((home / "jobs").glob(".deleted-*")) == []


def test_a_data_set_stays_while_an_experiment_works_with_it(here: None) -> None:
    info = write_tiny()
    steps = default_preprocessing(32, 1)
    folder = ask("pictures", PicturesRequest(dataset_id="tiny", revision="x", preprocessing=steps))
    with pytest.raises(StateError, match=f"'{folder.name}' is at work with 'tiny'"):
        delete_dataset("tiny")
    with pytest.raises(StateError, match=f"'{folder.name}' is at work with 'tiny'"):
        rename_dataset("tiny", "other")
    assert open_dataset("tiny").info == info


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_every_entry_names_records_of_its_own_and_a_function(name: str) -> None:
    spec: ExperimentSpec = EXPERIMENTS[name]
    assert spec.name == name
    assert issubclass(asking.resolve(spec.request), Request)
    assert issubclass(asking.resolve(spec.result), asking.Result)
    assert callable(asking.resolve(spec.builder))
