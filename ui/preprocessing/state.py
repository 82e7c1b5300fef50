"""The pipeline that a visitor builds: cards in order, what is applied of them, and the way back.

The session holds JSON only. A draft that cannot work stays on the page with its sentence, and the last one
that worked stays applied.
"""

from __future__ import annotations

import json
from typing import Any, Final

import streamlit as st
from pydantic import BaseModel, ConfigDict

from core.datasets.records import DatasetInfo
from core.errors import LightboxError
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing import default_preprocessing
from core.transforms.preprocessing.parsing import parse_preprocessing
from core.transforms.records import Preprocessing

_DRAFT: Final = "preprocess-draft"
_APPLIED: Final = "preprocess-applied"
_HISTORY: Final = "preprocess-history"
_NEXT_ID: Final = "preprocess-next-id"
TUNED: Final = "preprocess-tuned"
SIZE: Final = "preprocess-size"
USUAL_SIZE: Final = 64
_LONGEST_HISTORY: Final = 50


class Card(BaseModel):
    """One step as it lies on the page; its values may not have been checked yet."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    parameters: dict[str, Any]
    enabled: bool = True


class Draft(BaseModel):
    """The cards in order."""

    model_config = ConfigDict(frozen=True)

    cards: tuple[Card, ...]

    def checked(self) -> Preprocessing:
        """Return the pipeline; a LightboxError says in one sentence why it cannot work."""
        steps = [card.model_dump(exclude={"id"}) for card in self.cards]
        return parse_preprocessing(json.dumps({"steps": steps}))

    def position(self, card_id: int) -> int:
        """Return the place of a card, from 0."""
        return [card.id for card in self.cards].index(card_id)

    def with_card(self, card: Card) -> Draft:
        """Return the draft with another card in the place of the one of the same id."""
        return Draft(cards=tuple(card if old.id == card.id else old for old in self.cards))


def usual(info: DatasetInfo) -> Preprocessing:
    """Return the pipeline to begin with: the course's own, at the size chosen at Basic."""
    return default_preprocessing(int(st.session_state.get(SIZE, USUAL_SIZE)), info.n_channels)


def draft(info: DatasetInfo) -> Draft:
    """Return what lies on the page."""
    known = st.session_state.get(_DRAFT)
    return Draft.model_validate_json(known) if known else _first(info)


def change(info: DatasetInfo, new: Draft) -> None:
    """Put another draft on the page; `undo` brings the one before back."""
    history = [*st.session_state.get(_HISTORY, []), draft(info).model_dump_json()]
    st.session_state[_HISTORY] = history[-_LONGEST_HISTORY:]
    st.session_state[_DRAFT] = new.model_dump_json()


def can_undo() -> bool:
    """Tell whether there is a change to take back."""
    return bool(st.session_state.get(_HISTORY))


def undo(info: DatasetInfo) -> None:
    """Take the last change back."""
    history = list(st.session_state.get(_HISTORY, []))
    if history:
        st.session_state[_DRAFT] = history.pop()
        st.session_state[_HISTORY] = history
        _set_widgets(draft(info))


def put(info: DatasetInfo, preprocessing: Preprocessing) -> None:
    """Lay out another pipeline: one that was saved or uploaded, or the usual one."""
    change(info, _cards_of(preprocessing, [next_id() for _step in preprocessing.steps]))


def add(info: DatasetInfo, name: str) -> None:
    """Add a step where it can stand; where it can stand nowhere, where it would usually be."""
    now = draft(info)
    parameters = PREPROCESSING_STEPS[name].parameters().model_dump(mode="json")
    if "n_channels" in parameters:
        parameters["n_channels"] = info.n_channels
    card = Card(id=next_id(), name=name, parameters=parameters)
    tried = [_inserted(now, card, place) for place in _places(now, name)]
    new = next((one for one in tried if _works(one)), tried[0])
    change(info, new)
    st.session_state[TUNED] = card.id


def move(info: DatasetInfo, card_id: int, by: int) -> None:
    """Move a card up (-1) or down (1)."""
    cards = list(draft(info).cards)
    here = draft(info).position(card_id)
    there = here + by
    if 0 <= there < len(cards):
        cards[here], cards[there] = cards[there], cards[here]
        change(info, Draft(cards=tuple(cards)))


def remove(info: DatasetInfo, card_id: int) -> None:
    """Take a card off the page."""
    change(info, Draft(cards=tuple(card for card in draft(info).cards if card.id != card_id)))


def switch(info: DatasetInfo, card_id: int, *, enabled: bool) -> None:
    """Switch a step on or off; it keeps its place."""
    now = draft(info)
    card = now.cards[now.position(card_id)]
    change(info, now.with_card(card.model_copy(update={"enabled": enabled})))


def applied(info: DatasetInfo) -> Draft:
    """Return the last draft that worked."""
    known = st.session_state.get(_APPLIED)
    return Draft.model_validate_json(known) if known else _first(info)


def apply(new: Draft) -> None:
    """Remember a draft that worked on the image."""
    st.session_state[_APPLIED] = new.model_dump_json()


def next_id() -> int:
    """Return a number that no card had before, so that no widget remembers another card's value."""
    number = int(st.session_state.get(_NEXT_ID, 100))
    st.session_state[_NEXT_ID] = number + 1
    return number


def widget_key(card_id: int, name: str) -> str:
    """Return the key of the widget of a card's parameter, or of its switch ("enabled")."""
    return f"preprocess-card-{card_id}-{name}"


def _set_widgets(now: Draft) -> None:
    """Let the widgets that are there say what the draft says."""
    for card in now.cards:
        for name, value in [*card.parameters.items(), ("enabled", card.enabled)]:
            if (key := widget_key(card.id, name)) in st.session_state:
                st.session_state[key] = value


def _first(info: DatasetInfo) -> Draft:
    pipeline = usual(info)
    return _cards_of(pipeline, list(range(1, len(pipeline.steps) + 1)))


def _cards_of(preprocessing: Preprocessing, ids: list[int]) -> Draft:
    return Draft(
        cards=tuple(
            Card(id=card_id, **step.model_dump(mode="json"))
            for card_id, step in zip(ids, preprocessing.steps, strict=True)
        )
    )


def _places(now: Draft, name: str) -> list[int]:
    """Return where a step might stand, the likeliest first."""
    n = len(now.cards)
    if PREPROCESSING_STEPS[name].stage == "tensor":
        return [n]
    first_tensor = next(
        (k for k, card in enumerate(now.cards) if PREPROCESSING_STEPS[card.name].stage == "tensor"), n
    )
    resize = next((k for k, card in enumerate(now.cards) if card.name == "resize"), first_tensor)
    return [resize, *(k for k in range(first_tensor, -1, -1) if k != resize)]


def _inserted(now: Draft, card: Card, place: int) -> Draft:
    return Draft(cards=(*now.cards[:place], card, *now.cards[place:]))


def _works(new: Draft) -> bool:
    try:
        new.checked()
    except LightboxError:
        return False
    return True
