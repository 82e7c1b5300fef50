"""The Runs page: empty, with one run, with two beside each other, and what can be done with a run."""

import io
import zipfile

import pytest

from core.datasets.phantom_set import build_phantoms
from core.datasets.phantoms import PhantomConfig
from core.errors import StateError
from core.evaluation.summary import summarise
from core.jobs import control
from core.runs import store
from core.runs.export import model_archive
from core.runs.records import Parent
from core.training import launch
from core.training.config import parse_config, with_changes
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny
from ui import run_table


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """A home with a run and its child of another learning rate; the home is used by reading alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("home")))
        build_phantoms(PhantomConfig(n_patients=20, image_size=32), "films")
        config = parse_config({"dataset": "films", "image_size": 32, "epochs": 2})
        parent = launch.launch(config)
        child = launch.launch(with_changes(config, {"learning_rate": 0.01}), parent=Parent(run=parent.run_id))
        assert [control.wait(run.folder, seconds=120) for run in (parent, child)] == ["completed"] * 2
        yield parent, child


def test_without_runs_the_page_says_how_to_make_one(home, monkeypatch):
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    app = open_page("runs")
    assert not app.exception
    assert shows(app, "No runs yet")
    assert app.button(key="empty-to-train")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_table_names_runs_and_what_was_changed(two_runs, language):
    app = open_page("runs", language=language)
    assert not app.exception
    table = app.dataframe[0].value
    assert {run.run_id for run in two_runs} <= set(table.iloc[:, 0])


def test_a_summary_knows_what_differs_from_the_parent(two_runs):
    parent, child = two_runs
    assert summarise(child).changed == {"learning_rate": (0.01, 0.003)}
    assert summarise(child).parent == parent.run_id
    assert summarise(parent).changed == {}
    assert summarise(child).auroc.n == len(child.split().query("split == 'val'"))


def test_a_run_leads_to_its_evaluation(two_runs):
    app = open_page("runs", live_run=two_runs[1].run_id)
    app.button(key="run-to-evaluate").click().run()
    assert app.session_state["dataset"] == "films"
    assert app.session_state["run"] == two_runs[1].run_id


def test_weights_leave_with_their_card_and_the_notice(two_runs):
    with zipfile.ZipFile(io.BytesIO(model_archive(two_runs[0]))) as archive:
        assert archive.namelist() == ["NOT-FOR-DIAGNOSIS.txt", "best.safetensors", "model.json"]
        assert b"never for diagnosis" in archive.read("NOT-FOR-DIAGNOSIS.txt")


def test_what_ships_cannot_be_deleted(monkeypatch, two_runs):
    monkeypatch.setattr(store, "SHIPPED_RUNS", two_runs[0].folder.parent)
    monkeypatch.setattr(store, "DEMO_RUN", two_runs[0].run_id)
    with pytest.raises(StateError, match="ships with Lightbox"):
        store.delete_run(two_runs[0])
    assert two_runs[0].folder.exists()


def test_deleting_a_run_takes_its_folder_away(two_runs):
    run = store.create_run(two_runs[0].config, dataset_revision="x")
    (run.folder / "status.json").write_bytes((two_runs[0].folder / "status.json").read_bytes())
    store.delete_run(run)
    assert not run.folder.exists()
    assert run.run_id not in [one.run_id for one in store.list_runs()]


def test_runs_that_were_split_in_other_ways_are_said_not_to_be_comparable(home, monkeypatch):
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny("tiny")
    config = {"dataset": "tiny", "epochs": 1}
    splits = [{"seed": seed, "scheme": "70/20/10"} for seed in (1, 1, 2)]
    runs = [launch.launch(parse_config({**config, "split": split})) for split in splits]
    said = {"caption": [], "warning": []}
    for kind, texts in said.items():
        monkeypatch.setattr(run_table.st, kind, texts.append)
    run_table.same_images_note(runs[:2])
    run_table.same_images_note(runs[1:])
    assert said["caption"] == [f"All of them were split alike (fingerprint `{runs[0].request.split_hash}`)."]
    assert said["warning"][0].startswith("They were not judged on the same images")
