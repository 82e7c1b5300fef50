"""Many answers as a table that a spreadsheet opens: one row an image, the notice in every row."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final

from core.language import _, joined
from core.report.study import NOT_FOR_DIAGNOSIS
from core.report.table import harmless
from core.runs.records import ModelCard

_DIGITS: Final = 6


@dataclass(frozen=True)
class Answered:
    """What was answered about one image of many.

    Attributes
    ----------
    name
        Its file's, as its visitor calls it, with the frame where there are several.
    probabilities
        Of each class; None where the image could not be read, and `error` says why.
    called
        The class it is called; "" without an answer.
    flags
        What sets it apart from the training images, as sentences.
    """

    name: str
    probabilities: tuple[float, ...] | None = None
    called: str = ""
    flags: tuple[str, ...] = ()
    error: str = ""


def batch_csv(card: ModelCard, rows: Sequence[Answered]) -> str:
    """Return file, called, the probability of each class, flags, error and the notice, as CSV (RFC 4180)."""
    notice = _(NOT_FOR_DIAGNOSIS)
    if card.simulated:
        notice = f"{_('SIMULATED')}. {notice}"
    text = StringIO(newline="")
    table = csv.writer(text, lineterminator="\r\n")
    scores = [f"probability: {name}" for name in card.class_names]
    table.writerow(["file", "called", *scores, "flags", "error", "notice"])
    for row in rows:
        shares = [f"{value:.{_DIGITS}f}" for value in row.probabilities or ()]
        shares += [""] * (len(scores) - len(shares))
        cells = (harmless(row.name), harmless(row.called))
        table.writerow([*cells, *shares, harmless(joined(row.flags, "; ")), harmless(row.error), notice])
    return text.getvalue()
