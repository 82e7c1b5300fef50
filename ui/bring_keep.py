"""What is kept of each image beside its pixels, and what is done about text that may be burned into it."""

from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from core.datasets.choosing import strong_reasons, weak_reasons
from core.datasets.options import ImportOptions
from core.datasets.plan import AttributeProposal, ImportPlan
from core.language import N_, _, joined, ngettext
from ui.bring_options import ATTRIBUTES, Recognised, first_value
from ui.messages import escape

_Answer = Literal["looked", "cut", "leave out"]
_ANSWERS: Final[dict[_Answer, str]] = {
    "looked": N_("I have looked: nobody's name is in the pictures"),
    "cut": N_("Cut the borders off"),
    "leave out": N_("Leave these images out"),
}
_SIDES: Final = (N_("Top, %"), N_("Right, %"), N_("Bottom, %"), N_("Left, %"))
_MOST_CUT: Final = 45
_FIRST_CUT: Final = 10


@dataclass(frozen=True)
class TextAnswer:
    """What is done about text in the pictures; `is_given` is False while it is asked for."""

    is_given: bool = True
    margins: tuple[float, float, float, float] | None = None
    skip_suspicious: bool = False


def choose_kept(found: Recognised) -> tuple[str, ...]:
    """Let the visitor choose what is kept beside the pictures; return its names."""
    proposals = {one.name: one for one in found.plan.attributes if one.name != found.asked.header_label}
    if not proposals:
        return ()
    key = found.key("keep", tuple(proposals))
    start = [name for name, one in proposals.items() if one.proposed]
    now = [_plain_name(proposals[name]) for name in st.session_state.get(key, start)]
    title = _("Kept with each image: {names}", names=escape(joined(now)) or _("nothing else"))
    with st.expander(title, icon=":material/label:", key=found.key("kept")):
        chosen = st.multiselect(
            _("Kept with each image"),
            list(proposals),
            format_func=lambda name: _attribute_name(proposals[name]),
            key=key,
            persist_state="session",
            placeholder=_("nothing else"),
            **first_value(key, default=start),
        )
        st.caption(
            _(
                "Ages become bands, and columns of few values can be kept: with them one sees for whom a"
                " network works less well. Names, dates and free text are never offered."
            )
        )
    return tuple(chosen)


def _plain_name(proposal: AttributeProposal) -> str:
    return _(ATTRIBUTES[proposal.name]) if proposal.kind == "header" else proposal.name


def _attribute_name(proposal: AttributeProposal) -> str:
    name = _plain_name(proposal)
    if proposal.kind == "age band":
        return _("{name}, as a band of ten years", name=name)
    return f"{name} ({ngettext('one value', '{n} values', proposal.n_values)})"


def choose_about_text(found: Recognised) -> TextAnswer:
    """Say why text may be burned into the pictures, and ask what is to be done where the reason is strong."""
    plan = found.plan
    for reason in weak_reasons(plan):
        st.caption(_counted(plan, reason))
    reasons = strong_reasons(plan)
    if not reasons and found.asked.margins is None:
        return TextAnswer()
    with st.container(border=True, key="bring-text"):
        if reasons:
            st.markdown(
                f"##### :material/visibility: {_('A name may be written in the pictures')}", anchors=False
            )
            st.markdown("\n".join(f"- {_counted(plan, reason)}" for reason in reasons))
        st.markdown(
            _(
                "Lightbox cannot clear an image: it may miss what is written, and it never paints over it."
                " Look at the pictures above, then say what to do."
            )
        )
        key = found.key("text")
        start = 1 if found.asked.margins is not None else None
        answer: _Answer | None = st.radio(
            _("What to do?"),
            list(_ANSWERS),
            format_func=lambda one: _(_ANSWERS[one]),
            key=key,
            persist_state="session",
            **first_value(key, index=start),
        )
        if answer == "cut":
            return _margins(found)
    return TextAnswer(is_given=answer is not None, skip_suspicious=answer == "leave out")


def _counted(plan: ImportPlan, reason: str) -> str:
    n = plan.text_reasons[reason]
    return _(
        "{reason} ({n} of the {total} that were looked at)", reason=_(reason), n=n, total=plan.n_looked_at
    )


def _margins(found: Recognised) -> TextAnswer:
    asked = found.asked.margins
    percents = []
    with st.container(horizontal=True, key="bring-margins"):
        for number, side in enumerate(_SIDES):
            key = found.key(f"margin{number}")
            start = round(asked[number] * 100) if asked else _FIRST_CUT
            percents.append(
                st.number_input(
                    _(side),
                    0,
                    _MOST_CUT,
                    step=1,
                    key=key,
                    width=120,
                    persist_state="session",
                    **first_value(key, value=start),
                )
            )
    top, right, bottom, left = (round(float(percent or 0) / 100, 2) for percent in percents)
    return TextAnswer(is_given=max(top, right, bottom, left) > 0, margins=(top, right, bottom, left))


def with_answers(options: ImportOptions, kept: tuple[str, ...], answer: TextAnswer) -> ImportOptions:
    """Return the options with what is kept, and with what is done about text in the pictures."""
    return options.model_copy(
        update={"keep_columns": kept, "margins": answer.margins, "skip_suspicious": answer.skip_suspicious}
    )
