"""The Augment page: sixteen draws, their cautions, and what Train is handed."""

import json

import pytest

from core.datasets import shipped
from core.lessons import load_lesson
from core.transforms.catalog import AUGMENTATIONS
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny


@pytest.fixture
def films(home):
    """A small data set."""
    return write_tiny("films", n_images=16)


def test_without_a_data_set_the_page_says_how_to_get_one(home, monkeypatch):
    monkeypatch.setattr(shipped, "SAMPLE_DATA", home / "nothing")
    app = open_page("augment")
    assert not app.exception
    assert shows(app, "No data set yet")


@pytest.mark.parametrize("code", ["en", "zh_Hans"])
@pytest.mark.parametrize("level", ["basic", "full"])
def test_the_page_opens_in_every_language_and_level(films, code, level):
    app = open_page("augment", language=code, level=level, dataset="films")
    assert not app.exception and not app.error
    assert shows(app, load_lesson("augment", code).title)
    assert app.button(key="next-network")


def test_each_chosen_change_stands_with_its_caution(films):
    app = open_page("augment", dataset="films")
    mirror = AUGMENTATIONS["flip_horizontal"]
    assert not shows(app, mirror.caution)
    assert shows(app, AUGMENTATIONS["crop"].caution)
    app.pills(key="augment-chosen").set_value(["flip_horizontal"]).run()
    assert shows(app, mirror.caution)
    assert not shows(app, AUGMENTATIONS["crop"].caution)


def test_sixteen_draws_are_sixteen_pictures_and_a_new_seed_draws_again(films):
    app = open_page("augment", dataset="films")
    assert shows(app, "16 draws, 16 different pictures, one patient") and shows(app, "Seed 0,")
    app.button(key="augment-again").click().run()
    assert shows(app, "Seed 1,")


def test_nothing_chosen_is_told(films):
    app = open_page("augment", dataset="films")
    app.pills(key="augment-chosen").set_value([]).run()
    assert not app.exception
    assert shows(app, "Nothing is chosen") and shows(app, "16 draws, 1 different pictures")


def test_train_is_handed_the_augmentations_with_their_parameters(films):
    app = open_page("augment", dataset="films", level="full")
    app.pills(key="augment-chosen").set_value(["flip_vertical"]).run()
    app.slider(key="augment-flip_vertical-probability").set_value(1.0).run()
    app.button(key="augment-send").click().run()
    expected = [{"name": "flip_vertical", "parameters": {"probability": 1.0}}]
    assert json.loads(app.session_state["handover"])["fields"] == {"augmentations": expected}
    app.switch_page("../pages/train.py").run()
    assert app.multiselect(key="train-augmentations").value == ["flip_vertical"]
