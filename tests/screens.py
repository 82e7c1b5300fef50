"""Open a page of the app without a browser, and read what it shows."""

import json
import re
from typing import Any

from streamlit.testing.v1 import AppTest

from core.workspace import ROOT

_TAG = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)
_ESCAPE = re.compile(r"\\([^A-Za-z0-9\s])")  # what ui.controls.escape puts before somebody else's signs
_SECONDS = 60


def open_page(name: str, *, language: str = "en", level: str = "basic", **session: Any) -> AppTest:
    """Open the page `name` as by its address; `session` fills the session state first."""
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=_SECONDS)
    app.session_state["language"], app.session_state["level"] = language, level
    for key, value in session.items():
        app.session_state[key] = value
    # Before its first run Streamlit knows a page by the name of its file, which is what its address says too.
    return (app if name == "home" else app.switch_page(f"../pages/{name}.py")).run()


def texts(app: AppTest) -> list[str]:
    """Return what a visitor can read on the page: text, labels, options and headings, without HTML tags."""
    found = [str(error.value) for error in [*app.error, *app.warning, *app.info, *app.success]]
    found += [str(element.value) for element in [*app.markdown, *app.caption, *app.title, *app.header]]
    found += [str(element.value) for element in [*app.subheader, *app.code, *app.text]]
    for kind in (
        "button",
        "selectbox",
        "radio",
        "slider",
        "number_input",
        "toggle",
        "checkbox",
        "multiselect",
    ):
        found += [str(widget.label) for widget in app.get(kind)]
    for kind in ("expander", "tab"):
        found += [str(block.label) for block in app.get(kind)]
    found += [str(option) for widget in [*app.selectbox, *app.radio] for option in widget.options]
    found += [element.proto.body for element in app.get("html")]
    found += [str(metric.label) for metric in app.metric]
    found += [option.content for group in app.get("button_group") for option in group.proto.options]
    for chart in app.get("plotly_chart"):
        found += _words_of(json.loads(chart.proto.spec))
    return [_ESCAPE.sub(r"\1", _TAG.sub(" ", text)).strip() for text in found if text.strip()]


def _words_of(spec: Any) -> list[str]:
    """Return the titles, names and notes of a Plotly figure; ticks and hovers are the data's own words."""
    if isinstance(spec, list):
        return [word for inner in spec for word in _words_of(inner)]
    if not isinstance(spec, dict):
        return []
    own = [value for key, value in spec.items() if key in ("text", "name") and isinstance(value, str)]
    parts = [inner for key, inner in spec.items() if key not in ("template", "x", "y", "text", "customdata")]
    return own + [word for inner in parts for word in _words_of(inner)]


def shows(app: AppTest, words: str) -> bool:
    """Tell whether some text of the page contains these words."""
    return any(words in text for text in texts(app))
