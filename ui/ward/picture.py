"""The thousand people, what their colours and shapes mean, and the same in words."""

from html import escape as escape_html

import streamlit as st
import streamlit.components.v2 as components

from core.evaluation.ward import Ward
from core.figures.ward import KINDS, description, people_svg, person_svg
from core.language import _
from ui.messages import escape
from ui.shell import ASSETS

_component = components.component(
    "lightbox_ward",
    css=(ASSETS / "ward.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + (ASSETS / "ward.js").read_text(encoding="utf-8"),
)


def show_people(people: Ward, class_name: str) -> None:
    """Show the legend with its four numbers, and everybody; half as many in a row on a phone."""
    tiles = "".join(
        f"<div class='lb-kind lb-kind-{kind}'>{person_svg(kind)}<b>{getattr(people, kind):,}</b>"
        f"<span>{escape_html(_(title))}</span></div>"
        for kind, title in KINDS.items()
    )
    wide, narrow = (people_svg(people, columns=n, class_name=class_name) for n in (50, 25))
    drawn = (
        f"<div class='lb-kinds'>{tiles}</div>"
        f"<div class='lb-wide'>{wide}</div><div class='lb-narrow'>{narrow}</div>"
    )
    _component(data={"html": drawn}, key="ward-people", height="content")


def show_words(people: Ward, class_name: str) -> None:
    """Say the ward in natural frequencies, which people understand better than shares."""
    words = escape(description(people, class_name))
    if people.alarms:
        alarms = _("Of {n} alarms {hits} are right.", n=f"{people.alarms:,}", hits=f"{people.found:,}")
    else:
        alarms = _("There is no alarm at all.")
    st.markdown(f"#### {words}  \n{escape(alarms)}", anchors=False)
