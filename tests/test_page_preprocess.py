"""The Preprocess page: the story of a pixel, the size, and what Train is handed."""

import json

import numpy as np
import pytest

from core.datasets import shipped
from core.datasets.phantom_set import build_phantoms
from core.datasets.phantoms import PhantomConfig
from core.datasets.records import SplitConfig
from core.datasets.splits import make_split
from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.images.records import MedicalImage
from core.lessons import load_lesson
from core.training.config import TrainingConfig
from core.transforms.preprocessing import default_preprocessing, fit_statistics, image_part, to_input, unit
from tests.screens import open_page, shows, texts
from tests.tiny_dataset import write_tiny


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Phantoms of a few patients."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("home")))
        yield build_phantoms(PhantomConfig(n_patients=10, image_size=32), "films")


def sent(app):
    return json.loads(app.session_state["handover"])["fields"]


def test_without_a_data_set_the_page_says_how_to_get_one(home, monkeypatch):
    monkeypatch.setattr(shipped, "SAMPLE_DATA", home / "nothing")
    app = open_page("preprocess")
    assert not app.exception
    assert shows(app, "No data set yet")


@pytest.mark.parametrize("code", ["en", "zh_Hans"])
@pytest.mark.parametrize("level", ["basic", "full"])
def test_the_page_opens_in_every_language_and_level(films, code, level):
    app = open_page("preprocess", language=code, level=level, dataset="films")
    assert not app.exception and not app.error
    assert shows(app, load_lesson("preprocess", code).title)
    assert app.button(key="next-augment")


def test_the_last_number_of_the_story_is_what_the_network_gets(films):
    app = open_page("preprocess", dataset="films")
    dataset, preprocessing = open_dataset("films"), default_preprocessing(64, 1)
    split = make_split(dataset.samples, SplitConfig())
    train = split.loc[split["split"] == "train", "sample_id"]
    pictures = [unit(image_part(dataset.image(int(number)), preprocessing)) for number in train]
    statistics = fit_statistics(pictures, preprocessing)
    image = dataset.image(app.session_state["sample"])
    expected = to_input(image, preprocessing, statistics)[
        0, 33, 21
    ]  # row 16 of 32 and column 10 at 64 pixels
    assert shows(app, f"→ **{expected:.4f}**")
    assert shows(app, f"Mean and standard deviation come from {len(train)} training images only.")
    assert shows(app, f"/ {statistics.std[0]:.4g} →")


def test_another_size_and_another_pixel_change_the_story(films):
    app = open_page("preprocess", dataset="films")
    key = f"preprocess-films-{app.session_state['sample']}"
    app.select_slider(key="preprocess-size").set_value(16).run()
    assert shows(app, "one new pixel stands for 2 x 2 old ones")
    assert shows(app, "16 x 16 x 1, uint16")
    app.slider(key=f"{key}-row-slider").set_value(31).run()
    assert shows(app, "row 31, column 10") and shows(app, "row 15, column 5")


def test_the_last_step_can_be_chosen_at_full(films):
    app = open_page("preprocess", dataset="films", level="full")
    app.selectbox(key="preprocess-last").set_value("normalise").run()
    assert not shows(app, "5. Standardise")
    app.segmented_control(key="preprocess-normalise-low").set_value(-1).run()
    assert shows(app, ") x 2 + -1 →")


def test_a_crop_that_cuts_the_pixel_off_is_told(home):
    wide = MedicalImage(values=np.zeros((16, 48), dtype=np.uint8), value_range=(0, 255))
    samples = [NewSample(image=wide, label=label) for label in "abababab"]
    write_dataset(DatasetDraft("wide", title="wide", source="folders"), samples)
    app = open_page("preprocess", dataset="wide", level="full")
    app.segmented_control(key="preprocess-resize-fit").set_value("crop").run()
    app.slider(key=f"preprocess-wide-{app.session_state['sample']}-column-slider").set_value(2).run()
    assert not app.exception
    assert shows(app, "cut off")


def test_train_is_handed_the_pipeline_of_the_page(films):
    app = open_page("preprocess", dataset="films", level="full")
    app.select_slider(key="preprocess-size").set_value(96).run()
    app.segmented_control(key="preprocess-standardise-per").set_value("image").run()
    app.button(key="preprocess-send").click().run()
    fields = sent(app)
    config = TrainingConfig(dataset="films", **fields)
    assert config.image_size == 96
    assert config.preprocessing.steps[-1].parameters == {"per": "image"}
    app.switch_page("../pages/train.py").run()
    assert shows(app, "With the preprocessing from lesson 2, 96 pixels.")
    assert app.slider(key="train-image_size").value == 96
    app.button(key="handover-forget").click().run()
    assert not shows(app, "from lesson 2")


def test_colour_has_three_numbers(home):
    write_tiny("cells", n_classes=3, n_channels=3, n_images=30, size=20)
    app = open_page("preprocess", dataset="cells")
    assert not app.exception
    assert any(text.count("·") == 2 and "red: (" in text for text in texts(app))
