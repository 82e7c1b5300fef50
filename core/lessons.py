"""Teaching texts: lessons/<language>/<name>.md becomes a record that a page can lay out.

A lesson is strict Markdown, one paragraph a line (a soft break would put a gap between two Chinese
characters)::

    # Title
    > The one question that the page answers?
    The body: what the Basic level shows.
    ## Any heading
    A section, in its order: a screen of the story, an entry of the glossary ("## key: Shown name").
    ## More
    What the Full level adds.
    ## Check
    A question with one right answer?
    - [ ] A wrong answer | why it is wrong
    - [x] The right answer | why it is right

`More` and `Check` are the same words in every language. [[key]] or [[key|words shown]] marks a term of the
glossary.

Covers: English, Simplified Chinese, and `pseudo` (English with every paragraph in ⟦ ⟧). Does not cover: text
from outside; lessons are Lightbox's own files, so a malformed one is a ValueError that a test finds, not a
user's mistake.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from core.language import LANGUAGES, PSEUDO, SOURCE
from core.workspace import ROOT

LESSONS: Final = ROOT / "lessons"

_MORE: Final = "More"
_CHECK: Final = "Check"
_ANSWER = re.compile(r"- \[(?P<mark>[ x])\] (?P<text>.+?) \| (?P<why>.+)")
_TERM = re.compile(r"\[\[(?P<key>[^\[\]|]+)(?:\|(?P<words>[^\[\]|]+))?\]\]")
_ENTRY = re.compile(r"(?P<key>[a-z0-9]+(?:-[a-z0-9]+)*): (?P<name>.+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a self-check, with the reason why it is right or not."""

    text: str
    why: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Check:
    """A self-check: a question with two or more answers, exactly one of them right."""

    question: str
    answers: tuple[Answer, ...]

    @property
    def right_index(self) -> int:
        """Position of the right answer, from 0."""
        return next(index for index, answer in enumerate(self.answers) if answer.is_right)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a lesson under its own heading."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """The text of one page; every text is Markdown with its [[term]] marks still in it.

    `body` may be empty if there are sections; `more` is empty and `check` is None where the file has none.
    `terms` are the glossary keys that the texts mark, each once, in the order of their first use.
    """

    title: str
    question: str
    body: str
    more: str
    check: Check | None
    sections: tuple[Section, ...]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of the glossary: its key is the same in every language."""

    key: str
    name: str
    text: str


def load_lesson(name: str, language: str) -> Lesson:
    """Read the lesson `name` ("images", "story", ...) in `language`.

    Parameters
    ----------
    name
        A file of lessons/<language>/, without `.md`.
    language
        "en", "zh_Hans" or "pseudo"; any other code gets English.

    Raises
    ------
    ValueError
        If there is no such lesson or it is malformed; the message names the file and what is wrong.
    """
    lesson = _read(name, _folder(language))
    return _in_pseudo(lesson) if language == PSEUDO else lesson


def load_glossary(language: str) -> dict[str, Term]:
    """Return the glossary in `language` (as in `load_lesson`): key to term, in the order of the file."""
    terms = _entries(_folder(language))
    if language == PSEUDO:
        terms = tuple(replace(term, name=_wrap(term.name), text=_wrap(term.text)) for term in terms)
    return {term.key: term for term in terms}


def plain_text(text: str) -> str:
    """Return `text` with each [[key|words]] mark replaced by the words that are shown."""
    return replace_terms(text, lambda _key, words: words)


def replace_terms(text: str, shown: Callable[[str, str], str]) -> str:
    """Return `text` with each [[key|words]] mark replaced by `shown(key, words)`.

    A mark without words shows its key, with blanks for hyphens.
    """
    return _TERM.sub(lambda mark: shown(mark["key"], mark["words"] or mark["key"].replace("-", " ")), text)


def parse_lesson(text: str, source: str) -> Lesson:
    """Parse the text of a lesson file; `source` names the file in the ValueError of a malformed one."""
    try:
        return _parse(text)
    except ValueError as problem:
        raise ValueError(f"{source}: {problem}") from None


def parse_entry(section: Section, source: str) -> Term:
    """Turn a section of glossary.md into a term; `source` names the file in the ValueError."""
    entry = _ENTRY.fullmatch(section.title)
    if entry is None:
        raise ValueError(
            f"{source}: '## {section.title}' is no glossary entry; write '## key: Shown name', "
            "the key in lower-case ASCII letters, digits and hyphens"
        )
    return Term(entry["key"], entry["name"], section.text)


