"""A dimension from a line of text: "learning_rate=1e-4..1e-1:log", "optimizer=adam,sgd"."""

import json
import math
from typing import Any, Final

from core.errors import InvalidValueError
from core.experiments.sweeps.space import Dimension, Value, field_range
from core.language import N_

EXAMPLE: Final = "learning_rate=1e-4..1e-1:log"


def parse_dimension(text: str) -> Dimension:
    """Return what FIELD=LOW..HIGH[:log][:step=N][:points=N] or FIELD=VALUE,VALUE says.

    Raises
    ------
    UserError
        It says nothing, or names no field that a sweep varies. Whether the field allows the values is for
        `checked_request` to find out.
    """
    name, equals, rest = text.partition("=")
    name = name.strip()
    if not equals or not rest.strip():
        raise _unreadable(text)
    found = field_range(name)
    if ".." not in rest:
        return Dimension(field=name, kind="choice", choices=tuple(_value(part) for part in rest.split(",")))
    if found.kind == "choice":
        raise InvalidValueError(
            N_("'{field}' is no number: give its values one by one, with commas."), field=name
        )
    span, *options = rest.split(":")
    low, _dots, high = span.partition("..")
    values: dict[str, Any] = {"step": found.multiple_of} | _options(options, text)
    return Dimension(field=name, kind=found.kind, low=_number(low, text), high=_number(high, text), **values)


def _options(options: list[str], text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option in options:
        name, equals, value = option.strip().partition("=")
        if name == "log" and not equals:
            found["log"] = True
        elif name in ("step", "points") and value.strip().isdecimal() and len(value) < 7:
            found[name] = int(value)
        else:
            raise _unreadable(text)
    return found


def _number(word: str, text: str) -> float:
    try:
        value = float(word)
    except ValueError:
        raise _unreadable(text) from None
    if not math.isfinite(value):
        raise _unreadable(text)
    return value


def _value(word: str) -> Value:
    word = word.strip()
    try:
        value = json.loads(word)
    except (ValueError, RecursionError):
        return word
    return value if isinstance(value, bool | int | float | str) else word


def _unreadable(text: str) -> InvalidValueError:
    return InvalidValueError(
        N_("'{text}' does not say what to vary: write {example} or optimizer=adam,sgd."),
        text=text,
        example=EXAMPLE,
    )
