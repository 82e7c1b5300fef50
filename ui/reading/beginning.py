"""Where a reading begins: a new one, the same cases as somebody else's, or one that was left."""

import secrets
from collections.abc import Callable
from functools import partial

import streamlit as st

from core.datasets.records import SplitName
from core.language import _, joined, ngettext
from core.reading.cases import plan_reading
from core.reading.drawing import n_available
from core.reading.records import FEWEST, LONGEST_NAME, MIXES, MOST, USUAL, Mix, Reader, ReadingPlan
from core.reading.store import add_reader, clean_name, delete_reading, list_readers, list_readings, save_plan
from core.runs.store import Run
from ui import answers
from ui.messages import escape, simulated_badge
from ui.pickers import SPLIT_TITLES, pick_run
from ui.reading import state
from ui.session import full

_NAME = "reading-name"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def begin() -> None:
    """Offer a new reading, and those that are there."""
    with st.container(border=True, key="card-reading-new"):
        _new()
    _known()


def join(plan: ReadingPlan) -> None:
    """Say which cases these are and who has read them; let one of them go on, or a new reader begin."""
    readers = list_readers(plan.reading)
    with st.container(border=True, key="card-reading-join"):
        st.markdown(f"##### {_('The same {n} cases for everyone', n=plan.n)}", anchors=False)
        if plan.simulated:
            simulated_badge()
        st.caption(escape(_about(plan)))
        name = _name_field([reader.name for reader in readers])
        if st.button(_("Read these cases"), key="reading-join", type="primary", icon=":material/play_arrow:"):
            state.choose(plan.reading, add_reader(plan.reading, name).reader)
            st.rerun()
    for reader in readers:
        _line(plan, reader)
    st.caption(_("To let a colleague read the same cases, give them this address; its code is:"))
    st.code(f"?reading={plan.reading}", language=None)
    with st.container(horizontal=True):
        if st.button(_("Other cases"), key="reading-leave"):
            state.leave()
            st.rerun()
        _delete(plan)


def _new() -> None:
    run = pick_run(label=_("Read against"))
    if run is None:
        return
    left, right = st.columns(2)
    n = left.slider(
        _("How many cases"), FEWEST, MOST, USUAL, step=5, key="reading-n", persist_state="session"
    )
    with right:
        name = _name_field([])
    split, mix = _details(run)
    with st.spinner(_("Asking the network about each image…")):
        found = answers.predictions(run, split)
    st.caption(
        _(
            "Drawn by lot from the {split} split, from which the network did not learn; of each patient who"
            " is known, one image. It takes about {minutes} minutes, and you can stop and come back.",
            split=_(SPLIT_TITLES[split]),
            minutes=max(1, round(n / 4)),
        )
    )
    if (most := n_available(found)) < n:
        st.caption(_("There are only {n} cases here: all of them are read.", n=most))
    if st.button(
        _("Begin the blind reading"), key="reading-begin", type="primary", icon=":material/play_arrow:"
    ):
        clean_name(name)  # a name that cannot be one is told before anything is kept
        plan = plan_reading(run, found, split, int(n), mix=mix, seed=secrets.randbelow(2**32))
        save_plan(plan)
        state.choose(plan.reading, add_reader(plan.reading, name).reader)
        st.rerun()


def _name_field(taken: list[str]) -> str:
    known = {name.casefold() for name in taken}
    names = (_("Reader {letter}", letter=letter) for letter in _LETTERS)
    free = next((name for name in names if name.casefold() not in known), "")
    return st.text_input(
        _("Read as"),
        value=free,
        max_chars=LONGEST_NAME,
        key=f"{_NAME}-{len(taken)}",
        help=_("A made-up name: it is stored with the answers. Do not enter your real one."),
    )


def _details(run: Run) -> tuple[SplitName, Mix]:
    """Let the visitor choose where the cases are from and in which mix; at Basic it is validation, evenly."""
    if not full():
        return "val", "even"
    splits: list[SplitName] = ["val", "test"] if answers.is_open(run) else ["val"]
    left, right = st.columns(2)
    split = left.selectbox(
        _("Cases from"), splits, format_func=lambda name: _(SPLIT_TITLES[name]), key="reading-split"
    )
    if len(splits) == 1:
        left.caption(_("Test cases can be read once the test split was opened on Evaluate."))
    else:
        left.caption(_("Reading teaches the network nothing, but the result shows the truth: it is a look."))
    mix = right.selectbox(
        _("Mix of the classes"), list(MIXES), format_func=lambda name: _(MIXES[name]), key="reading-mix"
    )
    right.caption(_("Readers are not told how many of each there are."))
    return split, mix


def _known() -> None:
    found = list_readings()
    if not found.plans and not found.n_damaged:
        return
    with st.expander(_("Readings so far: {n}", n=len(found.plans)), expanded=full()):
        for plan in found.plans[:20]:
            names = joined(reader.name for reader in list_readers(plan.reading))
            text = f"{escape(_about(plan))}  \n{escape(names)}"
            _row(text, f"reading-open-{plan.reading}", _("Open"), partial(state.choose, plan.reading))
        if len(found.plans) > 20:
            st.caption(_("{shown} of {n} are shown.", shown=20, n=len(found.plans)))
        if found.n_damaged:
            text = ngettext("One reading is damaged.", "{n} readings are damaged.", found.n_damaged)
            st.caption(text)


def _row(text: str, key: str, action: str, press: Callable[[], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(text, width="stretch")
        st.button(action, key=key, on_click=press)


def _line(plan: ReadingPlan, reader: Reader) -> None:
    number = reader.now
    if number is None:
        words, action = _("has read all"), _("Result (shows the truth)")
    else:
        n = len(reader.answers[number])
        words = (
            _("blind: {n} of {total}", n=n, total=plan.n)
            if number == 1
            else _("with help: {n} of {total}", n=n, total=plan.n)
        )
        action = _("Go on")
    _row(
        f"**{escape(reader.name)}** · {words}",
        f"reading-as-{reader.reader}",
        action,
        partial(state.choose, plan.reading, reader.reader),
    )


def _delete(plan: ReadingPlan) -> None:
    with st.popover(_("Delete this reading"), icon=":material/delete:"):
        st.markdown(_("All answers of all its readers go with it. This cannot be undone."))
        if st.button(_("Delete"), key="reading-delete"):
            delete_reading(plan.reading)
            state.leave()
            st.rerun()


def _about(plan: ReadingPlan) -> str:
    return _(
        "{n} cases, {split} images of '{dataset}', against the run '{run}', {day}",
        n=plan.n,
        split=_(SPLIT_TITLES[plan.split]),
        dataset=plan.dataset,
        run=plan.run,
        day=plan.at[:10],
    )
