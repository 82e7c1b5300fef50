"""Views of a page of which one is drawn at a time: each is a module of a package, with `show`."""

from dataclasses import dataclass
from importlib import import_module
from typing import Generic, TypeVar

Show = TypeVar("Show")


@dataclass(frozen=True)
class View(Generic[Show]):
    """A view: the package and the name of its module, and what it is called."""

    package: str
    name: str
    title: str

    @property
    def show(self) -> Show:
        """What draws it; its module is imported when it is first drawn."""
        draw: Show = import_module(f"{self.package}.{self.name}").show
        return draw


def views_in(package: str, titles: dict[str, str]) -> dict[str, View[Show]]:
    """Return the views of a package by the names of their modules, in order."""
    return {name: View(package, name, title) for name, title in titles.items()}
