"""A reading as a table and as JSON, to be looked into elsewhere: one row an answer."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.language import N_, _
from core.reading.cases import Cases
from core.reading.drawing import order_of
from core.reading.records import Reader, ReadingPlan, rating_of

NOTICE: Final = N_("For teaching and demonstration, not for diagnosis")
_SPREADSHEET: Final = ("=", "+", "-", "@", "\t")  # a cell that begins so is a formula to a spreadsheet


def rows(
    plan: ReadingPlan,
    cases: Cases,
    readers: Sequence[Reader],
    *,
    told: NDArray[np.float32] | None = None,
) -> list[dict[str, Any]]:
    """Return the answers of the passes that are over, one row each.

    `case` counts from 1 in the plan, `shown_as` from 1 in the order in which the reader met it. `rating` runs
    from 1 (definitely not the positive class) to 6 (definitely), with more than two classes from 1 (perhaps)
    to 3 (definitely). `model_probability` is of the positive class of two, else of the class that was called;
    `told_probability` is what the reader was shown of it with the network's help.

    Parameters
    ----------
    told
        What the second pass shows of the n cases, (n, k), where it is not what the network says itself.
    """
    names, positive = plan.class_names, cases.model.positive_index
    shown = cases.model.y_score if told is None else told
    found = []
    for reader in readers:
        for number in sorted(reader.ended):
            shown_as = {case: place for place, case in enumerate(order_of(plan, reader.reader, number), 1)}
            for case, answer in sorted(reader.answers[number].items()):
                column = answer.called if positive is None else positive
                found.append(
                    {
                        "reading": plan.reading,
                        "reader": reader.name,
                        "pass": number,
                        "case": case + 1,
                        "shown_as": shown_as[case],
                        "sample_id": plan.cases[case],
                        "called": names[answer.called],
                        "rating": rating_of(answer, positive),
                        "seconds": answer.seconds,
                        "answered_at": answer.at,
                        "truth": names[int(cases.model.y_true[case])],
                        "label_corrected_since": case in cases.corrected,
                        "model_probability": _rounded(cases.model.y_score[case, column]),
                        "told_probability": _rounded(shown[case, column]) if number == 2 else None,
                        "notice": _(NOTICE),
                    }
                )
    return found


def as_csv(table: Sequence[dict[str, Any]]) -> bytes:
    """Return rows as CSV, UTF-8 with a byte order mark; what a spreadsheet takes for a formula is quoted."""
    if not table:
        return b""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(table[0]))
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in row.items()} for row in table)
    return text.getvalue().encode("utf-8-sig")


def as_json(plan: ReadingPlan, table: Sequence[dict[str, Any]]) -> bytes:
    """Return the plan's facts and the rows as JSON."""
    facts = {
        "notice": _(NOTICE),
        "simulated": plan.simulated,
        **plan.model_dump(
            include={"reading", "run", "dataset", "split", "mix", "class_names", "positive_class"}
        ),
        "n_cases": plan.n,
        "answers": list(table),
    }
    return (json.dumps(facts, indent=1, ensure_ascii=False) + "\n").encode()


def _rounded(value: np.floating) -> float:
    return round(float(value), 6)


def _plain(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_SPREADSHEET) else value
