"""The numbers of an evaluation on the page: each with its interval and how it comes about, and as a file."""

import csv
import io

import numpy as np
import pytest

from core.datasets.choosing import csv_text
from core.evaluation.metric_table import HEADER, rows
from core.evaluation.records import GROUPS, METRICS, MetricValue
from core.evaluation.report import evaluate
from core.evaluation.sentences import worked_out
from core.evaluation.stored import stored_predictions
from core.language import language
from core.runs.predictions import Predictions
from core.runs.store import DEMO_RUN, open_run
from tests.screens import open_page, shows, texts
from ui.evaluate.numbers_bar import bar, scale


def of_three() -> Predictions:
    rng = np.random.default_rng(0)
    y_true = np.arange(30) % 3
    return Predictions.from_logits(
        rng.normal(size=(30, 3)) + np.eye(3)[y_true],
        y_true=y_true,
        sample_ids=np.arange(30),
        patient_ids=None,
        class_names=("=cmd()", "<b>b</b>", "c"),
        positive_class=None,
    )


@pytest.mark.parametrize("code", ["en", "zh_Hans"])
def test_each_number_stands_there_and_says_how_it_comes_about(code: str) -> None:
    app = open_page("evaluate", level="full", language=code, **{"evaluate-view": "numbers"})
    found = stored_predictions(open_run(DEMO_RUN), "val")
    assert found is not None
    assert not app.exception
    assert not app.error
    evaluation = evaluate(found)
    with language(code):
        for name in evaluation.metrics:
            assert shows(app, str(worked_out(name, evaluation))), name


def test_the_figure_says_which_numbers_it_leaves_out() -> None:
    app = open_page("evaluate", level="full", **{"evaluate-view": "numbers"})
    app.slider(key="threshold").set_value(1.0).run()
    words = next(text for text in texts(app) if text.startswith("Not drawn here"))
    assert words.endswith(
        ": Positive predictive value, Matthews correlation, Cohen's kappa, Log loss, Brier score,"
        " Calibration error."
    )


def test_the_numbers_follow_the_threshold() -> None:
    app = open_page("evaluate", level="full", **{"evaluate-view": "numbers"})
    found = stored_predictions(open_run(DEMO_RUN), "val")
    assert found is not None
    app.slider(key="threshold").set_value(0.3).run()
    assert shows(app, str(worked_out("kappa", evaluate(found, threshold=0.3))))
    assert not shows(app, str(worked_out("kappa", evaluate(found, threshold=0.5))))


def test_the_file_has_each_number_of_each_class_and_says_what_it_is_not_for() -> None:
    evaluation = evaluate(of_three())
    text = csv_text(HEADER, rows(evaluation)).decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    assert len(table) == len(METRICS) + 3 * (len(METRICS) - 1)
    assert {row["notice"] for row in table} == {"For teaching and demonstration, not for diagnosis"}
    own = next(row for row in table if row["metric"] == "sensitivity" and row["class"] == "c")
    value = evaluation.per_class["c"]["sensitivity"]
    assert (float(own["value"]), int(own["n"])) == (pytest.approx(value.value, rel=1e-5), 10)
    assert all(not row["class"].startswith("=") for row in table)  # no cell is a formula


def test_every_metric_belongs_to_a_question() -> None:
    assert {spec.group for spec in METRICS.values()} == set(GROUPS)


def test_an_interval_is_drawn_where_it_lies_on_the_scale_of_its_metric() -> None:
    shown = bar("mcc", MetricValue(value=0.0, low=-0.5, high=0.5, n=9, method="bootstrap_by_image"))
    assert "left:25.0%;width:50.0%" in shown
    assert "<b style='left:50.0%'>" in shown
    assert scale("log_loss", MetricValue(value=2.3, low=1, high=3.4, n=9)) == (0, 4)
    nothing = bar("ppv", MetricValue(value=None, n=0))
    assert "not defined" in nothing
    assert "<b " not in nothing
