"""The Augment page: draws and cautions at Basic; the laboratory at Full; and what Train is handed."""

import json

import numpy as np
import pytest
import torch

from core.datasets import shipped
from core.datasets.splits import make_split
from core.datasets.store import open_dataset
from core.lessons import load_lesson
from core.training.config import parse_config
from core.training.pipeline import Inputs, epoch_batches, generator, prepare
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import AugmentationStep
from tests.screens import open_page, shows, texts
from tests.tiny_dataset import write_tiny
from ui.augmentation import batch_view
from ui.augmentation.batch_view import target_words

MIRROR = AUGMENTATIONS["flip_horizontal"]


@pytest.fixture
def films(home):
    """A small data set."""
    return write_tiny("films", n_images=16)


def laboratory(view="draws", **session):
    return open_page("augment", level="full", dataset="films", **{"augment-view": view}, **session)


def steps_of(app):
    """Send what is chosen to Train, and return it."""
    app.button(key="augment-send").click().run()
    sent = json.loads(app.session_state["handover"])["fields"]["augmentations"]
    return [AugmentationStep.model_validate(step) for step in sent]


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
    assert "None" not in {block.value for block in app.markdown}  # what Streamlit's magic would show


def test_basic_has_three_controls(films):
    app = open_page("augment", dataset="films")
    own = [button.key for button in app.button if not str(button.key).startswith(("film-", "next-"))]
    groups = [group.key for group in app.get("button_group") if str(group.key).startswith("augment-")]
    assert own == ["augment-again", "helps-start"]  # the second is folded
    assert groups == ["augment-preset"]
    assert not app.slider and not app.toggle


def test_a_preset_comes_with_its_reason_and_its_cautions(films):
    app = open_page("augment", dataset="films")
    assert shows(app, AUGMENTATION_PRESETS["x-ray"].reason)
    assert shows(app, AUGMENTATIONS["crop"].caution) and not shows(app, MIRROR.caution)
    app.button_group(key="augment-preset").set_value("microscopy").run()
    assert shows(app, AUGMENTATION_PRESETS["microscopy"].reason)
    assert shows(app, MIRROR.caution) and not shows(app, AUGMENTATIONS["crop"].caution)


def test_sixteen_draws_are_sixteen_pictures_and_a_new_seed_draws_again(films):
    app = open_page("augment", dataset="films")
    assert shows(app, "16 draws, 16 different pictures, one patient") and shows(app, "Seed 0;")
    app.button(key="augment-again").click().run()
    assert shows(app, "Seed 1;")


def test_nothing_chosen_is_told(films):
    app = open_page("augment", dataset="films")
    app.button_group(key="augment-preset").set_value("none").run()
    assert not app.exception
    assert shows(app, "Nothing is chosen") and shows(app, "16 draws, 1 different pictures")


@pytest.mark.parametrize("view", ["draws", "set", "film", "batch"])
def test_every_view_says_something_kind_where_nothing_is_chosen(films, view):
    app = laboratory(view, **{"augment-preset": "none"})
    assert not app.exception and not app.error
    assert shows(app, "Nothing is chosen: the network would see the same picture every time.")


def test_the_laboratory_begins_with_the_preset_and_its_parameters(films):
    app = laboratory(**{"augment-preset": "light"})
    assert app.slider(key="augment-field-rotate-degrees").value == 3
    assert tuple(steps_of(app)) == AUGMENTATION_PRESETS["light"].steps


def test_another_preset_takes_the_place_of_what_was_set_by_hand(films):
    app = laboratory()
    app.slider(key="augment-field-rotate-degrees").set_value(30.0).run()
    assert shows(app, "Changed by hand")
    app.button_group(key="augment-preset").set_value("light").run()
    assert app.slider(key="augment-field-rotate-degrees").value == 3
    assert not shows(app, "Changed by hand")


def test_the_preset_can_be_gone_back_to(films):
    app = laboratory()
    app.button_group(key="augment-chosen-geometric").set_value(["shear"]).run()
    assert app.slider(key="augment-field-shear-degrees")
    app.button(key="augment-reset").click().run()
    assert tuple(steps_of(app)) == AUGMENTATION_PRESETS["x-ray"].steps


def test_every_augmentation_is_offered_in_one_of_three_groups(films):
    app = laboratory()
    groups = [
        app.button_group(key=f"augment-chosen-{stage}") for stage in ("geometric", "intensity", "mixing")
    ]
    assert sum(len(group.options) for group in groups) == len(AUGMENTATIONS)


