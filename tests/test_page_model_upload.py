"""A model that a visitor brings to Explain: asked from memory, refused in a sentence, nowhere on the disk."""

import pickle
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.models_exchanged import files_of, packed
from tests.screens import shows
from tests.trained import make_run_of

SCRIPT = """
import streamlit as st
from ui.explain.model_upload import uploaded_network
from ui.session import use_language

use_language()
network = uploaded_network()
if network is not None:
    st.session_state["loaded"] = network.load()
    st.session_state["same"] = network.load() is st.session_state["loaded"]
    st.session_state["network"] = network
"""


@pytest.fixture
def app(home: Path) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    return app.run()


def contents_of(home: Path) -> set[Path]:
    return {path for path in home.rglob("*") if path.is_file()}


def test_two_files_or_a_zip_are_one_network_and_nothing_is_written(app: AppTest, home: Path) -> None:
    run = make_run_of(("<b>clear</b>", "finding"), "mother")
    files, before = files_of(run), contents_of(home)
    assert len(app.info) == 1
    assert "more than 200 MB comes in by `python -m core import-model" in app.info[0].value
    app.file_uploader[0].set_value([(name, part, "") for name, part in files.items()]).run()
    assert not app.exception
    assert not app.error
    network = app.session_state["network"]
    assert (network.run, network.title, network.is_upload) == (None, "mother", True)
    assert app.session_state["same"]
    assert app.session_state["loaded"].class_names == run.card.class_names
    assert shows(app, "small_cnn, trained on 8 images")
    assert not any("<b>" in element.value for element in app.caption)
    key = network.key
    app.file_uploader[0].set_value([("model.zip", packed(files), "")]).run()
    assert app.session_state["network"].key == key
    assert contents_of(home) == before


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([("weights.pth", pickle.dumps({"a": 1}), "")], "python \\-m core convert"),
        ([("weights.zip", b"hello", "")], "no zip archive"),
        ([("best.safetensors", b"12345678", "")], "drop both together"),
        ([("a.json", b"{}", ""), ("b.json", b"{}", "")], "drop both together"),
        ([("best.safetensors", b"", ""), ("model.json", b"{}", "")], "model\\.json cannot be used"),
    ],
)
def test_what_is_no_model_is_refused_in_one_sentence(
    files: list[tuple[str, bytes, str]], sentence: str, app: AppTest, home: Path
) -> None:
    app.file_uploader[0].set_value(files).run()
    assert not app.exception
    assert len(app.error) == 1
    assert sentence in app.error[0].value
    assert "network" not in app.session_state
    assert contents_of(home) == set()
