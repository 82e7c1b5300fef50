"""You against the model: both passes are read, nothing leaks before its time, and the result adds up."""

import numpy as np
import pytest

from core.datasets.store import DatasetDraft, NewSample, delete_dataset, write_dataset
from core.images.records import MedicalImage
from core.language import language
from core.lessons import load_lesson
from core.reading import drawing, store
from core.reading.readers import agreement
from core.reading.records import Answer
from core.reading.store import add_reader, end_pass, list_readers, list_readings, record
from core.runs.store import delete_run
from tests.screens import open_page, shows, texts
from tests.trained import make_run_of
from ui.reading import state
from ui.reading.together_view import agreement_sentences


@pytest.fixture
def run(trained, tmp_path, monkeypatch):
    """The demo run in small; what is read is kept elsewhere."""
    monkeypatch.setattr(store, "readings_dir", lambda: tmp_path / "readings")
    monkeypatch.setattr(state, "QUIET_SECONDS", 0)
    return trained


def begin(**session):
    app = open_page("reading", **session)
    app.button(key="reading-begin").click().run()
    assert not app.exception
    assert not app.error
    return app, list_readings().plans[0]


def read_on(app, ratings):
    for rating in ratings:
        app.button(key=f"reading-rate-{rating}").click().run()
    assert not app.exception
    return app


def told(app):
    """All that a browser is sent, and all that the session keeps."""
    sent = " ".join(str(node.proto) for node in app.main if hasattr(node, "proto"))
    sent += " ".join(texts(app)) + str(dict(app.query_params))
    return sent + str(app.session_state)


@pytest.mark.parametrize("code", ["en", "zh_Hans"])
def test_both_passes_are_read_to_the_result(run, code):
    with language(code):  # AppTest asks for the options' words outside of the page
        app, plan = begin(language=code)
        read_on(app, [6] * plan.n)
        app.button(key="reading-end").click().run()
        assert list_readers(plan.reading)[0].now == 2
        read_on(app, [1] + [6] * (plan.n - 1))
        app.button(key="reading-end").click().run()
    assert not app.exception
    assert not app.error
    assert list_readers(plan.reading)[0].now is None
    assert app.metric[0].value == (f"1 of {plan.n}" if code == "en" else f"1 / {plan.n}")
    assert len(app.get("download_button")) == 2
    assert shows(app, "Not for diagnosis" if code == "en" else "不用于诊断")


def test_nothing_of_the_truth_or_the_network_is_told_in_the_blind_pass(run):
    app, plan = begin(level="basic")
    positive = plan.positive_class
    for rating in [1, 6] * plan.n:
        said = told(app)
        assert "no finding" not in said  # a label; the question names the other class alone
        assert "robability" not in said
        for sample_id, label in zip(plan.cases, plan.labels, strict=True):
            assert f"truly '{label}'" not in said
            assert f"/{sample_id}." not in said
        if shows(app, "are answered"):
            break
        assert shows(app, f"Does this image show '{positive}'?")
        app.button(key=f"reading-rate-{rating}").click().run()
    assert shows(app, "are answered")


def test_the_blind_pass_needs_neither_the_network_nor_the_labels(run, monkeypatch):
    app, _plan = begin()
    monkeypatch.setattr("ui.reading.material.cases", None)  # calling it would fail
    monkeypatch.setattr("ui.answers.predictions", None)
    read_on(app, [3, 4])
    assert not app.error


def test_an_answer_can_be_changed_before_the_end_and_a_pause_keeps_the_place(run):
    app, plan = begin()
    read_on(app, [2])
    app.button(key="reading-back").click().run()
    app.button(key="reading-rate-5").click().run()
    reader = list_readers(plan.reading)[0]
    first = drawing.order_of(plan, reader.reader, 1)[0]
    assert reader.answers[1][first].called == plan.class_names.index(plan.positive_class)
    app.button(key="reading-pause").click().run()
    assert shows(app, "blind: 1 of")
    app.button(key=f"reading-as-{reader.reader}").click().run()
    assert shows(app, "case 2 of")


def test_the_address_lets_another_read_the_same_cases_and_compares_them(run):
    _app, plan = begin()
    readers = [
        list_readers(plan.reading)[0],
        add_reader(plan.reading, "B <b>&"),
        add_reader(plan.reading, "C"),
    ]
    for n, reader in enumerate(readers):
        for case in range(plan.n):
            answer = Answer(
                at=store.now(), pass_number=1, case=case, called=(case + n) % 2, confidence=2, seconds=1
            )
            record(plan, reader.reader, answer)
        end_pass(plan, reader.reader, 1)
        end_pass(plan, reader.reader, 2)
    other = open_page("reading", **{"reading-code": plan.reading})
    assert shows(other, "has read all")
    other.button(key=f"reading-as-{readers[1].reader}").click().run()
    assert not other.exception
    assert not other.error
    assert shows(other, "3 readers: Cohen's kappa")
    assert shows(other, "Fleiss' kappa")
    charts = " ".join(chart.proto.spec for chart in other.get("plotly_chart"))
    assert "<b>&" not in charts.replace("\\u003c", "<")  # somebody's name is no markup


