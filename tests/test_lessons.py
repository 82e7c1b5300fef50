"""The teaching texts: what the parser refuses, and that both languages say the same in the same places."""

import re
from itertools import pairwise

import pytest

from core.language import LANGUAGES, PSEUDO
from core.lessons import (
    LESSONS,
    Lesson,
    Section,
    load_glossary,
    load_lesson,
    parse_entry,
    parse_lesson,
    plain_text,
    replace_terms,
)

LEARN = ("images", "preprocess", "augment", "network", "train", "evaluate", "explain")
NAMES = (
    "home",
    *LEARN,
    "tour",
    "sampling",
    "clinic",
    "leakage",
    "shortcut",
    "viewer",
    "bring",
    "datasets",
    "runs",
    "story",
    "reading",
    "ward",
    "sweeps",
    "time_machine",
    "limits",
    "glossary",
)
BOTH = [(name, code) for name in NAMES for code in LANGUAGES]

CJK = re.compile(r"[\u4e00-\u9fff]")
ENGLISH_SENTENCE = re.compile(r"(?:\b[A-Za-z]+\b[ ,]+){6,}")
INTERNATIONAL = {"DICOM", "ReLU", "logit", "Softmax", "AUROC", "Grad-CAM"}
MARKERS = ("# ", "##", "> ", "- ")
JOURNALS = ("Journal of ", "Annals of ")
BOLD = re.compile(r"\*\*(.+?)\*\*")

GOOD = """# Small title
> Why?

A body with a [[pixel]] and a [[pixel-spacing|spacing]].

## More
More, with the [[pixel|pixels]] again.

## Check
Which one?
- [ ] This | no
- [x] [[class|That]] | yes
"""


def test_a_lesson_is_read_into_its_parts() -> None:
    lesson = parse_lesson(GOOD, "good.md")
    assert (lesson.title, lesson.question) == ("Small title", "Why?")
    assert lesson.body == "A body with a [[pixel]] and a [[pixel-spacing|spacing]]."
    assert lesson.more == "More, with the [[pixel|pixels]] again."
    assert lesson.check is not None
    assert lesson.check.question == "Which one?"
    assert [(answer.text, answer.why) for answer in lesson.check.answers] == [
        ("This", "no"),
        ("[[class|That]]", "yes"),
    ]
    assert lesson.check.right_index == 1
    assert lesson.sections == ()
    assert lesson.terms == ("pixel", "pixel-spacing", "class")


def test_other_headings_become_sections_in_their_order() -> None:
    lesson = parse_lesson("# T\n> Q?\n\n## First\none\n\n## Second\ntwo\n\nthree\n", "story.md")
    assert lesson.sections == (Section("First", "one"), Section("Second", "two\n\nthree"))
    assert (lesson.body, lesson.more, lesson.check, lesson.terms) == ("", "", None, ())


def test_marks_become_the_words_shown() -> None:
    assert plain_text("a [[pixel-spacing]], [[roc|the curve]]") == "a pixel spacing, the curve"
    assert replace_terms("[[roc|curve]]", lambda key, words: f"<{key}:{words}>") == "<roc:curve>"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("# Small title", "Small title", "the first line must be '# Title', not 'Small title'"),
        ("> Why?", "Why?", "under the title must stand '> The question of the page?', not 'Why?'"),
        ("## More\nMore, with the [[pixel|pixels]] again.", "## More", "there is no text under '## More'"),
        (
            "## More",
            "## Check\nA?\n- [x] a | b\n- [ ] b | c\n\n## More",
            "the heading '## Check' stands there twice",
        ),
        (
            "- [ ] This | no",
            "- This",
            "'- This' is no answer; write '- [ ] Answer | why' or '- [x] Answer | why'",
        ),
        (
            "- [ ] This | no",
            "- [x] This | no",
            "a check needs two or more answers, one right; here 2 of 2 are right",
        ),
        (
            "- [ ] This | no\n",
            "",
            "a check needs two or more answers, one right; here 1 of 1 are right",
        ),
        ("Which one?\n", "", "the question is missing under '## Check'"),
        ("[[pixel]]", "[[pixel", "a term mark is not closed; write [[key]] or [[key|words shown]]"),
    ],
)
def test_a_malformed_lesson_is_refused(old: str, new: str, problem: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(ValueError) as refused:
        parse_lesson(GOOD.replace(old, new), "lessons/en/bad.md")
    assert str(refused.value) == f"lessons/en/bad.md: {problem}"


def test_a_lesson_without_any_text_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^bad\.md: there is no text between the question and the first '##'"
    ):
        parse_lesson("# T\n> Q?\n\n## More\nmore\n", "bad.md")


def test_a_glossary_heading_without_a_key_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^glossary\.md: '## Pixel' is no glossary entry; write '## key: Shown"
    ):
        parse_entry(Section("Pixel", "text"), "glossary.md")


def test_a_missing_lesson_is_named() -> None:
    with pytest.raises(ValueError, match=r"^lessons/en/nowhere\.md: there is no such lesson$"):
        load_lesson("nowhere", "en")


def test_an_unknown_language_gets_english() -> None:
    assert load_lesson("images", "../fr") == load_lesson("images", "en")


