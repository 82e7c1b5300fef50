"""On which images runs are compared: validation, or the test split once it was opened for all of them."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.records import SplitName
from core.evaluation.looks import n_looks
from core.evaluation.stored import stored_predictions
from core.language import _, joined, ngettext
from core.runs.store import Run
from core.training.launch import split_counts
from ui import answers
from ui.messages import guard
from ui.pickers import pick_split


def choose_split(runs: Sequence[Run]) -> SplitName:
    """Return validation, or what the visitor chose after opening the test split of all runs."""
    if any(split_counts(run)["test"] == 0 for run in runs):
        return "val"
    sealed = [run for run in runs if not answers.is_open(run)]
    if not sealed:
        return pick_split(key="compare-split", names=("val", "test"))
    with st.popover(_("Test split: sealed"), icon=":material/lock:"):
        _offer(sealed)
    return "val"


def split_words(split: SplitName) -> str:
    """Say what a comparison on this split is worth."""
    if split == "test":
        return _("Judged on the test split, which none of them has learned from or was chosen by.")
    return _(
        "Judged on the validation split. Each run's best epoch was chosen on it, so the values are a little"
        " optimistic."
    )


def without_answers(runs: Sequence[Run], split: SplitName) -> list[Run]:
    """Return the runs that have not been asked about the split yet."""
    return [run for run in runs if stored_predictions(run, split) is None]


def offer_to_ask(runs: Sequence[Run], split: SplitName) -> None:
    """Offer to ask these runs about each image, with progress."""
    st.caption(
        ngettext(
            "One run has not been asked about these images yet.",
            "{n} runs have not been asked about these images yet.",
            len(runs),
        )
    )
    if st.button(_("Ask now"), key="compare-ask", icon=":material/play_arrow:"):
        with guard():
            ask(runs, split)
            st.rerun()


def ask(runs: Sequence[Run], split: SplitName) -> None:
    """Ask each run about each image of a split; a look at the test split is counted."""
    from core.evaluation.predictions import predictions_of

    bar = st.progress(0.0)
    for place, run in enumerate(runs):
        text = _("Asking run {n} of {total} about each image…", n=place + 1, total=len(runs))
        predictions_of(run, split, progress=partial(_show, bar, text, place, len(runs)))
    bar.empty()


def _show(bar: DeltaGenerator, text: str, place: int, total: int, done: float) -> None:
    bar.progress((place + done) / total, text)


def _offer(runs: Sequence[Run]) -> None:
    st.markdown(
        _(
            "The test split is a sealed envelope: whoever looks, changes something and looks again is"
            " training on it. Open it once, when you are done choosing. **A look is counted for each of these"
            " runs.**"
        )
    )
    st.caption(_("Looks so far: {n}", n=joined(str(n_looks(run)) for run in runs)))
    label = ngettext("Open it for {n} run", "Open it for {n} runs", len(runs))
    if st.button(label, key="compare-open-test"):
        with guard():
            ask(runs, "test")
            for run in runs:
                answers.mark_open(run)
            st.session_state["compare-split"] = "test"
            st.rerun()
