"""Taking a run home and bringing one in, on the Runs page: two presses each, and what may go wrong."""

import io
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.exchange import parcels
from core.exchange.archive import write_archive
from core.exchange.models.leaving import write_model
from core.runs.store import Run
from tests.screens import shows

SCRIPT = """
import streamlit as st
from core.runs.store import open_run
from ui.runs.take_home import arrival_section, take_home_section
from ui.session import use_language

use_language()
take_home_section(open_run(st.session_state["name"]))
arrival_section()
"""


def open_section(name: str, language: str = "en") -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.session_state["name"], app.session_state["language"] = name, language
    return app.run()


@pytest.fixture
def own(trained_alone: Run) -> Run:
    """The run and its data set in a home that a test may write to."""
    return trained_alone


def made(app: AppTest) -> bytes:
    """Return the content of what was made last."""
    name = list(app.session_state["take-home-made"].values())[-1]
    path = parcels.parcel(name)
    assert path is not None
    return path.read_bytes()


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_it_offers_three_ways_and_says_what_each_is_for(own: Run, language: str) -> None:
    app = open_section(own.run_id, language)
    assert not app.exception
    keys = [button.key for button in app.button if (button.key or "").startswith("take-home-make")]
    assert keys == [f"take-home-make-{kind}" for kind in ("script", "run", "weights")]


@pytest.mark.parametrize(
    ("kind", "member"), [("script", "train.ipynb"), ("run", "split.parquet"), ("weights", "model.json")]
)
def test_each_is_made_when_asked_for_and_its_size_stands_on_the_button(
    own: Run, kind: str, member: str
) -> None:
    app = open_section(own.run_id)
    app.button(key=f"take-home-make-{kind}").click().run()
    assert not app.exception
    assert not app.error
    content = made(app)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {member, "NOT-FOR-DIAGNOSIS.txt"} <= set(archive.namelist())
    labels = [element.proto.label for element in app.get("download_button")]
    assert len(labels) == 1
    assert labels[0].startswith("Download (")
    assert f"take-home-make-{kind}" not in [button.key for button in app.button]


def test_a_model_comes_in_without_its_curve_and_says_so(own: Run, tmp_path: Path) -> None:
    write_model(own, tmp_path / "m.zip", metrics={}, text="")
    app = open_section(own.run_id)
    content = (tmp_path / "m.zip").read_bytes()
    app.file_uploader[0].set_value(("m.zip", content, "application/zip")).run()
    app.button(key="arrival-start").click().run()
    assert not app.error
    assert "It is a model without its curve" in app.success[0].value
    assert shows(open_section(f"{own.run_id}-2"), "This came in as a model")


@pytest.mark.slow
def test_onnx_comes_along_when_it_is_wanted_and_the_check_stands_beside_it(own: Run) -> None:
    app = open_section(own.run_id)
    app.checkbox(key="take-home-onnx").check().run()
    app.button(key="take-home-make-weights").click().run()
    assert not app.exception
    assert not app.error
    with zipfile.ZipFile(io.BytesIO(made(app))) as archive:
        assert {"model.onnx", "MODEL-CARD.md"} <= set(archive.namelist())
    assert any("no probability differs" in element.value for element in app.caption)
    app.checkbox(key="take-home-onnx").uncheck().run()
    assert app.button(key="take-home-make-weights")


def test_without_the_images_the_script_is_refused_in_one_sentence(own: Run) -> None:
    import shutil

    shutil.rmtree(own.folder.parent.parent / "datasets")
    app = open_section(own.run_id)
    app.button(key="take-home-make-script").click().run()
    assert len(app.error) == 1
    assert "The images of" in app.error[0].value
    assert list((own.folder.parent.parent / "downloads").glob("*")) == []


def test_a_zip_comes_in_is_chosen_and_says_where_it_is_from(own: Run, tmp_path: Path) -> None:
    write_archive(own, tmp_path / "run.zip")
    app = open_section(own.run_id)
    content = (tmp_path / "run.zip").read_bytes()
    app.file_uploader[0].set_value((f"{own.run_id}.zip", content, "application/zip")).run()
    app.button(key="arrival-start").click().run()
    assert not app.exception
    assert not app.error
    name = f"{own.run_id}-2"
    assert app.session_state["runs-chosen"] == [name]
    assert "Its images are here too" in app.success[0].value
    guest = open_section(name)
    assert shows(guest, "This run came from another Lightbox")


def test_a_zip_that_is_none_is_refused_in_one_sentence(own: Run) -> None:
    app = open_section(own.run_id)
    app.file_uploader[0].set_value(("run.zip", b"no zip", "application/zip")).run()
    app.button(key="arrival-start").click().run()
    assert len(app.error) == 1
    assert [path.name for path in own.folder.parent.glob("*") if path.is_dir()] == [own.run_id]


def test_a_parcel_is_found_by_its_own_name_alone(home: Path) -> None:
    name = parcels.make_parcel("x.zip", lambda path: path.write_bytes(b"1"))
    path = parcels.parcel(name)
    assert path is not None
    assert path.read_bytes() == b"1"
    for wrong in ("", "..", "../checkpoints", f"{name}x", "take-home-0"):
        assert parcels.parcel(wrong) is None
