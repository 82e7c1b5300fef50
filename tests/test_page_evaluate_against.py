"""Evaluate, against another run: the very same images, the same labels, and no look that is not counted."""

from dataclasses import replace

import numpy as np

from core.datasets.store import duplicate_dataset
from core.evaluation.looks import list_looks
from core.evaluation.paired import paired_answer
from core.evaluation.paired_sentences import headline
from core.evaluation.stored import stored_predictions
from core.runs.predictions import write_predictions
from core.runs.store import open_run
from tests.compared import make_compared
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny
from tests.trained import make_run_of

VIEW = {"evaluate-view": "against"}


def test_images_that_one_of_the_two_has_no_usable_answer_to_are_left_out_of_both(home):
    write_tiny(n_images=96)
    one, other = make_compared("first", luck=1), make_compared("second", luck=2, gain=3.0)
    found = stored_predictions(other)
    broken = found.y_score.copy()
    broken[:3] = np.nan
    write_predictions(other.folder, "tiny", "val", replace(found, y_score=broken, logits=broken))
    app = open_page("evaluate", level="full", run=one.run_id, **VIEW)
    assert not app.exception
    assert not app.error
    assert shows(app, "3 images are left out here")
    kept = stored_predictions(one)
    kept = kept.take(np.isin(kept.sample_ids, found.sample_ids[3:]))
    answer = paired_answer(kept, found.take(np.arange(found.n_samples) >= 3))
    assert shows(app, str(headline(answer, "auroc", one="first", other="second")))


def test_a_number_in_brackets_says_of_which_class_it_is(home):
    write_tiny(n_images=96)
    one = make_compared("first", luck=1)
    make_compared("second", luck=2)
    app = open_page("evaluate", level="full", run=one.run_id, **VIEW)
    positive = one.card.positive_class
    assert shows(app, f"In brackets: the probability of '{positive}'.")


def test_elsewhere_the_look_of_the_other_run_is_counted_too_and_what_it_learned_from_is_said(home):
    one = make_run_of(("healthy", "ill"), "one")
    other = make_run_of(("healthy", "ill"), "other")
    duplicate_dataset("other-data", "elsewhere")
    app = open_page("evaluate", level="full", run="one", **VIEW)
    app.segmented_control(key="evaluate-where").set_value("other").run()
    app.selectbox(key="evaluate-other-data").set_value("elsewhere").run()
    app.button(key="evaluate-other-start").click().run()
    app.selectbox(key="against-run").set_value("other").run()
    assert [look.dataset for look in list_looks(one)] == ["elsewhere"]
    assert list_looks(other) == []
    app.button(key="against-other-start").click().run()
    assert not app.exception
    assert [look.dataset for look in list_looks(open_run("other"))] == ["elsewhere"]
    assert shows(app, "Of 'other': ")
    assert shows(app, "the network has learned from")
    app.run()
    assert len(list_looks(open_run("other"))) == 1  # the same visitor, the same look
