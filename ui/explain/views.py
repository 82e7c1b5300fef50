"""The one list of views of an explained answer. A view is its module in ui/explain/ and its line here.

Each module has `show(case: Case) -> None`. Only the chosen view is drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from core.language import N_
from ui.explain.case import Case

Show = Callable[[Case], None]


@dataclass(frozen=True)
class View:
    """A view: its module, and what it is called."""

    name: str
    title: str

    @property
    def show(self) -> Show:
        """What draws it."""
        draw: Show = import_module(f"ui.explain.{self.name}").show
        return draw


_ALL: Final = (
    View("maps", N_("Maps")),
    View("trust", N_("Can I trust this map?")),
    View("peek", N_("Predict, then peek")),
    View("neighbours", N_("Neighbours and opposites")),
    View("masking", N_("Cover a region")),
    View("league", N_("Where the truth is known")),
    View("methods", N_("Which method for which network")),
)

VIEWS: Final = {view.name: view for view in _ALL if find_spec(f"ui.explain.{view.name}") is not None}
