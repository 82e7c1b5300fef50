"""The value of a setting in a few words, and what was changed in it."""

from typing import Any, Final

from core.errors import UserError
from core.evaluation.records import metric_title
from core.language import _, joined
from core.models.catalog import MODELS
from core.runs.store import Run
from core.transforms.catalog import AUGMENTATIONS
from ui import cache
from ui.messages import escape
from ui.option_names import option_name
from ui.training.curves import METRIC_TITLES

_LONGEST: Final = 60  # letters of a value


def in_short(name: str, value: Any) -> str:
    """Return the value of a field in a few words, as Markdown."""
    if name == "model" and value in MODELS:
        return _(MODELS[value].title)
    if value is None or value == "":
        return _("empty")
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if isinstance(value, list):
        return joined(escape(item["name"]) for item in value) or _("none")
    if isinstance(value, float):
        return f"{value:g}"
    return escape(option_name(value)[:_LONGEST])


def change_words(name: str, now: Any, then: Any) -> str:
    """Return what was changed, as Markdown: "0.001 → 0.01"; of augmentations what came and went."""
    if name == "augmentations":
        return _steps_changed(now or [], then or [])
    return f"{in_short(name, then)} → **{in_short(name, now)}**"


def _steps_changed(now: list[dict[str, Any]], then: list[dict[str, Any]]) -> str:
    was, has = ({step["name"]: step for step in steps} for steps in (then, now))
    added = [f"+ {_title(name)}" for name in has if name not in was]
    gone = [f"− {_title(name)}" for name in was if name not in has]
    other = [name for name in has if name in was and has[name] != was[name]]
    altered = [_("{step} set otherwise", step=_title(name)) for name in other]
    return joined([*added, *gone, *altered]) or _("in another order")


def _title(name: str) -> str:
    return _(AUGMENTATIONS[name].title) if name in AUGMENTATIONS else escape(name)


def metric_name(run: Run, metric: str) -> str:
    """Return what the panel of a metric is called, with its positive class; "" where the data are gone."""
    try:
        positive = cache.dataset(run.config.dataset).info.positive_class
    except UserError:  # deleted since
        return ""
    name = metric_title("auroc", positive) if metric == "auroc" else _(METRIC_TITLES[metric])
    return _("Validation: {metric}", metric=name)
