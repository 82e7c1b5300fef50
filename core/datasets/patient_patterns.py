"""Patients out of the names of files: a regular expression that somebody writes, and what it finds.

Covers: an expression that takes for ever on one name is given up after a few seconds, where it is tried on
all names before the import. Does not cover: that in a thread that is not the process's first.
"""

import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from core.errors import InvalidValueError
from core.language import N_

_SECONDS: Final = 5.0


def compile_pattern(pattern: str, names: Sequence[str]) -> re.Pattern[str]:
    """Return the expression, which has to fit at least one of the names of files.

    Raises
    ------
    InvalidValueError
        It is no regular expression, fits no name, or takes too long.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        text = N_("'{pattern}' is no regular expression: {reason}.")
        raise InvalidValueError(text, pattern=pattern, reason=str(error)) from error
    with _limited(pattern):
        if any(matched(compiled, name) for name in names):
            return compiled
    text = N_("The pattern '{pattern}' fits no file name, for example '{file}'.")
    raise InvalidValueError(text, pattern=pattern, file=Path(names[0]).name if names else "")


def matched(pattern: re.Pattern[str], name: str) -> str | None:
    """Return the patient that a file's name tells: the first group, or all that fits, or None."""
    match = pattern.search(Path(name).name)
    if match is None:
        return None
    return match[1] if pattern.groups else match[0]


def count_patients(pattern: str, names: Sequence[str]) -> int:
    """Return how many patients the expression finds in the names.

    Raises
    ------
    InvalidValueError
        As for `compile_pattern`.
    """
    compiled = compile_pattern(pattern, names)
    with _limited(pattern):
        return len({matched(compiled, name) for name in names} - {None, ""})


@contextmanager
def _limited(pattern: str) -> Iterator[None]:
    """End what takes too long: "(a+)+$" needs years for a name of fifty letters."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def give_up(_number: int, _frame: FrameType | None) -> None:
        text = N_("The pattern '{pattern}' takes too long on these names; write a simpler one.")
        raise InvalidValueError(text, pattern=pattern)

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
