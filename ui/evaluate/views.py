"""The one list of views of an evaluation. A view is its module in ui/evaluate/ and its line here.

Each module has `show(case: Judged, threshold: Threshold) -> None`. Only the chosen view is drawn, so that a
move of the threshold costs one view.
"""

from collections.abc import Callable
from typing import Final

from core.language import N_
from ui.evaluate.judged import Judged, Threshold
from ui.views import View, views_in

Show = Callable[[Judged, Threshold], None]

VIEWS: Final[dict[str, View[Show]]] = views_in(
    "ui.evaluate",
    {
        "overview": N_("Overview"),
        "numbers": N_("Numbers"),
        "curves": N_("Curves"),
        "images": N_("Images"),
        "subgroups": N_("On whom"),
        "rivals": N_("Simple rivals"),
        "against": N_("Against another run"),
        "in_clinic": N_("In the clinic"),
        "report": N_("Report"),
    },
)
