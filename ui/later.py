"""What is made in another thread later: when somebody presses a button for a file that is not made yet."""

from collections.abc import Callable
from typing import TypeVar

from core.language import current_language, language

_Made = TypeVar("_Made")


def in_this_language(make: Callable[[], _Made]) -> Callable[[], _Made]:
    """Return what makes the same in the language of now, whatever thread calls it.

    Streamlit asks for the content of a download in a thread of its own, where no language is set.
    """
    code = current_language()

    def made() -> _Made:
        with language(code):
            return make()

    return made
