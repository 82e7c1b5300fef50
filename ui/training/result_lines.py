"""How good a run is, how good its parent was, and whether the difference is more than chance."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.errors import LightboxError
from core.evaluation.aligned import newer_of, refuse_other_data
from core.evaluation.paired import paired_answer
from core.evaluation.paired_sentences import headline
from core.evaluation.records import metric_title
from core.evaluation.sentences import with_interval
from core.evaluation.summary import validation_auroc
from core.jobs.status import ALIVE
from core.language import Message, _
from core.runs.predictions import predictions_path, read_predictions
from core.runs.store import Run, open_run
from ui.messages import escape
from ui.training.seeds_words import luck_against_parent


@dataclass(frozen=True)
class _Said:
    """What is said of two runs, and whether patients alone would hardly explain their difference."""

    words: Message
    is_real: bool = False


def result_lines(run: Run, before: Run | None) -> None:
    """Say how good a run and its parent are on the validation split, and what the difference is worth."""
    _result(run, _("This run"))
    if before is None:
        return
    _result(before, _("Its parent, {run}", run=escape(before.run_id)))
    if run.state in ALIVE or before.state in ALIVE:
        return
    said = _difference(run, before)
    if said is not None:
        st.markdown(f":material/balance: {escape(said.words)}")
    if not luck_against_parent(run, before) and said is not None and said.is_real:
        st.caption(
            _(
                "So much for the chance of which patients were asked. Another seed may still turn it round:"
                " repeat both with other seeds before you believe it."
            )
        )


def _result(run: Run, label: str) -> None:
    """Say how good a network is on its validation split, once its worker has stored the predictions."""
    if run.state in ALIVE:
        return
    auroc = validation_auroc(run)
    if auroc is None:
        return
    title = escape(metric_title("auroc", run.card.positive_class))
    value = _("{auroc}, n = {n}", auroc=with_interval(auroc), n=auroc.n)
    st.markdown(f"{label} · {title} · **{value}**")


def _difference(run: Run, parent: Run) -> _Said | None:
    """Return what the two differ by on the same images, or why that cannot be told."""
    paths = [_path(one) for one in (parent, run)]
    if not all(path.exists() for path in paths):
        return None
    changed = [path.stat().st_mtime_ns for path in paths]
    return _paired(parent.run_id, run.run_id, changed[0], changed[1])


def _path(run: Run) -> Path:
    return predictions_path(run.folder, run.config.dataset, "val")


@st.cache_data(max_entries=64, show_spinner=False)
def _paired(parent_id: str, run_id: str, parent_changed: int, run_changed: int) -> _Said:
    parent, run = open_run(parent_id), open_run(run_id)
    try:
        refuse_other_data(parent, run)
        one, other = (read_predictions(_path(each)) for each in (parent, run))
        answer = paired_answer(one, other, newer=newer_of(parent, run))
    except LightboxError as error:
        return _Said(error.message)
    words = headline(answer, "auroc", one=parent_id, other=run_id)
    return _Said(words, answer.metrics["auroc"].verdict != "cannot tell")
