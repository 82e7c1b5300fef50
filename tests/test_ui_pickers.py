"""Which run the pages open first."""

from pathlib import Path

import pytest

from core.runs.origin import Origin, origin_path
from core.runs.store import DEMO_RUN, Run
from core.workspace import sweeps_dir, write_text
from tests.screens import open_page, texts
from tests.trained import make_run_of


@pytest.fixture
def own_and_trial(home: Path) -> tuple[Run, Run]:
    """A run, and a newer one that is a trial of a sweep."""
    own = make_run_of(("normal", "ill"), "own")
    trial = make_run_of(("normal", "ill"), "trial")
    request = trial.request.model_copy(update={"group": "a-sweep"})
    write_text(trial.folder / "config.json", request.model_dump_json())
    write_text(sweeps_dir() / "a-sweep" / "config.json", "{}")
    return own, Run("trial", trial.folder)


def test_a_trial_is_offered_after_the_runs_that_stand_by_themselves(own_and_trial: tuple[Run, Run]) -> None:
    own, trial = own_and_trial
    assert trial.is_fold
    picker = open_page("evaluate").selectbox(key="pick-run")
    assert picker.value == own.run_id
    assert [option.partition(" ")[0] for option in picker.options] == [own.run_id, DEMO_RUN, trial.run_id]


def test_home_goes_on_with_the_last_run_and_not_with_a_trial(own_and_trial: tuple[Run, Run]) -> None:
    shown = texts(open_page("home"))
    assert "own" in shown
    assert "trial" not in shown


def test_a_model_that_came_without_images_is_no_last_run_and_is_offered_last(home: Path) -> None:
    make_run_of(("normal", "ill"), "own")
    model = make_run_of(("normal", "ill"), "theirs")
    record = Origin(run="theirs", imported_at="", kind="model")
    write_text(origin_path(model.folder), record.model_dump_json())
    assert "theirs" not in texts(open_page("home"))
    picker = open_page("evaluate").selectbox(key="pick-run")
    assert [option.partition(" ")[0] for option in picker.options] == ["own", DEMO_RUN, "theirs"]
