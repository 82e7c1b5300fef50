"""How a lesson looks on a page: question, text with terms that open in place, self-check, the way on."""

import html
from typing import Literal

import streamlit as st

from core.evaluation.sentences import rounded
from core.language import _
from core.lessons import Answer, Lesson, Term, load_glossary, load_lesson, plain_text, replace_terms
from core.runs.records import ModelCard
from ui.navigation import entry_of, go_to, lesson_number
from ui.session import Key, full, language, recall, remember


def lesson(name: str) -> Lesson:
    """Read the lesson `name` in the visitor's language."""
    return load_lesson(name, language())


def lesson_header(name: str, shown: Lesson | None = None, *, body: bool = True) -> Lesson:
    """Show where this page stands, its title, its question and its body; return the lesson.

    Parameters
    ----------
    name
        The page's name, which is its lesson's name.
    shown
        The lesson, if the page has already read it.
    body
        Show the body too; a page with a layout of its own shows it where it wants.
    """
    shown = shown or lesson(name)
    number = lesson_number(name)
    eyebrow = _("Learn · {number} of {total}", number=number[0], total=number[1]) if number else ""
    with st.container(key="lesson-header", gap="small"):
        st.html(
            f"<header class='lb-lesson'>{_paragraph('lb-eyebrow', eyebrow)}"
            f"<h1>{html.escape(plain_text(shown.title))}</h1>"
            f"{_paragraph('lb-question', plain_text(shown.question))}</header>"
        )
    if shown.body and body:
        with st.container(key="lesson-body"):
            lesson_text(shown.body)
    return shown


def lesson_text(text: str) -> None:
    """Show lesson Markdown; each [[term]] is underlined and opens its entry on hover, focus or tap."""
    glossary = load_glossary(language())
    st.markdown(
        replace_terms(text, lambda key, words: _term(glossary.get(key), words)), unsafe_allow_html=True
    )


def lesson_more(shown: Lesson, *, folded: bool = False) -> None:
    """Show what the Full level adds: open there unless it is a workplace (`folded`), folded at Basic."""
    if shown.more:
        with st.expander(_("More: formulas, traps, sources"), expanded=full() and not folded):
            lesson_text(shown.more)


def glossary_chips(shown: Lesson) -> None:
    """Show the lesson's terms as small buttons that open their entries in place."""
    glossary = load_glossary(language())
    terms = [glossary[key] for key in shown.terms if key in glossary]
    if not terms:
        return
    with st.container(horizontal=True, gap="small", key="glossary-chips"):
        for term in terms:
            with st.popover(term.name, type="tertiary"):
                st.markdown(f"**{term.name}**")
                lesson_text(term.text)


def self_check(name: str, shown: Lesson) -> None:
    """Ask the lesson's question; explain the answer that was chosen, and leave a tick when it is right."""
    check = shown.check
    if check is None:
        return
    with st.container(border=True, key="self-check"):
        passed = name in recall(Key.PASSED, [])
        st.markdown(f"##### {_('Check yourself')}{'  ✓' if passed else ''}", anchors=False)
        chosen = st.radio(
            plain_text(check.question),
            range(len(check.answers)),
            index=None,
            format_func=lambda index: plain_text(check.answers[index].text),
            key=f"check-{name}",
            persist_state="session",
        )
        if chosen is not None:
            _feedback(name, check.answers[chosen])


def next_button(name: str, label: str | None = None, *, highlighted: bool = True) -> None:
    """Show the way on to the page `name`, highlighted unless the page has something to do first."""
    entry = entry_of(name)
    if entry is None:
        return
    text = label or _("Next: {page}", page=_(entry.title))
    with st.container(horizontal=True, horizontal_alignment="right", key="next-row"):
        kind: Literal["primary", "secondary"] = "primary" if highlighted else "secondary"
        if st.button(f"{text}  →", key=f"next-{name}", type=kind):
            go_to(name)


def door(name: str, title: str, sentence: str, *, first: bool = False) -> None:
    """Show a card that leads to the page `name`; `first` is the highlighted one."""
    with st.container(border=True, key=f"card-door-{name}", height="stretch"):
        with st.container(height="stretch"):
            st.html(f"<div class='lb-door'><h2>{html.escape(title)}</h2><p>{html.escape(sentence)}</p></div>")
        is_there = entry_of(name) is not None
        label = _("Begin") if first else _("Open")
        kind: Literal["primary", "secondary"] = "primary" if first else "secondary"
        if st.button(
            f"{label}  →",
            key=f"door-{name}",
            type=kind,
            width="stretch",
            disabled=not is_there,
            help=title if is_there else _("This page is not built yet."),
        ):
            go_to(name)


def result_line(card: ModelCard) -> None:
    """Show a network's AUROC with its interval, its n and its positive class; test before validation."""
    split = "test" if "test" in card.metrics else "val"
    metric = card.metrics.get(split, {}).get("auroc")
    if metric is None or metric.value is None:
        st.caption(_("It has not been judged yet."))
        return
    interval = ""
    if metric.low is not None and metric.high is not None:
        interval = f"{rounded(metric.low)} – {rounded(metric.high)}"
    title = (
        _("AUROC for '{positive}'", positive=card.positive_class)
        if card.positive_class
        else _("AUROC, mean of each class against the rest")
    )
    where = _("{n} test images", n=metric.n) if split == "test" else _("{n} validation images", n=metric.n)
    confidence = _("95 % interval {interval}", interval=interval) if interval else _("no interval known")
    st.html(
        f"<div class='lb-result'><b>{rounded(metric.value)}</b><span>{html.escape(title)}<br/>"
        f"{html.escape(confidence)} · {html.escape(where)}</span></div>"
    )


def _feedback(name: str, answer: Answer) -> None:
    if not answer.is_right:
        st.warning(plain_text(answer.why), icon=":material/undo:")
        return
    st.success(plain_text(answer.why), icon=":material/check_circle:")
    if name not in recall(Key.PASSED, []):
        remember(Key.PASSED, name)
        st.rerun()


def _paragraph(css_class: str, text: str) -> str:
    return f"<p class='{css_class}'>{html.escape(text)}</p>" if text else ""


def _term(term: Term | None, words: str) -> str:
    if term is None:
        return words
    meaning = html.escape(plain_text(term.text), quote=True)
    shown, name = html.escape(words, quote=True), html.escape(term.name)
    return (
        f"<span class='lb-term' tabindex='0' role='note' aria-label='{shown}: {meaning}'>{shown}"
        f"<span class='lb-term-text' aria-hidden='true'><b>{name}</b><br/>{meaning}</span></span>"
    )
