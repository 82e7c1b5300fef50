"""Text is marked where it is born and translated where it is shown, in the language of its own context."""

import threading

import pytest
from babel.messages.pofile import read_po

from core import language as language_module
from core.language import (
    LANGUAGES,
    N_,
    Message,
    _,
    current_language,
    joined,
    language,
    ngettext,
    set_language,
)
from core.workspace import ROOT

# Built from parts, so that the collector of marked texts does not find them.
GREETING = "Hello, {name}" + "!"


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def test_marking_changes_nothing() -> None:
    assert N_(GREETING) is GREETING


def test_english_is_the_source() -> None:
    assert _(GREETING, name="Ada") == "Hello, Ada!"


def test_braces_in_a_value_are_only_text() -> None:
    assert _(GREETING, name="{name} {0} {") == "Hello, {name} {0} {!"


def test_a_text_without_values_may_hold_braces() -> None:
    text = "an empty set {" + "}"
    assert _(text) == text


def test_pseudo_wraps_the_marked_text_and_not_its_values() -> None:
    with language("pseudo"):
        assert _(GREETING, name="Ada") == "⟦Hello, Ada!⟧"
        assert _("") == ""


def test_a_language_holds_inside_its_block_alone_even_after_an_error() -> None:
    with pytest.raises(ValueError, match="inside"), language("zh_Hans"):
        assert current_language() == "zh_Hans"
        raise ValueError("inside")
    assert current_language() == "en"


@pytest.mark.parametrize("code", ["xx", "", "zh", "../../etc"])
def test_an_unknown_language_is_english(code: str) -> None:
    set_language("zh_Hans")
    set_language(code)
    assert current_language() == "en"


def test_each_thread_has_its_own_language() -> None:
    seen = []
    with language("zh_Hans"):
        thread = threading.Thread(target=lambda: seen.append(current_language()))
        thread.start()
        thread.join()
    assert seen == ["en"]


def test_a_text_that_is_not_in_the_catalogue_is_shown_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_module, "_catalogue", lambda code: {GREETING: "{name}，你好！"})
    with language("zh_Hans"):
        assert _(GREETING, name="Ada") == "Ada，你好！"
        assert _("no such " + "text") == "no such text"


def test_a_message_is_translated_when_it_is_shown_with_the_messages_inside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    word = "wor" + "ld"
    monkeypatch.setattr(
        language_module, "_catalogue", lambda code: {GREETING: "{name}，你好！", word: "世界"}
    )
    message = Message(text=GREETING, values={"name": Message(text=word)})
    stored = Message.model_validate_json(message.model_dump_json())
    assert stored == message
    assert str(stored) == "Hello, world!"
    with language("zh_Hans"):
        assert str(stored) == "世界，你好！"
    with language("pseudo"):
        assert str(stored) == "⟦Hello, ⟦world⟧!⟧"


def test_texts_are_joined_with_the_marks_of_the_language() -> None:
    marks = (", ", "; ", " ", " – ")
    assert [joined("ab", mark) for mark in marks] == ["a, b", "a; b", "a b", "a – b"]
    with language("zh_Hans"):
        assert [joined("ab", mark) for mark in marks] == ["a、b", "a；b", "ab", "a – b"]


def test_one_and_many() -> None:
    one, many = "{n} im" + "age", "{n} im" + "ages"
    assert [ngettext(one, many, n) for n in (0, 1, 2)] == ["0 images", "1 image", "2 images"]


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_a_language_on_offer_has_a_catalogue_that_reads(code: str) -> None:
    with (ROOT / "locale" / code / "LC_MESSAGES" / "lightbox.po").open("rb") as file:
        assert len(read_po(file, locale=code)) > 0