def test_a_code_that_is_none_is_told_and_begins_anew(run):
    app = open_page("reading", **{"reading-code": "../../etc"})
    assert shows(app, "There is no reading")
    assert app.button(key="reading-begin")
    assert "reading" not in app.query_params


def test_a_reading_can_be_deleted(run):
    app, plan = begin()
    app.button(key="reading-pause").click().run()
    app.button(key="reading-delete").click().run()
    assert list_readings().plans == ()
    assert app.button(key="reading-begin")
    assert plan.n


def test_an_empty_name_is_refused_before_anything_is_kept(run):
    app = open_page("reading")
    app.text_input(key="reading-name-0").set_value("  ").run()
    app.button(key="reading-begin").click().run()
    assert shows(app, "A reader needs a name")
    assert list_readings().plans == ()


def test_the_lesson_is_there(run):
    assert shows(open_page("reading"), load_lesson("reading", "en").question)


@pytest.mark.parametrize("n_classes", [3, pytest.param(8, marks=pytest.mark.slow)])
def test_several_classes_of_any_name_are_read_with_a_class_and_a_confidence(home, monkeypatch, n_classes):
    monkeypatch.setattr(state, "QUIET_SECONDS", 0)
    names = ("a <b>", "c & *d*", *(f"k{n}" for n in range(n_classes - 2)))
    made = make_run_of(names, "noise", n_of_each=4)
    app, plan = begin(run=made.run_id)
    assert plan.class_names == names
    for number in (1, 2):
        for _case in range(plan.n):
            choice = (app.radio if n_classes == 3 else app.selectbox)[0]
            if number == 1:
                assert choice.value is None  # none is chosen for the reader
                assert app.button(key="reading-rate-2").disabled
                choice.set_value(choice.options[1] if n_classes == 8 else 1).run()
            read_on(app, [2])
        app.button(key="reading-end").click().run()
        assert not app.exception
    assert not app.error
    assert shows(app, "Where you and the network disagreed")
    assert "Accuracy" in app.table[0].value.columns
    html = " ".join(block.proto.body for block in app.get("html"))
    assert "<b>" not in html


def test_the_second_press_of_a_double_click_answers_nothing(run, monkeypatch):
    monkeypatch.setattr(state, "QUIET_SECONDS", 3600)
    app, plan = begin()
    read_on(app, [5, 5, 5])
    assert len(list_readers(plan.reading)[0].answers[1]) == 1
    assert shows(app, "case 2 of")


def test_no_case_is_asked_about_whose_image_is_gone_or_another(home):
    made = make_run_of(("a", "b", "c"), "noise", n_of_each=4)
    app, plan = begin(run=made.run_id)
    delete_dataset(plan.dataset)
    app.run()
    assert shows(app, "The images are gone")
    assert "reading-rate-1" not in {button.key for button in app.button}
    assert app.button(key="reading-pause")
    black = MedicalImage(np.zeros((20, 20), dtype=np.uint8), (0, 255))
    samples = [NewSample(black, label) for label in "abc" * 4]
    write_dataset(DatasetDraft(dataset_id=plan.dataset, title="Other", source="folders"), samples)
    app.run()
    assert shows(app, "other images have its name now")
    assert "reading-rate-1" not in {button.key for button in app.button}


def test_the_thresholds_of_several_classes_count_here_too(home):
    made = make_run_of(("a", "b", "c"), "noise", n_of_each=4)
    _app, plan = begin(run=made.run_id)
    reader = list_readers(plan.reading)[0].reader
    for case in range(plan.n):
        record(
            plan, reader, Answer(at=store.now(), pass_number=1, case=case, called=0, confidence=2, seconds=1)
        )
    end_pass(plan, reader, 1)
    end_pass(plan, reader, 2)
    always_a = [0.001, 0.999, 0.999]
    session = {"reading-code": plan.reading, "reading-reader": reader}
    app = open_page("reading", level="full", **session, **{"evaluate-thresholds-noise": always_a})
    assert shows(app, "thresholds of the classes that were set on Evaluate")
    assert shows(app, f"Where you and the network disagreed: 0 of {plan.n}")


def test_where_the_run_is_gone_the_result_says_so_and_lets_the_reader_out(home):
    made = make_run_of(("a", "b", "c"), "noise", n_of_each=4)
    app, plan = begin(run=made.run_id)
    reader = list_readers(plan.reading)[0].reader
    for case in range(plan.n):
        record(
            plan, reader, Answer(at=store.now(), pass_number=1, case=case, called=0, confidence=2, seconds=1)
        )
    end_pass(plan, reader, 1)
    end_pass(plan, reader, 2)
    delete_run(made)
    app.run()
    assert shows(app, "was deleted, and what it said about these cases went with it")
    app.button(key="reading-out").click().run()
    assert shows(app, "has read all")


def test_readers_of_whom_two_gave_one_class_have_no_mean_kappa():
    found = agreement(["A", "B", "C"], np.array([[1, 1, 1, 1], [1, 1, 1, 1], [1, 0, 1, 0]]), 2)
    with language("en"):
        sentences = agreement_sentences(found)
    assert sentences[0].startswith("3 readers: no average of the pairs")
    assert "Fleiss" in sentences[1]