def test_pseudo_wraps_every_paragraph() -> None:
    english, pseudo = load_lesson("evaluate", "en"), load_lesson("evaluate", PSEUDO)
    for text in _texts(pseudo):
        assert all(paragraph[0] + paragraph[-1] == "⟦⟧" for paragraph in text.split("\n\n"))
    assert [_unwrapped(text) for text in _texts(pseudo)] == _texts(english)
    assert pseudo.terms == english.terms
    assert load_glossary(PSEUDO)["roc"].name == "⟦ROC curve⟧"


def test_both_languages_have_exactly_these_files() -> None:
    for code in LANGUAGES:
        assert {path.stem for path in (LESSONS / code).iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_languages_have_the_same_structure(name: str) -> None:
    assert _shape(load_lesson(name, "en")) == _shape(load_lesson(name, "zh_Hans"))


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_learn_page_has_two_depths_and_a_check(code: str) -> None:
    for name in LEARN:
        lesson = load_lesson(name, code)
        assert lesson.more
        assert lesson.check is not None


def test_the_right_answer_has_no_fixed_place() -> None:
    checks = [load_lesson(name, "en").check for name in LEARN]
    assert {check.right_index for check in checks if check} == {0, 1, 2}


def test_the_story_has_a_section_for_each_step() -> None:
    assert len(load_lesson("story", "en").sections) == 12


@pytest.mark.parametrize(("name", "code"), BOTH)
def test_every_marked_term_is_in_the_glossary(name: str, code: str) -> None:
    assert set(load_lesson(name, code).terms) <= set(load_glossary(code))


def test_the_glossaries_have_the_same_keys_in_the_same_order() -> None:
    english, chinese = load_glossary("en"), load_glossary("zh_Hans")
    assert list(english) == list(chinese)
    assert len(english) == len(load_lesson("glossary", "en").sections)


@pytest.mark.parametrize(("name", "code"), BOTH)
def test_questions_are_questions_and_titles_are_short(name: str, code: str) -> None:
    lesson = load_lesson(name, code)
    assert lesson.question[-1] in "?？"
    assert len(lesson.title) <= 30


@pytest.mark.parametrize("name", NAMES)
def test_chinese_lessons_are_chinese(name: str) -> None:
    for text in _texts(load_lesson(name, "zh_Hans")):
        words = re.sub(r"\$[^$]*\$", "", plain_text(text))
        assert CJK.search(words) or words.partition(": ")[2] in INTERNATIONAL, words
        assert all(run.startswith(JOURNALS) for run in ENGLISH_SENTENCE.findall(words)), words


def test_chinese_marks_show_words_of_their_own() -> None:
    for name in NAMES:
        assert "[[" not in re.sub(r"\[\[[a-z0-9-]+\|[^\]]+\]\]", "", _source(name, "zh_Hans"))


@pytest.mark.parametrize("name", NAMES)
def test_english_lessons_have_no_chinese(name: str) -> None:
    assert CJK.search(_source(name, "en")) is None


@pytest.mark.parametrize(("name", "code"), BOTH)
def test_bold_text_begins_and_ends_so_that_markdown_sees_it(name: str, code: str) -> None:
    """CommonMark closes `**` after a stop or a bracket only before a blank, which Chinese does not write."""
    text = _source(name, code)
    assert text.count("**") % 2 == 0
    for bold in BOLD.finditer(text):
        outside = text[max(0, bold.start() - 1) : bold.start()] + text[bold.end() : bold.end() + 1]
        at_the_edge = (bold[1][0] + bold[1][-1]).replace(" ", "?")
        assert at_the_edge.isalnum() or not any(character.isalnum() for character in outside), bold[0]


@pytest.mark.parametrize(("name", "code"), BOTH)
def test_a_paragraph_is_one_line(name: str, code: str) -> None:
    """A soft line break would show as a gap between two Chinese characters."""
    for line, following in pairwise(_source(name, code).splitlines()):
        assert not line or not following or line[:2] in MARKERS or following[:2] in MARKERS, following


@pytest.mark.parametrize(("name", "code"), BOTH)
def test_formulas_are_closed(name: str, code: str) -> None:
    assert all(line.count("$") % 2 == 0 for line in _source(name, code).splitlines())


def _source(name: str, code: str) -> str:
    return (LESSONS / code / f"{name}.md").read_text(encoding="utf-8")


def _texts(lesson: Lesson) -> list[str]:
    answers = lesson.check.answers if lesson.check else ()
    question = lesson.check.question if lesson.check else ""
    texts = [lesson.title, lesson.question, lesson.body, lesson.more, question]
    texts += [text for section in lesson.sections for text in (section.title, section.text)]
    texts += [text for answer in answers for text in (answer.text, answer.why)]
    return [text for text in texts if text]


def _shape(lesson: Lesson) -> tuple[object, ...]:
    """What must be equal in all languages: paragraphs, lists, formulas, sources, answers, terms."""
    parts = [lesson.body, lesson.more, *(section.text for section in lesson.sections)]
    return (
        [part.count("\n\n") for part in parts],
        [part.count("\n- ") for part in parts],
        [sorted(re.findall(r"\$[^$]+\$", part)) for part in parts],
        [sorted(re.findall(r"arXiv:\d{4}\.\d{5}", part)) for part in parts],
        lesson.check and (len(lesson.check.answers), lesson.check.right_index),
        set(lesson.terms),
    )


def _unwrapped(text: str) -> str:
    return text.replace("⟦", "").replace("⟧", "")
