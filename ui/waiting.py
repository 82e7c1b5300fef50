"""One sentence while something is worked out for the first time; afterwards it is kept, and quick."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Final

import streamlit as st

_known: Final[set[Hashable]] = set()  # of all visitors: what one has waited for, no other waits for


@contextmanager
def first_time(what: Hashable, words: str) -> Iterator[None]:
    """Show `words` while the block runs, unless a block of the same `what` has run to its end before.

    Its place is taken in any case, so that nothing below moves the second time.
    """
    place = st.empty()
    if what in _known:
        yield
        return
    with place.spinner(words):
        yield
    _known.add(what)
