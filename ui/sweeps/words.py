"""The words of a sweep on a page: its metric, its fields, how far it is."""

from collections import Counter
from collections.abc import Sequence

from core.errors import UserError
from core.evaluation.records import metric_title
from core.experiments.sweeps.records import SweepRequest, TrialRecord
from core.experiments.sweeps.space import Dimension, Value
from core.figures.sweeps import Scores
from core.language import N_, _, joined, ngettext
from core.models.catalog import MODELS
from core.training.config import TrainingConfig
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from ui import cache
from ui.option_names import option_name
from ui.training.curves import METRIC_TITLES

_MINUTE, _HOUR = 60, 3600
_METRICS = METRIC_TITLES | {"loss": N_("Loss (cross-entropy)")}


def field_title(name: str) -> str:
    """Return what a field of TrainingConfig is called."""
    title = TrainingConfig.model_fields[name].title
    return _(title) if title else name


def value_text(value: Value) -> str:
    """Return how a value of a field is shown."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return f"{value:.4g}"
    if value in AUGMENTATION_PRESETS:
        return _(AUGMENTATION_PRESETS[value].title)
    return _(MODELS[value].title) if value in MODELS else option_name(value)


def scores_of(request: SweepRequest) -> Scores:
    """Return how the trials of a sweep are compared, in words."""
    return Scores(metric_name(request), request.lower_is_better, field_title, value_text)


def metric_name(request: SweepRequest) -> str:
    """Return what the trials are compared by on validation; an AUROC names the class that it is for."""
    if request.metric == "auroc":
        return str(metric_title("auroc", _positive_class(request.config.dataset)))
    return _(_METRICS[request.metric])


def progress_text(request: SweepRequest, trials: Sequence[TrialRecord]) -> str:
    """Return "7 of 20 trials (2 pruned, 1 failed)"."""
    counts = Counter(trial.state for trial in trials)
    n_ended = counts["done"] + counts["pruned"] + counts["failed"]
    parts = [_("{n} pruned", n=counts["pruned"])] if counts["pruned"] else []
    parts += [_("{n} failed", n=counts["failed"])] if counts["failed"] else []
    told = _("{n} of {total} trials", n=n_ended, total=request.n_trials)
    return _("{progress} ({details})", progress=told, details=joined(parts)) if parts else told


def share_done(request: SweepRequest, trials: Sequence[TrialRecord]) -> float:
    """Return the share of the trials that have ended, in [0, 1]."""
    return sum(trial.state in ("done", "pruned", "failed") for trial in trials) / request.n_trials


def range_text(dimension: Dimension) -> str:
    """Return what is tried of a field: "0.0003 to 0.03, even in powers of ten"."""
    if dimension.kind == "choice":
        return joined(value_text(value) for value in dimension.choices)
    values = {"low": f"{dimension.low:g}", "high": f"{dimension.high:g}"}
    if dimension.log:
        return _("{low} to {high}, even in powers of ten", **values)
    return _("{low} to {high}", **values)


def time_text(seconds: float) -> str:
    """Return a guess of a duration in words."""
    if seconds < 1.5 * _MINUTE:
        return _("about {n} s", n=max(1, round(seconds)))
    if seconds < 1.5 * _HOUR:
        return ngettext("about {n} minute", "about {n} minutes", round(seconds / _MINUTE))
    return ngettext("about {n} hour", "about {n} hours", round(seconds / _HOUR))


def _positive_class(dataset_id: str) -> str | None:
    try:
        return cache.dataset(dataset_id).info.positive_class
    except UserError:  # it has been deleted since
        return None
