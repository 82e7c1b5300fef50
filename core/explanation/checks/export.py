"""A check card as a file that somebody takes away. No torch here."""

import csv
import io
import json
from typing import Any, Final

from core.datasets.exporting import safe_cell
from core.explanation.catalog import EXPLAINERS
from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.records import CheckCard, CheckLine
from core.language import N_, _

NOTICE: Final = N_("For teaching and demonstration. Not for diagnosis.")
_CSV_COLUMNS: Final = (
    "check", "outcome", "value", "low", "high", "threshold", "source", "done", "sentence", "maps", "answers",
)  # fmt: skip


def to_record(card: CheckCard) -> dict[str, Any]:
    """Return a card as plain values, its sentences in the current language."""
    return {
        "notice": _(NOTICE),
        "method": card.method,
        "class": card.class_name,
        "n_failed": card.n_failed,
        "n_tried": card.n_tried,
        "checks": [_record_of(line) for line in card.lines],
    }


def to_json(card: CheckCard) -> str:
    """Return a card as one JSON object."""
    return json.dumps(to_record(card), ensure_ascii=False, indent=1)


def to_csv(card: CheckCard) -> str:
    """Return a card as a table, one check a row; a class name that begins a formula is quoted."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([*_CSV_COLUMNS, "method", "class", "notice"])
    title = _(EXPLAINERS[card.method].title) if card.method in EXPLAINERS else card.method
    for line in card.lines:
        record = _record_of(line)
        cells = [record[column] for column in _CSV_COLUMNS]
        writer.writerow([*cells, title, safe_cell(card.class_name), _(NOTICE)])
    return table.getvalue()


def _record_of(line: CheckLine) -> dict[str, Any]:
    return {
        "check": _(CHECKS[line.name].title),
        "name": line.name,
        "outcome": line.outcome,
        "value": line.value,
        "low": line.low,
        "high": line.high,
        "threshold": line.threshold,
        "source": str(line.source),
        "done": str(line.done),
        "sentence": str(line.sentence),
        "maps": line.n_maps,
        "answers": line.n_answers,
    }
