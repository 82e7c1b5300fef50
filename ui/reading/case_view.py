"""One case and the question about it: blind, or beside what the network says.

In the blind pass nothing of the truth or of the network is read at all, so nothing of it can be sent.
"""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from core.explanation.film import film
from core.figures.answers import shown_probability
from core.images.records import MedicalImage
from core.images.study import FrameView
from core.language import N_, _
from core.reading.drawing import order_of
from core.reading.records import CONFIDENCES, Answer, Confidence, Reader, ReadingPlan, of_rating, rating_of
from ui import answers, maps
from ui.charts import show_pixels
from ui.messages import escape, simulated_badge
from ui.reading import material, state
from ui.session import full
from ui.viewer_picture import show_picture
from ui.viewer_window import pick_window

_RATINGS = {
    1: N_("definitely not"),
    2: N_("probably not"),
    3: N_("perhaps not"),
    4: N_("perhaps"),
    5: N_("probably"),
    6: N_("definitely"),
}
_MAP = "reading-map-on"
_FEW = 6  # classes that stand beside each other


def read_case(plan: ReadingPlan, reader: Reader) -> None:
    """Show the case at which a reader is, and ask; or, where all is answered, offer to end the pass."""
    number = reader.now or 2
    where = state.place(plan, reader, number)
    _head(plan, reader, where)
    if (text := state.problem()) is not None:
        st.error(escape(text), icon=":material/warning:")
    if where >= plan.n:
        _all_answered(plan, reader)
        return
    case = order_of(plan, reader.reader, number)[where]
    image = material.image(plan, case)  # where it is gone nothing is asked: nobody answers unseen
    state.begin_clock(number, case)
    left, right = st.columns([3, 2], gap="large")
    with right, st.container(key="reading-question", gap="small"):
        show_map = _help(plan, reader, case) if number == 2 else False
        _ask(plan, reader, where, case)
        _turn(plan, reader, where)
    with left:
        if show_map:
            _map(plan, case)
        else:
            _picture(plan, case, where, image)


def _head(plan: ReadingPlan, reader: Reader, where: int) -> None:
    number = reader.now or 2
    title = _("Blind") if number == 1 else _("With the network's help")
    place = _("case {n} of {total}", n=min(where + 1, plan.n), total=plan.n)
    n_answered = len(reader.answers[number])
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="reading-head"):
        st.markdown(f"**{title}** · {place} · {escape(reader.name)}", width="content")
        if plan.simulated:
            simulated_badge()
        st.button(_("Pause"), key="reading-pause", on_click=state.step_out, icon=":material/pause:")
    st.progress(n_answered / plan.n, text=_("{n} of {total} answered", n=n_answered, total=plan.n))


def _picture(plan: ReadingPlan, case: int, where: int, image: MedicalImage) -> None:
    alt = _("Case {n} of {total}", n=where + 1, total=plan.n)
    if not full():
        show_pixels(film(image), alt=alt)
        return
    view = FrameView(stored=image.values, image=image)
    place = f"{plan.reading}-{case}"
    above = st.container()
    with st.expander(_("Window")):
        chosen = pick_window(view, stack=f"reading-{plan.reading}")
    with above:
        show_picture(view, chosen, alt=alt, place=place, step=lambda step: None)


def _map(plan: ReadingPlan, case: int) -> None:
    run = material.run_of(plan)
    subject = answers.subject_of_sample(plan.dataset, plan.cases[case])
    scores, _fitted = material.helpful_scores(plan)
    names, positive = plan.class_names, plan.positive_class
    target = int(scores[case].argmax()) if positive is None else names.index(positive)
    answer = maps.compute(run, subject, "grad_cam", target)
    maps.show_map(run, subject, answer, opacity=0.5, with_outline=False)  # the outline would be the truth
    maps.legend(answer)


def _help(plan: ReadingPlan, reader: Reader, case: int) -> bool:
    """Say what the network and the reader said; return whether its map is wanted."""
    scores, is_fitted = material.helpful_scores(plan)
    positive = plan.positive_class
    column = int(scores[case].argmax()) if positive is None else plan.class_names.index(positive)
    name, value = plan.class_names[column], shown_probability(float(scores[case, column]))
    with st.container(border=True, key="card-reading-help", gap="small"):
        said = _("The network gives '{name}' a probability of {value}", name=name, value=value)
        st.markdown(f"**{escape(said)}**")
        if is_fitted:
            st.caption(_("Calibrated: a temperature was fitted on the validation images."))
        st.markdown(escape(_("Your first answer: {answer}", answer=_words(plan, reader.answers[1][case]))))
        return _map_switch()


def _map_switch() -> bool:
    """Offer the map by a button: a switch would keep the keyboard to itself, and the keys answer."""
    on = bool(st.session_state.get(_MAP))
    st.button(
        _("Hide its map") if on else _("Show its map"),
        key="reading-map",
        shortcut="m",
        help=_("Grad-CAM: what counted for this class."),
        on_click=lambda: st.session_state.update({_MAP: not on}),
    )
    return on


