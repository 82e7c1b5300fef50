"""`evaluate` on the command line: all numbers, its notes in words, and a threshold for each class."""

import json
import sys

import pytest

from core.cli.main import run as run_command
from core.evaluation.predictions import predictions_of
from core.evaluation.records import METRICS
from core.evaluation.report import evaluate
from tests.trained import make_run_of


@pytest.fixture
def command(home, monkeypatch, capsys):
    made = make_run_of(("a", "b", "c"), "three")

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["core", "evaluate", made.run_id, *words])
        with pytest.raises(SystemExit) as ended:
            run_command()
        return ended.value.code or 0, *capsys.readouterr()

    return command


def test_no_metric_is_dropped_overall_or_of_a_class(command):
    _, out, _ = command("--json")
    record = json.loads(out)
    assert set(record["metrics"]) == set(METRICS)
    assert {
        name: set(METRICS) - set(metrics) for name, metrics in record["per_class"].items()
    } == dict.fromkeys("abc", {"auroc_micro"})
    _, out, _ = command()
    assert out.count("  kappa: value ") == 4


def test_notes_and_reasons_stand_there_in_words(command):
    _, out, _ = command("--threshold", "1,1,0")
    assert "The patient of 12 images is not known" in out
    assert "reason No image is called 'a, b', and without one it can't be measured." in out
    assert "confusion_matrix: [0, 0, 4], [0, 0, 4], [0, 0, 4]" in out
    assert "{" not in out


def test_each_class_has_a_threshold_of_its_own(command):
    _, out, _ = command("--threshold", "0.5,0.2,0.5", "--json")
    from core.runs.store import open_run

    expected = evaluate(predictions_of(open_run("three"), "val"), threshold=(0.5, 0.2, 0.5))
    record = json.loads(out)
    assert record["thresholds"] == [0.5, 0.2, 0.5]
    assert record["confusion_matrix"] == [list(row) for row in expected.confusion_matrix]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0.3", "With 3 classes one threshold changes nothing"),
        ("0.3,0.5", "There are 3 classes, and so one threshold or"),
        ("1.5,0,0", "not in the range 0<=x<=1"),
        ("nan", "not in the range 0<=x<=1"),
        ("half", "'half' is no number"),
    ],
)
def test_a_threshold_that_would_do_nothing_is_refused_in_one_sentence(command, value, words):
    code, out, err = command("--threshold", value)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
