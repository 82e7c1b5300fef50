"""Whom is judged, on what: the run, the split, the data set."""

from typing import Final

import streamlit as st

from core.datasets.records import SplitName
from core.language import _
from core.runs.store import Run
from core.training.launch import split_counts
from ui import answers
from ui.evaluate.judged import Judged
from ui.evaluate.source_asking import Asking, ask_button, start
from ui.evaluate.source_other import pick_other
from ui.pickers import pick_run
from ui.seal import judged_split, seal_words
from ui.session import full

_WHERE: Final = "evaluate-where"


def pick_judged() -> Judged | None:
    """Let the visitor choose; return what is judged, with its predictions at hand, or None without one."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        run = pick_run()
    if run is None:
        return None
    with right:
        is_elsewhere = run.came_alone or (full() and _is_elsewhere())
    if is_elsewhere:
        case = pick_other(run)
    else:
        # At Basic beside the run, at Full, where more is to be chosen, in a line of its own.
        with st.container(horizontal=True, vertical_alignment="bottom") if full() else right:
            split = judged_split(run)
        case = _at_hand(run, split)
    return case if case is not None and _is_usable(case) and _has_validation(case) else None


def _is_elsewhere() -> bool:
    names = {"own": _("On its own data"), "other": _("On another data set")}
    chosen = st.segmented_control(
        _("Judged"),
        list(names),
        format_func=names.__getitem__,
        default=None if _WHERE in st.session_state else "own",
        key=_WHERE,
        required=True,
        persist_state="session",
    )
    return chosen == "other"


def _at_hand(run: Run, split: SplitName) -> Judged | None:
    """Have the answers of a split of the run's own, or show how to get them."""
    seal_words(run, split)
    if split == "train":
        st.caption(
            _(
                "The network has learned from these very images: the numbers say how well it knows them by"
                " heart, not how good it is."
            )
        )
    hint = _("These weights have not been asked about these images yet.")
    return Judged(run.run_id, split) if _is_asked(run, split, hint) else None


def _has_validation(case: Judged) -> bool:
    """Have the answers of the validation split too, in the background: what is fitted is fitted on them."""
    if case.run.came_alone or (case.dataset_id is None and case.split == "val"):
        return True  # of a model without its images there are none to ask about
    hint = _(
        "These weights have not been asked about the validation split yet. Thresholds, the temperature and"
        " sets of answers are chosen there, never on the images that are judged."
    )
    return _is_asked(case.run, "val", hint)


def _is_asked(run: Run, split: SplitName, hint: str) -> bool:
    """Return whether the answers are stored; else ask at once, if that is quick, or show how to ask."""
    asking = Asking(run, split, split_counts(run)[split])
    if asking.is_quick and not asking.is_stored:
        start(asking)
        return True
    label = _("Ask the network about {n} images", n=asking.n_images)
    return ask_button(asking, key="evaluate-ask", label=label, hint=hint)


def _is_usable(case: Judged) -> bool:
    """Say which images have no score that could be judged; False where none has."""
    n_left, n_out = answers.n_usable(case.run, case.split, case.dataset_id, case.mapping)
    if n_left == n_out == 0:
        st.info(_("There is no image in this part of the data: choose another one."))
    elif n_left == 0:
        st.error(
            _(
                "The network's answers to all {n} images are no numbers (NaN or infinite), so there is"
                " nothing to judge. Train it again, with a lower learning rate.",
                n=n_out,
            ),
            icon=":material/warning:",
        )
    elif n_out:
        st.warning(
            _(
                "{n} of {total} images are left out of everything below: the network's answers to them are no"
                " numbers (NaN or infinite). What is left flatters it: these it could not answer at all.",
                n=n_out,
                total=n_left + n_out,
            ),
            icon=":material/warning:",
        )
    return n_left > 0
