"""The booth's form: which cue, how strongly it follows the label, and at Full the training."""

from pathlib import Path
from typing import Final

import streamlit as st

from core.datasets.phantom_cues import Cue
from core.experiments.shortcut.asking import NAME, expected_seconds, question
from core.experiments.shortcut.catalog import CUES
from core.experiments.shortcut.records import ShortcutAnswer, ShortcutRequest
from core.experiments.shortcut.story import story_so_far
from core.language import _
from core.models.catalog import MODELS
from ui.experiment_panel import experiment, once_more
from ui.fields import field_widget
from ui.messages import simulated_badge
from ui.session import full
from ui.shortcut.pictures import show_sides
from ui.shortcut.strip import show_strip

_KEY: Final = "shortcut"
_FIELDS: Final = ("n_patients", "epochs", "seed")
_STEPS: Final = tuple(round(0.1 * step, 1) for step in range(11))


def booth_form() -> ShortcutRequest:
    """Show the form; return the question that it asks."""
    with st.container(border=True, key="shortcut-form"):
        cue = _pick_cue() if full() else ShortcutRequest().cue
        left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
        with left:
            st.markdown(_(CUES[cue].story))
            strength = _strength()
            st.caption(_words(strength, cue))
            more = _more() if full() else {}
        with right:
            show_sides(cue)
    return question(cue=cue, strength=strength, **more)


def booth_answer(request: ShortcutRequest) -> ShortcutAnswer | None:
    """Offer to train, follow the job, or return what was found."""
    is_small = request.model == ShortcutRequest().model
    minutes = max(1, round(expected_seconds(request) / 60))
    about = _("about {minutes} min on a laptop", minutes=minutes) if is_small else _("many minutes")
    hint = _(
        "Two trainings in the background, one with the shortcut and its control without: {about}.",
        about=about,
    )
    found = experiment(
        NAME,
        request,
        ShortcutAnswer,
        key=_KEY,
        label=_("Train"),
        hint=hint,
        highlighted=True,
        meanwhile=lambda folder: _unfold(request, folder),
    )
    if found is not None and full():
        once_more(NAME, request, key=_KEY)
    return found


def _unfold(request: ShortcutRequest, folder: Path) -> None:
    known = story_so_far(folder)
    if known is not None:
        simulated_badge()
        show_strip(request, known)


def _pick_cue() -> Cue:
    chosen: Cue = field_widget(
        ShortcutRequest,
        "cue",
        ShortcutRequest().cue,
        key="shortcut-cue",
        names=lambda name: _(CUES[name].title),
    )
    return chosen


def _strength() -> float:
    field, key = ShortcutRequest.model_fields["strength"], "shortcut-strength"
    title, description = field.title or "", field.description or ""
    st.session_state.setdefault(key, ShortcutRequest().strength)
    chosen: float = st.select_slider(
        _(title),
        _STEPS,
        format_func=lambda step: f"{step:.1f}",
        key=key,
        help=_(description),
        persist_state="session",
    )
    return chosen


def _words(strength: float, cue: Cue) -> str:
    """Say what the slider means: how many of a hundred films agree, on average."""
    percent = round(100 * (0.5 + strength / 2))
    return _(
        "On average {percent} of 100 training and validation films agree ({agreeing}); a coin makes 50.",
        percent=percent,
        agreeing=_(CUES[cue].agreeing),
    )


def _more() -> dict[str, object]:
    usual = ShortcutRequest()
    values: dict[str, object] = {}
    for name, place in zip(_FIELDS, st.columns(len(_FIELDS)), strict=True):
        with place:
            values[name] = field_widget(
                ShortcutRequest, name, getattr(usual, name), key=f"shortcut-{name.replace('_', '-')}"
            )
    values["model"] = field_widget(
        ShortcutRequest,
        "model",
        usual.model,
        key="shortcut-model",
        options=list(MODELS),
        names=lambda model: _(MODELS[model].title),
    )
    return values
