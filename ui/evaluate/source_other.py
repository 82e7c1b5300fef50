"""Judging a run on another data set: which, what of it, which class there stands for which here."""

from typing import Final

import streamlit as st

from core.datasets.records import DatasetInfo, Part
from core.datasets.store import list_datasets
from core.errors import LightboxError
from core.evaluation.asked import asked_images
from core.evaluation.external import variant_of
from core.evaluation.foreign import shared_with_training, what_differs
from core.evaluation.looks import count_look, list_looks
from core.language import Message, _, joined, ngettext
from core.runs.store import Run, open_run
from ui import answers, cache
from ui.evaluate.judged import Judged
from ui.evaluate.source_asking import Asking, is_at_work, start
from ui.evaluate.source_classes import chosen_classes
from ui.messages import empty_state, error_box, escape, guard
from ui.pickers import PART_TITLES
from ui.seal import list_of_looks

_DATA: Final = "evaluate-other-data"
_PART: Final = "evaluate-other-part"
_SEEN: Final = "evaluate-other-seen"  # what this visitor has looked at: counted once
_WANTED: Final = "evaluate-other-wanted"  # what this visitor has asked for, and wants to see when it is there


def pick_other(run: Run) -> Judged | None:
    """Return a run on another data set, once the visitor has asked for it and the answers are there."""
    info = _pick_data(run)
    _what_it_is()
    if info is None:
        return None
    part = _pick_part(run, info)
    mapping = chosen_classes(run, info)
    if mapping is None:
        return None
    case = Judged(run.run_id, part, info.dataset_id, mapping)
    try:
        found = _asked(case, answers.changed_ns(run), info.revision)
    except LightboxError as error:
        error_box(error)
        return None
    n_images, left_out, notes = found
    _say(info, left_out, notes)
    return case if at_hand(case, n_images) else None


def _pick_data(run: Run) -> DatasetInfo | None:
    own = run.config.dataset
    infos = {info.dataset_id: info for info in list_datasets() if not info.is_called(own)}
    if not infos:
        empty_state(
            _("No other data set yet"),
            _("Bring in images from elsewhere, with the same classes."),
            action=_("Bring in images"),
            page="bring",
        )
        return None
    if st.session_state.get(_DATA) not in infos:
        st.session_state[_DATA] = None
    name = st.selectbox(
        _("The other data set"),
        list(infos),
        index=None,
        format_func=lambda name: _("{title} ({n} images)", title=infos[name].title, n=infos[name].n_images),
        placeholder=_("Choose one"),
        key=_DATA,
        persist_state="session",
    )
    return infos[name] if name else None


def _what_it_is() -> None:
    st.caption(
        _(
            "**External validation** takes images from elsewhere, of people whom the network has neither"
            " learned from nor been chosen by. A score that holds there is good evidence that it works"
            " outside its own hospital. One that falls shows that it does not, but not why: other patients,"
            " another scanner, another rule for the labels. It speaks of that one place, and of no third one."
        )
    )


def _pick_part(run: Run, info: DatasetInfo) -> Part:
    """Return all of it, or a part of the split that it came with where the run keeps such splits."""
    if not info.splits or run.config.split.scheme != "source":
        return "all"
    names: list[Part] = ["all", *(name for name in PART_TITLES if name in info.splits)]
    if st.session_state.get(_PART) not in names:
        st.session_state[_PART] = "all"
    chosen = st.segmented_control(
        _("Which of its images"),
        names,
        format_func=lambda name: _(PART_TITLES[name]),
        key=_PART,
        required=True,
        persist_state="session",
    )
    return chosen or "all"


@st.cache_data(max_entries=32, show_spinner=False)
def _asked(case: Judged, changed: int, revision: str) -> tuple[int, dict[str, int], tuple[Message, ...]]:
    """Return how many images are asked about, how many of which class are not, and what to know of them."""
    run, other = open_run(case.run_id), cache.dataset(case.shown_dataset)
    found = asked_images(run, other, case.split, dict(case.mapping))
    notes = (*shared_with_training(run, other), *what_differs(run, other))
    return len(found.sample_ids), found.left_out, notes


def _say(info: DatasetInfo, left_out: dict[str, int], notes: tuple[Message, ...]) -> None:
    for note in notes:
        st.warning(escape(note), icon=":material/warning:")
    if left_out:
        names = joined(f"{name} ({n})" for name, n in left_out.items())
        n = sum(left_out.values())
        text = ngettext(
            "One image is left out, for it stands for no class of this run: {names}.",
            "{n} images are left out, for they stand for no class of this run: {names}.",
            n,
            names=names,
        )
        st.info(escape(text), icon=":material/filter_alt:")


def at_hand(case: Judged, n_images: int, *, key: str = "evaluate-other", is_listed: bool = True) -> bool:
    """Return whether the answers are there and wanted; until then offer to ask, for a look that is counted.

    `is_listed`: all looks of the run are shown then.
    """
    run, mark = case.run, _mark(case)
    asking = Asking(run, case.split, n_images, case.dataset_id, case.mapping)
    is_wanted = mark in st.session_state.get(_WANTED, ())
    is_there = asking.is_stored or asking.is_quick
    if is_wanted and is_there:
        if not asking.is_stored:
            start(asking)
        _look(case, mark)
        if is_listed:
            list_of_looks(run)
        return True
    if is_wanted and is_at_work(asking, key=key):
        return False
    n = sum(look.dataset == case.dataset_id for look in list_looks(run))
    st.caption(
        _(
            "Looks of this run at this data set so far: {n}. It is no sealed test, but each look is written"
            " down: a network that is changed until it does well here is no longer judged from outside.",
            n=n,
        )
    )
    label = ngettext(
        "Judge it on one image: this look is counted",
        "Judge it on {n} images: this look is counted",
        n_images,
    )
    if st.button(label, key=f"{key}-start", type="primary", icon=":material/visibility:"):
        with guard():
            if not is_there:
                start(asking)
            st.session_state[_WANTED] = [*st.session_state.get(_WANTED, ()), mark]
            st.rerun()
    return False


def _look(case: Judged, mark: str) -> None:
    """Count the look, once for this visitor and these answers."""
    if mark not in st.session_state.get(_SEEN, ()):
        count_look(case.run, case.shown_dataset, case.split, "page")
        st.session_state[_SEEN] = [*st.session_state.get(_SEEN, ()), mark]


def _mark(case: Judged) -> str:
    changed = answers.changed_ns(case.run)
    revision = cache.dataset(case.shown_dataset).info.revision
    return (
        f"{case.run_id}/{changed}/{case.dataset_id}/{revision}/{case.split}/{variant_of(dict(case.mapping))}"
    )
