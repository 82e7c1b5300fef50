"""Errors say in one sentence what is wrong, the value, and what to do; and cross files untranslated."""

import pytest

from core import errors
from core.errors import (
    InvalidValueError,
    JobStoppedError,
    LightboxError,
    NameTakenError,
    UnknownNameError,
    UserError,
)
from core.language import Message, language


def tree(kind: type[Exception] = LightboxError, depth: int = 0) -> list[str]:
    lines = [f"{'    ' * depth}{kind.__name__}"]
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            lines += tree(child, depth + 1)
    return lines


def test_the_tree_is_the_one_that_is_drawn() -> None:
    drawn = [line for line in (errors.__doc__ or "").splitlines() if line.startswith("    ")]
    names = [line.replace("|", " ").replace("+--", "").split()[0] for line in drawn]
    assert sorted(line.strip() for line in tree()) == sorted(names)
    assert issubclass(UserError, LightboxError)
    assert not issubclass(JobStoppedError, UserError)


def test_an_unknown_name_offers_the_nearest_or_all() -> None:
    near = UnknownNameError("run", "tiny-01", ["tiny-001", "other"])
    assert str(near) == "There is no run 'tiny-01'. Did you mean 'tiny-001'?"
    far = UnknownNameError("run", "x", ["tiny-001", "other"])
    assert str(far) == "There is no run 'x'. Choose one of: tiny-001, other."
    assert str(UnknownNameError("run", "x", [])) == "There is no run 'x', nor any other."


def test_a_long_list_of_names_is_cut() -> None:
    shown = str(UnknownNameError("run", "?", (f"n{number:03d}" for number in range(100))))
    assert "n019" in shown
    assert "n020" not in shown


def test_a_taken_name_is_said() -> None:
    error = NameTakenError("data set", "cxr")
    assert str(error) == "There is already a data set named 'cxr'. Choose another name."


def test_a_value_of_somebody_elses_is_only_text() -> None:
    name = "{kind} <b>%s</b> {0"
    assert str(UnknownNameError("run", name, ["a"])) == f"There is no run '{name}'. Choose one of: a."


def test_an_error_is_translated_when_it_is_shown() -> None:
    error = NameTakenError("data set", "cxr")
    with language("pseudo"):
        assert str(error) == "⟦There is already a ⟦data set⟧ named 'cxr'. Choose another name.⟧"


@pytest.mark.parametrize(
    "error",
    [
        InvalidValueError("{field} cannot be {value}.", field="size", value=3),
        NameTakenError("run", "a"),
        JobStoppedError(),
    ],
)
def test_the_message_of_an_error_comes_back_from_a_file(error: LightboxError) -> None:
    assert str(Message.model_validate_json(error.message.model_dump_json())) == str(error)
