"""How long all metrics take with a thousand patients' bootstraps, and a move of the threshold after that.

Both at 1,000, 10,000 and 100,000 images of five classes; the row counts 10,000. Patients have two to three
images each, or one: the hardest case, for then there are as many patients to draw as images. What counts
is processor time: a busy neighbour stretches the clock, not the work.
"""

import logging
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Final

import numpy as np
from streamlit.testing.v1 import AppTest

from benchmarks.home import temporary_home
from benchmarks.records import Sample
from core.evaluation.judging import Judge
from core.runs.predictions import Predictions
from core.workspace import ROOT

_SIZES: Final = (1_000, 10_000, 100_000)
_JUDGED: Final = 10_000
_CLASSES: Final = 5
_TURNS: Final = 3
_THRESHOLDS: Final = (0.3, 0.4, 0.6, 0.45, 0.55)


def bootstrap() -> Sample:
    """Seconds for every metric of predictions with its interval, the slower of the two kinds of patients."""
    return _grown(_first, "s", 1)


def threshold_move() -> Sample:
    """Milliseconds for every metric at another threshold."""
    return _grown(_moves, "ms", 1000)


def page_move() -> Sample:
    """Milliseconds for a move of the slider on the page of numbers, demo run, at Full."""
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # it wonders that there is no browser
    with temporary_home():
        app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=120)
        app.session_state["level"], app.session_state["evaluate-view"] = "full", "numbers"
        app.run()
        app.switch_page("../pages/evaluate.py").run()
        taken = []
        for value in (0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.35, 0.45):
            app.slider(key="threshold").set_value(value)
            began = time.process_time()
            app.run()
            taken.append(1000 * (time.process_time() - began))
            if app.exception or app.error:
                raise RuntimeError("the page shows an error")
    return Sample(
        tuple(taken[1:]), "processor time of the whole page; in the browser a move draws one part of it"
    )


def _grown(measure: Callable[[Predictions], list[float]], unit: str, factor: float) -> Sample:
    """Measure at each size; what counts is the slower kind of patients at _JUDGED images."""
    lines, judged = [], []
    for n in _SIZES:
        for films in (2.5, 1.0):
            taken = [factor * one for one in measure(predictions(n, films))]
            lines.append(f"{n:>9,} images, {films:g} a patient: {median(taken):.3g} {unit}")
            if n == _JUDGED:
                judged.append(taken)
    lines.append(f"memory of a judge of {_SIZES[-1]:,} images of as many patients: {_megabytes():.0f} MB")
    return Sample(
        tuple(max(judged, key=median)),
        f"processor time; {_CLASSES} classes, 1,000 resamples",
        table=tuple(lines),
    )


def _first(found: Predictions) -> list[float]:
    turns = 1 if found.n_samples > _JUDGED else _TURNS
    return [_seconds(lambda: Judge(found).at(0.5)) for _turn in range(turns)]


def _moves(found: Predictions) -> list[float]:
    judge = Judge(found)
    return [_seconds(partial(judge.at, (to, 0.5, 0.5, 0.5, 0.5))) for to in _THRESHOLDS]


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _megabytes() -> float:
    """Return how much memory is taken at most while the largest predictions are judged."""
    found = predictions(_SIZES[-1], 1.0)
    tracemalloc.start()
    Judge(found).at(0.5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def predictions(n: int, films: float) -> Predictions:
    """Return answers to n images of five classes, of n / films patients."""
    rng = np.random.default_rng(n)
    patients = np.arange(n) if films == 1 else rng.integers(int(n / films), size=n)
    y_true = rng.integers(_CLASSES, size=n)
    return Predictions.from_logits(
        rng.normal(size=(n, _CLASSES)) + 1.5 * np.eye(_CLASSES)[y_true],
        y_true=y_true,
        sample_ids=np.arange(n),
        patient_ids=np.array([f"p{patient}" for patient in patients], dtype=object),
        class_names=tuple("abcde"),
        positive_class=None,
    )
