"""The ward: its numbers are core's, its threshold is that of Evaluate, and odd splits are said to be odd."""

import numpy as np
import pytest

from core.evaluation.one_class import against_rest
from core.evaluation.predictions import predictions_of
from core.evaluation.sentences import rounded
from core.evaluation.stored import stored_predictions
from core.evaluation.ward import ppv, sides_of, ward
from core.figures.ward import description
from core.runs import store
from core.runs.predictions import write_predictions
from tests.screens import open_page, shows
from tests.trained import make_run_of


@pytest.fixture
def run(trained):
    return trained


def test_without_a_trained_run_the_page_says_how_to_make_one(home, monkeypatch):
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    app = open_page("ward")
    assert not app.exception
    assert shows(app, "No trained network yet")


def middle_score(run):
    """A threshold that calls some and not others, whatever a network of one epoch says."""
    found = stored_predictions(run, "val")
    return round(float(np.median(found.y_score[:, found.positive_index])), 2)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_it_begins_at_the_prevalence_of_the_data(run, language):
    middle = middle_score(run)
    app = open_page("ward", run=run.run_id, language=language, threshold=middle)
    assert not app.exception
    assert not app.error
    found = against_rest(stored_predictions(run, "val"))
    sides = sides_of(found, middle)
    assert app.metric[0].value == rounded(ppv(sides, sides.prevalence).value)
    assert len(app.select_slider) + len(app.slider) == 3  # controls at Basic
    percent = f"{100 * sides.prevalence:.1f}"
    assert shows(app, f"{percent} %" if language == "en" else f"{percent}%")


def test_a_prevalence_of_its_own_moves_people_values_and_words(run):
    middle = middle_score(run)
    app = open_page("ward", run=run.run_id, threshold=middle)
    app.select_slider(key="ward-prevalence").set_value(5.0).run()
    assert not app.exception
    sides = sides_of(against_rest(stored_predictions(run, "val")), middle)
    people = ward(sides.sick.share, 1 - sides.healthy.share, 0.05)
    assert people.sick == 50
    assert shows(app, str(description(people, "finding")))
    assert shows(app, f"Of {people.alarms} alarms {people.found} are right.")
    assert app.metric[0].value == rounded(ppv(sides, 0.05).value)


@pytest.mark.parametrize(("prevalence", "threshold"), [(0.0, 0.0), (100.0, 1.0)])
def test_the_ends_of_the_sliders_are_no_trouble(run, prevalence, threshold):
    app = open_page("ward", level="full", run=run.run_id, threshold=threshold)
    app.select_slider(key="ward-prevalence").set_value(prevalence).run()
    assert not app.exception
    assert not app.error
    sick = round(10 * prevalence)
    if threshold == 0:
        assert shows(app, f"Of 1,000 alarms {sick} are right.".replace("1000", "1,000"))


def test_the_threshold_is_that_of_evaluate_and_the_cheapest_one_can_be_taken(run):
    app = open_page("ward", run=run.run_id, threshold=0.01)
    assert app.slider(key="threshold").value == 0.01
    app.select_slider(key="ward-prevalence").set_value(20.0).run()
    if "ward-take" in [button.key for button in app.button]:
        label = app.button(key="ward-take").label
        app.button(key="ward-take").click().run()
        assert f"Use {app.session_state['threshold']:.2f}" == label
        assert app.button(key="ward-take").disabled
    else:
        assert shows(app, "no threshold is cheaper than calling everybody or nobody")


def test_another_network_leaves_every_prevalence_in_its_place_on_the_slider(home):
    """A browser remembers the place: where places moved, the slider said 0 % beside a ward of 33.3 %."""
    rare = make_run_of(("clear", "finding"), "rare")
    found = predictions_of(rare, "val")
    kept = np.r_[np.flatnonzero(found.y_true == 0), np.flatnonzero(found.y_true == 1)[:1]]
    write_predictions(rare.folder, rare.config.dataset, "val", found.take(kept))
    options = open_page("ward", run=rare.run_id).select_slider(key="ward-prevalence").options
    others = open_page("ward", run="demo-phantoms").select_slider(key="ward-prevalence").options
    assert "as in these data" in options[0]
    assert options[0] != others[0]
    assert options[1:] == others[1:]


def test_of_several_classes_one_is_looked_for_and_its_name_is_escaped(home):
    run = make_run_of(("*a*", "_b_", "c"), "three")
    app = open_page("ward", run=run.run_id)
    app.selectbox(key="ward-class").set_value(1).run()
    assert not app.exception
    assert shows(app, "have '_b_'")
    assert shows(app, "33.3 % have it")
    app = open_page("evaluate", level="full", run=run.run_id, **{"evaluate-view": "in_clinic"})
    assert not app.exception
    assert shows(app, "several: refer")


def test_in_clinic_names_what_is_promised_and_what_is_left(run):
    app = open_page("evaluate", level="full", run=run.run_id, **{"evaluate-view": "in_clinic"})
    assert not app.exception
    assert not app.error
    assert shows(app, "divided by patient, by lot")
    assert shows(app, "What is confidently wrong is never referred")
    assert shows(app, "divided by the temperature")
    app.slider(key="in-clinic-refer").set_value(0).run()
    assert shows(app, "0 of ")
    app.select_slider(key="in-clinic-promise").set_value(99).run()
    assert not app.exception
    assert shows(app, "Too few images to calibrate on: a promise of 99 % needs at least 99 of them")


@pytest.mark.parametrize("n", [0, 3])
def test_a_split_of_one_class_or_of_three_images_is_said_to_be_odd(home, n):
    run = make_run_of(("clear", "finding"), "odd")
    found = predictions_of(run, "val")
    clear = np.flatnonzero(found.y_true == 0)
    kept = clear if n == 0 else np.array([*clear[:2], np.flatnonzero(found.y_true == 1)[0]])
    write_predictions(run.folder, run.config.dataset, "val", found.take(kept))
    app = open_page("ward", level="full", run="odd")
    assert not app.exception
    assert not app.error
    assert shows(app, "these have one side alone") == (n == 0)
    app = open_page("evaluate", level="full", run="odd", **{"evaluate-view": "in_clinic"})
    assert not app.exception
    assert shows(app, "A decision curve needs images with") == (n == 0)
    assert shows(app, "Too few images to calibrate on")


def test_a_promise_to_each_class_names_the_class_that_is_too_rare_for_it(home):
    run = make_run_of(("clear", "f*inding*"), "rare", n_of_each=60)
    found = predictions_of(run, "val")
    finding = np.flatnonzero(found.y_true == 1)[:5]
    kept = np.sort(np.r_[np.flatnonzero(found.y_true == 0), finding])
    write_predictions(run.folder, run.config.dataset, "val", found.take(kept))
    view = {"evaluate-view": "in_clinic", "in-clinic-by-class": True}
    app = open_page("evaluate", level="full", run=run.run_id, **view)
    assert not app.exception
    assert shows(app, "Too few images to calibrate on of 'f*inding*'")
    assert not shows(app, "every set holds everything")
    assert shows(app, "No band: with fewer than 10 patients")
