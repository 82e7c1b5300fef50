"""What can be seen of each column of a table, so that a wrong guess can be put right."""

from collections.abc import Callable
from typing import Final

import pandas as pd

from core.datasets.attributes import kind_of, tells_who
from core.datasets.classes import MOST_CLASSES, class_name
from core.datasets.columns import share_of_images
from core.datasets.findings import is_yes_no, separator_of
from core.datasets.plan import ColumnFacts, Role
from core.datasets.sources import split_of

_N_EXAMPLES: Final = 3
_LONGEST: Final = 40


def facts_of(table: pd.DataFrame, is_image: Callable[[str], bool]) -> tuple[ColumnFacts, ...]:
    """Return the facts of all columns, in the table's order."""
    return tuple(_facts(table[name], is_image) for name in table)


def _facts(column: "pd.Series[str]", is_image: Callable[[str], bool]) -> ColumnFacts:
    values = [value for value in column.unique() if value]
    roles = _roles(column, values, is_image)
    is_harmless = bool(set(roles) - {"patient"}) and not tells_who(str(column.name))
    shown = values[:_N_EXAMPLES] if is_harmless or "image" in roles else []
    return ColumnFacts(
        name=str(column.name),
        n_distinct=len(values),
        n_empty=int((column == "").sum()),
        examples=tuple(class_name(value)[:_LONGEST] for value in shown),
        roles=roles,
    )


def _roles(column: "pd.Series[str]", values: list[str], is_image: Callable[[str], bool]) -> tuple[Role, ...]:
    could: dict[Role, bool] = {
        "image": share_of_images(column, is_image) > 0,
        "label": 2 <= len(values) <= min(MOST_CLASSES, max(2, len(column) // 2)),
        "findings": separator_of(column) is not None or is_yes_no(column),
        "patient": len(values) > 1,
        "split": bool(values) and all(split_of(value) for value in values),
        "attribute": kind_of(column) is not None,
    }
    return tuple(role for role, fits in could.items() if fits)
