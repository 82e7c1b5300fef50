"""A field's range in the form of a sweep: two numbers, or the options to try."""

import streamlit as st

from core.experiments.sweeps.space import Dimension, FieldRange, field_range
from core.experiments.sweeps.suggesting import suggested
from core.language import _
from core.training.config import TrainingConfig
from ui.sweeps.words import field_title, value_text


def choose_dimension(name: str, config: TrainingConfig, *, is_grid: bool, key: str) -> Dimension:
    """Show the widgets of one field and return what is to be tried of it.

    Parameters
    ----------
    name
        Of the field.
    config
        The settings to begin with: the range is suggested around its value.
    is_grid
        Whether to ask how many values of a range are tried.
    key
        Of the widgets: `<key>-<field>-low` and so on.
    """
    found, first = field_range(name), suggested(name, config)
    with st.container(border=True, key=f"{key}-{name}"):
        st.markdown(f"**{field_title(name)}**", help=_description(name))
        if first.kind == "choice":
            return _choices(found, first, key=f"{key}-{name}")
        return _numbers(first, is_grid=is_grid, key=f"{key}-{name}")


def _choices(found: FieldRange, first: Dimension, *, key: str) -> Dimension:
    st.session_state.setdefault(f"{key}-choices", list(first.choices))
    chosen = st.multiselect(
        _("Values to try"),
        found.choices,
        format_func=value_text,
        key=f"{key}-choices",
        persist_state="session",
    )
    return first.model_copy(update={"choices": tuple(chosen)})


def _numbers(first: Dimension, *, is_grid: bool, key: str) -> Dimension:
    low_place, high_place, more = st.columns([2, 2, 2], vertical_alignment="bottom")
    with low_place:
        low = _number(_("from"), first, first.low, key=f"{key}-low")
    with high_place:
        high = _number(_("to"), first, first.high, key=f"{key}-high")
    with more:
        st.session_state.setdefault(f"{key}-log", first.log)
        log = st.toggle(
            _("powers of ten"),
            key=f"{key}-log",
            help=_("Even in powers of ten: as often between 0.001 and 0.01 as between 0.01 and 0.1."),
            persist_state="session",
        )
        points = first.points
        if is_grid:
            st.session_state.setdefault(f"{key}-points", points)
            points = st.number_input(_("values"), 2, 20, key=f"{key}-points", persist_state="session")
    changes = {"low": low, "high": high, "points": int(points), "log": log and first.step == 1}
    return first.model_copy(update=changes)


def _number(label: str, first: Dimension, value: float, *, key: str) -> float:
    if first.kind == "int":
        st.session_state.setdefault(key, int(value))
        return int(st.number_input(label, step=first.step, key=key, persist_state="session"))
    st.session_state.setdefault(key, float(value))
    step = value / 10 or 0.01
    return float(st.number_input(label, step=step, format="%.6g", key=key, persist_state="session"))


def _description(name: str) -> str | None:
    description = TrainingConfig.model_fields[name].description
    return _(description) if description else None
