"""What is asked before and around a run, on a page: the rate finder, the estimate, the folds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.store import delete_dataset, open_dataset
from core.experiments import folds, folds_worker
from core.experiments.asking import folder_of, keep
from core.experiments.estimate_records import ESTIMATE, EstimateRequest, Span
from core.experiments.rate_records import RATE, RateCurve, RateRequest
from core.figures.rate_finder import rate_words
from core.jobs import control
from core.training.config import TrainingConfig, parse_config
from tests.screens import shows, texts
from tests.test_experiments_estimate import MEASURED
from tests.tiny_dataset import write_tiny
from ui.estimate_view import duration, size

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 2,
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
}


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingConfig:
    """Of a data set that is there; no process is started."""
    write_tiny()
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    return parse_config(CONFIG)


def opened(show: Callable[..., None], **session: Any) -> AppTest:
    app = AppTest.from_function(show, default_timeout=30)
    for key, value in ({"language": "en", "level": "full"} | session).items():
        app.session_state[key] = value
    return app.run()


def rate_page() -> None:
    import streamlit as st

    from core.training.config import parse_config
    from tests.test_ui_around_a_run import CONFIG
    from ui.rate_finder_view import rate_finder
    from ui.session import use_language

    use_language()
    st.session_state.setdefault("used", [])
    accepted = rate_finder(parse_config(CONFIG), key="finder", on_use=st.session_state["used"].append)
    st.session_state["accepted"] = accepted


def estimate_page() -> None:
    from core.training.config import parse_config
    from tests.test_ui_around_a_run import CONFIG
    from ui.estimate_view import estimate_line
    from ui.session import use_language

    use_language()
    estimate_line(parse_config(CONFIG), key="estimate")


def folds_page() -> None:
    from core.training.config import parse_config
    from tests.test_ui_around_a_run import CONFIG
    from ui import cache
    from ui.folds_view import folds_section
    from ui.session import use_language

    use_language()
    folds_section(cache.dataset("tiny").info, parse_config(CONFIG), key="folds")


def answer_rate(config: TrainingConfig, **changes: Any) -> None:
    request = RateRequest.of(config, open_dataset("tiny").info.revision)
    curve = RateCurve(
        rates=tuple(np.geomspace(1e-6, 1, 5)),
        losses=(0.7, 0.7, 0.6, 0.5, 0.9),
        adjusted=(0.7, 0.7, 0.6, 0.5, 0.9),
        smoothed=(0.7, 0.7, 0.6, 0.5, 0.9),
        suggestion=0.00214,
        span=(0.001, 0.004),
        edge=0.0316,
        verdict="found",
        diverged=False,
        batch_size=8,
        seconds=1.0,
    )
    folder = folder_of(RATE, request)
    folder.mkdir(parents=True)
    keep(folder, curve.model_copy(update=changes))


def test_the_finder_asks_first_and_follows(config: TrainingConfig) -> None:
    app = opened(rate_page)
    app.button(key="finder-start").click().run()
    assert not app.exception
    assert app.button(key="finder-stop").label == "Stop"


def test_the_rate_that_is_accepted_reaches_the_page(config: TrainingConfig) -> None:
    answer_rate(config)
    app = opened(rate_page)
    assert shows(app, "The loss falls fastest at 0.0021 and rises from 0.032 on")
    assert shows(app, "set now: 0.003")
    assert app.button(key="finder-use").label == "Use 0.0021"
    assert app.session_state["accepted"] is None
    app.button(key="finder-use").click().run()
    assert app.session_state["used"] == [0.0021]
    assert app.session_state["accepted"] == 0.0021


def test_a_flat_curve_suggests_nothing_and_says_why(config: TrainingConfig) -> None:
    answer_rate(config, suggestion=None, span=None, edge=None, verdict="flat")
    app = opened(rate_page)
    assert shows(app, "No rate let the loss fall more than chance does")
    assert shows(app, "There is nothing to suggest.")
    assert [button.key for button in app.button] == ["finder-again"]


def test_a_wide_range_is_called_one(config: TrainingConfig) -> None:
    answer_rate(config, span=(1e-5, 0.01))
    assert shows(opened(rate_page), "between 0.00001 and 0.01. That is a wide range")


def test_rates_are_written_without_an_exponent() -> None:
    assert [rate_words(rate) for rate in (6.58e-05, 0.00214, 0.1, 1.0)] == ["0.000066", "0.0021", "0.1", "1"]


def test_the_estimate_is_one_line_and_says_on_what_it_rests(config: TrainingConfig) -> None:
    request = EstimateRequest.of(config, open_dataset("tiny").info.revision)
    folder = folder_of(ESTIMATE, request)
    folder.mkdir(parents=True)
    keep(folder, MEASURED)
    app = opened(estimate_page)
    # 3 s to begin, two epochs of 20 steps of 0.1 s and 1 s of validation.
    expected = "**about 9.0 s, 9.0 to 9.0**; 300 MB of memory; 10 MB on disk. Measured on 10 steps."
    assert expected in [element.value for element in app.markdown]


def test_times_and_sizes_in_the_unit_that_suits_them(home: Path) -> None:
    assert duration(Span(value=41, low=34, high=54)) == "about 41 s, 34 to 54"
    assert duration(Span(value=600, low=480, high=900)) == "about 10 min, 8.0 to 15"
    assert duration(Span(value=7200, low=5400, high=10_000)) == "about 2.0 h, 1.5 to 2.8"
    assert (size(310_400_000), size(2_150_000_000), size(1_200_000)) == ("310 MB", "2.1 GB", "1.2 MB")


def test_folds_are_started_followed_and_stopped(config: TrainingConfig) -> None:
    app = opened(folds_page)
    app.slider(key="folds-n").set_value(3).run()
    assert app.button(key="folds-start").label == "Cross-validate: 3 trainings"
    app.button(key="folds-start").click().run()
    assert not app.exception
    (one,) = folds.list_crossvalidations()
    assert (one.request.n_folds, one.state) == (3, "queued")
    assert app.button(key="folds-start").disabled
    app.button(key="folds-stop").click().run()
    folds_worker.main(one.folder)
    assert one.state == "stopped"
    app.run()
    assert shows(app, "stopped after 0 of 3 folds. Nothing is lost")
    app.button(key="folds-resume").click().run()
    assert one.state == "queued"


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_result_names_its_interval_and_leads_to_the_runs(config: TrainingConfig, language: str) -> None:
    one = folds.cross_validate(config, n_folds=3)
    folds_worker.main(one.folder)
    app = opened(folds_page, language=language)
    assert not app.exception
    assert not app.error
    result = one.result
    assert result is not None
    words = texts(app)
    if language == "en":
        assert shows(app, "on average of 3 folds")
        assert any("Nadeau and Bengio" in text for text in words)
        assert any("64 images of 32 patients" in text for text in words)
    assert [button.key for button in app.button if "runs" in str(button.key)] == [
        f"folds-runs-{n}" for n in (1, 2, 3)
    ]


def test_a_config_that_cannot_be_cut_is_refused_with_the_reason(config: TrainingConfig) -> None:
    delete_dataset("tiny")
    write_tiny(n_images=12)
    app = opened(folds_page)
    app.slider(key="folds-n").set_value(10).run()
    app.button(key="folds-start").click().run()
    assert app.error
    assert folds.list_crossvalidations() == []
