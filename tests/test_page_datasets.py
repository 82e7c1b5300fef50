"""The Data sets page: what is there, what to know before training, and what can be done with it."""

import asyncio

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.applications import Starlette

from core.datasets.editing import LabelCorrection, correct_labels, list_edits, undo_last_edit
from core.datasets.export_worker import start_export
from core.datasets.importing import ImportOptions, import_path
from core.datasets.records import UNLABELLED
from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.images import MedicalImage
from core.jobs import control
from core.workspace import jobs_dir
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny
from tests.trained import make_run_of
from ui.downloads import ROUTES, export_address
from ui.films import one_film_each
from ui.label_table import merge


def _picture(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((24, 24), value, dtype=np.uint8)).save(path)


@pytest.fixture
def leaky(home, tmp_path):
    """A data set that came split, one of its patients on both sides and one picture twice."""
    for split, patient, value in (
        ("train", "p1", 10),
        ("train", "p2", 20),
        ("test", "p1", 30),
        ("test", "p3", 20),
    ):
        for label, shade in (("normal", 0), ("ill", 100)):
            _picture(tmp_path / "source" / split / label / f"{patient}_{label}.png", value + shade)
    return import_path(tmp_path / "source", ImportOptions(name="leaky", patient_pattern=r"(p\d)_")).info


@pytest.mark.parametrize("language", ["en", "zh_Hans", "pseudo"])
def test_the_page_opens_in_every_language(leaky, language):
    app = open_page("datasets", dataset="leaky", language=language, level="full")
    assert not app.exception
    assert [metric.value for metric in app.metric][:2] == ["8", "3"]


def test_a_patient_on_both_sides_and_a_picture_on_both_sides_are_said(leaky):
    app = open_page("datasets", dataset="leaky")
    assert shows(app, "One patient stands on more than one side")
    assert shows(app, "2 pictures stand on more than one side")


def test_each_patient_is_shown_once(leaky):
    samples = open_dataset("leaky").samples
    shown = samples[samples["sample_id"].isin(one_film_each(leaky, "ill", 9))]
    assert sorted(shown["patient_id"]) == sorted(set(samples["patient_id"]))


def test_the_positive_class_can_be_changed(leaky):
    assert leaky.positive_class == "ill"
    app = open_page("datasets", dataset="leaky")
    app.selectbox(key="positive-leaky").set_value("normal").run()
    assert open_dataset("leaky").info.positive_class == "normal"


@pytest.fixture
def mine(home):
    """A data set of one's own: eight pictures of two classes."""
    return write_tiny("mine", n_images=8)


def write_unlabelled():
    """A study that came without classes."""
    draw = np.random.default_rng(0)
    pictures = (draw.integers(0, 255, (24, 24)).astype(np.uint8) for _ in range(6))
    samples = [NewSample(MedicalImage(picture, (0, 255)), UNLABELLED) for picture in pictures]
    return write_dataset(DatasetDraft("study", "Study", "dicom"), samples)


def open_view(name, **session):
    return open_page("datasets", level="full", **{"dataset": "mine", "datasets-view": name} | session)


@pytest.mark.parametrize("language", ["zh_Hans", "pseudo"])
@pytest.mark.parametrize("view", ["labels", "manage"])
def test_each_view_opens_in_every_language(mine, language, view):
    app = open_page("datasets", dataset="mine", language=language, level="full", **{"datasets-view": view})
    assert not app.exception
    assert not app.error


def test_basic_has_the_overview_alone(mine):
    app = open_page("datasets", dataset="mine")
    assert shows(app, "At the level Full")
    keys = [button.key for button in app.button]
    assert not {"export-start", "labels-save", "dataset-delete"} & set(keys)


def test_many_images_get_a_class_together_and_it_can_be_taken_back(mine):
    # AppTest cannot write a class that is not offered; what is changed already is.
    app = open_view("labels", **{"labels-class": "clear", "corrections-mine": {0: "torn"}})
    app.selectbox(key="labels-given").set_value("torn").run()
    app.button(key="labels-give-all").click().run()
    assert shows(app, "New classes: **torn**.")
    assert open_dataset("mine").info == mine  # nothing yet
    app.text_input(key="labels-reason").set_value("edge is cut off").run()
    app.button(key="labels-save").click().run()
    assert shows(app, "4 labels were changed.")
    info = open_dataset("mine").info
    assert info.class_counts == {"finding": 4, "torn": 4}
    assert {edit.reason for edit in list_edits("mine")} == {"edge is cut off"}
    assert shows(app, "History: 4 changes")
    app.button(key="labels-undo").click().run()
    assert shows(app, "The last saving was taken back.")
    assert open_dataset("mine").info.revision == mine.revision


def test_what_is_discarded_was_never_changed(mine):
    app = open_view("labels")
    app.selectbox(key="labels-given").set_value("finding").run()
    app.button(key="labels-give-all").click().run()
    app.button(key="labels-discard").click().run()
    assert shows(app, "Nothing is changed yet.")
    assert open_dataset("mine").info == mine


