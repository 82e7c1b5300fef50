"""The section "Break it": its switches, what it says of one image, and the scores it shows."""

import json
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.store import open_dataset
from core.evaluation.predictions import predict_images
from core.experiments.asking import folder_of, keep
from core.experiments.break_records import BreakRequest, BreakResult, BreakScore, Score, weights_of
from core.experiments.breaks import BREAKS
from core.figures.breaks import AnswerChange, DamageRow, answer_change, damages
from core.figures.leak import Estimate
from core.figures.theme import alt_of
from core.language import Message
from core.runs.checkpoints import load_model
from core.runs.store import DEMO_RUN, open_run
from tests.screens import shows, texts
from tests.tiny_dataset import write_tiny
from tests.trained import FILMS, make_run_of


def _script():
    import streamlit as st

    from core.datasets.store import open_dataset
    from core.language import set_language
    from ui.preprocessing.break_view import break_section

    set_language(st.session_state["language"])
    break_section(open_dataset(st.session_state["shown"]).info, 2)


def open_section(dataset_id, *breaks, level="basic", language="en"):
    app = AppTest.from_function(_script, default_timeout=60)
    app.session_state["shown"], app.session_state["level"] = dataset_id, level
    app.session_state["language"] = language
    app.session_state["preprocess-breaks"] = list(breaks)
    app.run()
    assert not app.exception and not app.error
    return app


def titles(app):
    return [text for text in texts(app) if text.startswith("The answer")]


def test_nothing_is_broken_before_a_mistake_is_chosen(trained):
    app = open_section(FILMS)
    assert shows(app, "Nothing is broken.")
    assert not app.get("plotly_chart") and not app.get("image")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("level", ["basic", "full"])
def test_all_mistakes_at_once_are_told_in_every_language_and_level(trained, language, level):
    app = open_section(FILMS, *BREAKS, level=level, language=language)
    assert app.get("plotly_chart")


def test_each_mistake_says_what_it_did_to_this_image(trained):
    app = open_section(FILMS, "forget_monochrome1", "foreign_statistics")
    assert shows(app, "as if it had come as MONOCHROME1")
    own = trained.card.statistics
    assert shows(app, f"0.4490 and 0.2260, instead of {own.mean[0]:.4f} and {own.std[0]:.4f}.")
    assert len(titles(app)) == 1


def test_the_answer_is_the_networks_own_to_the_broken_image(trained):
    app = open_section(FILMS, "forget_monochrome1")
    film = open_dataset(FILMS).image(2)
    asked = predict_images(load_model(trained), [film, replace(film, inverted=not film.inverted)])
    expected = asked[:, trained.card.class_names.index("finding")]
    (answer,) = (chart for chart in app.get("plotly_chart") if "The answer" in chart.proto.spec)
    ends = {trace.get("name"): trace["x"] for trace in json.loads(answer.proto.spec)["data"]}
    assert (ends["as it should be"][0], ends["broken"][0]) == pytest.approx(tuple(expected), abs=1e-5)


def test_what_cannot_be_broken_here_is_shown_on_another_machines_picture(trained):
    app = open_section(FILMS, "swapped_channels")
    assert shows(app, "This picture is grey: there are no colours to be swapped.")
    assert shows(app, "Where it does harm")
    assert not titles(app)


def test_without_a_network_the_picture_alone_is_broken_and_the_page_says_why(home):
    write_tiny("greys")
    app = open_section("greys", "wrong_window")
    assert shows(app, "No network has been trained on this data set yet")
    assert app.button(key="preprocess-break-train")
    assert len(app.get("image")) == 3
    assert not titles(app) and not shows(app, "Score every mistake")


def test_a_class_name_is_never_markup(home):
    run = make_run_of(("<b>one</b>", "two"), "marked")
    app = open_section(run.config.dataset, "forget_monochrome1")
    (title,) = titles(app)
    assert "<b>" not in title


def test_at_full_the_lender_of_the_statistics_can_be_chosen(trained):
    app = open_section(FILMS, "foreign_statistics", level="full")
    app.selectbox(key=f"preprocess-break-other-{FILMS}").set_value("mnist").run()
    assert shows(app, "MNIST (handwritten digits), 0.1307 and 0.3081")


def test_kept_scores_are_shown_worst_first_with_the_answers_that_changed(home):
    run = open_run(DEMO_RUN)
    info = open_dataset("phantoms").info
    sets = tuple((name,) for name in BREAKS)
    request = BreakRequest(run=run.run_id, weights=weights_of(run), dataset_revision=info.revision, sets=sets)
    keep(folder_of("breaks", request), made_up(sets))
    app = open_section("phantoms")
    assert shows(app, "1 of 7 mistakes make the AUROC worse; the worst: Wrong window")
    assert shows(
        app, "With 'Stretch the picture' it is nearly the same, and yet 63 of 121 answers are others"
    )
    assert shows(app, "Called 'finding': 64 images with nothing broken, 1 with 'Stretch the picture'.")
    assert app.button(key="preprocess-breaks-every-again")
    (table,) = app.table
    assert table.value.iloc[0].tolist() == ["Wrong window", "0.69 (0.55 to 0.83)", "57 of 121", "worse"]


def made_up(sets):
    right = Score(auroc=0.94, low=0.85, high=0.99, n_positive=64)
    facts = {
        "wrong_window": (Score(auroc=0.69, low=0.55, high=0.83, n_positive=121), -0.25, 57, "worse"),
        "aspect_ratio": (Score(auroc=0.92, low=0.81, high=0.99, n_positive=1), -0.02, 63, "no change"),
    }
    scores = []
    for names in sets:
        score, difference, n_changed, verdict = facts.get(names[0], (right, 0.0, 0, "untouched"))
        ends = {"low": difference - 0.05, "high": difference + 0.05}
        scores.append(
            BreakScore(
                breaks=names,
                score=score,
                difference=difference,
                n_touched=121,
                n_answers_changed=n_changed,
                verdict=verdict,
                **ends,
            )
        )
    return BreakResult(
        right=right,
        scores=tuple(scores),
        n_images=121,
        n_available=121,
        n_patients=60,
        positive_class="finding",
    )


def test_the_numbers_of_an_answer_stand_apart_where_they_are_close():
    changes = [AnswerChange("near", 0.50, 0.45), AnswerChange("far", 0.1, 0.9)]
    figure = answer_change(changes, title=Message(text="t"), threshold=0.5)
    ends = {trace.name: trace for trace in figure.data}
    assert list(ends["as it should be"].textposition) == ["bottom right", "bottom center"]
    assert list(ends["broken"].textposition) == ["bottom left", "bottom center"]
    assert alt_of(figure) == "near: 0.50 → 0.45; far: 0.10 → 0.90"


def test_a_damage_is_drawn_with_its_interval_and_a_missing_one_is_named():
    one = DamageRow("one", Estimate(-0.3, -0.5, -0.1), is_worse=True)
    figure = damages([one, DamageRow("two", None, is_worse=False)], title=Message(text="t"))
    assert list(figure.data[0].x) == [-0.5, -0.1]
    assert alt_of(figure) == "one: -0.30 (-0.50 to -0.10); two: not defined"
    low, high = figure.layout.xaxis.range
    assert low < -0.5 and high > 0
    assert figure.layout.shapes[0].x0 == 0
