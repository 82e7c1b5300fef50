"""The test split as a sealed envelope: opened on purpose, and each look counted."""

from datetime import datetime
from typing import Final

import streamlit as st

from core.datasets.records import SplitName
from core.evaluation.looks import WHO, Look, can_write, list_looks, n_looks, n_looks_beside, why_it_matters
from core.language import _, ngettext
from core.runs.store import Run
from core.training.launch import split_counts
from ui import answers
from ui.evaluate.source_asking import Asking, is_at_work, start
from ui.messages import escape, guard
from ui.pickers import PART_TITLES, pick_split
from ui.session import full

_SPLIT_KEY: Final = "evaluate-split"
_JUST_OPENED: Final = "evaluate-just-opened"
_OPENING: Final = "evaluate-opening"  # the run whose test split is being asked about, to be opened then
_MOST_LISTED: Final = 50


def judged_split(run: Run) -> SplitName:
    """Return validation, or what the visitor chose after opening the test split of this run."""
    asking = Asking(run, "test", split_counts(run)["test"])
    if asking.n_images and st.session_state.get(_OPENING) == run.run_id and asking.is_stored:
        _open(run)
    is_open = asking.n_images > 0 and answers.is_open(run) and (asking.is_stored or asking.is_quick)
    names = _offered(is_open=is_open)
    if st.session_state.pop(_JUST_OPENED, False) and is_open:
        st.session_state[_SPLIT_KEY] = "test"
    if st.session_state.get(_SPLIT_KEY) not in names:
        st.session_state[_SPLIT_KEY] = "val"
    split: SplitName = pick_split(key=_SPLIT_KEY, names=names) if len(names) > 1 else "val"
    if asking.n_images == 0:
        st.caption(_("This run has no test split: the numbers are of the validation split."))
    elif not is_open:
        _sealed(asking)
    return split


def seal_words(run: Run, split: SplitName) -> None:
    """Say how often the test split was looked at and why that matters; at Full also when and by whom."""
    if split == "test":
        _test_words(run)
    if full():
        list_of_looks(run)


def _test_words(run: Run) -> None:
    n, beside = n_looks(run), n_looks_beside(run)
    if not can_write(run.writable_folder):
        st.warning(
            _(
                "This look cannot be written down, for the folder of the runs can only be read here. Count it"
                " yourself: whoever looks, changes something and looks again is training on the test."
            )
        )
    if n:
        looked = ngettext("The test split was looked at once.", "The test split was looked at {n} times.", n)
        (st.warning if n > 1 else st.caption)(f"{looked} {why_it_matters(n)}")
    if beside:
        st.warning(
            _(
                "The same images were looked at {n} more times through other runs of its sweep. Whoever"
                " picks the best of them picks by the test.",
                n=beside,
            )
        )


def list_of_looks(run: Run) -> None:
    """List when, at what and from where a run was looked at, the newest first."""
    looks = list_looks(run)
    if not looks:
        return
    with st.expander(_("All looks: {n}", n=len(looks)), icon=":material/visibility:"):
        st.table([_row(look) for look in reversed(looks[-_MOST_LISTED:])], hide_index=True)
        if len(looks) > _MOST_LISTED:
            st.caption(_("The newest {n} are shown.", n=_MOST_LISTED))


def _row(look: Look) -> dict[str, str]:
    return {
        _("When (UTC)"): _moment(look.at),
        _("At"): _("{part} of {dataset}", part=_(PART_TITLES[look.split]), dataset=escape(look.dataset)),
        _("From"): _(WHO[look.who]),
    }


def _moment(at: str) -> str:
    try:
        return datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M")
    except ValueError:  # somebody wrote into the file
        return escape(at)


def _offered(*, is_open: bool) -> tuple[SplitName, ...]:
    test: tuple[SplitName, ...] = ("test",) if is_open else ()
    train: tuple[SplitName, ...] = ("train",) if full() else ()
    return (*train, "val", *test)


def _sealed(asking: Asking) -> None:
    if st.session_state.get(_OPENING) == asking.run.run_id:
        if is_at_work(asking, key="evaluate-test"):
            return
        del st.session_state[_OPENING]
    with st.popover(_("Test split: sealed"), icon=":material/lock:", width="stretch"):
        _offer(asking)


def _offer(asking: Asking) -> None:
    run, n = asking.run, n_looks(asking.run)
    st.markdown(
        _(
            "The numbers here are of the **validation** split. The test split is a sealed envelope: whoever"
            " looks, changes something and looks again is training on it. So **each look is counted**."
            " Open it once, when you are done choosing."
        )
    )
    st.caption(f"{_('Looks so far: {n}', n=n)}. {why_it_matters(n)}")
    if st.button(_("Open the test split: this look is counted"), key="evaluate-open-test"):
        with guard():
            if asking.is_stored or asking.is_quick:
                _open(run)
            start(asking)
            st.session_state[_OPENING] = run.run_id
            st.rerun()


def _open(run: Run) -> None:
    with st.spinner(_("Asking the network about each image of the test split…")):
        answers.open_test(run)
    st.session_state.pop(_OPENING, None)
    st.session_state[_JUST_OPENED] = True  # the picker of this step is drawn already: the next shows it
    st.rerun()
