"""Odd predictions on every view of Evaluate and the pages beside it: one sentence each, and no page fails."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from core.datasets.store import open_dataset
from core.evaluation.report import evaluate
from core.evaluation.sentences import worked_out
from core.evaluation.stored import stored_predictions
from core.runs import store
from core.runs.predictions import Predictions, write_predictions
from core.runs.store import Run
from tests.screens import open_page, shows
from tests.trained import make_run_of
from ui.evaluate.views import VIEWS
from ui.messages import escape

TWO, THREE = ("clear", "finding"), ("a", "b", "c")
HOSTILE = ("<img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0", "**x**", "{n}")
Table = tuple[list[int], NDArray[np.float64], list[str] | None]  # truth, logits, patients


def noise(truth: list[int], k: int) -> NDArray[np.float64]:
    """Logits that know a little of the truth."""
    return np.random.default_rng(7).normal(size=(len(truth), k)) + np.eye(k)[truth]


def people(n: int, *, of_each: int = 2) -> list[str]:
    return [f"p{index // of_each}" for index in range(n)]


def broken(logits: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    return np.where(np.arange(len(logits))[:, np.newaxis] < n, np.nan, logits)


BOTH, ALL = [0, 1] * 8, [0, 1, 2] * 5
CASES: dict[str, tuple[tuple[str, ...], Callable[[], Table]]] = {
    "one class only": (TWO, lambda: ([1] * 12, noise([1] * 12, 2), people(12))),
    "one class of three": (THREE, lambda: ([2] * 12, noise([2] * 12, 3), None)),
    "a class never called": (THREE, lambda: (ALL, noise(ALL, 3) - [0, 0, 99], people(15))),
    "all scores equal": (TWO, lambda: (BOTH, np.zeros((16, 2)), people(16))),
    "all scores equal, three": (THREE, lambda: (ALL, np.zeros((15, 3)), None)),
    "some scores are no numbers": (TWO, lambda: (BOTH, broken(noise(BOTH, 2), 3), people(16))),
    "no score is a number": (THREE, lambda: (ALL, np.full((15, 3), np.nan), None)),
    "one patient": (TWO, lambda: (BOTH, noise(BOTH, 2), ["p"] * 16)),
    "three images": (THREE, lambda: ([0, 1, 2], noise([0, 1, 2], 3), None)),
    "one image": (TWO, lambda: ([1], noise([1], 2), None)),
    "certain and wrong": (TWO, lambda: (BOTH, -99 * np.eye(2)[BOTH], None)),
    "hostile names": (HOSTILE, lambda: ([0, 1, 2, 3] * 4, noise([0, 1, 2, 3] * 4, 4), people(16))),
    "forty classes": (
        tuple(f"class {index}" for index in range(40)),
        lambda: (list(range(40)), noise(list(range(40)), 40), None),
    ),
}
QUICK = ("one class of three", "three images", "some scores are no numbers")
VISITS = [*(("evaluate", {"evaluate-view": name}) for name in VIEWS), ("ward", {}), ("reading", {})]


def make(name: str) -> Run:
    """Make a run whose validation split and whose answers to it are as odd as the case says."""
    class_names, table = CASES[name]
    truth, logits, patients = table()
    run = make_run_of(class_names, "odd", n_of_each=16 if len(class_names) < 5 else 2)
    labels = open_dataset(run.config.dataset).samples["label"]
    free = {index: list(labels.index[labels == label]) for index, label in enumerate(class_names)}
    ids = np.array([free[index].pop() for index in truth])
    split = pd.DataFrame({"sample_id": labels.index, "label": labels, "split": "train"})
    split.loc[split["sample_id"].isin(ids), "split"] = "val"
    split.to_parquet(run.folder / "split.parquet")
    found = Predictions.from_logits(
        logits,
        y_true=np.array(truth),
        sample_ids=ids,
        patient_ids=None if patients is None else np.array(patients, dtype=object),
        class_names=run.card.class_names,
        positive_class=run.card.positive_class,
    )
    write_predictions(run.folder, run.config.dataset, "val", found)
    return run


def check(app: AppTest) -> None:
    """Hold a page to what every page promises; what fails in it stands in the log (see conftest)."""
    assert not app.exception
    html = " ".join(block.proto.body for block in app.get("html"))
    assert "<img src=x" not in html
    assert not any("<img src=x" in text.value for text in [*app.markdown, *app.caption, *app.warning])


def walk(app: AppTest) -> int:
    """Go through all steps of the story and return how many there are."""
    n_steps = 1
    while True:
        check(app)
        after = [button for button in app.button if button.key == "story-next"]
        if not after or after[0].label == "Again":
            return n_steps
        after[0].click().run()
        n_steps += 1


slow_but_some = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CASES]


@pytest.mark.parametrize("name", slow_but_some)
def test_no_view_fails_and_the_story_is_told_to_its_end(home, monkeypatch, name):
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    run = make(name)
    for page, session in VISITS:
        check(open_page(page, level="full", run=run.run_id, **session))
    for present in (False, True):
        n_steps = walk(open_page("story", **{"story-run": run.run_id, "story-present-on": present}))
        assert n_steps >= 7 or name == "no score is a number"


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_every_number_is_there_for_every_class_or_says_why_not(home, name):
    run = make(name)
    app = open_page("evaluate", level="full", run=run.run_id, **{"evaluate-view": "numbers"})
    if name == "no score is a number":
        assert shows(app, "are no numbers (NaN or infinite), so there is nothing to judge")
        return
    found = stored_predictions(run)
    assert found is not None
    judged = evaluate(found.take(found.is_usable))
    for class_name in (None, *list(judged.per_class)[:4]):
        if class_name is not None:
            app.selectbox(key="numbers-class").set_value(class_name).run()
        check(app)
        metrics = judged.metrics if class_name is None else judged.per_class[class_name]
        for metric_name, metric in metrics.items():
            assert shows(app, str(worked_out(metric_name, judged, class_name)))
            assert metric.reason is None or shows(app, str(metric.reason))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_thresholds_at_both_ends_fail_nowhere(home, name):
    run = make(name)
    for view in ("overview", "curves", "in_clinic", "subgroups"):
        session = {"evaluate-view": view, f"evaluate-each-{run.run_id}": True}
        app = open_page("evaluate", level="full", run=run.run_id, **session)
        sliders = [one for one in app.slider if str(one.key).startswith(("threshold", "evaluate-threshold"))]
        assert sliders or name == "no score is a number"
        for slider in sliders[:2]:
            for value in (slider.min, slider.max):
                app.slider(key=slider.key).set_value(value).run()
                check(app)


def test_the_overview_says_why_a_number_is_not_there(home):
    app = open_page("evaluate", run=make("one class of three").run_id)
    why = "There is no image of 'a, b' in this split, and without one it can't be measured."
    assert any("not defined" in one.value and escape(why) in one.value for one in app.caption)
    assert why in "".join(map(str, app.table[0].value.to_numpy().ravel())).replace("\\", "")
