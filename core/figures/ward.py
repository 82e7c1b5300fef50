"""A ward of 1,000 as a picture: one little person for each, told apart by colour, by shape and by place.

Found: solid, blue. Missed: hollow, red. Falsely alarmed: a triangle, orange. Rightly calm: small, grey. The
sick stand first. The colours are Okabe and Ito's; the shapes do without them. The picture is SVG of our own,
about 45 kB, and needs nothing from outside.
"""

from html import escape
from typing import Final, Literal

from core.evaluation.ward import Ward
from core.figures.theme import BLUE, GREY, ORANGE, VERMILION
from core.language import N_, Message, _

Kind = Literal["found", "missed", "alarmed", "calm"]

KINDS: Final[dict[Kind, str]] = {
    "found": N_("found"),
    "missed": N_("missed"),
    "alarmed": N_("falsely alarmed"),
    "calm": N_("rightly calm"),
}
COLOUR: Final[dict[Kind, str]] = {"found": BLUE, "missed": VERMILION, "alarmed": ORANGE, "calm": GREY}
_WIDTH, _HEIGHT, _GAP = 13, 19, 6  # of one person with the space around; between groups of ten and of five
# Each person is drawn in a box of 13 x 19 from its upper left corner, in moves from one point to the next.
_HEAD: Final = "m6.5 1.5a2.7 2.7 0 1 1-.01 0z"
_BODY: Final = "m-4.4 15.5v-5a4.4 4.4 0 0 1 8.8 0v5z"
_SHAPES: Final[dict[Kind, str]] = {
    "found": _HEAD + _BODY,
    "missed": _HEAD + _BODY,
    "alarmed": _HEAD + "m0 5.8l5 9.7h-10z",
    "calm": "m6.5 6.2a2 2 0 1 1-.01 0zm-3 10.8v-2.6a3 3 0 0 1 6 0v2.6z",
}


def people_svg(ward: Ward, *, columns: int = 50, class_name: str) -> str:
    """Draw the people in rows, the sick first.

    Parameters
    ----------
    ward
        How many of each kind.
    columns
        People in a row, a multiple of ten.
    class_name
        What they have or have not; somebody else's text.

    Returns
    -------
    str
        One SVG element with a description that says the four numbers.
    """
    kinds: list[tuple[Kind, int]] = [(kind, getattr(ward, kind)) for kind in KINDS]
    groups, begin = [], 0
    for kind, n in kinds:
        groups.append(_group(kind, range(begin, begin + n), columns, ward.n))
        begin += n
    n_rows = -(-ward.n // columns)
    width, height = _place(columns - 1, columns)[0] + _WIDTH, _place(ward.n - 1, columns)[1] + _HEIGHT
    alt = escape(str(description(ward, class_name)), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lb-people" role="img" aria-label="{alt}"'
        f' viewBox="0 0 {width} {height if n_rows else 1}">{"".join(groups)}</svg>'
    )


def person_svg(kind: Kind) -> str:
    """Draw one person of a kind, for a legend; it is decoration, its words stand beside it."""
    path = f'<path d="M0 0{_SHAPES[kind]}" {_paint(kind)}/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lb-person" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' aria-hidden="true">{path}</svg>'
    )


def description(ward: Ward, class_name: str) -> Message:
    """Return the ward in natural frequencies, as words."""
    text = N_(
        "Of {n} people, {sick} have '{name}': {found} are found, {missed} missed. Of the {healthy} others,"
        " {alarmed} are falsely alarmed and {calm} rightly calm."
    )
    numbers = {
        "n": ward.n,
        "sick": ward.sick,
        "found": ward.found,
        "missed": ward.missed,
        "healthy": ward.n - ward.sick,
        "alarmed": ward.alarmed,
        "calm": ward.calm,
    }
    shown = {name: f"{number:,}" for name, number in numbers.items()}
    return Message(text=text, values={**shown, "name": class_name})


def _group(kind: Kind, places: range, columns: int, n: int) -> str:
    if not places:
        return ""
    path = "".join("M{} {}{}".format(*_place(place, columns), _SHAPES[kind]) for place in places)
    title = escape(_("{n} of {total}: {kind}", n=len(places), total=f"{n:,}", kind=_(KINDS[kind])))
    return f'<path class="lb-{kind}" d="{path}" {_paint(kind)}><title>{title}</title></path>'


def _paint(kind: Kind) -> str:
    if kind == "missed":
        return f'fill="none" stroke="{COLOUR[kind]}" stroke-width="1.7" pointer-events="bounding-box"'
    return f'fill="{COLOUR[kind]}"' + (' fill-opacity="0.75"' if kind == "calm" else "")


def _place(place: int, columns: int) -> tuple[int, int]:
    """Return the upper left corner of a person; a gap after ten in a row and after five rows."""
    row, column = divmod(max(place, 0), columns)
    return column * _WIDTH + column // 10 * _GAP, row * _HEIGHT + row // 5 * _GAP
