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

from core.language import N_, _

_LOG_RATIO: Final = 1000  # a float that spans three decades or more is chosen on a log scale
_WIDEST_SLIDER: Final = 1000
_LOG_FLOOR: Final = 1e-6  # the first step above zero where zero is allowed
_MOST_SEGMENTS: Final = 4
_MOST_SLIDER_STEPS: Final = 200
_OPTION_NAMES: Final = {
    "sgd": "SGD",
    "adam": "Adam",
    "adamw": "AdamW",
    "cpu": "CPU",
    "cuda": "CUDA",
    "mps": "MPS",
    "float32": "float32",
    "bfloat16": "bfloat16",
    "float16": "float16",
    "auto": N_("automatic"),
    "cosine": N_("cosine"),
    "constant": N_("constant"),
    "plain": N_("plain"),
    "over-sampling": N_("over-sampling"),
    "under-sampling": N_("under-sampling"),
    "class weights": N_("class weights"),
    "all": N_("all"),
    "none": N_("none"),
    "source": N_("as it came"),
    "k-fold": N_("k folds"),
    "given": N_("as given"),
    "random": N_("drawn by lot"),
    "nearest": N_("nearest"),
    "bilinear": N_("bilinear"),
    "bicubic": N_("bicubic"),
    "area": N_("area"),
    "lanczos": "Lanczos",
    "stretch": N_("stretch"),
    "pad": N_("pad"),
    "crop": N_("crop"),
    "file": N_("file"),
    "full": N_("full"),
    "manual": N_("manual"),
    "preset": N_("preset"),
    "ct_lung": N_("CT lung"),
    "ct_mediastinum": N_("CT mediastinum"),
    "ct_soft_tissue": N_("CT soft tissue"),
    "ct_liver": N_("CT liver"),
    "ct_bone": N_("CT bone"),
    "ct_brain": N_("CT brain"),
    "ct_subdural": N_("CT subdural"),
    "radiograph": N_("Radiograph"),
    "mammogram": N_("Mammogram"),
    "mr": N_("MR"),
    "range": N_("range"),
    "image": N_("image"),
    "dataset": N_("dataset"),
    "imagenet": "ImageNet",
}
_Name = Callable[[Any], str]


@dataclass(frozen=True)
class _Range:
    """The bounds of a number, None where there is none, and what it usually is."""

    low: float | None = None
    high: float | None = None
    step: float | None = None
    default: float | None = None

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
    disabled: bool = False,
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
    disabled
        Show it, but locked.
    """
    field = model_class.model_fields[field_name]
    current = st.session_state.get(key, value)
    label, hint = _label(field, field_name, current, _before(reference, field_name))
    shared: dict[str, Any] = {"key": key, "help": hint, "disabled": disabled, "persist_state": "session"}
    kind = _without_none(field.annotation)
    if options is not None or get_origin(kind) is Literal:
        return _choice(label, list(options or get_args(kind)), value, names or option_name, shared)
    if kind is bool:
        return st.toggle(label, **_begun(key, value), **shared)
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
    if len(options) <= _MOST_SEGMENTS and sum(len(names(option)) for option in options) < 44:
        start = _begun(shared["key"], value if value in options else options[0])
        return st.segmented_control(label, options, format_func=names, required=True, **start, **shared)
    start = _begun(shared["key"], value if value in options else options[0])
    return st.selectbox(label, options, format_func=names, **start, **shared)


def option_name(option: Any) -> str:
    """Return how an option of a field is shown."""
    return _(_OPTION_NAMES[option]) if option in _OPTION_NAMES else str(option)


def _number(
    label: str, kind: type[int] | type[float], value: Any, bounds: _Range, shared: dict[str, Any]
) -> Any:
    if kind is float and bounds.is_log:
        steps = _log_steps(bounds, value)
        start = _begun(shared["key"], value)
        return st.select_slider(label, steps, format_func=lambda number: f"{number:g}", **start, **shared)
    start = _begun(shared["key"], None if value is None else kind(value))
    if kind is float:
        if bounds.low is None or bounds.high is None or bounds.is_wide:
            return st.number_input(label, bounds.low, bounds.high, step=1.0, **start, **shared)
        step = bounds.step or _round_step((bounds.high - bounds.low) / 100)
        return st.slider(label, float(bounds.low), float(bounds.high), step=step, **start, **shared)
    low = None if bounds.low is None else int(bounds.low)
    high = None if bounds.high is None else int(bounds.high)
    step = int(bounds.step or 1)
    if (
        low is not None
        and high is not None
        and value is not None
        and (high - low) / step <= _MOST_SLIDER_STEPS
    ):
        return st.slider(label, low, high, step=step, **start, **shared)
    return st.number_input(label, low, high, step=step, placeholder=_("automatic"), **start, **shared)


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
    if value is None:  # a number that may be left empty: only the argument says so
        return {"value": None}
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
    low = high = step = None
    for rule in field.metadata:
        if isinstance(rule, annotated_types.Ge | annotated_types.Gt):
            low = rule.ge if isinstance(rule, annotated_types.Ge) else rule.gt
        elif isinstance(rule, annotated_types.Le | annotated_types.Lt):
            high = rule.le if isinstance(rule, annotated_types.Le) else rule.lt
        elif isinstance(rule, annotated_types.MultipleOf):
            step = rule.multiple_of
    default = field.default if isinstance(field.default, int | float) else None
    return _Range(_as_number(low), _as_number(high), _as_number(step), default)


def _as_number(bound: Any) -> float | None:
    return None if bound is None else float(bound)


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
        return kinds[0] if len(kinds) == 1 else annotation
    return annotation
