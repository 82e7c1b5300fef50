"""The end of a metrics.jsonl: how far a run came, found without reading what stands before it."""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.language import N_, Message
from core.runs.metrics import MetricsLine, parse_line
from core.runs.records import EpochMetrics, RunEvent, StepMetrics

_FIRST_BYTES: Final = 4 * 1024
_MOST_BYTES: Final = 64 * 1024
NO_CURVE: Final = Message(text=N_("metrics.jsonl holds nothing that Lightbox can read; there is no curve."))


@dataclass(frozen=True)
class LastLines:
    """How a run's curve ends.

    Attributes
    ----------
    epoch
        The last finished epoch's line; None where the end of the file holds none.
    n_epochs
        How many epochs have ended: also where their line stands further up than was read.
    seconds
        Of training so far; None before the first line.
    problem
        What is wrong with the end of the file.
    n_bytes
        How much was read.
    """

    epoch: EpochMetrics | None = None
    n_epochs: int = 0
    seconds: float | None = None
    problem: Message | None = None
    n_bytes: int = 0


def last_lines(folder: Path) -> LastLines:
    """Read the end of a run's metrics.jsonl, 4 KB of it, or 64 KB where no epoch ends in those.

    Raises
    ------
    OSError
        It is not there, or the system refuses it.
    """
    with (folder / "metrics.jsonl").open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        n_bytes, found = 0, LastLines()
        for reach in (_FIRST_BYTES, _MOST_BYTES):
            file.seek(max(0, size - reach))
            content = file.read(reach)
            n_bytes += len(content)
            found = _judged(content, is_whole=size <= reach, n_bytes=n_bytes)
            if found.epoch is not None or size <= reach:
                break
    return found


def _judged(content: bytes, *, is_whole: bool, n_bytes: int) -> LastLines:
    whole_lines, _, rest = content.rpartition(b"\n")
    texts = whole_lines.split(b"\n") if whole_lines else []
    lines = [line for text in texts[0 if is_whole else 1 :] if (line := parse_line(text))]
    problem = _problem(texts, lines, rest)
    epoch = next((line for line in reversed(lines) if isinstance(line, EpochMetrics)), None)
    last = next((line for line in reversed(lines) if not isinstance(line, RunEvent)), None)
    if last is None:
        return LastLines(problem=problem, n_bytes=n_bytes)
    n_epochs = epoch.epoch if epoch else _finished_before(last)
    return LastLines(epoch, n_epochs, last.seconds, problem, n_bytes)


def _problem(texts: list[bytes], lines: list[MetricsLine], rest: bytes) -> Message | None:
    if rest:
        return Message(text=N_("The last line of metrics.jsonl is torn; the curve ends before it."))
    if texts and not lines:
        return NO_CURVE
    return None


def _finished_before(line: StepMetrics | EpochMetrics) -> int:
    """Return how many epochs ended before a step: its own is the part that is at work."""
    return max(0, math.ceil(line.epoch) - 1)
