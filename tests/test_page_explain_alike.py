"""Explain at Full: neighbours and opposites, and the league of methods."""

import numpy as np
import pytest

from core.evaluation.embeddings import embeddings_of
from core.evaluation.neighbours import nearest
from core.experiments import league
from core.experiments.league_records import league_request
from core.explanation.league.rivals import RIVALS
from core.explanation.league.table import shipped_league
from tests.screens import open_page, shows, texts
from tests.trained import make_run_of

HOSTILE = '<img src="x" onerror="alert(1)"> **b**'


def view(name, run, **session):
    return open_page("explain", level="full", run=run.run_id, **{"explain-view": name}, **session)


def test_the_nearest_training_images_are_those_of_the_embedding(trained_alone):
    run = trained_alone
    app = view("neighbours", run)
    app.button(key="explain-near-start").click().run()
    assert not app.exception
    ours, bank = embeddings_of(run, "val"), embeddings_of(run, "train")
    feature = ours.features[ours.sample_ids == app.session_state["explain-sample"]]
    captions = [one.proto.imgs[0].caption for one in app.get("image")]
    shown = [one.split("distance ")[1] for one in captions if "distance" in one]
    assert shown[:6] == [f"{distance:.3g}" for distance in nearest(feature, bank.features, 6)[1][0]]
    assert shows(app, "The nearest that were not taught as")


def test_a_search_for_what_flips_tells_what_it_found(trained):
    app = view("neighbours", trained, **{"explain-alike": "flip"})
    app.button(key="explain-flip-start").click().run()
    assert not app.exception
    found = app.session_state["explain-flip-found"][1]
    said = " ".join(texts(app))
    if found.mask is None:
        assert "No region that was tried flips the answer." in said
    else:
        assert f"{100 * found.area:.1f} % of the image" in said
    assert str(found.n_tried) in said


def test_a_network_alone_says_so_and_two_are_held_against_each_other(home):
    one = make_run_of(("a", HOSTILE), "first")
    app = view("neighbours", one, **{"explain-alike": "differ"})
    assert shows(app, "There is no other run with the same classes")
    other = make_run_of(("a", HOSTILE), "second")
    app = view("neighbours", one, **{"explain-alike": "differ"})
    assert not app.exception
    assert app.selectbox(key="explain-differ-run").options == [other.run_id]
    assert shows(app, "The two maps do not differ")  # the same random weights
    assert shows(app, "100 % in common")


def test_the_league_that_ships_is_shown_with_chance(trained):
    shipped = shipped_league()
    assert shipped is not None
    app = view("league", trained)
    assert not app.exception
    network = next(one for one in shipped.networks if one.model == "small_cnn")
    assert shows(app, f"finds {network.skill.n_found} of the {shipped.n_images} findings")
    assert shows(app, f"chance: {100 * shipped.area:.1f} %")
    assert shows(app, "Phantoms are not patients")


def test_a_data_set_without_masks_cannot_be_measured(home):
    run = make_run_of(("a", "b"), "first")
    app = view("league", run, **{"explain-league-where": "own"})
    assert not app.exception
    assert shows(app, "nobody knows where the truth lies")


@pytest.mark.slow
def test_a_run_is_measured_on_its_validation_images(trained_alone):
    run = trained_alone
    request = league_request(run, most=3).model_copy(update={"methods": ("saliency", "grad_cam")})
    told = []

    class QuietJob:
        def report(self, fraction, message):
            told.append(fraction)

        def check_stop(self):
            pass

    table = league.play(request, QuietJob()).league
    assert table.n_images == 3
    assert [row.method for row in table.networks[0].rows] == ["saliency", "grad_cam"]
    assert [row.method for row in table.rivals] == list(RIVALS)
    assert all(row.pointing.n == 3 for row in table.networks[0].rows)
    assert told == sorted(told)
    assert told[-1] == 1
    split = run.split()
    val = split.loc[split["split"] == "val", "sample_id"]
    assert table.networks[0].skill.n_images == len(val)
    assert np.isfinite(table.area)
