"""The view "Can I trust this map?": its card, the checks run from it, and the summary of one line."""

import json

import pytest

from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.records import CheckCard, CheckLine
from core.language import Message
from tests.screens import open_page, shows
from ui.explain.trust_summary import summary_line


def open_card(run, **session):
    return open_page(
        "explain",
        level="full",
        run=run.run_id,
        **{"explain-view": "trust", "explain-method": "saliency", **session},
    )


def test_checks_are_offered_with_their_time_and_run_one_by_one(trained):
    app = open_card(trained)
    assert not app.exception
    assert not app.error
    assert shows(app, "No check of this map has been tried")
    for name, spec in CHECKS.items():
        assert shows(app, spec.asks), name
        assert app.button(key=f"trust-try-{name}")
    app.button(key="trust-try-noise").click().run()
    assert not app.exception
    assert not app.error
    assert shows(app, "fails from 0.50 up")
    assert shows(app, CHECKS["noise"].source)
    assert shows(app, CHECKS["noise"].threshold_reason)
    with pytest.raises(KeyError):
        app.button(key="trust-try-noise")
    assert app.button(key="trust-try-deletion")
    assert shows(app, "Run the other 6")


def test_the_whole_card_is_drawn_scored_against_the_truth_and_taken_home(trained):
    app = open_card(trained)
    app.button(key="trust-run").click().run()
    assert not app.exception
    assert not app.error
    with pytest.raises(KeyError):
        app.button(key="trust-run")
    titles = [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart")]
    assert any("forgotten" in title for title in titles)
    assert shows(app, "SIMULATED")
    assert {metric.label for metric in app.metric} >= {
        "Pointing game",
        "Share of the map inside",
        "Overlap (IoU)",
    }
    assert {button.key for button in app.get("download_button")} >= {
        "trust-download-csv",
        "trust-download-json",
    }


def line(name, outcome, sentence="It does."):
    number = None if outcome == "not tried" else 0.5
    texts = Message(text="done"), Message(text="source"), Message(text=sentence)
    return CheckLine(name, texts[0], number, outcome, number, texts[1], texts[2])


def test_a_card_in_one_line_says_what_failed_first_and_never_that_it_passed():
    good, none = line("noise", "no failure found"), line("convergence", "not tried")
    bad = line("deletion", "failed", "It marks nothing.")
    assert summary_line(CheckCard("saliency", "a", (good, bad, none))) == (
        "1 of 2 checks failed. Deletion: It marks nothing."
    )
    assert summary_line(CheckCard("saliency", "a", (bad,))) == (
        "The one check that was tried failed. Deletion: It marks nothing."
    )
    assert summary_line(CheckCard("saliency", "a", (good, none))) == (
        "One check tried, and no failure found. That does not prove the map right."
    )
    assert "nobody knows" in summary_line(CheckCard("saliency", "a", (none,)))
