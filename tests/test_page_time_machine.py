"""The page of the time machine without a browser: what it says, and what it hands to its player."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.status import JobStatus, now, write_status
from core.runs.pins import pinned_cases
from core.runs.replay import frame_path
from core.runs.store import Run
from tests.recorded import about_of, recorded_run, write_epoch
from tests.screens import open_page, shows, texts

SESSION = {"run": "filmed"}


def data_of(app: AppTest) -> dict[str, Any]:
    """What the player was given."""
    [player] = players(app)
    found: dict[str, Any] = json.loads(player.proto.json)
    return found


def players(app: AppTest) -> list[Any]:
    every = app.get("bidi_component")
    return [one for one in every if one.proto.component_name.endswith("lightbox_time_machine")]


def test_the_player_gets_every_frame_with_its_numbers(home: Path) -> None:
    recorded_run()
    app = open_page("time_machine", **SESSION)
    assert not app.exception
    data = data_of(app)
    assert [frame["epoch"] for frame in data["frames"]] == [0, 1, 2, 3]
    assert data["frames"][2]["p"][0] == pytest.approx([0.7, 0.3])
    first = np.frombuffer(base64.b64decode(data["frames"][1]["places"]), "<i2") / 1000
    assert first.reshape(8, 2)[0] == pytest.approx([0.6, 0.0], abs=0.01)
    assert data["frames"][3]["confusion"] == [[2, 2], [3, 1]]  # three of eight are right
    assert len(base64.b64decode(data["frames"][0]["maps"])) == 4 * 4 * 4
    assert data["rings"] == [[0, 1], [1, 2], [2, 3], [3, 4]]
    assert [case["truth"] for case in data["cases"]] == [0, 1, 0, 1]
    assert all(case["aim"] == 1 for case in data["cases"])  # the positive class's map
    assert all(case["picture"].startswith("data:image/jpeg;base64,") for case in data["cases"])
    assert data["curves"]["val"][0] == pytest.approx([1, 1.2])


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("level", ["basic", "full"])
def test_it_opens_in_both_languages_and_at_both_levels(home: Path, language: str, level: str) -> None:
    recorded_run()
    app = open_page("time_machine", language=language, level=level, **SESSION)
    assert not app.exception
    assert not app.error
    assert data_of(app)["full"] is (level == "full")
    assert shows(app, "SIMULATED" if language == "en" else "模拟")
    words = data_of(app)["strings"]
    assert all(words[name] for name in ("play", "pause", "mapNote", "placeNote", "tableTitle"))
    assert ("第" in words["ofEpochs"]) is (language == "zh_Hans")


def test_a_run_without_frames_says_so_and_leads_on(home: Path) -> None:
    run = recorded_run()
    shutil.rmtree(run.folder / "replay")
    app = open_page("time_machine", **SESSION)
    assert not app.exception
    assert shows(app, "Nothing was kept of this learning")
    assert shows(app, "Again, but…")
    assert not players(app)


def test_a_run_that_waits_for_its_first_epoch_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = recorded_run()
    shutil.rmtree(run.folder / "replay")
    pretend_alive(run)
    app = open_page("time_machine", **SESSION)
    assert shows(app, "The first frame comes when the first epoch has ended.")


def pretend_alive(run: Run) -> None:
    write_status(run.folder, JobStatus(kind="training", state="queued", created_at=now(), launched_at=now()))


def test_frames_that_come_while_it_is_open_are_appended(home: Path) -> None:
    run = recorded_run()
    pretend_alive(run)
    app = open_page("time_machine", **SESSION)
    assert data_of(app)["alive"] is True
    write_epoch(run, 4, about_of())
    assert [frame["epoch"] for frame in data_of(app.run())["frames"]] == [0, 1, 2, 3, 4]


def test_a_torn_frame_and_a_missing_data_set_leave_the_rest(home: Path) -> None:
    run = recorded_run()
    frame_path(run.folder, 2).write_bytes(b"torn")
    shutil.rmtree(home / "datasets" / "tiny")
    app = open_page("time_machine", **SESSION)
    assert not app.exception
    data = data_of(app)
    assert [frame["epoch"] for frame in data["frames"]] == [0, 1, 3]
    assert [case["picture"] for case in data["cases"]] == [None] * 4


def test_foreign_class_names_reach_the_player_as_they_are_and_markdown_escaped(home: Path) -> None:
    recorded_run(about=about_of(("clear", "<img src=x>:red[b]")))
    app = open_page("time_machine", level="full", **SESSION)
    assert not app.exception
    assert data_of(app)["classes"][1]["name"] == "<img src=x>:red[b]"  # set as text there, never as HTML
    assert not any("<img" in text for text in texts(app))


def test_of_a_thousand_classes_no_table_of_a_million_cells_is_made(home: Path) -> None:
    recorded_run(about=about_of(tuple(f"class {number}" for number in range(1000))))
    app = open_page("time_machine", **SESSION)
    assert not app.exception
    assert [frame["confusion"] for frame in data_of(app)["frames"]] == [[], [], [], []]


def test_home_leads_to_how_the_demo_network_learned(home: Path) -> None:
    app = open_page("home")
    assert not app.exception
    assert app.button(key="home-learn").label == "See it learn"


def test_a_long_run_is_played_in_part_and_says_so(home: Path) -> None:
    recorded_run(epochs=tuple(range(130)))
    app = open_page("time_machine", **SESSION)
    data = data_of(app)
    assert len(data["frames"]) == 120
    assert (data["frames"][0]["epoch"], data["frames"][-1]["epoch"]) == (0, 129)
    assert shows(app, "120 of the 130 epochs are played.")


def test_a_case_is_pinned_and_left_out(home: Path) -> None:
    run = recorded_run()
    app = open_page("time_machine", **SESSION)
    app.session_state["time-machine-pins"] = True
    app.run()
    [choice] = [box for box in app.selectbox if box.key == "time-machine-choice"]
    assert choice.options[0].startswith("4 ")  # of those not followed, the wrong ones first
    assert choice.options[0].endswith("called wrong")
    choice.set_value(choice.options and 6).run()
    app.button(key="time-machine-pin").click().run()
    assert not app.exception
    assert pinned_cases(run) == (0, 1, 2, 3, 6)
    [pills] = [group for group in app.get("button_group") if str(group.key).startswith("time-machine-kept")]
    pills.set_value([0, 1, 2, 6]).run()
    assert pinned_cases(run) == (0, 1, 2, 6)


def test_any_image_but_one_of_the_test_split_is_pinned_by_its_number(home: Path) -> None:
    run = recorded_run()
    split = run.split()
    training, sealed = (
        int(split.loc[split["split"] == part, "sample_id"].iloc[0]) for part in ("train", "test")
    )
    app = open_page("time_machine", **SESSION, level="full")
    app.session_state["time-machine-pins"] = True
    app.run()
    app.number_input(key="time-machine-number").set_value(sealed).run()
    app.button(key="time-machine-pin-number").click().run()
    assert shows(app, "stays sealed while a network learns")
    app.number_input(key="time-machine-number").set_value(training).run()
    app.button(key="time-machine-pin-number").click().run()
    assert pinned_cases(run) == (0, 1, 2, 3, training)


def test_the_picture_is_made_on_a_press_and_offered(home: Path) -> None:
    recorded_run()
    app = open_page("time_machine", **SESSION)
    assert not app.get("download_button")
    app.button(key="time-machine-make").click().run()
    assert not app.exception
    [offer] = app.get("download_button")
    assert offer.proto.label.startswith("Download the picture (")
