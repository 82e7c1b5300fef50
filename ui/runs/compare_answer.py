"""Is one run better than another? The paired answer in one sentence, and all of it in a fold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.datasets.records import SplitName
from core.errors import UserError
from core.evaluation.aligned import newer_of
from core.evaluation.curves import areas, roc_curves
from core.evaluation.paired import corrected, paired_answer
from core.evaluation.paired_records import PAIRED_METHODS, PairedAnswer, paired_title
from core.evaluation.paired_sentences import headline
from core.figures.comparing import two_rocs
from core.figures.theme import label
from core.jobs.status import ALIVE
from core.language import _, joined, ngettext
from core.runs.store import Run, open_run
from ui import answers
from ui.charts import show_figure
from ui.messages import error_box, escape, simulated_badge
from ui.runs.compare_disagreements import disagreements_section
from ui.runs.compare_same_images import comparable_with
from ui.runs.compare_split import choose_split, offer_to_ask, split_words, without_answers
from ui.runs.compare_tables import table_of_many, table_of_metrics
from ui.session import full

_HEADLINE: Final = "auroc"
_MOST_NAMED: Final = 5


@dataclass(frozen=True)
class _Pair:
    """A run held against the reference, and what came of it."""

    run: Run
    answer: PairedAnswer


@st.cache_data(max_entries=512, show_spinner=False)
def _paired(
    one_id: str, other_id: str, split: SplitName, one_changed: int, other_changed: int
) -> PairedAnswer:
    one, other = open_run(one_id), open_run(other_id)
    asked = [answers.predictions(run, split) for run in (one, other)]
    return paired_answer(*asked, newer=newer_of(one, other))


def answer_section(runs: Sequence[Run]) -> None:
    """Say whether the runs differ by more than chance; a run has its answer when it is done."""
    judged = [run for run in runs if run.has_model and run.state not in ALIVE]
    n_waiting = len(runs) - len(judged)
    if len(judged) < 2:
        st.info(
            _("Which is better can be said once two of them are done."), icon=":material/hourglass_empty:"
        )
        return
    if n_waiting:
        st.caption(
            ngettext(
                "One run is left out here: it is still in training, or has no network yet.",
                "{n} runs are left out here: they are still in training, or have no network yet.",
                n_waiting,
            )
        )
    reference = _choose_reference(judged)
    others = [run for run in judged if run.run_id != reference.run_id]
    comparable = comparable_with(reference, others)
    if not comparable:
        return
    with st.container(border=True, key="compare-answer"):
        said = st.container(key="compare-said")
        split = choose_split([reference, *comparable]) if full() else "val"
        with said:
            _judge(reference, comparable, split)


def _judge(reference: Run, others: Sequence[Run], split: SplitName) -> None:
    """Ask those that were not asked yet, or say what came of it."""
    missing = without_answers([reference, *others], split)
    if missing:
        offer_to_ask(missing, split)
    waiting = {run.run_id for run in missing}
    asked = [run for run in others if run.run_id not in waiting]
    if reference.run_id in waiting or not asked:
        return
    with st.spinner(_("Drawing the patients again, for all of them…")):
        pairs = _pairs(reference, asked, split)
    if pairs:
        _say(reference, pairs, split)


def _choose_reference(runs: Sequence[Run]) -> Run:
    """Let the visitor choose what the others are held against; of two it is the first that began."""
    by_age = sorted(runs, key=lambda run: run.status.created_at)
    if len(runs) == 2:
        return by_age[0]
    names = [run.run_id for run in by_age]
    if st.session_state.get("compare-reference") not in names:
        st.session_state["compare-reference"] = names[0]
    chosen = st.selectbox(
        _("Held against"),
        names,
        key="compare-reference",
        help=_("Each of the other runs is compared with this one."),
        width=420,
    )
    return next(run for run in by_age if run.run_id == chosen)


def _pairs(reference: Run, others: Sequence[Run], split: SplitName) -> list[_Pair]:
    found = []
    for run in others:
        try:
            answer = _paired(
                reference.run_id, run.run_id, split, answers.changed_ns(reference), answers.changed_ns(run)
            )
            found.append(_Pair(run, answer))
        except UserError as error:
            error_box(error)
    after = corrected([pair.answer for pair in found])
    return [_Pair(pair.run, answer) for pair, answer in zip(found, after, strict=True)]


def _say(reference: Run, pairs: Sequence[_Pair], split: SplitName) -> None:
    if reference.card.simulated:
        simulated_badge()
    if len(pairs) == 1:
        _boldly(_sentence(reference, pairs[0]))
    else:
        _say_of_many(reference, pairs)
    methods = {pair.answer.metrics[_HEADLINE].method for pair in pairs}
    parts = [*(_(PAIRED_METHODS[method]) for method in sorted(methods)), split_words(split)]
    st.caption(joined([*parts, _("One training of each: another seed may say otherwise.")], " "))
    for note in dict.fromkeys(str(note) for pair in pairs for note in pair.answer.notes):
        st.caption(escape(note))
    label = (
        _("All metrics, both curves, and where they disagree") if len(pairs) == 1 else _("All comparisons")
    )
    with st.expander(label, key="compare-more", on_change="rerun") as part:
        if part.open:
            _details(reference, pairs, split)


def _say_of_many(reference: Run, pairs: Sequence[_Pair]) -> None:
    """Count the verdicts, and warn that of many comparisons one looks like a winner by chance."""
    verdicts = [pair.answer.metrics[_HEADLINE].verdict for pair in pairs]
    text = _(
        "Against {run} in {metric}: {better} better, {worse} worse, of {unclear} it cannot be told.",
        run=reference.run_id,
        metric=paired_title(_HEADLINE, pairs[0].answer.positive_class),
        better=verdicts.count("better"),
        worse=verdicts.count("worse"),
        unclear=verdicts.count("cannot tell"),
    )
    _boldly(text)
    decided = [pair for pair in pairs if pair.answer.metrics[_HEADLINE].verdict != "cannot tell"]
    if decided:
        shown = decided[:_MOST_NAMED]
        lines = [_sentence(reference, pair) for pair in shown]
        st.markdown("\n".join(f"- {escape(line)}" for line in lines))
    st.caption(
        _(
            "Of {n} comparisons one may look like a winner by chance alone: the verdicts go by p values"
            " corrected for their number (Holm).",
            n=len(pairs),
        )
    )


def _sentence(reference: Run, pair: _Pair) -> str:
    return str(headline(pair.answer, _HEADLINE, one=reference.run_id, other=pair.run.run_id))


def _boldly(sentence: str) -> None:
    st.markdown(f"##### {escape(sentence)}", anchors=False)


def _details(reference: Run, pairs: Sequence[_Pair], split: SplitName) -> None:
    if len(pairs) > 1:
        table_of_many([(pair.run.run_id, pair.answer) for pair in pairs])
        names = [pair.run.run_id for pair in pairs]
        chosen = st.selectbox(_("Look closer at"), names, key="compare-closer", width=420)
        pair = next(one for one in pairs if one.run.run_id == chosen)
        st.markdown(f"**{escape(_sentence(reference, pair))}**")
    else:
        pair = pairs[0]
    table_of_metrics(pair.answer, one=reference.run_id, other=pair.run.run_id)
    _both_curves(reference, pair, split)
    disagreements_section(reference, pair.run, split)


def _both_curves(reference: Run, pair: _Pair, split: SplitName) -> None:
    positive = pair.answer.positive_class
    if positive is None:
        return
    curves, found = {}, {}
    for run in (reference, pair.run):
        drawn = roc_curves(answers.predictions(run, split))
        if positive not in drawn:
            return
        curves[run.run_id] = drawn[positive]
        found[run.run_id] = areas(answers.evaluation(run, split))[positive]
    title = _(
        "Which of the two finds more of '{positive}' at the same false alarms?", positive=label(positive)
    )
    figure = two_rocs(curves, found, positive=positive, title=title)
    show_figure(figure, key="compare-roc", simulated=reference.card.simulated)
