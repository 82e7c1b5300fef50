"""How long a slider move takes in the clinic, with 10,000 images of 5,000 patients: the server's work.

The page runs whole in this process, which is more than the fragment that a browser asks for. What counts is
processor time: a busy neighbour stretches the clock, not the work.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from benchmarks.home import temporary_home
from benchmarks.records import Sample
from core.runs.predictions import Predictions, write_predictions
from core.runs.store import DEMO_RUN, open_run
from core.workspace import ROOT

_N_PATIENTS, _FILMS = 5_000, 2
_SECONDS = 120


def ward() -> Sample:
    """Milliseconds of a move of prevalence, threshold or weight on the ward, at Full: the worst."""
    with temporary_home():
        app = _open("ward")
        moves: list[tuple[Callable[[], Any], list[float]]] = [
            (lambda: app.select_slider(key="ward-prevalence"), [5, 10, 20, 2, 50, 1]),
            (lambda: app.slider(key="threshold"), [0.4, 0.6, 0.3, 0.7, 0.2, 0.8]),
            (lambda: app.select_slider(key="ward-miss"), [5, 20, 50, 2, 100, 1]),
        ]
        return max((_moves(app, find, values) for find, values in moves), key=lambda one: one.value)


def in_clinic() -> Sample:
    """Milliseconds of a move of the threshold in the view "In the clinic" of Evaluate."""
    with temporary_home():
        app = _open("evaluate", **{"evaluate-view": "in_clinic"})
        return _moves(app, lambda: app.slider(key="threshold"), [0.4, 0.6, 0.3, 0.7, 0.2, 0.8])


def _open(page: str, **session: object) -> AppTest:
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # it wonders that there is no browser
    run = open_run(DEMO_RUN)
    write_predictions(run.writable_folder, run.config.dataset, "val", _answers())
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=_SECONDS)
    for key, value in {"level": "full", "run": DEMO_RUN, **session}.items():
        app.session_state[key] = value
    app.run()
    return app.switch_page(f"../pages/{page}.py").run()


def _moves(app: AppTest, find: Callable[[], Any], values: list[float]) -> Sample:
    """Move a slider to each value in turn; the first move is not counted."""
    taken, waited = [], []
    for value in values:
        find().set_value(value)
        began, on_the_clock = time.process_time(), time.perf_counter()
        app.run()
        taken.append(1000 * (time.process_time() - began))
        waited.append(1000 * (time.perf_counter() - on_the_clock))
        if app.exception or app.error:
            raise RuntimeError("the page shows an error")
    note = f"processor time; {sorted(waited[1:])[len(waited) // 2]:.0f} ms on the clock of this machine"
    return Sample(tuple(taken[1:]), note)


def _answers() -> Predictions:
    patients = np.repeat(np.arange(_N_PATIENTS), _FILMS)
    truth = patients % 2
    noise = np.random.default_rng(0).normal(size=(len(patients), 2))
    names = open_run(DEMO_RUN).card.class_names
    positive = open_run(DEMO_RUN).card.positive_class
    return Predictions.from_logits(
        np.eye(2)[truth if names[1] == positive else 1 - truth] + noise,
        y_true=truth if names[1] == positive else 1 - truth,
        sample_ids=np.arange(len(patients)),
        patient_ids=np.array([f"p{patient}" for patient in patients], dtype=object),
        class_names=names,
        positive_class=positive,
    )
