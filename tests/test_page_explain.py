"""The Explain page: upload or sample, probabilities and their worth, three methods one click each."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.evaluation.report import evaluate
from core.evaluation.sentences import worth
from core.evaluation.stored import stored_predictions
from core.explanation.attribution import explain_image
from core.explanation.catalog import EXPLAINERS
from core.images import read
from core.runs import store
from core.runs.checkpoints import load_model
from core.runs.origin import Origin, origin_path
from core.workspace import SAMPLE_DATA, write_text
from tests.screens import open_page, shows
from tests.trained import make_run_of

UPLOAD = "explain-upload"
FIRST = {name: spec for name, spec in EXPLAINERS.items() if spec.shown_first}


@pytest.fixture
def run(trained):
    return trained


@pytest.fixture(scope="module")
def examples():
    return {path.name: path.read_bytes() for path in (SAMPLE_DATA / "examples").iterdir()}


def png(values):
    content = BytesIO()
    Image.fromarray(values).save(content, format="PNG")
    return content.getvalue()


def bars(app):
    """The bars of the probabilities: class to value, from the chart itself."""
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    spec = next(spec for spec in specs if "Probability" in spec["layout"]["title"]["text"])
    return spec


def ask(run, name, content, *, level="basic"):
    app = open_page("explain", level=level, run=run.run_id)
    app.file_uploader(key=UPLOAD).set_value((name, content, "application/octet-stream")).run()
    return app


def test_without_a_trained_run_the_page_says_how_to_make_one(home, monkeypatch):
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    app = open_page("explain")
    assert not app.exception
    assert shows(app, "No trained network yet")
    assert app.button(key="empty-to-train")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_sample_is_answered_from_the_first_second(run, language):
    app = open_page("explain", language=language, run=run.run_id)
    assert not app.exception
    assert not app.error
    sample_id = app.session_state["explain-sample"]
    found = stored_predictions(run, "val")
    place = found.sample_ids.tolist().index(sample_id)
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    shown = np.concatenate([np.atleast_1d(specs[0]["data"][0]["x"])])
    assert shown == pytest.approx(found.y_score[place], abs=1e-5)
    assert found.y_true[place] == found.positive_index


def test_what_the_answer_is_worth_stands_beside_it(run):
    app = open_page("explain", run=run.run_id)
    assert shows(app, str(worth(evaluate(stored_predictions(run, "val")))))
    assert shows(app, "SIMULATED")
    assert shows(app, "At the threshold 0.50 it is called")


def test_the_threshold_of_evaluate_is_used(run):
    app = open_page("explain", run=run.run_id, threshold=0.0)
    assert shows(app, "At the threshold 0.00 it is called 'finding'")


def test_a_dicom_upload_gets_three_explanations_one_click_each(run, examples):
    content = examples["dx-effusion.dcm"]
    app = ask(run, "dx-effusion.dcm", content)
    assert not app.exception
    assert shows(app, "Names, dates and numbers in the file were left behind")
    loaded, image = load_model(run), read(content)
    for method, spec in FIRST.items():
        app.segmented_control(key="explain-method").set_value(method).run()
        assert not app.exception
        assert not app.error
        assert shows(app, spec.reads), method
        assert shows(app, spec.caution), method
        answer = explain_image(loaded, image, method)
        if answer.convergence is not None:
            assert shows(app, f"Convergence delta: {answer.convergence.delta:.1g} logits")
            assert shows(app, f"after {answer.n_steps} steps")


@pytest.mark.slow
def test_a_model_that_came_without_images_explains_an_upload(home, examples):
    run = make_run_of(("normal", "ill"), "theirs")
    record = Origin(run="theirs", imported_at="", kind="model")
    write_text(origin_path(run.folder), record.model_dump_json())
    app = ask(run, "dx-effusion.dcm", examples["dx-effusion.dcm"], level="full")
    assert not app.exception
    assert not app.error
    assert shows(app, "'theirs' came as a model, without its images")
    app.segmented_control(key="explain-how-many").set_value("many").run()
    files = [("film.dcm", examples["dx-effusion.dcm"], "application/octet-stream")]
    app.file_uploader(key="explain-batch").set_value(files).run()
    assert shows(app, "1 of 1 images were answered")
    assert shows(app, "Whether these images are like the training images cannot be told.")
    assert shows(app, FIRST["grad_cam"].caution) or shows(app, FIRST["saliency"].caution)


def test_methods_stand_side_by_side_when_they_are_asked_for(run):
    app = open_page("explain", level="full", run=run.run_id)
    assert not app.exception
    app.segmented_control(key="explain-beside-what").set_value("methods").run()
    assert not app.exception
    for spec in FIRST.values():
        assert any(block.value == f"**{spec.title}**" for block in app.markdown)


@pytest.mark.slow
def test_another_method_is_two_presses_away_and_stays_among_the_first(run):
    app = open_page("explain", level="full", run=run.run_id)
    app.button(key="explain-more-input_x_gradient").click().run()
    assert not app.exception
    assert app.segmented_control(key="explain-method").value == "input_x_gradient"
    assert shows(app, EXPLAINERS["input_x_gradient"].reads)


def test_nothing_of_an_upload_stays_in_the_session_but_its_widget(run, examples):
    app = ask(run, "film.png", examples["film-nodule.png"])
    for key, value in app.session_state._state.filtered_state.items():
        assert key == UPLOAD or isinstance(value, str | int | float | bool | list | dict | None), key
        assert key == UPLOAD or len(str(value)) < 200, key


@pytest.mark.parametrize(
    ("name", "content"),
    [("notes.png", b"not a picture"), ("broken.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40), ("empty.dcm", b"")],
)
def test_a_wrong_file_gets_one_clear_sentence(run, name, content):
    app = ask(run, name, content)
    assert not app.exception
    assert len(app.error) == 1
    assert shows(app, f"'{name}' cannot be read")


@pytest.mark.slow
def test_an_upload_of_another_kind_is_told(run, examples):
    colour = np.random.default_rng(0).integers(0, 256, (20, 90, 3)).astype(np.uint8)
    app = ask(run, "holiday.png", png(colour))
    for words in ("in colour", "smaller than", "squeezed into a square", "simulated films only"):
        assert shows(app, words), words
    assert shows(ask(run, "ct.dcm", examples["ct-nodule.dcm"]), "The file says that it is CT")


def test_class_names_are_escaped_and_any_class_can_be_explained_at_full(home):
    run = make_run_of(("<b>a</b>", "b", "c"), "three")
    app = open_page("explain", level="full", run=run.run_id)
    assert not app.exception
    assert app.selectbox(key="explain-class").options == ["<b>a</b>", "b", "c"]
    app.selectbox(key="explain-class").set_value("c").run()
    assert not app.exception
    assert shows(app, "The most probable class is '")
    assert "&lt;b&gt;a&lt;/b&gt;" in json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]["y"]