def test_corrections_of_all_pages_come_together():
    labels = pd.Series(["a", "a", "b", "b"])
    page = pd.DataFrame({"Number": [1, 2], "Class": ["b", "b"]})
    assert merge({0: "b", 2: "a"}, labels, page, "Number", "Class") == {0: "b", 1: "b"}


def test_corrections_outlive_a_look_at_another_view(mine):
    app = open_view("labels", **{"corrections-mine": {3: "clear"}})
    assert shows(app, "Save one correction")
    app.button_group(key="datasets-view").set_value("manage").run()
    app.button_group(key="datasets-view").set_value("labels").run()
    assert shows(app, "Save one correction")


def test_somebody_elses_class_name_is_no_markup(home):
    evil = "<img src=x onerror=alert(1)>![x](http://127.0.0.1:9/x.png)"
    write_tiny("mine", n_images=8)
    correct_labels("mine", [LabelCorrection(sample_id=0, label=evil)], new_classes=[evil])
    for view in ("overview", "labels", "manage"):
        app = open_view(view)
        assert not app.exception
        raw = [str(one.value) for one in [*app.markdown, *app.caption, *app.warning]]
        assert not any("![x](http" in text or "<img src=x" in text for text in raw)


def test_a_study_without_classes_opens_on_every_page(home):
    write_unlabelled()
    for page in ("datasets", "images", "preprocess", "augment", "network"):
        app = open_page(page, dataset="study", level="full")
        assert not app.exception
        assert not app.error, [error.value for error in app.error]
    app = open_page("train", dataset="study", level="full")
    assert not app.exception
    assert ["6 images without a class" in error.value for error in app.error] == [True]
    assert app.button(key="train-start").disabled
    app = open_page("datasets", dataset="study")
    assert shows(app, "6 images have no class yet.")
    assert app.metric[2].value == "0"


def test_what_ships_offers_a_copy(mine):
    app = open_view("labels", dataset="phantoms")
    assert shows(app, "ships with Lightbox and stays as it is")
    app.text_input(key="labels-copy-name").set_value("my-phantoms").run()
    app.button(key="labels-copy").click().run()
    assert app.session_state["dataset"] == "my-phantoms"
    assert open_dataset("my-phantoms").info.n_images == open_dataset("phantoms").info.n_images


def test_a_data_set_is_renamed_and_stays_chosen(mine):
    app = open_view("manage")
    app.text_input(key="rename-name").set_value("yours").run()
    app.button(key="rename-start").click().run()
    assert not app.exception
    assert app.session_state["dataset"] == "yours"
    assert open_dataset("mine").info.dataset_id == "yours"
    assert open_page("datasets", dataset="mine").session_state["dataset"] == "yours"


def test_an_export_is_made_and_offered(mine):
    app = open_view("manage")
    app.button(key="export-start").click().run()
    job = next(jobs_dir().glob("export-mine-*"))
    assert control.wait(job, seconds=60) == "completed"
    app.run()
    assert [link.proto.url for link in app.get("link_button")] == [f"/downloads/{job.name}"]


def test_runs_that_used_it_are_named_before_it_is_deleted(home):
    make_run_of(("normal", "ill"), "run-a")
    app = open_page("datasets", dataset="run-a-data", level="full", **{"datasets-view": "manage"})
    assert shows(app, "One run was made with it")
    app.button(key="dataset-delete").click().run()
    assert shows(app, "One run was made with it: run-a.")


@pytest.mark.parametrize("page", ["runs", "evaluate"])
def test_a_run_says_that_labels_were_changed_since(home, page):
    make_run_of(("normal", "ill"), "run-a")
    corrections = [LabelCorrection(sample_id=number, label="ill") for number in (0, 1, 2)]
    correct_labels("run-a-data", corrections)
    chosen = {"run": "run-a", "live_run": "run-a"}  # Runs opens the one that was started last
    app = open_page(page, **chosen)
    assert not app.exception
    assert shows(app, "3 labels were changed since this run")
    undo_last_edit("run-a-data")
    assert not shows(open_page(page, **chosen), "changed since this run")


def fetch(path):
    """Ask the server's routes for `path`; return status, headers and content."""
    sent = []

    async def ask():
        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}

        async def receive():
            await asyncio.Event().wait()  # the browser says nothing more and stays

        async def send(message):
            sent.append(message)

        await Starlette(routes=ROUTES)(scope, receive, send)

    asyncio.run(ask())
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


def test_the_address_of_an_export_sends_its_file_and_nothing_else(mine):
    folder = start_export("mine")
    assert control.wait(folder, seconds=60) == "completed"
    status, headers, content = fetch(export_address(folder.name))
    assert (status, content) == (200, (folder / "export.zip").read_bytes())
    assert 'filename="mine.zip"' in headers["content-disposition"]
    for name in ("x", "..", "export-mine-0", f"{folder.name}x"):
        assert fetch(f"/downloads/{name}")[0] == 404
