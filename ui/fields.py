"""A field of a pydantic config becomes a widget, with the field's own title, help and range."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final, Literal, Union, get_args, get_origin

import annotated_types
import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.language import _
from ui.option_names import option_name

_LOG_RATIO: Final = 1000  # a float that spans three decades or more is chosen on a log scale
_WIDEST_SLIDER: Final = 1000
_LOG_FLOOR: Final = 1e-6  # the first step above zero where zero is allowed
_MOST_SEGMENTS: Final = 4
_MOST_LETTERS: Final = 44  # of all segments together, that they stand in one row
_MOST_SLIDER_STEPS: Final = 200
_Name = Callable[[Any], str]


@dataclass(frozen=True)
class _Range:
    """The bounds of a number, None where there is none, and what it usually is."""

    low: float | None = None
    high: float | None = None
    step: float | None = None
    default: float | None = None
    low_is_out: bool = False  # whether the bound itself is not allowed
    high_is_out: bool = False

    @property
    def is_log(self) -> bool:
        """Whether decades matter; a range that begins at 0 says so by a default near its lower end."""
        if self.low is None or self.high is None or self.is_wide:
            return False
        is_small = self.default is not None and 0 < self.default <= self.high / 100
        return self.high / (self.low or _LOG_FLOOR) >= _LOG_RATIO and (self.low > 0 or is_small)

    @property
    def is_wide(self) -> bool:
        """Whether a slider would be too coarse, as for a window in Hounsfield units."""
        return self.low is None or self.high is None or self.high - self.low > _WIDEST_SLIDER


def field_widget(
    model_class: type[BaseModel],
    field_name: str,
    value: Any,
    *,
    key: str,
    reference: BaseModel | None = None,
    options: Sequence[Any] | None = None,
    names: _Name | None = None,
    empty: str = "",
) -> Any:
    """Show the widget of one field and return what the visitor chose.

    Parameters
    ----------
    model_class
        A pydantic model whose field has a title, a description and, for numbers, bounds.
    field_name
        The field.
    value
        What it shows at first; later the widget's own state counts.
    key
        A stable key: it is also the CSS class `st-key-<key>` by which a test finds the widget.
    reference
        A config to compare with: a value that differs from its is marked "changed".
    options
        Choices for a field that is a plain name (a data set, a network); for a number, the only steps to
        offer.
    names
        How an option is shown.
    empty
        What a number that is left empty means, in a word or two; default: automatic.
    """
    field = model_class.model_fields[field_name]
    current = st.session_state.get(key, value)
    label, hint = _label(field, field_name, current, _before(reference, field_name))
    shared: dict[str, Any] = {"key": key, "help": hint, "persist_state": "session"}
    kind = _without_none(field.annotation)
    if options is not None or get_origin(kind) is Literal:
        return _choice(label, list(options or get_args(kind)), value, names or option_name, shared)
    if kind is bool:
        return st.toggle(label, **_begun(key, value), **shared)
    if kind in (int, float) and kind is not field.annotation:  # it may be left empty
        return _number_or_none(label, kind, value, _bounds(field), shared | {"placeholder": empty})
    if kind in (int, float):
        return _number(label, kind, value, _bounds(field), shared)
    return st.text_input(label, **_begun(key, value), **shared)


def form_fields(
    config: BaseModel, names: Sequence[str], *, key: str, reference: BaseModel | None = None
) -> dict[str, Any]:
    """Show the widgets of several fields of `config` under each other; return the chosen values by name."""
    return {
        name: field_widget(
            type(config), name, getattr(config, name), key=f"{key}-{name}", reference=reference
        )
        for name in names
    }


def changed_mark(label: str) -> str:
    """Return a label with the mark of a value that was changed."""
    return f"{label} :orange-badge[{_('changed')}]"


def _before(reference: BaseModel | None, field_name: str) -> Any:
    return ... if reference is None else getattr(reference, field_name)


def _label(field: FieldInfo, field_name: str, current: Any, before: Any) -> tuple[str, str]:
    title = _(field.title) if field.title else field_name
    hint = _(field.description) if field.description else ""
    if before is ... or before == current:
        return title, hint
    return changed_mark(title), f"{hint} {_('Before: {value}.', value=option_name(before))}"


def _choice(label: str, options: list[Any], value: Any, names: _Name, shared: dict[str, Any]) -> Any:
    start = _begun(shared["key"], value if value in options else options[0])
    is_long = len(options) > _MOST_SEGMENTS or sum(len(names(option)) for option in options) >= _MOST_LETTERS
    if is_long:
        return st.selectbox(label, options, format_func=names, **start, **shared)
    return st.segmented_control(label, options, format_func=names, required=True, **start, **shared)


def _number(
    label: str, kind: type[int] | type[float], value: Any, bounds: _Range, shared: dict[str, Any]
) -> Any:
    if kind is float and bounds.is_log:
        steps = _log_steps(bounds, st.session_state.get(shared["key"], value))
        start = _begun(shared["key"], value)
        return st.select_slider(label, steps, format_func=lambda number: f"{number:g}", **start, **shared)
    start = _begun(shared["key"], kind(value))
    if kind is float:
        if bounds.low is None or bounds.high is None or bounds.is_wide:
            return st.number_input(label, bounds.low, bounds.high, step=1.0, **start, **shared)
        first, last, width = _inner_bounds(bounds)
        return st.slider(label, first, last, step=width, **start, **shared)
    low, high = _whole(bounds.low), _whole(bounds.high)
    step = int(bounds.step or 1)
    if low is not None and high is not None and (high - low) / step <= _MOST_SLIDER_STEPS:
        return st.slider(label, low, high, step=step, **start, **shared)
    return st.number_input(label, low, high, step=step, **start, **shared)


def _number_or_none(
    label: str, kind: type[int] | type[float], value: Any, bounds: _Range, shared: dict[str, Any]
) -> Any:
    """Show a box that may be left empty: a slider has no place that means "none"."""
    shared["placeholder"] = shared["placeholder"] or _("automatic")
    if value is not None:
        _begun(shared["key"], kind(value))
    # value=None always: without it an emptied box would mean the lowest number.
    if kind is int:
        low, high, step = _whole(bounds.low), _whole(bounds.high), int(bounds.step or 1)
        return st.number_input(label, low, high, value=None, step=step, **shared)
    low_float, high_float, step_float = _inner_bounds(bounds, n_steps=20)
    return st.number_input(label, low_float, high_float, value=None, step=step_float, **shared)


def _inner_bounds(bounds: _Range, *, n_steps: int = 100) -> tuple[float, float, float]:
    """Return the lowest and the highest value that are allowed, and the step between two."""
    low, high = float(bounds.low or 0.0), float(1.0 if bounds.high is None else bounds.high)
    step = bounds.step or _round_step((high - low) / n_steps)
    first, last = low + step * bounds.low_is_out, high - step * bounds.high_is_out
    return round(first, 12), round(last, 12), step


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _round_step(step: float) -> float:
    """Return the next of 1, 2, 5 in its decade that is no larger."""
    decade = 10.0 ** math.floor(math.log10(step))
    return round(max(digit for digit in (1, 2, 5) if digit * decade <= step * 1.0001) * decade, 12)


def _begun(key: str, value: Any) -> dict[str, Any]:
    """Put a widget's first value into the session, unless it holds one; return what is left to be passed.

    Passed as an argument it would not reach a widget whose key was deleted so that it begins anew: there the
    browser would keep what it showed before.
    """
    if key in st.session_state:
        return {}
    st.session_state[key] = value
    return {}


def _log_steps(bounds: _Range, value: float) -> list[float]:
    """Return 1, 2, 5 in each decade within the bounds, with the bounds and `value` among them."""
    low, high = bounds.low or _LOG_FLOOR, bounds.high or 1.0
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = {float(f"{digit}e{decade}") for decade in decades for digit in (1, 2, 3, 5)}
    kept = {step for step in steps if low <= step <= high} | {value}
    return sorted(kept | ({0.0} if bounds.low == 0 else set()))


def _bounds(field: FieldInfo) -> _Range:
    found: dict[str, Any] = {}
    for rule in field.metadata:
        match rule:
            case annotated_types.Ge():
                found["low"] = _as_number(rule.ge)
            case annotated_types.Gt():
                found |= {"low": _as_number(rule.gt), "low_is_out": True}
            case annotated_types.Le():
                found["high"] = _as_number(rule.le)
            case annotated_types.Lt():
                found |= {"high": _as_number(rule.lt), "high_is_out": True}
            case annotated_types.MultipleOf():
                found["step"] = _as_number(rule.multiple_of)
    default = field.default if isinstance(field.default, int | float) else None
    return _Range(**found, default=default)


def _as_number(bound: Any) -> float | None:
    return None if bound is None else float(bound)


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
        return kinds[0] if len(kinds) == 1 else annotation
    return annotation
