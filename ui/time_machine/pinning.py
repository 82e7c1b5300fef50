"""Who is followed: the rule's cases, or those that a person pins, by number or from what went wrong last."""

import streamlit as st

from core.jobs.status import ALIVE
from core.language import _
from core.runs.pins import RULE, pin, pinned_cases, unpin
from core.runs.replay import MOST_CASES, Recording
from core.runs.store import Run
from ui.controls import escape, guard
from ui.session import full
from ui.time_machine.frames import followed


def pinning_section(run: Run, recording: Recording) -> None:
    """Say who is followed, and let the visitor pin and unpin."""
    with st.expander(_("Follow other cases"), key="time-machine-pins", on_change="rerun") as fold:
        if not fold.open:
            return
        pinned = pinned_cases(run)
        st.markdown(_(RULE) if pinned is None else _("These cases were pinned by hand."))
        if run.is_shipped:
            st.caption(_("This run came with Lightbox and stays as it is; pin cases in a run of your own."))
            return
        now = pinned or followed(recording)
        _say_when(run)
        _unpin(run, recording, now)
        _pin(run, recording, now)


def _say_when(run: Run) -> None:
    if run.state in ALIVE:
        text = _(
            "A change counts from the next epoch on; the epochs before stay as they were filmed. New runs of"
            " this data set follow the same cases."
        )
        st.caption(text)
        return
    from ui.training.again import again_button

    text = _(
        "This run is not at work: what is pinned now is followed when it goes on, and by new runs of this"
        " data set."
    )
    st.caption(text)
    again_button(run, key="time-machine-again")


def _unpin(run: Run, recording: Recording, now: tuple[int, ...]) -> None:
    names = _names(recording)
    kept = st.pills(
        _("Followed now; press one to leave it out"),
        now,
        selection_mode="multi",
        default=now,
        format_func=lambda case: names.get(case, str(case)),
        key=f"time-machine-kept-{run.run_id}-{'-'.join(map(str, now))}",  # of others: another widget
    )
    left_out = [case for case in now if case not in kept]
    if left_out:
        with guard():
            unpin(run, left_out[0], followed=now)
            st.rerun()


def _pin(run: Run, recording: Recording, now: tuple[int, ...]) -> None:
    if len(now) >= MOST_CASES:
        text = _("Twelve cases are followed, which is the most; leave one out to follow another.")
        st.caption(text)
        return
    about, last = recording.about, recording.frames[-1]
    names = _names(recording)
    pairs = zip(about.points, about.truth, last.called.tolist(), strict=True)
    wrong = {point for point, truth, called in pairs if truth != called}
    others = sorted(set(about.points) - set(now), key=lambda point: (point not in wrong, point))

    def shown(case: int) -> str:
        name = names.get(case, str(case))
        return _("{name} · called wrong", name=name) if case in wrong else name

    with st.container(horizontal=True, vertical_alignment="bottom", key="time-machine-add"):
        chosen = st.selectbox(
            _("A validation image, the last epoch's errors first"),
            others,
            index=None,
            format_func=shown,
            key="time-machine-choice",
            placeholder=_("Choose a case"),
            width=380,
        )
        _follow_button(run, chosen, now, key="time-machine-pin")
    if full():
        _pin_by_number(run, now)


def _pin_by_number(run: Run, now: tuple[int, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="time-machine-add-number"):
        chosen = st.number_input(
            _("Or any image of training or validation, by its number"),
            min_value=0,
            value=None,
            step=1,
            key="time-machine-number",
            placeholder=_("Number"),
            help=_("As in the table of labels on Data sets. Images of the test split stay sealed."),
            width=380,
        )
        _follow_button(run, chosen, now, key="time-machine-pin-number")


def _follow_button(run: Run, chosen: int | None, now: tuple[int, ...], *, key: str) -> None:
    if st.button(_("Follow it"), key=key, disabled=chosen is None) and chosen is not None:
        with guard():
            pin(run, int(chosen), followed=now)
            st.rerun()


def _names(recording: Recording) -> dict[int, str]:
    about, last = recording.about, recording.frames[-1]
    names = {case: code for case, code in zip(last.cases.tolist(), last.truth.tolist(), strict=True)}
    names |= dict(zip(about.points, about.truth, strict=True))
    return {case: f"{case} · {escape(about.class_names[code])}" for case, code in names.items()}
