"""Bring into view what a press elsewhere on the page has opened: a component of our own, one pixel high."""

import streamlit.components.v2 as components

_jump = components.component(
    "lightbox_jump",
    js="""
export default ({ data, parentElement }) => {
  if (!data.jump || parentElement.lightboxJumped === data.of) return;
  parentElement.lightboxJumped = data.of;
  const host = parentElement.host ?? parentElement;
  host.style.scrollMarginTop = "5rem"; // below the band and the header
  host.style.scrollMarginBottom = `${data.room}px`;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  host.scrollIntoView({ block: data.room ? "nearest" : "start", behavior: calm ? "auto" : "smooth" });
};
""",
)


def jump_here(*, now: bool, of: str, key: str, room: int = 0) -> None:
    """Move the page to this place.

    Parameters
    ----------
    now
        Whether to move.
    of
        What was opened: for the same one again the page stays.
    key
        Of the element.
    room
        Pixels beneath that are wanted in view: the page moves no further than they need, so that what was
        pressed is lost from sight only where there is not room for both. 0: to the top.
    """
    _jump(data={"jump": now, "of": of, "room": room}, key=key, height=1)
