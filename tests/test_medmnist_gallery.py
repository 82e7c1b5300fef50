"""The gallery of the MedMNIST sets under AppTest: each state of a card, from the offer to the data set."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.download_parts import Part, ServerFacts
from core.datasets.medmnist import find_set, list_sets
from core.datasets.medmnist_files import path_of
from core.datasets.medmnist_info import read_sets
from core.datasets.medmnist_worker import MedMnistRequest, start_download
from core.datasets.store import open_dataset
from core.jobs import control
from core.jobs.queue import turn
from core.workspace import jobs_dir
from tests.file_server import FileServer, serving
from tests.medmnist_source import npz_bytes, pretend
from tests.screens import shows, texts


def _page() -> None:
    from ui.medmnist_gallery import medmnist_gallery
    from ui.session import restore

    restore()
    medmnist_gallery()


def open_gallery(**session: object) -> AppTest:
    app = AppTest.from_function(_page, default_timeout=60)
    for name, value in session.items():
        app.session_state[name] = value
    app.run()
    assert [box.value for box in app.exception] == []
    return app


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()


def job_of(name: str) -> Path:
    return next(jobs_dir().glob(f"download-{name}-*"))


@pytest.fixture
def server(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    with serving(FileServer()) as running:
        pretend(monkeypatch, tmp_path, running)
        yield running
    read_sets.cache_clear()


@pytest.mark.usefixtures("home")
def test_every_set_has_a_card_with_its_facts_and_one_button() -> None:
    app = open_gallery()
    for entry in list_sets():
        card = next(text for text in texts(app) if text.startswith(entry.title) and "MB" in text)
        assert f"{entry.n_images:,} images" in card
        assert entry.licence in card
    assert [button.label for button in app.button] == ["Download"] * 12
    assert [box.label for box in app.selectbox] == []


@pytest.mark.usefixtures("home")
def test_the_licence_that_forbids_commercial_use_is_marked_once() -> None:
    marked = [text for text in texts(open_gallery()) if "not for commercial use" in text]
    assert len(marked) == 1
    assert marked[0].startswith("DermaMNIST")


@pytest.mark.usefixtures("home")
def test_basic_offers_two_sizes_and_full_all_with_the_choice_of_the_finding() -> None:
    assert [option.content for option in open_gallery().get("button_group")[0].proto.options] == ["28", "64"]
    app = open_gallery(level="full")
    options = [option.content for option in app.get("button_group")[0].proto.options]
    assert options == ["28", "64", "128", "224"]
    assert len(app.selectbox(key="medmnist-finding-chestmnist").options) == 14
    assert app.selectbox(key="medmnist-finding-chestmnist").value == "effusion"


@pytest.mark.usefixtures("home")
def test_what_the_import_leaves_out_stands_on_the_card() -> None:
    app = open_gallery()
    assert shows(app, "Lightbox asks one question: effusion, or not? The other findings are not kept")
    assert shows(app, "from 'grade 0' to 'grade 4', and the order is lost")
    assert shows(app, "Many spots were photographed several times")


@pytest.mark.usefixtures("home")
def test_a_size_that_fills_a_disk_says_so() -> None:
    app = open_gallery(**{"level": "full", "medmnist-size": 224})
    assert shows(app, "Bringing it in needs up to 48 GB of the disk.")  # PathMNIST: 3 x 16.1 GB


@pytest.mark.usefixtures("server")
def test_one_press_makes_a_data_set_and_the_card_then_opens_it() -> None:
    app = open_gallery()
    press(app, "medmnist-get-pneumoniamnist")
    job = job_of("pneumoniamnist-28")
    assert control.wait(job, seconds=120) == "completed", control.tail_log(job)
    app.run()
    assert open_dataset("pneumoniamnist-28").info.n_images == 40
    assert shows(app, "In your data sets as 'pneumoniamnist-28'.")
    assert "medmnist-get-pneumoniamnist" not in [button.key for button in app.button]
    assert shows(app, "One downloaded file, ")


@pytest.mark.usefixtures("server")
def test_another_finding_of_the_same_file_is_another_data_set() -> None:
    app = open_gallery(level="full")
    press(app, "medmnist-get-chestmnist")
    job = job_of("chestmnist-28-effusion")
    assert control.wait(job, seconds=120) == "completed", control.tail_log(job)
    app.selectbox(key="medmnist-finding-chestmnist").set_value("hernia").run()
    assert app.button(key="medmnist-get-chestmnist").label == "Import the downloaded file"


@pytest.mark.usefixtures("server")
def test_a_job_at_work_is_found_again_by_a_new_visitor_and_can_be_stopped() -> None:
    with turn("download", "another", waiting=lambda _n_ahead: None):  # so that the new one has to wait
        job = start_download(MedMnistRequest(set_name="retinamnist", size=28, name="eyes"))
        app = open_gallery()
        assert "medmnist-get-retinamnist" not in [button.key for button in app.button]
        press(app, "medmnist-stop-retinamnist")
        assert control.wait(job, seconds=60) == "stopped"
    app.run()
    assert shows(app, "It was stopped before anything had come.")
    assert app.button(key="medmnist-get-retinamnist").label == "Download"


def test_no_way_to_the_server_is_said_on_the_card(server: FileServer) -> None:
    server.status = 503
    app = open_gallery()
    press(app, "medmnist-get-pneumoniamnist")
    assert control.wait(job_of("pneumoniamnist-28"), seconds=60) == "failed"
    app.run()
    assert [box.value.replace("\\", "") for box in app.error] == [
        "127.0.0.1 has a problem of its own (503). Try again later."
    ]
    assert app.button(key="medmnist-get-pneumoniamnist").label == "Download"


@pytest.mark.usefixtures("server")
def test_a_beginning_is_offered_to_go_on_from_and_can_be_deleted() -> None:
    part = Part(path_of(find_set("pneumoniamnist"), 28))
    part.begin(ServerFacts(total=len(npz_bytes("pneumoniamnist"))))
    part.path.write_bytes(bytes(10_000))
    app = open_gallery()
    assert app.button(key="medmnist-get-pneumoniamnist").label == "Go on: 0.0 MB are here"
    press(app, "medmnist-delete-pneumoniamnist-28")
    assert app.button(key="medmnist-get-pneumoniamnist").label == "Download"
    assert not part.path.exists()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("level", ["basic", "full"])
def test_every_text_is_marked(level: str) -> None:
    app = open_gallery(language="pseudo", level=level)
    foreign = {name for entry in list_sets() for name in (entry.title, entry.licence, *entry.class_names)}
    assert {text: words for text in texts(app) if (words := _unmarked(text, foreign))} == {}


def _unmarked(text: str, foreign: set[str]) -> list[str]:
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = inner
    for name in sorted(foreign, key=len, reverse=True):
        text = text.replace(name, " ")
    return re.findall(r"[A-Za-z]{3,}", re.sub(r":[a-z]+/[a-z_]+:", " ", text))


@pytest.mark.usefixtures("home")
def test_nothing_is_fetched_from_outside() -> None:
    bodies = " ".join(block.proto.body for block in open_gallery().get("html"))
    assert set(re.findall(r"src='(\w+:)", bodies)) == {"data:"}
