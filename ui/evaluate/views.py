"""The one list of views of an evaluation. A view is its module in ui/evaluate/ and its line here.

Each module has `show(case: Judged, threshold: Threshold) -> None`. Only the chosen view is drawn, so that a
move of the threshold costs one view.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from core.language import N_
from ui.evaluate.judged import Judged, Threshold

Show = Callable[[Judged, Threshold], None]


@dataclass(frozen=True)
class View:
    """A view: its module, and what it is called."""

    name: str
    title: str

    @property
    def show(self) -> Show:
        """What draws it."""
        draw: Show = import_module(f"ui.evaluate.{self.name}").show
        return draw


_ALL: Final = (
    View("overview", N_("Overview")),
    View("numbers", N_("Numbers")),
    View("curves", N_("Curves")),
    View("images", N_("Images")),
    View("subgroups", N_("On whom")),
    View("rivals", N_("Simple rivals")),
    View("against", N_("Against another run")),
    View("in_clinic", N_("In the clinic")),
    View("report", N_("Report")),
)

VIEWS: Final = {view.name: view for view in _ALL if find_spec(f"ui.evaluate.{view.name}") is not None}
