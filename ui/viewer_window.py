"""Which values become black and white: by the file's windows and tables, CT's usual ones, or by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

import streamlit as st

from core.images.frame_view import HOUNSFIELD
from core.images.levels import CT_WINDOWS, window_limits
from core.images.lookup_tables import LookupTable
from core.images.records import Window
from core.language import N_, _
from ui.session import full

if TYPE_CHECKING:
    from core.images.study import FrameView

Chosen = Window | LookupTable | None

_PROPOSED: Final = "proposed"
_RANGE: Final = "range"
_HELD: Final = "held"
_HAND: Final = "hand"
_FUNCTIONS: Final = {
    "LINEAR": N_("straight line (LINEAR)"),
    "LINEAR_EXACT": N_("straight line, exact ends (LINEAR_EXACT)"),
    "SIGMOID": N_("S-shaped curve (SIGMOID)"),
}
_STEPS: Final = 400


@dataclass(frozen=True)
class _Keys:
    """Names of the widgets of one stack in the session: another stack begins anew."""

    stack: str

    def of(self, widget: str) -> str:
        return f"viewer-{widget}-{self.stack}"


def pick_window(view: FrameView, *, stack: str, n_slices: int = 1) -> Chosen:
    """Let the visitor choose by preset, at Full by centre, width and function too; None is the full range.

    Parameters
    ----------
    view
        The frame that is shown; another frame of the stack may propose other windows.
    stack
        Names the choice, which holds for all frames of a stack.
    n_slices
        Of the stack: where there are several, the range of the first one shown can be held for all.
    """
    if view.image.is_colour:
        st.caption(_("A picture in colour is shown as it is: there is no window to choose."))
        return None
    keys = _Keys(stack)
    held = _held(keys, view) if n_slices > 1 else None
    options = _options(view) | _hand_made(held)
    if st.session_state.get(keys.of("preset")) not in options:
        st.session_state[keys.of("preset")] = _PROPOSED if _PROPOSED in options else _RANGE
    preset = st.selectbox(
        _("Window"),
        list(options),
        format_func=lambda name: options[name],
        key=keys.of("preset"),
        persist_state="session",
        help=_(
            "Which values are spread from black to white, as centre / width. What lies outside can no longer"
            " be told apart."
        ),
    )
    chosen = held if preset == _HELD else _of_preset(view, str(preset))
    if not full():
        return chosen
    if preset != _HAND:
        _set_sliders(keys, view, chosen)
    _sliders(keys, view)
    return _by_hand(keys) if preset == _HAND else chosen


def limits_of(view: FrameView, chosen: Chosen) -> Window:
    """Return a window with the ends of what was chosen: a straight line from its first value to its last."""
    if isinstance(chosen, LookupTable):
        low, high = float(chosen.first), float(chosen.first + len(chosen.entries) - 1)
    elif chosen is None:
        low, high = view.image.value_range
    else:
        return chosen
    return Window(center=(low + high) / 2, width=max(high - low, 1e-6), function="LINEAR_EXACT")


def _held(keys: _Keys, view: FrameView) -> Window:
    """Return the full range of the frame of a stack that was shown first, so that all can be shown by it."""
    held: Window = st.session_state.setdefault(keys.of("held"), limits_of(view, None))
    return held


def _hand_made(held: Window | None) -> dict[str, str]:
    found: dict[str, str] = {}
    if held is not None:
        low, high = held.center - held.width / 2, held.center + held.width / 2
        found[_HELD] = _("The same range for all · {low:.6g} to {high:.6g}", low=low, high=high)
    if full():
        found[_HAND] = _("By hand")
    return found


def _options(view: FrameView) -> dict[str, str]:
    windows, tables = view.image.windows, view.tables
    found: dict[str, str] = {}
    if view.proposed is not None:
        found[_PROPOSED] = _("As the file proposes · {what}", what=_words(view.proposed, view))
    for number, window in enumerate(windows, 1):
        if window is not view.proposed:
            found[f"window-{number}"] = _(
                "Window {n} of the file · {what}", n=number, what=_words(window, view)
            )
    for number, table in enumerate(tables, 1):
        if table is not view.proposed:
            found[f"table-{number}"] = _("Table {n} of the file", n=number)
    if view.unit == HOUNSFIELD:
        found |= {name: f"{_(name)} · {_words(window, view)}" for name, window in CT_WINDOWS.items()}
    low, high = view.image.value_range
    found[_RANGE] = _("Full range here · {low:.6g} to {high:.6g}", low=low, high=high)
    return found


def _words(chosen: Window | LookupTable, view: FrameView) -> str:
    if isinstance(chosen, LookupTable):
        number = next(n for n, table in enumerate(view.tables, 1) if table is chosen)
        return _("table {n}, {entries} values", n=number, entries=len(chosen.entries))
    words = f"{chosen.center:g} / {chosen.width:g}"
    return f"{words} ({chosen.explanation})" if chosen.explanation else words


def _of_preset(view: FrameView, preset: str) -> Chosen:
    if preset in (_RANGE, _HAND):
        return None
    if preset in CT_WINDOWS:
        return CT_WINDOWS[preset]
    kind, _dash, number = preset.partition("-")
    if kind == "window":
        return view.image.windows[int(number) - 1]
    if kind == "table":
        return view.tables[int(number) - 1]
    return view.proposed


def _by_hand(keys: _Keys) -> Window:
    state = st.session_state
    return Window(
        center=float(state[keys.of("centre")]),
        width=float(state[keys.of("width")]),
        function=state[keys.of("function")],
    )


def _set_sliders(keys: _Keys, view: FrameView, chosen: Chosen) -> None:
    window = limits_of(view, chosen)
    low, high, step = _bounds(keys, view)
    state = st.session_state
    state[keys.of("centre")] = min(max(float(window.center), low), high)
    state[keys.of("width")] = min(max(float(window.width), step), 2 * (high - low))
    state[keys.of("function")] = window.function


def _sliders(keys: _Keys, view: FrameView) -> None:
    """Show centre, width and function; moving one of them makes the window the visitor's own."""

    def take() -> None:
        st.session_state[keys.of("preset")] = _HAND

    low, high, step = _bounds(keys, view)
    unit = _(view.unit)
    shown = "%.0f" if step >= 1 else "%.4g"
    for widget, label, ends in (
        ("centre", _("Centre ({unit})", unit=unit), (low, high)),
        ("width", _("Width ({unit})", unit=unit), (step, 2 * (high - low))),
    ):
        st.slider(label, *ends, step=step, format=shown, key=keys.of(widget), on_change=take)
    st.selectbox(
        _("Function"),
        list(_FUNCTIONS),
        format_func=lambda name: _(_FUNCTIONS[name]),
        key=keys.of("function"),
        on_change=take,
        help=_("How grey rises from black to white: DICOM's VOI LUT Function."),
    )


def _bounds(keys: _Keys, view: FrameView) -> tuple[float, float, float]:
    """Return the ends and the step of the sliders, once shown the same for all frames of a stack."""
    state = st.session_state
    if keys.of("bounds") not in state:
        offered = [window_limits(view.image, window) for window in view.image.windows]
        if view.unit == HOUNSFIELD:
            offered += [window_limits(view.image, window) for window in CT_WINDOWS.values()]
        if view.tables:
            offered.append(window_limits(view.image, limits_of(view, view.tables[0])))
        values = view.image.values
        ends = [*view.image.value_range, float(values.min()), float(values.max())]
        ends += [end for pair in offered for end in pair]
        low, high = min(ends), max(ends)
        high = high if high > low else low + 1
        step = (
            max(1.0, float(round((high - low) / _STEPS / 10))) if high - low >= 20 else (high - low) / _STEPS
        )
        state[keys.of("bounds")] = (low, high, step)
    low, high, step = state[keys.of("bounds")]
    return low, high, step


if set(_FUNCTIONS) != set(get_args(Window.model_fields["function"].annotation)):
    raise ImportError("a function of windows has no name")