def test_train_is_handed_the_augmentations_with_their_parameters(films):
    app = laboratory(**{"augment-preset": "none"})
    app.button_group(key="augment-chosen-geometric").set_value(["flip_vertical"]).run()
    app.slider(key="augment-field-flip_vertical-probability").set_value(1.0).run()
    assert steps_of(app) == [AugmentationStep(name="flip_vertical", parameters={"probability": 1.0})]
    app.switch_page("../pages/train.py").run()
    assert app.multiselect(key="train-augmentations").value == ["flip_vertical"]
    assert shows(app, "Probability 1")


def test_train_offers_the_presets(films):
    app = open_page("train", level="full", dataset="films")
    preset = app.selectbox(key="train-augmentations-preset")
    assert preset.value == "x-ray"
    preset.set_value("microscopy").run()
    names = [step.name for step in AUGMENTATION_PRESETS["microscopy"].steps]
    assert app.multiselect(key="train-augmentations").value == names
    assert shows(app, "Largest angle 180")


def test_a_draw_is_told_in_numbers_and_held_against_the_original(films):
    app = laboratory()
    app.slider(key="augment-number").set_value(3).run()
    assert shows(app, "Draw 3") and shows(app, "clockwise by") and shows(app, "Draw minus original")


def test_one_draw_is_shown_on_images_of_every_class(films):
    app = laboratory("set")
    gallery = next(text for text in texts(app) if "finding" in text and "number" in text and "clear" in text)
    assert gallery.count("clear") == 4 and gallery.count("finding") == 4  # of 4 patients each


def test_the_film_is_of_one_of_the_chosen_changes(films):
    app = laboratory("film")
    assert app.button_group(key="augment-film").options == [
        AUGMENTATIONS[step.name].title for step in AUGMENTATION_PRESETS["x-ray"].steps
    ]
    assert shows(app, "the one that changes this image the most")


def test_the_next_batch_is_that_of_the_training(films, monkeypatch):
    shown = []
    monkeypatch.setattr(batch_view, "_notes", lambda config, batch, **where: shown.append(batch))
    laboratory("batch", **{"augment-preset": "microscopy", "augment-epoch": 2, "augment-batch": 1})
    steps = AUGMENTATION_PRESETS["microscopy"].steps
    config = parse_config({"dataset": "films", "augmentations": [step.model_dump() for step in steps]})
    dataset = open_dataset("films")
    data = prepare(dataset, make_split(dataset.samples, config.split), default_preprocessing(64, 1))
    rows = epoch_batches(data, config, epoch=2)[0]
    draws = generator(config.seed, 2, 1)
    inputs, targets = Inputs(data, config.augmentations, torch.device("cpu")).training(rows, draws)
    assert np.array_equal(shown[-1].inputs, inputs.numpy())
    assert np.array_equal(shown[-1].targets, targets.numpy())


def test_the_next_batch_follows_what_train_is_set_to(films):
    handed = {"dataset": "films", "fields": {"image_size": 32}}
    app = laboratory("batch", handover=json.dumps(handed), **{"train-seed": 5})
    assert shows(app, "32 pixels a side, batch size 16, seed 5")
    assert shows(app, "x 1 x 32 x 32")


def test_mixed_labels_are_shares_of_classes(films):
    assert target_words(np.array([0.3, 0.7], np.float32), ("clear", "finding")) == "0.70 finding + 0.30 clear"
    assert target_words(np.array([1.0, 0.0], np.float32), ("clear", "finding")) == "clear"
    assert target_words(np.array(1), ("clear", "finding")) == "finding"


def test_a_batch_that_is_mixed_shows_mixed_labels(films):
    app = laboratory("batch", **{"augment-preset": "none"})
    assert not any(" + 0." in text for text in texts(app))
    app.button_group(key="augment-chosen-mixing").set_value(["mixup"]).run()
    app.slider(key="augment-field-mixup-alpha").set_value(4.0).run()
    assert any(" + 0." in text for text in texts(app))
    assert shows(app, "The label of this picture: 0.")


def test_a_batch_that_is_not_there_is_told_in_a_sentence(films):
    app = laboratory("batch", **{"augment-batch": 99})
    assert not app.exception
    assert shows(app, "There is no batch 99")


def test_a_large_data_set_does_not_keep_the_page_waiting(films, monkeypatch):
    monkeypatch.setattr(batch_view, "MOST_AT_ONCE", 8)
    app = laboratory("batch")
    assert app.button(key="augment-pictures-start")
    assert shows(app, "have not been prepared") and not shows(app, "x 1 x 64 x 64")


def test_on_a_chest_film_a_mirror_image_is_warned_of_loudly(home):
    app = open_page("augment", dataset="phantoms", **{"augment-preset": "microscopy"})
    loud = [warning.value for warning in app.warning]
    assert MIRROR.caution in loud and AUGMENTATIONS["flip_vertical"].caution in loud
    assert AUGMENTATIONS["blur"].caution not in loud
