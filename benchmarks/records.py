"""A budget, what was measured against it, and why it could not be."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Budget:
    """One row of the table.

    Attributes
    ----------
    name
        What `--only` takes.
    what
        What is measured, in words.
    bound
        Whether `limit` is the least or the most that is allowed.
    limit
        None for a row that is measured and printed, and held against nothing.
    unit
        "x" for a ratio of two speeds measured in turns, else a unit of time or size.
    builder
        The function that measures it, as "module:function".
    """

    name: str
    what: str
    bound: Literal[">=", "<="]
    limit: float | None
    unit: Literal["x", "s", "ms", "MB"]
    builder: str

    @property
    def shown(self) -> str:
        """The limit as the table shows it."""
        return "-" if self.limit is None else f"{self.bound} {self.limit:g} {self.unit}"

    def measure(self) -> "Result":
        """Run the measurement."""
        module, _, name = self.builder.partition(":")
        function: Callable[[], Sample] = getattr(import_module(module), name)
        try:
            return Result(self, function())
        except Skipped as reason:
            return Result(self, None, skipped=str(reason))


@dataclass(frozen=True)
class Sample:
    """The repeated values of a measurement; `value` is what is held against the limit.

    `table` holds more lines, printed below the row.
    """

    values: tuple[float, ...]
    note: str = ""
    quantile: float = 0.5
    table: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The median, or the quantile that the budget names."""
        return float(np.quantile(self.values, self.quantile))


@dataclass(frozen=True)
class Result:
    """A budget with what was measured, or with the reason why it was not."""

    budget: Budget
    sample: Sample | None
    skipped: str = field(default="")

    @property
    def is_kept(self) -> bool | None:
        """Whether the budget holds; None if it was not measured or has no limit."""
        limit = self.budget.limit
        if self.sample is None or limit is None:
            return None
        return self.sample.value >= limit if self.budget.bound == ">=" else self.sample.value <= limit

    @property
    def ratio(self) -> float | None:
        """What was measured over the limit; None if there is not both."""
        if self.sample is None or self.budget.limit is None:
            return None
        return self.sample.value / self.budget.limit

    def as_dict(self) -> dict[str, object]:
        """Return the row for `--json`."""
        row: dict[str, object] = {
            "name": self.budget.name,
            "what": self.budget.what,
            "budget": self.budget.shown,
            "limit": self.budget.limit,
            "unit": self.budget.unit,
        }
        if self.sample is None:
            return row | {"measured": None, "skipped": self.skipped}
        if self.sample.table:
            row["table"] = list(self.sample.table)
        return row | {
            "measured": round(self.sample.value, 4),
            "ratio_to_limit": None if self.ratio is None else round(self.ratio, 4),
            "kept": self.is_kept,
            "n": len(self.sample.values),
            "low": round(min(self.sample.values), 4),
            "high": round(max(self.sample.values), 4),
            "note": self.sample.note,
        }


class Skipped(Exception):
    """Why a row cannot be measured here."""