def _folder(language: str) -> str:
    return language if language in LANGUAGES else SOURCE


@lru_cache
def _read(name: str, folder: str) -> Lesson:
    path = LESSONS / folder / f"{name}.md"
    source = path.relative_to(ROOT).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(f"{source}: there is no such lesson") from None
    return parse_lesson(text, source)


@lru_cache
def _entries(folder: str) -> tuple[Term, ...]:
    source = f"lessons/{folder}/glossary.md"
    return tuple(parse_entry(section, source) for section in _read("glossary", folder).sections)


def _parse(text: str) -> Lesson:
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    title, question, body = _parse_head(head)
    sections = [_parse_section(part) for part in parts]
    _refuse_repeats(section.title for section in sections)
    special = {section.title: section.text for section in sections if section.title in (_MORE, _CHECK)}
    others = tuple(section for section in sections if section.title not in special)
    if not body and not others:
        raise ValueError("there is no text between the question and the first '##' heading")
    return Lesson(
        title=title,
        question=question,
        body=body,
        more=special.get(_MORE, ""),
        check=_parse_check(special[_CHECK]) if _CHECK in special else None,
        sections=others,
        terms=_terms(text),
    )


def _parse_head(head: str) -> tuple[str, str, str]:
    first, _, rest = head.strip().partition("\n")
    if not first.startswith("# "):
        raise ValueError(f"the first line must be '# Title', not '{first}'")
    second, _, body = rest.strip().partition("\n")
    if not second.startswith("> "):
        raise ValueError(f"under the title must stand '> The question of the page?', not '{second}'")
    return first[2:].strip(), second[2:].strip(), body.strip()


def _parse_section(part: str) -> Section:
    title, _, text = part.partition("\n")
    if not text.strip():
        raise ValueError(f"there is no text under '## {title.strip()}'")
    return Section(title.strip(), text.strip())


def _refuse_repeats(titles: Iterable[str]) -> None:
    seen: set[str] = set()
    for title in titles:
        if title in seen:
            raise ValueError(f"the heading '## {title}' stands there twice")
        seen.add(title)


def _parse_check(text: str) -> Check:
    question, *lines = [line.strip() for line in text.splitlines() if line.strip()]
    if question.startswith("- ["):
        raise ValueError("the question is missing under '## Check'")
    answers = tuple(_parse_answer(line) for line in lines)
    n_right = sum(answer.is_right for answer in answers)
    if len(answers) < 2 or n_right != 1:
        raise ValueError(
            f"a check needs two or more answers, one right; here {n_right} of {len(answers)} are right"
        )
    return Check(question, answers)


def _parse_answer(line: str) -> Answer:
    answer = _ANSWER.fullmatch(line)
    if answer is None:
        raise ValueError(f"'{line}' is no answer; write '- [ ] Answer | why' or '- [x] Answer | why'")
    return Answer(answer["text"].strip(), answer["why"].strip(), answer["mark"] == "x")


def _terms(text: str) -> tuple[str, ...]:
    unread = _TERM.sub("", text)
    if "[[" in unread or "]]" in unread:
        raise ValueError("a term mark is not closed; write [[key]] or [[key|words shown]]")
    return tuple(dict.fromkeys(mark["key"] for mark in _TERM.finditer(text)))


def _in_pseudo(lesson: Lesson) -> Lesson:
    return replace(
        lesson,
        title=_wrap(lesson.title),
        question=_wrap(lesson.question),
        body=_wrap(lesson.body),
        more=_wrap(lesson.more),
        check=lesson.check and _check_in_pseudo(lesson.check),
        sections=tuple(Section(_wrap(section.title), _wrap(section.text)) for section in lesson.sections),
    )


def _check_in_pseudo(check: Check) -> Check:
    answers = (replace(answer, text=_wrap(answer.text), why=_wrap(answer.why)) for answer in check.answers)
    return Check(_wrap(check.question), tuple(answers))


def _wrap(text: str) -> str:
    """Wrap each paragraph, so that a page that shows only one of them passes the pseudo-language test too."""
    return "\n\n".join(f"⟦{paragraph}⟧" for paragraph in text.split("\n\n")) if text else ""
