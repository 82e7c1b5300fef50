"""The views of Evaluate for groups of patients and for another run: what they say is core's."""

import csv
from io import StringIO

import pytest

from core.datasets.store import open_dataset
from core.evaluation.paired import disagreements, paired_answer
from core.evaluation.paired_sentences import headline
from core.evaluation.stored import stored_predictions
from core.evaluation.subgroup_values import attributes_of
from core.evaluation.subgroups import Subgroups
from core.language import language as speaking
from tests.compared import make_compared
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny
from ui import answers
from ui.evaluate.judged import Judged
from ui.evaluate.subgroups import _csv


def open_view(name, run, *, language="en", **session):
    return open_page(
        "evaluate", level="full", language=language, run=run.run_id, **{"evaluate-view": name}, **session
    )


@pytest.fixture
def two_runs(home):
    write_tiny(n_images=96)
    return make_compared("first", luck=1), make_compared("second", luck=2, gain=3.0)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_groups_say_what_core_says(trained, language):
    app = open_view("subgroups", trained, language=language)
    assert not app.exception
    found = stored_predictions(trained)
    attributes = attributes_of(open_dataset("films"), found.sample_ids)
    table = Subgroups(found, attributes).at(0.5)
    shown = app.dataframe[0].value
    assert shown.shape[0] == len(table.groups)
    assert shown.iloc[:, 2].tolist() == [group.n_samples for group in table.groups]


@pytest.mark.parametrize(("metric", "said"), [("sensitivity", "0.25"), ("auroc", "")])
def test_a_file_of_groups_says_at_which_threshold_it_was_counted(trained, metric, said):
    found = stored_predictions(trained)
    table = Subgroups(found, attributes_of(open_dataset("films"), found.sample_ids)).at(0.25, metric)
    lines = list(csv.reader(StringIO(_csv(table, Judged(trained.run_id, "val"), 0.25).decode("utf-8-sig"))))
    assert lines[0][-1] == "threshold"
    assert {line[-1] for line in lines[1:-1]} == {said}


def test_the_threshold_moves_the_groups(trained):
    app = open_view("subgroups", trained, **{"subgroups-metric": "sensitivity"})
    app.slider(key="threshold").set_value(0.0).run()
    assert not app.exception
    table = app.dataframe[0].value
    assert {cell.split(" ")[0] for cell in table.iloc[:, 5] if cell[0].isdigit()} == {"1.00"}


def test_a_data_set_that_knows_nothing_of_its_images_says_so(two_runs):
    app = open_view("subgroups", two_runs[0])
    assert not app.exception
    assert shows(app, "Nothing is known of these images")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_another_run_is_held_against_this_one_on_the_same_images(two_runs, language):
    one, other = two_runs
    app = open_view("against", one, language=language)
    assert not app.exception
    assert not app.error
    pair = stored_predictions(one), stored_predictions(other)
    answer = paired_answer(*pair)
    with speaking(language):
        assert shows(app, str(headline(answer, "auroc", one="first", other="second")))
    n = len(disagreements(*pair))
    assert shows(app, f"{n}")


def test_one_threshold_moves_both_runs(two_runs):
    one, other = two_runs
    app = open_view("against", one)
    app.slider(key="threshold").set_value(0.0).run()
    assert not app.exception
    assert shows(app, f"They call all {stored_predictions(one).n_samples} images alike.")
    for run in two_runs:
        assert shows(app, f"{run.run_id}, as decided now: sensitivity 1.00, specificity 0.00")


def test_a_run_on_other_images_is_not_offered(two_runs):
    write_tiny("others")
    alone = make_compared("third", dataset="others")
    app = open_view("against", alone)
    assert not app.exception
    assert shows(app, "No other run was judged on the same images")


def test_the_seal_of_the_other_run_is_not_broken_by_looking(two_runs):
    from core.evaluation.looks import n_looks
    from tests.compared import answer

    one, other = two_runs
    for run in two_runs:
        answer(run, split="test")
    app = open_view("against", one, opened=[answers.seal_of(one)], **{"evaluate-split": "test"})
    assert not app.exception
    assert shows(app, "is still sealed")
    assert n_looks(other) == 0


def test_where_the_data_set_is_another_one_now_nothing_is_said_of_its_patients_and_no_picture_is_shown(home):
    from core.datasets.store import delete_dataset

    write_tiny(n_images=96)
    one = make_compared("first", luck=1)
    make_compared("second", luck=2, gain=3.0)
    delete_dataset("tiny")
    assert shows(open_view("subgroups", one), "The data set 'tiny' is no longer there")
    write_tiny(n_images=80)
    for name in ("subgroups", "against"):
        app = open_view(name, one)
        assert not app.exception
        assert not app.error
        assert shows(app, "The data set 'tiny' is no longer the one that was judged")
        assert not app.get("imgs")
