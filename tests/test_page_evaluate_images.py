"""Evaluate, the images: each number opens its images, each image its case, and a wrong label is corrected."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.correcting import label_of
from core.datasets.editing import LabelCorrection, correct_labels, list_edits
from core.datasets.store import delete_dataset, duplicate_dataset, list_datasets, rename_dataset
from core.evaluation.cells import Cell, count_cells, places_of
from core.evaluation.embeddings import embeddings_of
from core.evaluation.predictions import predictions_of
from tests.screens import open_page, shows
from tests.trained import make_run_of

VIEW = {"evaluate-view": "images", "case-explain": False}
HOSTILE = '<img src="x" onerror="alert(1)"> **b**'


def component(app, name):
    """What a component of this name was given; None where it is not on the page."""
    found = [one for one in app.get("bidi_component") if one.proto.component_name.endswith(name)]
    return json.loads(found[0].proto.json) if found else None


def listed(app):
    return [tile["id"] for tile in component(app, "lightbox_tiles")["tiles"]]


def open_images(run_id, **session):
    app = open_page("evaluate", level="full", run=run_id, **VIEW)
    for key, value in session.items():
        app.session_state[key.replace("_", "-")] = value
    return app.run() if session else app


@pytest.fixture
def three(home):
    """A run of random weights on three classes, one with a hostile name, and what it says."""
    run = make_run_of(("a", HOSTILE, "c"), "three")
    return run, predictions_of(run)


def test_the_matrix_counts_and_the_list_shows_the_errors_the_surest_first(trained):
    found = predictions_of(trained)
    app = open_images(trained.run_id)
    assert not app.exception
    assert not app.error
    cells = component(app, "lightbox_cells")
    assert cells["counts"] == count_cells(found).tolist()
    assert cells["chosen"] is None
    assert listed(app) == found.sample_ids[places_of(found, kind="errors")][:24].tolist()
    app.slider(key="threshold").set_value(0.9).run()
    assert component(app, "lightbox_cells")["counts"] == count_cells(found, 0.9).tolist()


def test_cells_open_their_images_and_an_empty_one_says_so(trained):
    found = predictions_of(trained)
    app = open_images(trained.run_id, images_which="cell", images_cell=[1, 1], threshold=0.0)
    places = places_of(found, 0.0, kind="cell", cell=Cell(1, 1))
    assert len(places) == (found.y_true == 1).sum() > 0
    assert component(app, "lightbox_cells")["chosen"] == [1, 1]
    assert listed(app) == found.sample_ids[places][:24].tolist()
    app.selectbox(key="images-called").set_value(0).run()
    assert component(app, "lightbox_cells")["chosen"] == [1, 0]
    assert shows(app, "The cell is empty.")
    assert component(app, "lightbox_tiles") is None


def test_the_page_moves_once_to_the_images_of_a_cell(trained):
    app = open_images(trained.run_id)
    assert component(app, "lightbox_jump")["jump"] is False
    app.segmented_control(key="images-which").set_value("cell").run()
    app.selectbox(key="images-called").set_value(0).run()
    assert component(app, "lightbox_jump")["jump"] is True
    app.run()
    assert component(app, "lightbox_jump")["jump"] is False


def test_an_open_image_shows_what_is_known_of_it_and_steps_through_the_list(trained):
    found = predictions_of(trained)
    ids = found.sample_ids[places_of(found, kind="all")].tolist()
    app = open_images(trained.run_id, images_which="all", images_opened=["judged", ids[0]])
    assert not app.exception
    assert shows(app, f"Image {ids[0]}")
    assert app.button(key="case-previous").disabled
    app.button(key="case-next").click().run()
    assert shows(app, f"Image {ids[1]}")
    app.button(key="case-close").click().run()
    assert not shows(app, f"Image {ids[1]}")


def test_neighbours_and_the_map_come_once_the_network_was_asked(three):
    run, found = three
    here = int(found.sample_ids[0])
    app = open_images(run.run_id, images_opened=["judged", here])
    assert app.button(key="evaluate-features-start")
    assert shows(app, "They are shown once the network was asked")
    for split in ("val", "train"):
        embeddings_of(run, split)
    app = open_images(run.run_id, images_opened=["judged", here])
    assert not app.exception
    near = next(
        json.loads(one.proto.json) for one in app.get("bidi_component") if "Nearest" in one.proto.json
    )
    split = run.split().set_index("sample_id")["split"]
    assert [split[tile["id"]] for tile in near["tiles"]] == ["train"] * 5
    drawn = component(app, "lightbox_image_map")
    assert [one["name"] for one in drawn["classes"]] == list(found.class_names)
    assert drawn["nTraining"] == 0
    assert shows(app, "The plane (PCA) shows")
    app.toggle(key="images-map-training").set_value(True).run()
    assert component(app, "lightbox_image_map")["nTraining"] == (split == "train").sum()


def test_a_wrong_label_is_corrected_written_down_and_taken_back(three):
    run, found = three
    number = int(found.sample_ids[found.y_true == found.class_names.index("a")][0])
    app = open_images(run.run_id, images_opened=["judged", number])
    app.selectbox(key=f"case-right-{number}").set_value("c").run()
    app.text_input(key=f"case-reason-{number}").set_value("seen by two").run()
    app.button(key="case-correct").click().run()
    assert not app.exception
    data = run.config.dataset
    assert label_of(data, number) == "c"
    assert list_edits(data)[-1].reason == "seen by two"
    assert shows(app, f"Image {number} is 'c' in '{data}' now")
    assert shows(app, "One label was changed since this run")
    assert component(app, "lightbox_cells")["counts"] == count_cells(found).tolist()  # as it was trained
    app.button(key=f"case-undo-{data}").click().run()
    assert label_of(data, number) == "a"
    assert shows(app, "The correction was taken back.")


def test_a_label_that_another_tab_has_changed_is_not_written_over(three):
    run, found = three
    number, data = int(found.sample_ids[found.y_true == found.class_names.index("a")][0]), run.config.dataset
    app = open_images(run.run_id, images_opened=["judged", number])
    app.selectbox(key=f"case-right-{number}").set_value("c").run()
    correct_labels(data, [LabelCorrection(sample_id=number, label=HOSTILE)])
    app.button(key="case-correct").click().run()
    assert label_of(data, number) == HOSTILE
    assert any("was changed meanwhile" in error.value for error in app.error)


def test_what_ships_is_corrected_in_a_copy(three, monkeypatch):
    run, found = three
    number, data = int(found.sample_ids[found.y_true == found.class_names.index("a")][0]), run.config.dataset
    for place in ("ui.evaluate.case_correction", "core.datasets.correcting"):
        monkeypatch.setattr(f"{place}.shipped_names", lambda: (data,))
    app = open_images(run.run_id, images_opened=["judged", number])
    assert shows(app, "stays as it is")
    app.selectbox(key=f"case-right-{number}").set_value("c").run()
    app.button(key="case-correct").click().run()
    assert not app.exception
    assert (label_of(data, number), label_of(f"{data}-corrected", number)) == ("a", "c")
    assert shows(app, f"In '{data}-corrected' its label was corrected from 'a' to 'c'")
    other = int(found.sample_ids[found.y_true == found.class_names.index("a")][1])
    app.session_state["images-opened"] = ["judged", other]
    app.run()
    app.selectbox(key=f"case-right-{other}").set_value("c").run()
    app.button(key="case-correct").click().run()
    assert label_of(f"{data}-corrected", other) == "c"  # the same copy again
    assert {info.dataset_id for info in list_datasets()} - {"phantoms"} == {data, f"{data}-corrected"}


def test_a_data_set_that_is_gone_leaves_the_numbers_and_says_so(three):
    run, found = three
    app = open_images(run.run_id, images_opened=["judged", int(found.sample_ids[0])])
    delete_dataset(run.config.dataset)
    app.run()
    assert not app.exception
    assert shows(app, "is no longer there, so its pictures can't be shown")
    assert component(app, "lightbox_cells")["counts"] == count_cells(found).tolist()
    assert all(tile["src"] == "" for tile in component(app, "lightbox_tiles")["tiles"])


def test_another_data_set_under_the_same_name_shows_none_of_its_pictures(three):
    run, found = three
    delete_dataset(run.config.dataset)
    make_run_of(("a", "b"), "other", n_of_each=20)
    rename_dataset("other-data", run.config.dataset)
    app = open_images(run.run_id, images_opened=["judged", int(found.sample_ids[0])])
    assert not app.exception
    assert shows(app, "its numbers mean other pictures now")
    assert all(tile["src"] == "" for tile in component(app, "lightbox_tiles")["tiles"])


def test_forty_classes_have_a_cell_for_each_pair_and_a_page_shows_few(home):
    run = make_run_of(tuple(f"class {code:02}" for code in range(40)), "forty", n_of_each=4)
    app = open_images("forty", images_which="all")
    assert not app.exception
    counts = np.array(component(app, "lightbox_cells")["counts"])
    assert counts.shape == (40, 40)
    assert counts.sum() == 80
    assert len(listed(app)) == 24
    app.session_state["images-page"] = 4
    app.run()
    assert len(listed(app)) == 80 - 3 * 24
    assert run.run_id == "forty"


def elsewhere():
    """The view of images for a run that is judged on another data set; runs as a script of its own."""
    from ui.evaluate.images import show
    from ui.evaluate.judged import Judged

    show(Judged("three", "all", "elsewhere"), 0.5)


def test_of_another_data_set_its_own_pictures_are_shown_and_corrected_and_copies_are_warned_of(three):
    run, _ = three
    duplicate_dataset(run.config.dataset, "elsewhere")
    found = predictions_of(run, "all", "elsewhere")
    embeddings_of(run, "all", "elsewhere")
    embeddings_of(run, "train")
    number = int(run.split().query("split == 'train' and label == 'a'")["sample_id"].iloc[0])
    app = AppTest.from_function(elsewhere, default_timeout=60)
    for key, value in {**VIEW, "level": "full", "images-which": "all"}.items():
        app.session_state[key] = value
    app.run()
    app.session_state["images-opened"] = ["judged", number]
    app.run()
    assert not app.exception
    grids = [json.loads(one.proto.json) for one in app.get("bidi_component") if "tiles" in one.proto.json]
    near = next(grid for grid in grids if "Nearest" in grid["name"])
    assert any("the very same picture" in tile["lines"] for tile in near["tiles"])
    assert any("has learned from this very patient or picture" in one.value for one in app.warning)
    assert all(f"/{run.config.dataset}/" in tile["src"] for tile in near["tiles"])
    assert all("/elsewhere/" in tile["src"] for grid in grids if grid is not near for tile in grid["tiles"])
    app.selectbox(key=f"case-right-{number}").set_value("c").run()
    app.button(key="case-correct").click().run()
    assert (label_of("elsewhere", number), label_of(run.config.dataset, number)) == ("c", "a")
    now = predictions_of(run, "all", "elsewhere")  # judged anew, with the corrected label
    here = np.flatnonzero(now.sample_ids == number)[0]
    assert now.class_names[now.y_true[here]] == "c"
    assert len(found.sample_ids) == len(now.sample_ids) == 24
