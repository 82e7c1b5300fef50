"""Against another run: asked about the same images, which of them is better, and where they disagree."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from core.errors import UserError
from core.evaluation.aligned import newer_of, refuse_other_data, refuse_other_split
from core.evaluation.paired import paired_answer
from core.evaluation.paired_records import PAIRED_METHODS, PairedAnswer
from core.evaluation.paired_sentences import headline
from core.evaluation.stored import stored_predictions
from core.language import _
from core.runs.store import Run, list_runs
from ui import answers, cache
from ui.charts import show_figure
from ui.evaluate.against_curves import both_curves
from ui.evaluate.judged import Judged, Threshold, predictions
from ui.messages import escape, guard
from ui.runs.compare_disagreements import show_disagreements
from ui.runs.compare_tables import table_of_metrics

_HEADLINE: Final = "auroc"
_KEY: Final = "against-run"


@st.cache_resource(max_entries=16, show_spinner=False)
def _paired(
    case: Judged, other: Judged, changed: tuple[int, int], revision: str, threshold: Threshold
) -> PairedAnswer:
    newer = newer_of(case.run, other.run)
    return paired_answer(predictions(case), predictions(other), threshold=threshold, newer=newer)


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view."""
    names = _comparable(case)
    if not names:
        st.info(
            _(
                "No other run was judged on the same images. Train a second one on this data set, with one"
                " setting changed, and come back."
            ),
            icon=":material/compare_arrows:",
        )
        return
    other = replace(case, run_id=_choose(names))
    if not _is_asked(other):
        _offer(other)
        return
    changed = (answers.changed_ns(case.run), answers.changed_ns(other.run))
    with st.spinner(_("Drawing the patients again, for both of them…")):
        answer = _paired(case, other, changed, cache.dataset(case.shown_dataset).info.revision, threshold)
    _say(case, other, answer)
    simulated = case.run.card.simulated
    if figure := both_curves(case, other, threshold):
        show_figure(figure, key="against-roc", simulated=simulated)
    with st.expander(_("All metrics of both"), key="against-table"):
        table_of_metrics(answer, one=case.run_id, other=other.run_id)
    st.subheader(_("Where they disagree"), anchor=False)
    one, second = ((each.run, predictions(each)) for each in (case, other))
    show_disagreements(one, second, case.shown_dataset, key="against", threshold=threshold)


@st.cache_data(ttl=10, max_entries=16, show_spinner=False)  # looked for once in ten seconds, not at each move
def _comparable(case: Judged) -> list[str]:
    """Return the ids of the other runs that can be asked about the very images."""
    found = sorted(list_runs(), key=lambda run: run.is_fold)
    return [run.run_id for run in found if run.run_id != case.run_id and _fits(case.run, run, case)]


def _fits(run: Run, other: Run, case: Judged) -> bool:
    if case.dataset_id is None and other.config.dataset != run.config.dataset:
        return False
    if not other.has_model or other.card.class_names != run.card.class_names:
        return False
    if case.dataset_id is not None:  # of another data set both are asked about the same images
        return True
    try:
        refuse_other_data(run, other)
        if case.split != "all":
            refuse_other_split(run, other, case.split)
    except (UserError, OSError):
        return False
    return True


def _choose(names: Sequence[str]) -> str:
    if st.session_state.get(_KEY) not in names:
        st.session_state[_KEY] = names[0]
    return st.selectbox(_("Against"), names, key=_KEY, width=420)


def _is_asked(case: Judged) -> bool:
    if case.split == "test" and case.dataset_id is None and not answers.is_open(case.run):
        return False
    return stored_predictions(case.run, case.split, case.dataset_id, mapping=dict(case.mapping)) is not None


def _offer(case: Judged) -> None:
    """Offer to ask the other run: on purpose, for a look at its test split is counted."""
    if case.split == "test" and case.dataset_id is None:
        st.caption(_("The test split of '{run}' is still sealed.", run=escape(case.run_id)))
        if st.button(_("Open the test split: this look is counted"), key="against-open"):
            with guard(), st.spinner(_("Asking the network about each image of the test split…")):
                answers.open_test(case.run)
                st.rerun()
        return
    st.caption(_("'{run}' has not been asked about these images yet.", run=escape(case.run_id)))
    if st.button(_("Ask now"), key="against-ask", icon=":material/play_arrow:"):
        with guard(), st.spinner(_("Asking the network about each image…")):
            predictions(case)
            st.rerun()


def _say(case: Judged, other: Judged, answer: PairedAnswer) -> None:
    said = headline(answer, _HEADLINE, one=case.run_id, other=other.run_id)
    st.markdown(f"##### {escape(said)}", anchors=False)
    method = _(PAIRED_METHODS[answer.metrics[_HEADLINE].method])
    caption = _(
        "Both were asked about the same images. One training of each: another seed may say otherwise."
    )
    st.caption(f"{escape(method)} {caption}")
    for note in answer.notes:
        st.caption(escape(note))
