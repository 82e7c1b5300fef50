"""The one list of views of an explained answer. A view is its module in ui/explain/ and its line here.

Each module has `show(case: Case) -> None`. Only the chosen view is drawn.
"""

from collections.abc import Callable
from typing import Final

from core.language import N_
from ui.explain.case import Case
from ui.views import View, views_in

Show = Callable[[Case], None]

VIEWS: Final[dict[str, View[Show]]] = views_in(
    "ui.explain",
    {
        "maps": N_("Maps"),
        "trust": N_("Can I trust this map?"),
        "peek": N_("Predict, then peek"),
        "neighbours": N_("Neighbours and opposites"),
        "masking": N_("Cover a region"),
        "league": N_("Where the truth is known"),
        "methods": N_("Which method for which network"),
    },
)
