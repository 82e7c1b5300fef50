"""A file that is made when somebody asks for it is in the language of the page it was asked from."""

import ast
from pathlib import Path
from threading import Thread

import pytest

from core.language import _, language
from core.workspace import ROOT
from ui.later import in_this_language

FILES = sorted([*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")])
WRAPPED = {"in_this_language", "make"}  # `make` of ui.evaluate.report_made wraps what it returns
PLAIN = {"read_bytes"}  # bytes that are on the disk have no language


def downloads(path: Path) -> list[ast.expr]:
    """Return what each download button of a module hands over."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    buttons = [
        call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "download_button"
    ]
    return [
        next((word.value for word in call.keywords if word.arg == "data"), None) or call.args[1]
        for call in buttons
    ]


def test_a_thread_of_its_own_has_the_language_of_the_page() -> None:
    said: list[str] = []
    with language("zh_Hans"):
        here = _("Patients")
        make = in_this_language(lambda: said.append(_("Patients")))
    thread = Thread(target=make)
    thread.start()
    thread.join()
    assert said == [here] != ["Patients"]


@pytest.mark.parametrize("path", [path for path in FILES if "download_button" in path.read_text("utf-8")])
def test_what_a_download_makes_later_takes_its_language_along(path: Path) -> None:
    for content in downloads(path):
        assert not isinstance(content, ast.Lambda), f"{path}:{content.lineno}"
        if isinstance(content, ast.Attribute):
            assert content.attr in PLAIN, f"{path}:{content.lineno}"


def test_every_callable_that_is_handed_over_is_wrapped() -> None:
    """A lambda is only found inside a call that wraps it."""
    found = [
        content.func.id
        for path in FILES
        for content in downloads(path)
        if isinstance(content, ast.Call)
        and isinstance(content.func, ast.Name)
        and any(isinstance(one, ast.Lambda) for one in content.args)
    ]
    assert set(found) <= WRAPPED
    assert len(found) >= 2
