"""The form of the Train page: what is shown when, what is refused where, what is drawn and copied."""

import json

import pytest
import torch
from safetensors.torch import save

from core.jobs import control
from core.models.build import build_model
from core.runs.store import list_runs
from core.training.config import parse_config
from core.training.uploaded_weights import keep_weights
from core.transforms.preprocessing import default_preprocessing
from tests.screens import open_page, shows, texts
from tests.tiny_dataset import write_tiny
from ui.training.augmentations_field import steps_of
from ui.training.mending import mending_value
from ui.training.sections import ALL_FIELDS, applies


@pytest.fixture
def tiny(home):
    """A data set of 16 images of 8 patients in a temporary home."""
    return write_tiny("tiny", n_images=16)


def opened(level="full", **session):
    app = open_page("train", dataset="tiny", level=level, **session)
    assert not app.exception
    return app


def keys(app):
    widgets = ("number_input", "slider", "select_slider", "selectbox", "toggle", "multiselect")
    found = [widget.key for kind in widgets for widget in app.get(kind)]
    return {*found, *(group.key for group in app.segmented_control)}


def errors(app):
    return [box.value for box in app.error]


def test_basic_has_three_controls(tiny):
    assert {key for key in keys(opened("basic")) if key and key.startswith("train-")} == {
        "train-model",
        "train-epochs",
        "train-learning_rate",
    }


def test_every_setting_is_in_the_form_but_what_follows_from_data_and_machine(tiny):
    fields = {name.split(".")[0] for name in ALL_FIELDS}
    assert set(parse_config({"dataset": "tiny"}).model_dump()) - fields == {
        "dataset",
        "threads",
        "preprocessing",
    }


def test_a_field_is_shown_only_where_it_plays_a_part(tiny):
    app = opened()
    chosen = (
        ("train-optimizer", "selectbox", "nesterov", {"train-momentum"}),
        ("train-loss", "segmented_control", "focal", {"train-focal_gamma", "train-focal_alpha"}),
        ("train-schedule", "selectbox", "plateau", {"train-plateau_patience", "train-rate_factor"}),
        ("train-head_epochs", "number_input", 2, {"train-unfreeze", "train-fine_tuning_factor"}),
        ("train-unfreeze", "segmented_control", "last blocks", {"train-unfrozen_blocks"}),
    )
    for key, kind, value, appears in chosen:
        assert not appears & keys(app)
        getattr(app, kind)(key=key).set_value(value).run()
        assert appears <= keys(app)


def test_a_field_that_plays_no_part_stands_as_the_form_began(tiny, monkeypatch):
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    app = opened()
    app.selectbox(key="train-optimizer").set_value("momentum").run()
    app.slider(key="train-momentum").set_value(0.5).run()
    app.selectbox(key="train-optimizer").set_value("adamw").run()
    app.button(key="train-start").click().run()
    run = next(run for run in list_runs() if run.config.dataset == "tiny")
    assert run.config.optimizer == "adamw"
    assert run.config.momentum == 0.9


def test_a_problem_stands_under_its_field_opens_its_section_and_holds_the_button(tiny):
    app = opened()
    assert not app.button(key="train-start").disabled
    app.number_input(key="train-batch_size").set_value(1).run()
    assert len(errors(app)) == 1
    assert shows(app, "a batch of one has nothing to compare")
    assert app.button(key="train-start").disabled
    assert app.session_state["train-section-optimizer"] is True
    app.number_input(key="train-batch_size").set_value(2).run()
    assert errors(app) == []
    assert not app.button(key="train-start").disabled


def test_folds_must_be_fewer_than_patients_and_the_fold_one_of_them(tiny):
    app = opened()
    app.segmented_control(key="train-split-scheme").set_value("k-fold").run()
    app.selectbox(key="train-split-fold").set_value(5).run()
    app.slider(key="train-split-n_folds").set_value(10).run()
    assert shows(app, "There are 10 folds and only 8 patients. Choose at most 8 folds.")
    assert app.button(key="train-start").disabled
    app.slider(key="train-split-n_folds").set_value(3).run()
    assert not app.exception
    assert errors(app) == []
    assert app.session_state["train-split-fold"] == 3