def _words(plan: ReadingPlan, answer: Answer) -> str:
    positive = plan.positive_class
    if positive is not None:
        return _(_RATINGS[rating_of(answer, plan.class_names.index(positive))])
    name = plan.class_names[answer.called]
    return _("'{name}', {sure}", name=name, sure=_(CONFIDENCES[answer.confidence]))


def _ask(plan: ReadingPlan, reader: Reader, where: int, case: int) -> None:
    number = reader.now or 2
    known = reader.answers[number].get(case) or (reader.answers[1].get(case) if number == 2 else None)
    if plan.positive_class is not None:
        _ask_rating(plan, reader, where, known)
    else:
        _ask_class(plan, reader, where, case, known)


def _ask_rating(plan: ReadingPlan, reader: Reader, where: int, known: Answer | None) -> None:
    name = plan.positive_class or ""
    positive = plan.class_names.index(name)
    question = escape(_("Does this image show '{name}'?", name=name))
    st.markdown(f"#### {question}", anchors=False)
    chosen = None if known is None else rating_of(known, positive)
    for rating, words in _RATINGS.items():
        called, confidence = of_rating(rating, positive)
        _button(
            _(words),
            rating,
            is_known=rating == chosen,
            press=_giving(plan, reader, where, called, confidence),
        )
    st.caption(_("Keys 1 to 6 answer, the left and right arrows turn pages."))


def _ask_class(plan: ReadingPlan, reader: Reader, where: int, case: int, known: Answer | None) -> None:
    st.markdown(f"#### {_('Which class is it?')}", anchors=False)
    names = plan.class_names
    key = f"reading-class-{reader.now}-{where}-{reader.reader}"
    start = None if known is None else known.called  # a class chosen for the reader would be a hint
    options = list(range(len(names)))
    if len(names) <= _FEW:
        called = st.radio(
            _("Class"), options, index=start, format_func=lambda index: escape(names[index]), key=key
        )
    else:  # a select box shows text as it is
        called = st.selectbox(_("Class"), options, index=start, format_func=lambda n: names[n], key=key)
    st.markdown(_("How sure are you?"))
    for confidence, words in CONFIDENCES.items():
        is_known = known is not None and (known.called, known.confidence) == (called, confidence)
        label = _(words)
        _button(
            label,
            confidence,
            is_known=is_known,
            press=_giving(plan, reader, where, int(called or 0), confidence),
            disabled=called is None,
        )
    st.caption(_("Keys 1 to 3 answer, the left and right arrows turn pages."))


def _giving(
    plan: ReadingPlan, reader: Reader, where: int, called: int, confidence: Confidence
) -> Callable[[], None]:
    return lambda: state.give(plan, reader, where, called, confidence)


def _button(
    words: str, number: int, *, is_known: bool, press: Callable[[], None], disabled: bool = False
) -> None:
    kind: Literal["primary", "secondary"] = "primary" if is_known else "secondary"
    st.button(
        words,
        key=f"reading-rate-{number}",
        type=kind,
        width="stretch",
        shortcut=str(number),
        disabled=disabled,
        on_click=press,
    )


def _turn(plan: ReadingPlan, reader: Reader, where: int) -> None:
    number = reader.now or 2
    order = order_of(plan, reader.reader, number)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.button(
            _("Back"),
            key="reading-back",
            disabled=where == 0,
            shortcut="Left",
            on_click=state.go_to_place,
            args=(number, where - 1),
        )
        answered = order[where] in reader.answers[number]
        st.button(
            _("On"),
            key="reading-on",
            disabled=not answered,
            shortcut="Right",
            on_click=state.go_to_place,
            args=(number, where + 1),
        )


def _all_answered(plan: ReadingPlan, reader: Reader) -> None:
    number = reader.now or 2
    with st.container(border=True, key="card-reading-all"):
        st.markdown(f"##### {_('All {n} cases are answered', n=plan.n)}", anchors=False)
        if number == 1:
            text = _(
                "Go back and change what you like. Once you end the blind pass its answers stay as they are,"
                " and the same cases come again, in another order, with what the network says."
            )
        else:
            text = _("Go back and change what you like. The result shows the truth.")
        st.markdown(text)
        label = _("End the blind pass") if number == 1 else _("Show the result")
        with st.container(horizontal=True):
            st.button(_("Back"), key="reading-back", on_click=state.go_to_place, args=(number, plan.n - 1))
            st.button(
                label, key="reading-end", type="primary", on_click=state.finish, args=(plan, reader, number)
            )


def skip_offer(plan: ReadingPlan, reader: Reader) -> None:
    """Let a reader who has begun no second pass leave it out."""
    if reader.now == 2 and not reader.answers[2]:
        text = _("Skip the second pass and show the result")
        st.button(text, key="reading-skip", type="tertiary", on_click=state.finish, args=(plan, reader, 2))
