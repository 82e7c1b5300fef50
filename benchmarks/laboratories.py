"""How long a slider move takes in the two laboratories: the server's work, on a film of 512 pixels.

The page runs whole in this process, as the server runs it, without a browser. What counts is processor time:
a busy neighbour stretches the clock, not the work.
"""

import logging
import time
from collections.abc import Sequence

from streamlit.testing.v1 import AppTest

from benchmarks.home import temporary_home
from benchmarks.records import Sample
from core.datasets.phantom_set import build_phantoms
from core.datasets.phantoms import PhantomConfig
from core.workspace import ROOT

_FILMS = PhantomConfig(n_patients=6, image_size=512)
_NAME = "films"
_SECONDS = 120


def preprocessing() -> Sample:
    """Milliseconds of a move of the gamma slider, with every later step done again, at Full."""
    with temporary_home():
        app = _open("preprocess")
        app.button(key="preprocess-add-gamma").click().run()
        key = next(slider.key for slider in app.slider if str(slider.key).endswith("-gamma"))
        return _moves(app, str(key), (1.2, 1.4, 1.6, 0.8, 0.7, 0.6, 1.5, 1.3, 0.9, 1.1))


def augmentation() -> Sample:
    """Milliseconds of a move of the largest angle: sixteen new draws of four augmentations, at Full."""
    with temporary_home():
        app = _open("augment")
        return _moves(app, "augment-field-rotate-degrees", (8, 9, 10, 12, 14, 20, 30, 5, 6, 11))


def _open(page: str) -> AppTest:
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # it wonders that there is no browser
    build_phantoms(_FILMS, _NAME)
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=_SECONDS)
    app.session_state["level"], app.session_state["dataset"] = "full", _NAME
    app.run()
    return app.switch_page(f"../pages/{page}.py").run()


def _moves(app: AppTest, key: str, values: Sequence[float]) -> Sample:
    """Move a slider to each value in turn; the first move is not counted."""
    taken, waited = [], []
    for value in values:
        app.slider(key=key).set_value(value)
        began, on_the_clock = time.process_time(), time.perf_counter()
        app.run()
        taken.append(1000 * (time.process_time() - began))
        waited.append(1000 * (time.perf_counter() - on_the_clock))
        if app.exception or app.error:
            raise RuntimeError(f"the page {key} shows an error")
    note = f"processor time; {sorted(waited[1:])[len(waited) // 2]:.0f} ms on the clock of this machine"
    return Sample(tuple(taken[1:]), note)