def test_a_problem_whose_field_is_out_of_sight_has_a_way_out(tiny):
    app = opened("basic", handover=json.dumps({"dataset": "tiny", "fields": {"image_size": 16}}))
    app.selectbox(key="train-model").set_value("resnet18").run()
    assert shows(app, "resnet18 needs images of at least 32 pixels; image_size is 16.")
    assert app.button(key="train-start").disabled
    app.button(key="train-mend-image_size").click().run()
    assert errors(app) == []
    assert not app.button(key="train-start").disabled


def test_the_size_that_mends_is_the_smallest_a_network_takes_that_is_a_multiple_of_four():
    from core.models.catalog import MODELS
    from core.training.config import unchecked_config

    for name, spec in MODELS.items():
        size = mending_value("image_size", unchecked_config({"dataset": "x", "model": name}))
        assert spec.smallest_size <= size < spec.smallest_size + 4
        assert size % 4 == 0


def test_weights_that_are_not_there_are_said_under_their_field_and_hold_the_button(tiny):
    app = opened(handover=json.dumps({"dataset": "tiny", "fields": {"weights_from": "run:gone"}}))
    assert len(errors(app)) == 1
    assert shows(app, "gone")
    assert app.button(key="train-start").disabled
    app.selectbox(key="train-weights_from").set_value("").run()
    assert errors(app) == []


def test_weights_for_another_image_size_are_looked_at_in_the_size_of_the_form(tiny):
    with torch.device("cpu"):
        state = build_model("mlp", n_classes=2, n_channels=1, image_size=32).state_dict()
    keep_weights("small", save(state))
    fields = {"model": "mlp", "image_size": 32, "weights_from": "file:small"}
    app = opened(handover=json.dumps({"dataset": "tiny", "fields": fields}))
    assert errors(app) == []
    assert shows(app, "Begins with the weights of 'small'; the head is new")
    app.slider(key="train-image_size").set_value(48).run()
    assert len(errors(app)) == 1
    assert not shows(app, "Begins with the weights of 'small'")


def test_a_file_of_weights_is_kept_chosen_and_deleted_or_refused_beside_its_uploader(tiny):
    app = opened()
    state = build_model("small_cnn", n_classes=5, n_channels=1).state_dict()
    app.file_uploader(key="train-weights_from-file").set_value(("<b>Mine.safetensors", save(state), "")).run()
    app.button(key="train-weights_from-keep").click().run()
    assert errors(app) == []
    assert app.selectbox(key="train-weights_from").value == "file:b-mine"
    assert shows(app, "Begins with the weights of 'b-mine'; the head is new")
    app.button(key="train-weights_from-delete-b-mine").click().run()
    assert app.selectbox(key="train-weights_from").value == ""
    app.file_uploader(key="train-weights_from-file").set_value(("a.safetensors", b"", "")).run()
    app.button(key="train-weights_from-keep").click().run()
    assert shows(app, "This is no safetensors file")


def test_what_is_done_to_imagenets_weights_is_said_before_the_launch(tiny):
    fields = {"model": "resnet18", "pretrained": True}
    app = opened(handover=json.dumps({"dataset": "tiny", "fields": fields}))
    assert shows(app, "Its weights are summed over the colours")
    app.toggle(key="train-pretrained").set_value(False).run()
    assert not shows(app, "Its weights are summed over the colours")


def test_imagenets_weights_can_be_switched_off_where_a_network_has_none(tiny):
    """A switch that locks itself once it is off would be stuck: the browser shows it as it was before."""
    fields = {"model": "small_cnn", "pretrained": True}
    app = opened(handover=json.dumps({"dataset": "tiny", "fields": fields}))
    assert len(errors(app)) == 1
    assert app.button(key="train-start").disabled
    app.toggle(key="train-pretrained").set_value(False).run()
    assert errors(app) == []
    assert not app.toggle(key="train-pretrained").disabled
    assert not app.button(key="train-start").disabled


