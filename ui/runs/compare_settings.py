"""What runs were told differently: a table of the settings in which they differ, in words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.language import _, joined
from core.runs.settings import differing
from core.runs.store import Run
from core.transforms.catalog import AUGMENTATIONS, PREPROCESSING_STEPS
from ui.messages import escape
from ui.option_names import option_name
from ui.runs.words import value_in_words
from ui.training.form import field_title

_MOST_COLUMNS: Final = 5  # of runs side by side; more stand under each other
_STEPS: Final[dict[str, Mapping[str, Any]]] = {
    "augmentations": AUGMENTATIONS,
    "preprocessing": PREPROCESSING_STEPS,
}


def settings_section(runs: Sequence[Run]) -> None:
    """Show the settings that are not the same in all runs; nothing else."""
    st.markdown(f"##### {_('What differs in their settings')}", anchors=False)
    settings = differing([run.config for run in runs])
    if not settings:
        st.caption(_("Nothing: all settings are the same, the seed too."))
        return
    words = {name: setting_words(name, values) for name, values in settings.items()}
    names = [run.run_id for run in runs]
    if len(runs) <= _MOST_COLUMNS:
        st.table(_side_by_side(words, names), hide_index=True, alt=_("Settings that differ, run by run"))
    else:
        st.dataframe(_below_each_other(words, names), hide_index=True, width="stretch")
    if set(settings) == {"seed"}:
        st.caption(_("Nothing but the seed: what differs between them is luck."))


def setting_words(name: str, values: Sequence[Any]) -> list[str]:
    """Return the value of a setting in each run, as people write it."""
    if name in _STEPS:
        return [_steps(steps, values, _STEPS[name]) for steps in values]
    return [value_in_words(name, value) for value in values]


def _side_by_side(words: dict[str, list[str]], names: Sequence[str]) -> list[dict[str, str]]:
    shown = [escape(name) for name in names]
    return [
        {_("Setting"): field_title(name), **dict(zip(shown, map(escape, words[name]), strict=True))}
        for name in words
    ]


def _below_each_other(words: dict[str, list[str]], names: Sequence[str]) -> pd.DataFrame:
    titles = {name: field_title(name) for name in words}
    return pd.DataFrame(
        [
            {_("Run"): run, **{titles[name]: words[name][place] for name in words}}
            for place, run in enumerate(names)
        ]
    )


def _steps(
    steps: list[dict[str, Any]], everywhere: Sequence[list[dict[str, Any]]], known: Mapping[str, Any]
) -> str:
    """Return the titles of steps, each with the parameters that are not the same in all runs."""
    if not steps:
        return _("none")
    return joined((_step(step, everywhere, known) for step in steps), "; ")


def _step(step: dict[str, Any], everywhere: Sequence[list[dict[str, Any]]], known: Mapping[str, Any]) -> str:
    spec = known.get(step["name"])
    if spec is None:  # of another version
        return str(step["name"])
    same_name = [other for steps in everywhere for other in steps if other["name"] == step["name"]]
    parts = []
    for name, value in step["parameters"].items():
        if any(other["parameters"].get(name, ...) != value for other in same_name):
            field = spec.parameters.model_fields.get(name)
            shown = f"{value:.3g}" if isinstance(value, float) else option_name(value)
            parts.append(f"{_(str(field.title)) if field else name} {shown}")
    title = _(spec.title)
    return f"{title} ({joined(parts)})" if parts else title
