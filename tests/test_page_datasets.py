"""The Data sets page: what is there, what to know before training, and how more comes in."""

import io

import numpy as np
import pytest
from PIL import Image

from core.datasets.importing import ImportOptions, import_path
from core.datasets.store import list_datasets, open_dataset
from core.jobs import control
from core.workspace import jobs_dir
from tests.screens import open_page, shows
from ui.films import one_film_each


def _picture(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((24, 24), value, dtype=np.uint8)).save(path)


def _png(value):
    content = io.BytesIO()
    Image.fromarray(np.full((24, 24), value, dtype=np.uint8)).save(content, format="PNG")
    return content.getvalue()


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


def test_an_uploaded_folder_is_imported_and_reported(home):
    app = open_page("datasets")
    files = [
        (f"mine/{label}/{n}.png", _png(n + 90 * (label == "ill")), "image/png")
        for label in ("healthy", "ill")
        for n in range(2)
    ]
    app.file_uploader(key="import-folder").set_value(
        [*files, ("mine/ill/readme.png", b"no picture", "image/png")]
    )
    app.text_input(key="import-name").set_value("mine").run()
    app.button(key="import-start").click().run()
    job = next(jobs_dir().glob("import-mine-*"))
    assert control.wait(job, seconds=60) == "completed"
    app.run()
    assert shows(app, "4 images of 2 classes came in.")
    assert shows(app, "One file was skipped.")
    assert open_dataset("mine").info.class_counts == {"healthy": 2, "ill": 2}


def test_a_name_that_is_taken_is_one_red_sentence(leaky):
    app = open_page("datasets", dataset="leaky")
    app.text_input(key="phantoms-name").set_value("leaky").run()
    app.button(key="phantoms-start").click().run()
    assert len(app.error) == 1
    assert shows(app, "There is already a data set named 'leaky'. Choose another name.")


def test_phantoms_of_ones_own_are_made_in_the_background(home):
    app = open_page("datasets", level="full")
    app.text_input(key="phantoms-name").set_value("few").run()
    app.number_input(key="phantoms-n_patients").set_value(10).run()
    app.button(key="phantoms-start").click().run()
    job = next(jobs_dir().glob("phantoms-few-*"))
    assert control.wait(job, seconds=120) == "completed"
    assert next(info for info in list_datasets() if info.dataset_id == "few").n_patients == 10
