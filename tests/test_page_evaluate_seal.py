"""The seal of the test split: new weights are a new look; a home that can only be read says so."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from core.evaluation import predictions
from core.evaluation.looks import count_look, n_looks
from core.runs import store
from core.runs.store import Run
from tests.screens import open_page, shows
from tests.trained import make_run_of


@pytest.fixture
def sealed(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with a test split."""
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    run = make_run_of(("healthy", "ill"), "run-a")
    split = pd.read_parquet(run.folder / "split.parquet")
    split.loc[split["sample_id"] % 4 == 0, "split"] = "test"
    split.to_parquet(run.folder / "split.parquet")
    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many images a network was asked, each time."""
    found, answers_on = [], predictions.answers_on

    def counted(loaded, dataset, sample_ids, **options):
        found.append(len(sample_ids))
        return answers_on(loaded, dataset, sample_ids, **options)

    monkeypatch.setattr(predictions, "answers_on", counted)
    return found


def train_on(run: Run) -> None:
    """Give a run other weights, as an epoch that was better does."""
    path = run.folder / "best.safetensors"
    with safe_open(path, "np") as file:
        facts = file.metadata()
    save_file({name: np.asarray(one + 0.01) for name, one in load_file(path).items()}, path, metadata=facts)


def test_a_test_split_that_was_opened_is_sealed_again_when_the_weights_are_others(sealed: Run) -> None:
    app = open_page("evaluate", run="run-a")
    app.button(key="evaluate-open-test").click().run()
    app.run()
    assert shows(app, "Test split: 4 images")
    assert n_looks(sealed) == 1
    train_on(sealed)
    app.run()
    assert not shows(app, "Test split: 4 images")
    app.button(key="evaluate-open-test").click().run()
    assert shows(app, "Test split: 4 images")
    assert n_looks(sealed) == 2


def test_neither_another_view_nor_another_level_nor_another_split_and_back_is_a_look(sealed: Run) -> None:
    app = open_page("evaluate", level="full", run="run-a")
    app.button(key="evaluate-open-test").click().run()
    for key, value in (("evaluate-view", "numbers"), ("evaluate-split", "val"), ("evaluate-split", "test")):
        app.segmented_control(key=key).set_value(value).run()
        assert not app.exception
    app.session_state["level"] = "basic"
    app.run()
    assert shows(app, "Test split: 4 images")
    assert n_looks(sealed) == 1


def test_where_nothing_can_be_stored_the_network_is_asked_once_and_nobody_is_told_that_none_looked(
    sealed: Run, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    app = open_page("evaluate", run="run-a")
    app.run()
    assert asked == [4]
    app.button(key="evaluate-open-test").click().run()
    app.run()
    assert asked == [4, 4]
    assert shows(app, "Test split: 4 images")
    assert shows(app, "This look cannot be written down")
    assert not shows(app, "Nobody has looked yet")
    assert not (sealed.folder / "predictions").exists()


def test_a_look_after_half_a_line_is_counted_all_the_same(sealed: Run) -> None:
    count_look(sealed, sealed.config.dataset, "test", "page")
    with (sealed.folder / "looks.jsonl").open("a") as file:
        file.write('{"at":"2026-01-01T0')
    count_look(sealed, sealed.config.dataset, "test", "command line")
    assert n_looks(sealed) == 2
