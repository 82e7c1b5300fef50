"""The Explain page says first whether an image is like the training images, and what a call is worth."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.evaluation.calibration import Temperature, keep
from core.explanation.novelty import fitting, making, store
from core.explanation.novelty.records import Misses
from core.runs.predictions import weights_origin
from tests.screens import open_page, shows
from tests.trained import make_run_of

UPLOAD = "explain-upload"


@pytest.fixture
def learned(trained_alone, monkeypatch):
    """A run of few images whose reference is kept, with misses that are made up."""
    monkeypatch.setattr(fitting, "FEWEST_IMAGES", 5)
    made = making.make_reference(trained_alone, with_misses=False)
    by_score = {"energy": 0, "features": 1, "picture": 2}
    misses = (Misses(kind="mirrored", n=40, flagged=37, by_score=by_score),)
    store.keep(trained_alone, replace(made, misses=misses))
    return trained_alone


def noise():
    content = BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)).save(content, "PNG")
    return content.getvalue()


def temperature_of(run):
    return Temperature(
        value=2.0,
        is_bounded=False,
        log_loss_before=1,
        log_loss_after=1,
        error_before=0,
        error_after=0,
        n=10,
        n_patients=10,
        origin=weights_origin(run.folder, run.card.best_epoch),
    )


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_an_ordinary_film_gets_a_quiet_line_with_the_measured_misses(learned, language):
    app = open_page("explain", run=learned.run_id, language=language)
    assert not app.exception
    assert not app.error
    if language == "en":
        assert shows(app, "of 40 foreign images that were tried, this check missed 3")
        assert shows(app, "This check missed **3 of 40**: mirrored, left is right.")
        assert not shows(app, "This image looks unlike the training images.")


def test_noise_is_flagged_before_anything_else_is_said(learned):
    app = open_page("explain", level="full", run=learned.run_id)
    app.file_uploader(key=UPLOAD).set_value(("noise.png", noise(), "image/png")).run()
    assert not app.exception
    warning = next(one.value for one in app.warning if "unlike the training images" in one.value)
    assert "further out than each of the" in warning
    assert shows(app, "The training images that are nearest to it for the network.")
    assert shows(app, "What follows was counted on images that this one may not be like.")


def test_a_run_with_too_few_images_says_that_it_cannot_be_told(home):
    run = make_run_of(("a", "b"), "few")
    app = open_page("explain", run=run.run_id)
    assert not app.exception
    assert shows(app, "cannot be told. There are 8 images; to tell what is usual takes at least 20.")


def test_a_run_of_which_nobody_has_learned_yet_offers_it(home):
    run = make_run_of(("a", "b"), "unknown", n_of_each=24)
    app = open_page("explain", run=run.run_id)
    assert not app.exception
    assert app.button(key="kin-learn-start").label == "Learn what its training images look like"


def test_a_call_is_told_in_people_and_follows_the_prevalence(learned):
    app = open_page("explain", level="full", run=learned.run_id, threshold=0.0)
    assert shows(app, "Of 100 people whose image is called 'finding', the call is right for about")
    app.select_slider(key="explain-prevalence").set_value(1.0).run()
    assert not app.exception
    # All are called, so a call says nothing: it is right as often as people have it.
    assert shows(app, "the call is right for about **1** (")
    assert shows(app, "where 1.0 % have 'finding'.")
    assert shows(app, "carried over by Bayes' rule")


@pytest.mark.slow
def test_a_temperature_that_is_kept_is_shown_beside_the_raw_probability(learned):
    assert not shows(open_page("explain", run=learned.run_id), "Calibrated:")
    keep(learned, temperature_of(learned))
    app = open_page("explain", run=learned.run_id)
    assert shows(app, "For the calibrated one the network's logits were divided by the temperature 2.00")


def test_the_spread_is_named_for_what_it_is_and_its_changes_are_listed(learned):
    app = open_page("explain", level="full", run=learned.run_id)
    assert shows(app, "it is no confidence interval")
    assert shows(app, "shifted by up to 2 % of a side, turned by up to 3°")
    assert any(len(frame.value) == 24 for frame in app.dataframe)


def test_the_report_says_all_that_the_page_says_of_an_answer(learned):
    from core.explanation.checks.records import CheckCard
    from ui import answers
    from ui.explain import computed, report_page
    from ui.explain.case import Case, network_of
    from ui.explain.look import Look

    keep(learned, temperature_of(learned))
    network = network_of(learned)
    subject = answers.subject_of_sample(learned.config.dataset, answers.surest_hit(learned))
    case = Case(network, subject, computed.probabilities(network, subject), 1)
    found = computed.attribution(network, subject, "saliency", 1)
    page = report_page.page_of(case, found, Look(), CheckCard("saliency", case.class_name, ()))()
    for words in (
        "Of 100 people whose image is called",
        "it is no confidence interval",
        "Calibrated: ",
        "divided by the temperature 2",
        "of 40 foreign images that were tried, this check missed 3",
        "Taught as",
    ):
        assert words in page
    assert "**" not in page


def test_neighbours_need_no_press_where_the_training_images_are_known(learned):
    app = open_page("explain", level="full", run=learned.run_id, **{"explain-view": "neighbours"})
    assert not app.exception
    assert shows(app, "nearest training images")
    assert not [one for one in app.button if one.key == "explain-near-start"]
    known = store.stored_reference(learned)
    captions = [one.proto.imgs[0].caption for one in app.get("image")]
    assert len([one for one in captions if "distance" in one]) >= min(6, len(known.sample_ids))
