"""Cover a region: does the network lean on it, over the validation split, more than on other places."""

from typing import Final

import streamlit as st

from core.evaluation.sentences import with_interval
from core.experiments.masking.records import NAME, How, MaskingAnswer, MaskingRequest, masking_request
from core.experiments.masking.sentences import finding, verdict
from core.explanation.film import film
from core.explanation.regions import Box
from core.language import N_, _, joined
from core.runs.store import Run
from ui.drawing.boxes import draw_boxes
from ui.experiment_panel import experiment
from ui.explain.case import Case
from ui.explain.masking_figures import class_table, show_most, show_sizes
from ui.messages import escape

HOWS: Final[dict[How, str]] = {
    "mean": N_("mean of what lies around"),
    "blur": N_("blurred"),
    "copy": N_("copy of another place"),
}
_START: Final = Box(left=0.7, top=0.05, right=0.95, bottom=0.2)


def show(case: Case) -> None:
    """Let the visitor draw a box, and measure what covering it does."""
    st.subheader(_("Does it lean on this place?"), anchor=False)
    run = case.network.run
    if run is None or run.came_alone:
        st.info(
            _(
                "A model that was brought has no validation images here, so what covering a box does can't be"
                " measured. Choose a run."
            )
        )
        return
    st.markdown(
        _(
            "Draw a box over what you suspect: a marker, a ruler, a name plate, a corner. The same part of"
            " every validation image is covered, and the network is asked again."
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        box = _box(case)
    with right:
        how = _how()
        st.caption(
            _(
                "The box counts in shares of each image's width and height. Where images differ in size or in"
                " how the patient lies, it may cover something else on some of them. Only the box goes into"
                " the measurement, never the image you drew it on."
            )
        )
        request = None if box is None else masking_request(run, box, how)
        answer = None if request is None else _ask(request)
    if request is not None and answer is not None:
        _show_answer(run, request, answer)


def _box(case: Case) -> Box | None:
    pixels = film(case.subject.image)
    alt = _("The image to draw a box on")
    boxes = draw_boxes(pixels, (_START,), key=f"explain-masking-{case.subject.key[:60]}", alt=alt)
    if not boxes:
        st.caption(_("There is no box yet."))
        return None
    return boxes[0]


def _how() -> How:
    key = "explain-masking-how"
    st.session_state.setdefault(key, "mean")
    chosen = st.segmented_control(
        _("How it is covered"),
        list(HOWS),
        format_func=lambda how: _(HOWS[how]),
        key=key,
        required=True,
        persist_state="session",
    )
    return chosen or "mean"


def _ask(request: MaskingRequest) -> MaskingAnswer | None:
    hint = _(
        "Each validation image is asked about as it is, with the box covered, and with {n} boxes of the same"
        " size elsewhere, one at a time: so it shows that any hole hurts a little.",
        n=request.n_places,
    )
    return experiment(
        NAME,
        request,
        MaskingAnswer,
        key="explain-masking",
        label=_("Measure it"),
        hint=hint,
        highlighted=True,
    )


def _show_answer(run: Run, request: MaskingRequest, answer: MaskingAnswer) -> None:
    sentence, found = escape(finding(answer)), verdict(answer)
    if found == "leans":
        st.warning(sentence, icon=":material/report:")
    else:
        st.info(sentence, icon=":material/balance:")
    show_sizes(run, answer)
    st.markdown(_areas(answer))
    if answer.places:
        st.caption(
            _(
                "Of {n} other boxes, {more} moved the answers as much or more. The interval covers chance"
                " in who was asked, not where the other boxes fell. A covered image is one that the"
                " network was never trained on.",
                n=len(answer.places),
                more=answer.n_as_much,
            )
        )
    if answer.n_left_out:
        st.caption(
            _(
                "{n} images of the split were spared, whole patients by lot, to save time.",
                n=answer.n_left_out,
            )
        )
    class_table(answer)
    show_most(run, answer, request)


def _areas(answer: MaskingAnswer) -> str:
    """Return the AUROC before and after, the paired difference, and what the other boxes did to it."""
    if answer.area is None:
        return _("AUROC: not defined, for a class has no image in the validation split.")
    name = answer.positive_class
    of = (
        _("AUROC for '{positive}'", positive=name)
        if name
        else _("AUROC, mean of each class against the rest")
    )
    parts = [
        _(
            "{of}: {before} as it is, {after} with the box covered.",
            of=of,
            before=with_interval(answer.before),
            after=with_interval(answer.after),
        )
    ]
    area = answer.area
    if area.low is not None and area.high is not None:
        parts.append(
            _(
                "Paired difference: {value} ({low} to {high}).",
                value=f"{area.value:+.2f}",
                low=f"{area.low:+.2f}",
                high=f"{area.high:+.2f}",
            )
        )
    others = [place.auroc for place in answer.places if place.auroc is not None]
    if others:
        low, high = f"{min(others):.2f}", f"{max(others):.2f}"
        parts.append(_("With the other boxes covered: {low} to {high}.", low=low, high=high))
    return escape(joined(parts, " "))
