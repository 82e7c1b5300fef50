"""Break it: make a mistake on purpose, and see what it does to the picture, the answer and the score."""

from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.datasets.records import DatasetInfo
from core.experiments.borrowing import IMAGENET_NAME, name_of, others_for, runs_for
from core.experiments.breaking import Damage
from core.experiments.breaks import BREAKS
from core.figures.breaks import AnswerChange, answer_change
from core.figures.theme import label
from core.language import N_, Message, _
from core.runs.store import Run
from ui.charts import show_figure
from ui.messages import escape, guard
from ui.navigation import go_to
from ui.operating import line_of
from ui.preprocessing import break_answers
from ui.preprocessing.break_pictures import show_example, show_pictures, show_values
from ui.preprocessing.break_scores_view import score_section
from ui.session import full, use_language

_MOST_CLASSES: Final = 4  # rows of an answer with many classes


def break_section(info: DatasetInfo, sample_id: int) -> None:
    """Show switches for mistakes, and what they do to one image, to a network's answer and to its AUROC.

    It redraws itself alone when a switch is moved. Nothing is computed, and no network is loaded, before a
    first mistake is chosen.
    """
    st.fragment(_section)(info, sample_id)


def break_fold(info: DatasetInfo, sample_id: int) -> None:
    """Show the section folded, as the Basic level has it: nothing is computed while it is closed."""
    title = _("Break it: seven mistakes, made on purpose")
    fold = st.expander(title, key="preprocess-break-fold", on_change="rerun")
    if fold.open:
        with fold:
            break_section(info, sample_id)


def _section(info: DatasetInfo, sample_id: int) -> None:
    use_language()
    with guard():
        st.subheader(_("Break it"), anchor=False)
        st.markdown(
            _(
                "Seven mistakes that are made in earnest, with a network that was trained without them."
                " Switch on one or several: they are made in this order, from the scanner to the network."
            )
        )
        run = _pick_run(info)
        names, other = _pick_breaks(), IMAGENET_NAME
        if "foreign_statistics" in names and full():
            other = _pick_other(info)
        if names:
            _one_image(info, sample_id, run, names, other)
        else:
            st.caption(_("Nothing is broken. Choose a mistake to see what it does to this image."))
        if run is not None:
            score_section(info, run, names, other)


def _pick_run(info: DatasetInfo) -> Run | None:
    """Return the run whose answers are shown: the shipped one, or at Full another of this data set."""
    runs = {run.run_id: run for run in runs_for(info)}
    if not runs:
        _no_run()
        return None
    if len(runs) == 1 or not full():
        return next(iter(runs.values()))
    key = f"preprocess-break-run-{info.dataset_id}"
    name = st.selectbox(_("Network that answers"), list(runs), key=key, persist_state="session")
    return runs[name]


def _no_run() -> None:
    st.info(
        _(
            "No network has been trained on this data set yet, so only the picture can be broken here. The"
            " network that ships knows simulated chest films; asked about other images, right or broken, its"
            " answer would mean nothing."
        )
    )
    if st.button(_("Train a network"), key="preprocess-break-train"):
        go_to("train")


def _pick_breaks() -> tuple[str, ...]:
    chosen = st.pills(
        _("Mistakes"),
        list(BREAKS),
        selection_mode="multi",
        format_func=lambda name: _(BREAKS[name].title),
        key="preprocess-breaks",
        persist_state="session",
    )
    return tuple(name for name in BREAKS if name in chosen)


def _pick_other(info: DatasetInfo) -> str:
    others = others_for(info)
    key = f"preprocess-break-other-{info.dataset_id}"
    return st.selectbox(
        _("Whose mean and standard deviation"),
        others,
        format_func=lambda name: str(name_of(name)),
        key=key,
        persist_state="session",
    )


def _one_image(
    info: DatasetInfo, sample_id: int, run: Run | None, names: tuple[str, ...], other: str
) -> None:
    with st.spinner(_("The mistake is being made…")):
        found = break_answers.compared(info, sample_id, run, names, other)
    for name, damage in found.made.damages.items():
        _tell(name, damage)
    if not found.made.is_done:
        return
    show_pictures(info, found)
    if run is not None:
        with st.spinner(_("Loading the network and asking it…")):
            right, broken = break_answers.probabilities(run, found)
        _answer(info, run, right, broken)
    title = _("What the network gets: the numbers themselves")
    fold = st.expander(title, key="preprocess-break-values", expanded=full(), on_change="rerun")
    if fold.open:
        with fold:
            show_values(info, found)


def _tell(name: str, damage: Damage) -> None:
    """Say what the mistake is, what it did here, where to look, and how it is found out."""
    entry = BREAKS[name]
    with st.container(border=True, key=f"card-break-{name}", gap="small"):
        st.markdown(f"**{_(entry.title)}**  \n{_(entry.summary)}")
        icon = ":material/heart_broken:" if damage.is_done else ":material/check_circle:"
        st.markdown(f"{icon} {escape(damage.note)}")
        st.caption(
            _(
                "**Look for:** {look} **Found out:** {noticed} Source: {source}.",
                look=_(entry.look_for),
                noticed=_(entry.noticed),
                source=escape(entry.source),
            )
        )
        if name == "test_statistics":
            text = _("Of the test images only the pixels are read here; no answer is asked, the seal stays.")
            st.caption(text)
        if not damage.is_done and entry.example:
            show_example(name)


def _answer(info: DatasetInfo, run: Run, right: NDArray[np.float64], broken: NDArray[np.float64]) -> None:
    """Show the probabilities right and broken, and say whether the answer is another one."""
    names, positive = run.card.class_names, run.card.positive_class
    threshold = line_of(run)
    called = [_called(values, names, positive, threshold) for values in (right, broken)]
    if positive is not None:
        rows = [names.index(positive)]
    else:
        rows = [int(row) for row in np.argsort(-np.maximum(right, broken))[:_MOST_CLASSES]]
    changes = [AnswerChange(names[row], float(right[row]), float(broken[row])) for row in rows]
    text = N_("The answer stays '{before}'")
    if called[0] != called[1]:
        text = N_("The answer changes: '{before}' becomes '{after}'")
    title = Message(text=text, values={"before": label(called[0]), "after": label(called[1])})
    figure = answer_change(changes, title=title, threshold=threshold)
    show_figure(figure, key="preprocess-break-answer", simulated=info.simulated)
    st.caption(_("Answer of the network {run} to this one image.", run=escape(run.run_id)))


def _called(
    values: NDArray[np.float64], names: tuple[str, ...], positive: str | None, threshold: float | None
) -> str:
    if positive is None or threshold is None:
        return names[int(values.argmax())]
    if values[names.index(positive)] >= threshold:
        return positive
    return next(name for name in names if name != positive)
