"""A model that came without its images is judged on a data set that is here; no view is a dead end."""

from pathlib import Path

import pytest

from core.datasets.store import open_dataset
from core.evaluation.foreign import shared_with_training
from core.exchange.models.leaving import write_model
from core.exchange.models.taking_in import import_model
from tests.screens import open_page, shows
from tests.trained import make_run_of

CHOSEN = {"evaluate-other-data": "mother-data", "run": "theirs"}


@pytest.mark.slow
def test_it_is_judged_elsewhere_and_no_view_is_a_dead_end(home: Path, tmp_path: Path) -> None:
    write_model(make_run_of(("clear", "finding"), "mother"), tmp_path / "m.zip", metrics={}, text="")
    theirs = import_model(tmp_path / "m.zip", name="theirs")
    (note, *_) = shared_with_training(theirs, open_dataset("mother-data"))
    assert "came without the images" in str(note)
    app = open_page("evaluate", level="full", **CHOSEN)
    assert not app.error
    app.button(key="evaluate-other-start").click().run()
    assert app.metric
    for view, words in (
        ("curves", "no validation image, and so no temperature"),
        ("rivals", "came without any"),
        ("in_clinic", "came without any"),
    ):
        app.session_state["evaluate-view"] = view
        app.run()
        assert not app.exception
        assert not app.error
        assert shows(app, words)
    assert not any(button.key == "again-theirs" for button in app.button)
    assert not open_page("evaluate", **CHOSEN).error
