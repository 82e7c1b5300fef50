"""The Runs page: its table, search and filters, links, notes, the trash, and what it says of broken runs."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import StateError
from core.evaluation.index import index
from core.runs import notes, store, trash
from core.runs.store import Run
from tests.run_folders import write_run
from tests.screens import open_page, shows
from ui.runs.filters import Wanted
from ui.runs.words import changes_in_words, duration, moment, size


@pytest.fixture
def runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """A run, its child of another learning rate, and one of another network; no run ships."""
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    return [
        write_run("mother", learning_rate=0.001),
        write_run("child", day=2, parent="mother", learning_rate=0.01),
        write_run("other", day=3, model="resnet18", state="stopped"),
    ]


def names(app: AppTest) -> list[str]:
    """Return the runs in the table, from above."""
    return list(app.dataframe[0].value["run"])


def link(*run_ids: str) -> AppTest:
    """Open the page by a link to these runs."""
    app = open_page("runs", level="full")
    app.query_params["runs"] = ",".join(run_ids)
    return app.run()


def test_without_runs_the_page_says_how_to_make_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    app = open_page("runs")
    assert not app.exception
    assert shows(app, "No runs yet")
    assert app.button(key="empty-to-train")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_table_names_each_run_its_best_metric_and_what_was_changed(runs, language: str) -> None:
    app = open_page("runs", language=language)
    assert not app.exception
    table = app.dataframe[0].value.set_index("run")
    assert list(table.index) == ["other", "child", "mother"]
    assert table.loc["child", "n"] == 118
    if language == "en":
        assert table.loc["child", "best"] == "0.91 (0.84 to 0.96)"
        assert app.dataframe[0].proto.columns.count("AUROC for finding (95 %)") == 1
        assert table.loc["child", "changed"] == "Learning rate 0.001 → 0.01"
        assert table.loc["other", "state"] == "stopped"


def test_the_only_run_is_chosen_by_itself_and_among_several_the_one_just_started(runs) -> None:
    assert open_page("runs").session_state["runs-chosen"] == []
    assert open_page("runs", live_run="child").session_state["runs-chosen"] == ["child"]
    for name in ("mother", "other"):
        trash.throw_away(name)
    assert open_page("runs").session_state["runs-chosen"] == ["child"]


def test_a_link_opens_its_runs_and_names_those_that_are_not_here(runs) -> None:
    app = link("child", "mother", "nobody")
    assert not app.exception
    assert app.session_state["runs-chosen"] == ["child", "mother"]
    assert app.query_params["runs"] == "child,mother"
    assert [warning.value for warning in app.warning][0] == (
        "The link names a run that is not here: nobody. It may have been deleted, or renamed."
    )
    assert app.button(key="runs-delete").label == "Delete (2)"


def test_a_chosen_run_that_somebody_deletes_is_named_once(runs) -> None:
    app = link("child", "mother")
    trash.throw_away("mother")
    app.run()
    assert not app.exception
    assert [warning.value for warning in app.warning] == [
        "The run mother is no longer there: it was deleted meanwhile."
    ]
    assert app.session_state["runs-chosen"] == ["child"]
    assert not app.run().warning


@pytest.mark.parametrize(("chosen", "button"), [("mother", "run-archive"), ("mother,child", "runs-archive")])
def test_two_browsers_that_press_the_same_button_do_not_turn_each_other_round(
    runs, chosen: str, button: str
) -> None:
    first, second = (link(*chosen.split(",")) for _ in range(2))
    if button == "run-archive":
        for app in (first, second):
            app.button(key="run-star").click().run()
        assert notes.read_notes("mother").starred
    for app in (first, second):  # the second still shows "Archive"
        app.button(key=button).click().run()
        assert not app.exception
    assert all(notes.read_notes(name).archived for name in chosen.split(","))


def test_choosing_none_empties_the_address(runs) -> None:
    app = link("child", "mother")
    app.button(key="runs-none").click().run()
    assert app.session_state["runs-chosen"] == []
    assert "runs" not in app.query_params


def test_search_looks_at_name_tag_note_network_and_data_set(runs) -> None:
    notes.add_tag(runs[0], "Baseline")
    notes.write_note(runs[1], "wrong side marker", as_seen="")
    app = open_page("runs")
    for words, found in (
        ("MOTH", ["mother"]),
        ("baseline", ["mother"]),
        ("marker side", ["child"]),
        ("resnet", ["other"]),
        ("films", ["other", "child", "mother"]),
    ):
        app.text_input(key="runs-search").set_value(words).run()
        assert names(app) == found
    app.text_input(key="runs-search").set_value("nothing of all that").run()
    assert shows(app, "No run fits: change the search or the filters.")


def test_filters_and_order_do_what_they_say(runs) -> None:
    notes.add_tag(runs[0], "a", "b")
    notes.add_tag(runs[1], "a")
    notes.star(runs[2])
    rows = index().rows()

    def found(**wanted: object) -> list[str]:
        return [row.run_id for row in Wanted(**wanted).of(rows)]  # type: ignore[arg-type]

    assert found(states=("stopped",)) == ["other"]
    assert found(models=("small_cnn",), order="oldest") == ["mother", "child"]
    assert found(tags=("a", "b")) == ["mother"]
    assert found(tags=("a",)) == ["child", "mother"]
    assert found(starred=True) == ["other"]
    assert found(datasets=("others",)) == []
    assert found(order="name") == ["child", "mother", "other"]


def test_an_archived_run_leaves_the_list_and_can_be_found_again(runs) -> None:
    app = link("child")
    app.button(key="run-archive").click().run()
    assert names(app) == ["other", "mother"]
    app.toggle(key="runs-archived").set_value(True).run()
    assert names(app) == ["child"]
    app.button(key="run-archive").click().run()
    assert notes.read_notes("child") == notes.RunNotes()


def test_tags_and_a_note_are_written_beside_the_run(runs) -> None:
    app = link("child")
    app.text_input(key="run-tag-new").set_value("<b>mine</b>")
    app.button(key="run-tag-add").click().run()
    assert notes.read_notes("child").tags == ("<b>mine</b>",)
    area = next(area for area in app.text_area if str(area.key).startswith("run-note-child"))
    area.set_value("Too slow.")
    app.button(key="run-note-save").click().run()
    assert notes.read_notes("child").note == "Too slow."
    label = next(button.label for button in app.button if str(button.key).startswith("run-tag-0"))
    assert "<b>" not in label


def test_deleting_can_be_undone(runs) -> None:
    app = link("child", "mother")
    app.button(key="runs-delete").click().run()
    assert names(app) == ["other"]
    assert shows(app, "2 runs are in the trash: child, mother.")
    app.button(key="runs-undo").click().run()
    assert names(app) == ["other", "child", "mother"]
    assert app.session_state["runs-chosen"] == ["child", "mother"]
    assert trash.list_deleted() == []


def test_the_trash_puts_a_run_back_unless_its_name_was_taken(runs) -> None:
    trash.throw_away("other")
    write_run("other", day=4)
    app = open_page("runs", level="full")
    app.button(key="runs-trash-back-0").click().run()
    assert "another run has taken its name" in app.error[0].value
    trash.throw_away("mother")
    app = open_page("runs", level="full")
    app.button(key="runs-trash-back-0").click().run()
    assert "mother" in names(app)


def test_a_broken_run_says_what_is_wrong_and_can_be_deleted(runs) -> None:
    (runs[1].folder / "config.json").write_text("hello")
    app = link("child")
    table = app.dataframe[0].value.set_index("run")
    says = "'config.json' of 'child' is no JSON: it is torn, or another program wrote it."
    assert table.loc["child", "problem"] == says
    assert table.loc["mother", "problem"] == ""
    assert shows(app, says)
    app.button(key="run-delete").click().run()
    assert names(app) == ["other", "mother"]


def test_a_broken_run_among_several_leaves_the_others_to_be_compared(runs) -> None:
    (runs[1].folder / "status.json").unlink()
    app = link("child", "mother", "other")
    assert not app.exception
    assert shows(app, "'status.json' of 'child' is missing.")


def test_a_run_leads_to_its_evaluation(trained: Run) -> None:
    app = open_page("runs", live_run=trained.run_id)
    app.button(key="run-to-evaluate").click().run()
    assert app.session_state["dataset"] == "films"
    assert app.session_state["run"] == trained.run_id


def test_what_ships_cannot_be_deleted(runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SHIPPED_RUNS", runs[0].folder.parent)
    monkeypatch.setattr(store, "DEMO_RUN", "mother")
    with pytest.raises(StateError, match="ships with Lightbox"):
        store.delete_run(runs[0])
    assert runs[0].folder.exists()


def test_deleting_a_run_takes_its_folder_away(runs) -> None:
    store.delete_run(runs[0])
    assert not runs[0].folder.exists()
    assert "mother" not in [one.run_id for one in store.list_runs()]


def test_changes_durations_and_sizes_are_said_in_words() -> None:
    changed = {"augmentations": ([{"name": "rotate"}], []), "pretrained": (True, False), "threads": (1, 2)}
    assert changes_in_words(changed) == ["Augmentation none → Rotate", "Start from ImageNet no → yes"]
    assert changes_in_words({"preprocessing.steps": ([], None)}) == ["preprocessing changed"]
    assert [duration(seconds) for seconds in (4.6, 61, 7265)] == ["0:00:05", "0:01:01", "2:01:05"]
    assert [size(n) for n in (999, 1000, 12_400_000, 2_000_000_000)] == [
        "999 B",
        "1.0 kB",
        "12.4 MB",
        "2.0 GB",
    ]


@pytest.mark.parametrize("written", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_no_calendar_has_is_none(written: str) -> None:
    assert moment(written) is None
