"""The profile on a page: offered, found again after a reload, told in words with pictures."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.profiling.making import make_profile
from core.datasets.profiling.worker import job_folder, start_profile
from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.images.records import MedicalImage
from core.jobs.control import request_stop, wait
from core.jobs.queue import turn
from tests.screens import shows

EVIL = "<img src=x onerror=alert(1)>![x](http://127.0.0.1:9/x.png)"
FOLDS = ("shortcuts", "copies", "labels", "classes", "files", "grey")


def _script():
    from core.datasets.store import open_dataset
    from ui.profile_view import show_profile
    from ui.session import use_language

    use_language()
    show_profile(open_dataset("set").info)


def look(*, level="basic", language="en", folds=()):
    app = AppTest.from_function(_script, default_timeout=60)
    app.session_state["level"], app.session_state["language"] = level, language
    for name in folds:
        app.session_state[f"profile-fold-{name}"] = True
    return app.run()


def write_data():
    """Write crops that differ in size, one of them twice, of a class with a hostile name."""
    rng = np.random.default_rng(8)

    def sample(pixels, number):
        image = MedicalImage(pixels, value_range=(0, 255), source_format="PNG")
        return NewSample(image=image, label=(EVIL, "ill")[number % 2], patient_id=f"p{number}")

    sides = [30 + 8 * (number % 2) for number in range(40)]
    samples = [
        sample(rng.integers(0, 255, (side, side), dtype=np.uint8), number)
        for number, side in enumerate(sides)
    ]
    samples.append(sample(samples[0].image.values, 41))
    draft = DatasetDraft("set", title="set", source="csv", class_names=(EVIL, "ill"))
    return write_dataset(draft, samples)


@pytest.fixture
def data(home):
    return write_data()


@pytest.fixture(scope="module")
def _profiled_home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("profiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(folder))
        write_data()
        make_profile(open_dataset("set"))
    return folder


@pytest.fixture
def profiled(_profiled_home, monkeypatch):
    """The same data with their profile, in a home that tests share: look, and change nothing."""
    monkeypatch.setenv("LIGHTBOX_HOME", str(_profiled_home))
    return open_dataset("set").info


def test_nothing_is_known_until_it_is_asked(data):
    app = look()
    assert not app.exception
    assert shows(app, "What do the data say?")
    assert [button.key for button in app.button] == ["profile-start"]


def test_the_button_starts_the_job_and_a_reload_finds_it(data):
    with turn("profile", "another", waiting=lambda _n_ahead: None):  # so that it stays alive
        app = look()
        app.button(key="profile-start").click().run()
        for page in (app, look()):  # the same visitor, and another
            assert not page.exception
            assert "profile-stop" in [button.key for button in page.button]
            assert "profile-start" not in [button.key for button in page.button]
        app.button(key="profile-stop").click().run()
        assert wait(job_folder(data), seconds=60) == "stopped"
    assert shows(look(), "The last look was not finished; nothing was kept.")


@pytest.mark.slow
def test_a_failed_look_says_why_and_offers_another(data):
    folder = open_dataset("set").folder
    for picture in (folder / "files").iterdir():
        picture.unlink()
    with turn("profile", "another", waiting=lambda _n_ahead: None):
        job = start_profile(data)
    assert wait(job, seconds=60) == "failed"
    app = look()
    assert len(app.error) == 1
    assert "profile-start" in [button.key for button in app.button]


def test_findings_come_gravest_first_with_what_they_mean(profiled):
    app = look()
    assert not app.exception
    assert shows(app, "The image size alone predicts 'ill': AUROC")
    assert shows(app, "Size is no disease.")
    assert shows(app, "Groups of identical pictures with different labels: 1.")
    assert len(app.get("image")) > 4
    assert app.metric[0].value >= "2"


def test_basic_has_no_control_but_the_folds(profiled):
    assert not look().button
    assert [button.key for button in look(level="full").button] == ["profile-again"]


def test_pictures_wait_until_their_fold_is_opened(profiled):
    assert len(look(folds=FOLDS).get("image")) > len(look().get("imgs"))
    assert len(look(folds=FOLDS).get("plotly_chart")) >= 5
    assert not look().get("plotly_chart")


@pytest.mark.parametrize("language", ["zh_Hans", "pseudo"])
def test_every_topic_opens_in_every_language(profiled, language):
    app = look(level="full", language=language, folds=FOLDS)
    assert not app.exception
    assert not app.error


def test_a_hostile_class_name_is_shown_as_it_is(profiled):
    app = look(level="full", folds=FOLDS)
    marked = [str(element.value) for element in [*app.markdown, *app.caption]]
    assert not [text for text in marked if re.search(r"(?<!\\)(<img|!\[|\]\()", text)]
    assert shows(app, "![x](http")


@pytest.mark.slow
def test_look_again_starts_anew(data):
    make_profile(open_dataset("set"))
    app = look(level="full")
    with turn("profile", "another", waiting=lambda _n_ahead: None):
        app.button(key="profile-again").click().run()
        assert "profile-stop" in [button.key for button in app.button]
        request_stop(job_folder(data))
        assert wait(job_folder(data), seconds=60) == "stopped"
