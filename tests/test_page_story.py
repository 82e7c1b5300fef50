"""The story: a step for each question, with the run's own numbers, at the desk and in a room."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from core.datasets.store import DatasetDraft, NewSample, delete_dataset, write_dataset
from core.evaluation.paired_records import PairedMetric
from core.evaluation.records import MetricValue
from core.evaluation.report import evaluate
from core.evaluation.stored import stored_predictions
from core.evaluation.ward import sides_of
from core.experiments.rivals.records import NetworkSide, Rival, RivalsAnswer
from core.explanation.catalog import EXPLAINERS
from core.images.records import MedicalImage
from core.language import language
from core.lessons import load_lesson
from core.runs import store
from core.training import launch
from tests.screens import open_page, shows, texts
from tests.trained import make_run_of
from ui.story import words
from ui.story.steps import STEPS
from ui.story.told import Told

# What a room should not have to be told: none of it may stand in presenter mode, in English.
JARGON = re.compile(
    r"\b(auroc|roc|auc|sensitivity|specificity|ppv|npv|f1|brier|threshold|epochs?|loss|logits?|softmax|"
    r"validation|validated|split|test set|training set|confidence interval|95 %|networks?|models?|"
    r"calibrat\w*|grad-cam|saliency|"
    r"pixels?|tensor|batch\w*|hyperparameter\w*|prevalence|p-value|p = |conformal|bootstrap\w*|overfit\w*|"
    r"augment\w*|checkpoint|embedding|feature maps?|convolution\w*|gradient\w*|inference|ground truth|"
    r"false positives?|false negatives?|recall|precision|accuracy|metrics?|samples?|class|classes)\b",
    re.IGNORECASE,
)


@pytest.fixture
def run(trained):
    return trained


def walk(app):
    """Go through all steps; give the page at each."""
    while True:
        assert not app.exception
        assert not app.error
        yield app
        after = [button for button in app.button if button.key == "story-next"]
        if not after or after[0].label in ("Again", "再来一遍"):
            return
        after[0].click().run()


def section_of(app, code="en"):
    titles = [section.title for section in load_lesson("story", code).sections]
    return next(n for n, title in enumerate(titles) if shows(app, title))


def go_to(step, **session):
    return open_page("story", **{"story-step": step, **session})


def test_without_a_trained_run_the_page_says_so(home, monkeypatch):
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    app = open_page("story")
    assert not app.exception
    assert shows(app, "The demo run is not here")
    assert app.button(key="empty-to-train")


@pytest.mark.parametrize(("code", "in_room"), [("en", False), ("zh_Hans", True)])
def test_the_steps_are_walked_with_the_highlighted_button(run, code, in_room):
    app = open_page("story", language=code, **{"story-present-on": in_room})
    seen = []
    for number, page in enumerate(walk(app), start=1):
        seen.append(section_of(page, code))
        assert page.query_params["step"] == str(number)
        assert ("present" in page.query_params) == in_room
        assert shows(page, "SIMULATED" if code == "en" else "模拟")
    assert seen == sorted(set(seen))
    assert len(seen) >= 8
    assert seen[0] == 0
    assert seen[-1] == len(STEPS) - 1


def test_in_a_room_there_is_no_jargon_and_one_sentence_a_step(run):
    app = open_page("story", **{"story-present-on": True})
    for page in walk(app):
        said = [text for text in texts(page) if "color:" not in text and "{" not in text]
        said = [text for text in said if text not in ("Basic", "Full")]
        shell = {"Level", "Language"}
        found = [text for text in said if JARGON.search(text) and text not in shell]
        assert found == [], page.query_params
        assert not page.slider
        assert {group.key for group in page.segmented_control} == {"level", "language"}  # hidden by the style
        axes = json.dumps([json.loads(chart.proto.spec)["layout"] for chart in page.get("plotly_chart")])
        assert not JARGON.search(" ".join(re.findall(r'"text": "([^"]*)"', axes)))


def test_the_check_for_jargon_can_fail():
    assert JARGON.search("The AUROC was 0.9")
    assert JARGON.search("at this threshold")
    assert not JARGON.search("It found 57 of 62.")


def test_back_goes_back_and_the_address_names_a_step(run):
    app = go_to("computer")
    app.button(key="story-back").click().run()
    assert app.session_state["story-step"] == "patients"
    assert app.button(key="story-back").disabled


def test_presenter_mode_is_switched_on_and_off_and_kept_in_the_address(run):
    app = open_page("story")
    app.button(key="story-present").click().run()
    assert "present" in app.query_params
    assert not [box for box in app.selectbox if box.key == "story-pick-run"]
    app.button(key="story-present").click().run()
    assert "present" not in app.query_params


def test_the_sentences_say_the_runs_own_numbers(run):
    found = stored_predictions(run, "val")
    sides = sides_of(found, 0.5)
    healthy = sides.healthy
    calm = healthy.n - healthy.called
    sick = f"{sides.sick.called} of {sides.sick.n} with &#x27;finding&#x27;"
    sentence = f"It found {sick}, and left {calm} of {healthy.n}"
    assert shows(go_to("good", **{"story-present-on": True}), sentence)
    people = len(set(found.patient_ids))
    assert shows(go_to("patients"), f"It was tried on {found.n_samples} images of {people} patients")


def test_the_patients_are_counted(run):
    app = go_to("patients")
    counts = launch.split_counts(run)
    assert app.metric[0].value == "24"
    assert shows(app, f"{counts['train']} films to learn from, {counts['val']} to judge by")


def test_the_numbers_of_the_verdict_have_their_interval_and_n(run):
    app = go_to("good")
    auroc = evaluate(stored_predictions(run, "val")).metrics["auroc"]
    assert app.metric[0].value == f"{auroc.value:.2f}"
    assert shows(app, f"n = {auroc.n}")
    app.slider(key="threshold").set_value(0.0).run()
    assert app.metric[1].value == "1.00"


def test_an_explanation_stands_beside_the_true_finding_and_can_be_changed(run):
    app = go_to("looking")
    assert shows(app, "where the finding really is")
    app.segmented_control(key="story-method").set_value("saliency").run()
    assert shows(app, EXPLAINERS["saliency"].reads)
    app.button(key="story-another").click().run()
    assert not app.exception
    assert app.session_state["story-film"] == 1
    assert shows(app, "Probability of 'finding': ")


def test_the_last_step_lists_what_was_not_done(run):
    app = go_to("limits")
    assert sum("not done" in text for text in texts(app)) == 5


@pytest.mark.parametrize("names", [("a <b>", "c & d", "e"), ("no", "<img src=x onerror=1>")])
def test_any_run_is_told_with_the_steps_that_it_has(home, monkeypatch, names):
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    made = make_run_of(names, "noise")
    with language("en"):
        app = open_page("story", **{"story-run": made.run_id, "story-present-on": True})
        seen = [section_of(page) for page in walk(app)]
    order = [step.name for step in STEPS]
    told = [order[n] for n in seen]
    assert "good" in told
    assert "learning" not in told  # no curve is there
    assert "simple" not in told  # nobody asked
    assert ("clinic" in told) == (len(names) == 2)
    html = " ".join(block.proto.body for block in app.get("html"))
    assert "<img src=x" not in html


def other_images(dataset_id):
    """Put black images under the name of a data set."""
    delete_dataset(dataset_id)
    black = MedicalImage(np.zeros((20, 20), dtype=np.uint8), (0, 255))
    samples = [NewSample(black, label) for label in ("no", "yes") * 8]
    write_dataset(DatasetDraft(dataset_id=dataset_id, title="Other", source="folders"), samples)


def test_of_unknown_patients_nothing_is_said_and_other_images_of_the_same_name_are_not_shown(home):
    made = make_run_of(("no", "yes"), "noise")
    session = {"story-run": made.run_id, "story-present-on": True}
    app = go_to("sure", **session)
    assert shows(app, "From these images all we can say: of 100 with &#x27;yes&#x27;")
    assert not shows(app, "patients all we can say")
    other_images(made.config.dataset)
    app = go_to("patients", **session)
    assert not app.error
    assert STEPS[section_of(app)].name == "good"  # the first step that needs no image


def test_where_nothing_is_missed_the_room_sees_what_was_found(run, monkeypatch):
    monkeypatch.setattr(Told, "missed", [])
    app = go_to("misses", **{"story-present-on": True})
    assert not app.error
    assert shows(app, "it overlooked none")
    assert app.get("plotly_chart")


def test_the_worst_of_equal_groups_is_not_called_bad():
    group, whole = (SimpleNamespace(metric=MetricValue(value=1.0, n=30)), MetricValue(value=1.0, n=60))
    told = SimpleNamespace(group=(group, SimpleNamespace(whole=whole)), positive="yes")
    with language("en"):
        assert words.whom(told).startswith("In no group")


def rivals(verdict, *, difference):
    """What a network (0.80) and the mean brightness were measured to do."""
    area = MetricValue(value=0.8, low=0.7, high=0.9, n=50, method="delong")
    theirs = area.model_copy(update={"value": 0.8 - difference})
    paired = PairedMetric(
        name="auroc", one=0.8 - difference, other=0.8, difference=difference, low=difference - 0.05,
        high=difference + 0.05, p=0.001, p_corrected=0.001, method="delong", verdict=verdict,
    )  # fmt: skip
    return RivalsAnswer.model_construct(
        positive_class="finding",
        n_samples=50,
        n_features=20,
        network=NetworkSide(metrics={"auroc": area}, seconds=1.0, n_parameters=10, epochs=1),
        rivals=(Rival(name="brightness", metrics={"auroc": theirs}, difference=paired),),
    )


@pytest.mark.parametrize(
    ("verdict", "difference", "words"),
    [("better", 0.2, "Yes: it did better"), ("worse", -0.1, "No: a simpler method did better")],
)
def test_simple_methods_are_told_of_where_somebody_asked(run, monkeypatch, verdict, difference, words):
    asked = rivals(verdict, difference=difference)
    monkeypatch.setattr("ui.story.told.rivals_answer", lambda run, split: asked)
    app = go_to("simple", **{"story-present-on": True})
    assert not app.error
    assert shows(app, words)
    drawn = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert drawn[1]["text"] == ["<b>80</b>"]  # the network, of 100
