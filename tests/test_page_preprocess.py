"""The Preprocess page: the story of a pixel at Basic, the laboratory at Full, and what Train is handed."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

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
from core.transforms.preprocessing.library import list_pipelines
from core.transforms.preprocessing.parsing import parse_pipeline, to_json
from tests.screens import open_page, shows, texts
from tests.tiny_dataset import write_tiny

WINDOW, CHANNELS, RESIZE, STANDARDISE = 1, 2, 3, 4  # the cards that the page begins with


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Phantoms of a few patients."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("home")))
        yield build_phantoms(PhantomConfig(n_patients=6, image_size=32), "films")


@pytest.fixture
def laboratory(films):
    """The page at Full."""
    return open_page("preprocess", dataset="films", level="full")


def sent(app):
    return json.loads(app.session_state["handover"])["fields"]


def steps_on(app):
    """Return the names of the cards, in order."""
    return [card["name"] for card in json.loads(app.session_state["preprocess-draft"])["cards"]]


def applied(app):
    """Return the names of the steps that the pictures show."""
    cards = json.loads(app.session_state["preprocess-applied"])["cards"]
    return [card["name"] for card in cards if card["enabled"]]


def press(app, key):
    return app.button(key=f"preprocess-{key}").click().run()


def choose_tool(app, name):
    return app.segmented_control(key="preprocess-tool").set_value(name).run()


def errors(app):
    return [error.value for error in app.error]


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


def test_basic_has_one_slider_besides_the_place(films):
    app = open_page("preprocess", dataset="films")
    assert [widget.key for widget in app.select_slider] == ["preprocess-size"]
    assert all("-slider" in widget.key for widget in app.slider)
    assert not app.toggle


def test_colour_has_three_numbers(home):
    write_tiny("cells", n_classes=3, n_channels=3, n_images=30, size=20)
    app = open_page("preprocess", dataset="cells")
    assert not app.exception
    assert any(text.count("·") == 2 and "red: (" in text for text in texts(app))


def test_a_step_is_added_where_it_can_stand(laboratory):
    press(laboratory, "add-gaussian")
    assert steps_on(laboratory) == ["window", "channels", "gaussian", "resize", "standardise"]
    assert applied(laboratory) == steps_on(laboratory)
    press(laboratory, "undo")
    assert steps_on(laboratory) == ["window", "channels", "resize", "standardise"]


def test_a_tuned_step_changes_the_picture_and_undo_sets_its_slider_back(laboratory):
    slider = f"preprocess-card-{RESIZE}-size"
    laboratory.select_slider(key=slider).set_value(16).run()
    assert shows(laboratory, "16 x 16 x 1") and shows(laboratory, "one new pixel stands for 2 x 2 old ones")
    press(laboratory, "undo")
    assert laboratory.select_slider(key=slider).value == 64
    assert not shows(laboratory, "16 x 16 x 1")


def test_an_order_that_cannot_work_is_told_and_the_last_good_one_stays_applied(laboratory):
    story = next(text for text in texts(laboratory) if text.startswith("0. **Stored values"))
    press(laboratory, f"move-{WINDOW}-down")
    assert steps_on(laboratory)[:2] == ["channels", "window"]
    assert applied(laboratory)[:2] == ["window", "channels"]
    assert "Grey or colour' works on grey levels" in errors(laboratory)[0].replace("\\", "")
    assert len(errors(laboratory)) == 1
    assert not [button for button in laboratory.button if button.key == "preprocess-send"]
    assert story in texts(laboratory)
    press(laboratory, f"move-{WINDOW}-up")
    assert not errors(laboratory) and applied(laboratory)[:2] == ["window", "channels"]


def test_a_step_that_is_switched_off_keeps_its_place_and_shows_what_it_would_change(laboratory):
    press(laboratory, "add-invert")
    invert = laboratory.session_state["preprocess-tuned"]
    laboratory.toggle(key=f"preprocess-card-{invert}-enabled").set_value(False).run()
    assert "invert" in steps_on(laboratory) and "invert" not in applied(laboratory)
    assert shows(laboratory, "with the step minus without it")
    assert shows(laboratory, "On average the numbers differ by")


def test_the_last_step_can_go_and_start_again_brings_all_back(laboratory):
    for card in (WINDOW, CHANNELS, RESIZE, STANDARDISE):
        press(laboratory, f"remove-{card}")
    assert steps_on(laboratory) == []
    assert "The pipeline has no steps" in errors(laboratory)[0]
    press(laboratory, "reset")
    assert not errors(laboratory) and len(applied(laboratory)) == 4


def test_an_order_that_makes_little_sense_gets_a_hint(laboratory):
    press(laboratory, f"remove-{STANDARDISE}")
    assert any("Neither" in info.value for info in laboratory.info)


def wide_set(name="wide"):
    wide = MedicalImage(values=np.arange(768, dtype=np.uint16).reshape(16, 48), value_range=(0, 767))
    samples = [NewSample(image=wide, label=label) for label in "ab" * 8]
    write_dataset(DatasetDraft(name, title=name, source="folders"), samples)


def test_a_crop_that_cuts_the_pixel_off_is_told(home):
    wide_set()
    app = open_page("preprocess", dataset="wide", level="full")
    app.segmented_control(key=f"preprocess-card-{RESIZE}-fit").set_value("crop").run()
    app.slider(key=f"preprocess-wide-{app.session_state['sample']}-column-slider").set_value(2).run()
    assert not app.exception
    assert shows(app, "**cut off**") and shows(app, "→ cut off")


def test_hounsfield_units_are_told_from_the_stored_value_on(films):
    app = open_page("preprocess", dataset="films", level="full")
    app.selectbox(key="preprocess-from").set_value("ct").run()
    assert not app.exception and not app.error
    assert shows(app, "x 1.0 - 1024 =") and shows(app, " HU → ")
    assert shows(app, "its own mean and standard deviation stand in")


def png_of(values):
    content = BytesIO()
    Image.fromarray(np.array(values, dtype=np.uint8)).save(content, "PNG")
    return content.getvalue()


def test_a_file_of_ones_own_is_followed_and_one_that_is_no_image_is_refused(laboratory):
    laboratory.selectbox(key="preprocess-from").set_value("own").run()
    assert shows(laboratory, "Give a file")
    uploader = laboratory.file_uploader(key="preprocess-file")
    uploader.set_value(("mine.png", png_of(np.full((8, 9), 51)), "image/png")).run()
    assert not laboratory.exception and not errors(laboratory)
    assert shows(laboratory, "as stored → **51**") and shows(laboratory, "(51 - 0) / (255 - 0)")
    assert shows(laboratory, "its own mean and standard deviation stand in")
    uploader = laboratory.file_uploader(key="preprocess-file")
    uploader.set_value(("mine.txt", b"no image", "text/plain")).run()
    assert not laboratory.exception and len(errors(laboratory)) == 1


def test_many_images_are_told_with_what_does_not_fit(home):
    wide_set()
    app = open_page("preprocess", dataset="wide", level="full")
    app.segmented_control(key=f"preprocess-card-{RESIZE}-fit").set_value("crop").run()
    choose_tool(app, "many")
    app.slider(key="preprocess-many-n").set_value(6).run()
    press(app, "many")
    assert shows(app, "6 of 6 images: cut to less than 60 % of their area.")  # 16 of 48 columns
    table = app.dataframe[0].value
    assert list(table["Kept of the image, %"]) == [33] * 6
    assert sorted(table["Label"]) == ["a"] * 3 + ["b"] * 3
    app.segmented_control(key=f"preprocess-card-{RESIZE}-fit").set_value("stretch").run()
    assert shows(app, "of an earlier pipeline")


def training_ids_of(dataset):
    split = make_split(dataset.samples, SplitConfig())
    return split.loc[split["split"] == "train", "sample_id"].tolist()


def test_many_images_are_training_images_for_a_pipeline_must_not_be_tuned_on_the_test_split(home):
    wide_set()
    ids = training_ids_of(open_dataset("wide"))
    assert 6 < len(ids) < 16
    app = choose_tool(open_page("preprocess", dataset="wide", level="full"), "many")
    assert app.slider(key="preprocess-many-n").max == len(ids)
    app.slider(key="preprocess-many-n").set_value(len(ids)).run()
    press(app, "many")
    assert sorted(app.dataframe[0].value["Image"]) == sorted(ids)


def test_one_image_that_cannot_be_read_does_not_take_the_others_along(home):
    wide_set("torn")
    dataset = open_dataset("torn")
    ids = training_ids_of(dataset)
    app = open_page("preprocess", dataset="torn", level="full", sample=ids[0])
    press(app, f"remove-{STANDARDISE}")
    for path in (dataset.folder / "files").iterdir():
        path.write_bytes(b"no picture")
    choose_tool(app, "many")
    app.slider(key="preprocess-many-n").set_value(len(ids)).run()
    press(app, "many")
    assert not app.exception
    # all share one file; the one on the page is in memory
    assert len(errors(app)) == len(ids) - 1 and len(app.dataframe[0].value) == 1


def test_comparing_with_the_pinned_one_tells_the_difference(laboratory):
    choose_tool(laboratory, "compare")
    assert shows(laboratory, "In nothing: both do the same.") and shows(laboratory, "Not one pixel differs.")
    press(laboratory, "pin")
    press(laboratory, "add-gamma")
    assert shows(laboratory, "Only here: Gamma.")
    assert shows(laboratory, "The pixel ends as")
    press(laboratory, f"tune-{RESIZE}")
    laboratory.select_slider(key=f"preprocess-card-{RESIZE}-size").set_value(32).run()
    assert shows(laboratory, "Resize, Image size: 32 here, 64 in the other.")
    assert shows(laboratory, "No difference picture: one is 32 x 32 x 1, the other 64 x 64 x 1.")


def test_a_pipeline_is_saved_opened_deleted_and_brought_back(laboratory):
    choose_tool(laboratory, "keep")
    name = "<b>Chest</b> $x$ ../../etc"
    laboratory.text_input(key="preprocess-name").set_value(name).run()
    press(laboratory, "save")
    assert [saved.name for saved in list_pipelines()] == [name]
    assert not any("<b>" in box.value for box in laboratory.success)  # escaped
    press(laboratory, f"remove-{STANDARDISE}")
    press(laboratory, "save")
    assert shows(laboratory, "There is a pipeline of this name.")
    press(laboratory, "open")
    assert applied(laboratory)[-1] == "standardise"
    press(laboratory, "delete")
    assert list_pipelines() == []
    press(laboratory, "undelete")
    assert [saved.name for saved in list_pipelines()] == [name]
    press(laboratory, "delete")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[" * 100_000, "nested more than"),
        (b'{"steps": [{"name": "melt"}]}', "melt"),
        (b'{"steps": [{"name": "resize", "parameters": {"size": 100000}}]}', "resize"),
        (b'{"steps": [{"name": "resize"}]}', "grey levels"),
    ],
)
def test_a_pipeline_from_elsewhere_that_is_not_right_changes_nothing(laboratory, content, sentence):
    before = applied(laboratory)
    choose_tool(laboratory, "keep")
    laboratory.file_uploader(key="preprocess-json").set_value(("p.json", content, "application/json")).run()
    assert not laboratory.exception
    assert len(errors(laboratory)) == 1 and sentence in errors(laboratory)[0].replace("\\", "")
    assert applied(laboratory) == before


def test_a_pipeline_from_elsewhere_is_used_after_a_press(laboratory):
    choose_tool(laboratory, "keep")
    content = to_json(default_preprocessing(16, 1), name="theirs").encode()
    laboratory.file_uploader(key="preprocess-json").set_value(("p.json", content, "application/json")).run()
    press(laboratory, "use-file")
    assert shows(laboratory, "16 x 16 x 1")
    press(laboratory, "undo")
    assert not shows(laboratory, "16 x 16 x 1")


def test_what_is_downloaded_can_be_read_again(laboratory):
    choose_tool(laboratory, "keep")
    button = laboratory.get("download_button")[0]
    assert button.proto.label == "Download as JSON"
    preprocessing = default_preprocessing(64, 1)
    assert parse_pipeline(to_json(preprocessing)).preprocessing == preprocessing


def test_train_is_handed_the_pipeline_of_the_page(laboratory):
    laboratory.select_slider(key=f"preprocess-card-{RESIZE}-size").set_value(96).run()
    press(laboratory, f"tune-{STANDARDISE}")
    laboratory.segmented_control(key=f"preprocess-card-{STANDARDISE}-per").set_value("image").run()
    press(laboratory, "send")
    fields = sent(laboratory)
    config = TrainingConfig(dataset="films", **fields)
    assert config.image_size == 96
    assert config.preprocessing.steps[-1].parameters == {"per": "image"}
    laboratory.switch_page("../pages/train.py").run()
    assert shows(
        laboratory,
        "With the preprocessing from lesson 2: Window, Grey or colour, Resize, Standardise; 96 pixels.",
    )
    assert laboratory.slider(key="train-image_size").value == 96
    laboratory.button(key="handover-forget").click().run()
    assert not shows(laboratory, "from lesson 2")


@pytest.mark.parametrize(
    ("card", "sentence"), [(RESIZE, "add the step 'Resize'"), (CHANNELS, "Training needs")]
)
def test_what_train_cannot_use_is_refused_in_one_sentence(laboratory, card, sentence):
    press(laboratory, f"remove-{card}")
    press(laboratory, "send")
    assert len(errors(laboratory)) == 1 and sentence in errors(laboratory)[0].replace("\\", "")
    assert "handover" not in laboratory.session_state