def test_only_as_many_blocks_are_offered_as_a_network_has(tiny):
    app = opened()
    app.number_input(key="train-head_epochs").set_value(2).run()
    app.segmented_control(key="train-unfreeze").set_value("last blocks").run()
    assert app.segmented_control(key="train-unfrozen_blocks").options == ["1", "2", "3"]


def test_a_preprocessing_that_would_be_chosen_anyway_goes_without_saying(tiny):
    usual = default_preprocessing(64, 1).model_dump(mode="json")
    app = opened(
        handover=json.dumps({"dataset": "tiny", "fields": {"preprocessing": usual, "image_size": 64}})
    )
    assert shows(app, "Everything stands at its default.")
    usual["steps"][3]["parameters"] = {"per": "image"}
    app = opened(
        handover=json.dumps({"dataset": "tiny", "fields": {"preprocessing": usual, "image_size": 64}})
    )
    assert shows(app, "Preprocessing: window, channels, resize, standardise")


def test_a_note_does_not_hold_the_button(tiny):
    app = opened()
    app.number_input(key="train-head_epochs").set_value(3).run()
    assert shows(app, "The frozen body has random weights")
    assert not app.button(key="train-start").disabled


def test_open_sections_draw_what_they_ask_for(tiny):
    sections = {f"train-section-{name}": True for name in ("start", "loss", "schedule")}
    app = opened(**sections)
    titles = [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart")]
    assert "How far does each step go?" in titles
    app.number_input(key="train-head_epochs").set_value(5).run()
    app.segmented_control(key="train-loss").set_value("focal").run()
    titles = [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart")]
    assert "What learns when?" in titles
    assert "Right at 0.9 counts 100 times less" in [title.replace("<br>", " ") for title in titles]
    assert shows(app, "Epochs 1 to 5: Head alone")
    assert shows(app, "Epochs 6 to 20: Fine-tuning of all, learning rate × 0.1")
    assert shows(app, "Batch norm: frozen parts go on with the means and spreads")


def test_what_differs_from_the_defaults_can_be_read_and_copied(tiny):
    app = opened()
    assert shows(app, "Everything stands at its default.")
    app.number_input(key="train-epochs").set_value(3).run()
    app.number_input(key="train-dropout").set_value(0.2).run()
    assert shows(app, "Epochs: 3 (usually 20)")
    assert shows(app, "Dropout: 0.2 (usually empty)")
    assert shows(app, "python -m core train tiny --set dropout=0.2 --set epochs=3")
    written = next(json.loads(code.value) for code in app.code if code.value.startswith("{"))
    assert parse_config(written).dropout == 0.2


def test_augmentations_keep_the_parameters_of_their_preset_or_of_before():
    before = [{"name": "rotate", "parameters": {"degrees": 3.0}}]
    assert steps_of(["rotate"], None, before) == before
    assert steps_of(["rotate"], "x-ray", before) != before
    assert steps_of([], "x-ray", before) == []


def test_unfreezing_is_asked_for_only_after_epochs_of_the_head_alone():
    config = parse_config({"dataset": "tiny", "unfreeze": "last blocks"})
    assert not applies("unfrozen_blocks", config)
    with_head = config.model_copy(update={"head_epochs": 2})
    assert applies("unfrozen_blocks", with_head)
    assert not applies("fine_tuning_factor", with_head.model_copy(update={"unfreeze": "nothing"}))


@pytest.mark.parametrize("level", ["basic", "full"])
def test_no_text_of_the_form_is_unmarked(tiny, level):
    sections = {f"train-section-{name}": True for name in ("start", "loss", "schedule")}
    app = opened(level, language="pseudo", **sections)
    widgets = [*app.number_input, *app.multiselect, *app.toggle, *app.slider, *app.select_slider]
    assert all("⟦" in widget.label for widget in widgets)
    assert all("⟦" in part.label for part in app.expander)
    assert texts(app)
