"""The pipeline as cards: the bar to add steps and to go back, and the buttons of each card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import N_, _
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.records import Parameters, StepGroup, StepSpec
from ui.fields import field_widget
from ui.messages import escape
from ui.option_names import option_name
from ui.preprocessing import state
from ui.preprocessing.state import Card, Draft

GROUPS: Final[dict[StepGroup, str]] = {
    "grey levels": N_("Grey levels"),
    "geometry": N_("Size and shape"),
    "contrast": N_("Contrast"),
    "filter": N_("Filters"),
    "colour": N_("Colour"),
    "network": N_("For the network"),
}
_SIZES: Final = (16, 28, 32, 48, 64, 96, 128, 192, 224, 256, 384, 512)
# A parameter that counts only for some values of another one: (step, parameter) -> is it used?
_USED: Final[dict[tuple[str, str], Callable[[dict[str, Any]], bool]]] = {
    ("window", "center"): lambda chosen: chosen["mode"] == "manual",
    ("window", "width"): lambda chosen: chosen["mode"] == "manual",
    ("window", "preset"): lambda chosen: chosen["mode"] == "preset",
    ("resize", "antialias"): lambda chosen: chosen["interpolation"] in ("bilinear", "bicubic"),
}


def add_menu(info: DatasetInfo) -> None:
    """Offer every step, by what it is for, with one sentence each."""
    with st.popover(_("Add a step"), icon=":material/add:", key="preprocess-add"):
        for group, title in GROUPS.items():
            st.markdown(f"**{_(title)}**")
            with st.container(gap=None, key=f"step-group-{group.replace(' ', '-')}"):
                for spec in PREPROCESSING_STEPS.values():
                    if spec.group == group:
                        _add_button(info, spec)


def _add_button(info: DatasetInfo, spec: StepSpec) -> None:
    st.button(
        f"**{_(spec.title)}**: :gray[{_(spec.summary)}]",
        key=f"preprocess-add-{spec.name}",
        type="tertiary",
        on_click=state.add,
        args=(info, spec.name),
    )


def way_back(info: DatasetInfo) -> None:
    """Offer to take the last change back, and to begin anew."""
    st.button(
        _("Undo"),
        key="preprocess-undo",
        icon=":material/undo:",
        disabled=not state.can_undo(),
        on_click=state.undo,
        args=(info,),
    )
    st.button(
        _("Start again"),
        key="preprocess-reset",
        icon=":material/restart_alt:",
        type="tertiary",
        help=_("Back to the usual pipeline; 'Undo' brings this one back."),
        on_click=_start_again,
        args=(info,),
    )


def card_buttons(info: DatasetInfo, card: Card, number: int, *, n_cards: int) -> None:
    """Show a card's title and what can be done with it as a whole."""
    title = _(PREPROCESSING_STEPS[card.name].title)
    enabled_key = state.widget_key(card.id, "enabled")
    st.session_state.setdefault(enabled_key, card.enabled)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"step-head-{card.id}"):
        st.markdown(f"**{number}. {title}**", width="stretch")
        st.toggle(
            _("on"),
            key=enabled_key,
            on_change=_switch,
            args=(info, card.id),
        )
        is_tuned = st.session_state.get(state.TUNED) == card.id
        st.button(
            _("Fold") if is_tuned else _("Tune"),
            key=f"preprocess-tune-{card.id}",
            icon=":material/unfold_less:" if is_tuned else ":material/tune:",
            on_click=_tune,
            args=(None if is_tuned else card.id,),
        )
        for sign, by, label in (("↑", -1, _("Move up")), ("↓", 1, _("Move down"))):
            st.button(
                sign,
                key=f"preprocess-move-{card.id}-{'up' if by < 0 else 'down'}",
                help=f"{label}: {title}",
                disabled=not 0 <= number - 1 + by < n_cards,
                on_click=state.move,
                args=(info, card.id, by),
            )
        st.button(
            "✕",
            key=f"preprocess-remove-{card.id}",
            help=_("Remove {step}; 'Undo' brings it back", step=title),
            on_click=state.remove,
            args=(info, card.id),
        )


def parameter_widgets(card: Card) -> Card:
    """Show the widgets of a card's parameters; return the card as they say."""
    model = PREPROCESSING_STEPS[card.name].parameters
    chosen = dict(card.parameters)
    for name in model.model_fields:
        is_used = _USED.get((card.name, name))
        if is_used is None or is_used(chosen):
            chosen[name] = _widget(model, name, chosen[name], state.widget_key(card.id, name))
    if not model.model_fields:
        st.caption(_("There is nothing to set here."))
    return card.model_copy(update={"parameters": chosen})


def parameter_line(card: Card) -> str:
    """Return what a folded card is set to, in one line."""
    fields = PREPROCESSING_STEPS[card.name].parameters.model_fields
    parts = []
    for name, field in fields.items():
        is_used = _USED.get((card.name, name))
        value = card.parameters.get(name)
        if is_used is None or is_used(card.parameters):
            shown = (_("on") if value else _("off")) if isinstance(value, bool) else option_name(value)
            parts.append(f"{_(str(field.title))}: {shown}")
    return escape(" · ".join(parts))


def begin_with(draft: Draft) -> None:
    """Open one card at first: the size, for it shows the most."""
    if state.TUNED not in st.session_state:
        sized = [card.id for card in draft.cards if card.name == "resize"]
        st.session_state[state.TUNED] = sized[0] if sized else None


def _widget(model: type[Parameters], name: str, value: Any, key: str) -> Any:
    if name == "size" and model.__name__ == "ResizeParameters":
        return _size_slider(model, value, key)
    return field_widget(model, name, value, key=key)


def _size_slider(model: type[Parameters], value: Any, key: str) -> int:
    field = model.model_fields["size"]
    steps = sorted({*_SIZES, int(value)})
    st.session_state.setdefault(key, int(value))
    size: int = st.select_slider(
        _(str(field.title)),
        steps,
        format_func=lambda side: f"{side} x {side}",
        help=_(str(field.description)),
        key=key,
        persist_state="session",
    )
    return size


def _start_again(info: DatasetInfo) -> None:
    state.put(info, state.usual(info))
    st.session_state.pop(state.TUNED, None)


def _switch(info: DatasetInfo, card_id: int) -> None:
    state.switch(info, card_id, enabled=bool(st.session_state[state.widget_key(card_id, "enabled")]))


def _tune(card_id: int | None) -> None:
    st.session_state[state.TUNED] = card_id
