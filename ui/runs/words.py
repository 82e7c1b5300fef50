"""A run's line in words: its state, what was changed, its best metric, how long it took, how large it is."""

from datetime import datetime
from typing import Any, Final

from core.evaluation.run_row import BestMetric, RunRow
from core.evaluation.sentences import rounded
from core.jobs.status import ALIVE, STATE_NAMES
from core.language import _, joined
from core.models.catalog import MODELS
from core.transforms.catalog import AUGMENTATIONS
from ui.option_names import option_name
from ui.training.form import field_title

_FOLLOWS: Final = ("threads",)  # of the machine, not of anybody's choice
_UNITS: Final = (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000))


def state_title(row: RunRow) -> str:
    """Return a run's state, "running 3/20" while it lives; a run whose status cannot be read has none."""
    if not row.state:
        return _("cannot be read")
    title = _(STATE_NAMES[row.state])
    return f"{title} {row.n_epochs}/{row.epochs_asked}" if row.state in ALIVE and row.epochs_asked else title


def network_title(name: str) -> str:
    """Return what a network is called; the bare name where this version does not know it."""
    return _(MODELS[name].title) if name in MODELS else name


def changes_in_words(changed: dict[str, tuple[Any, Any]]) -> list[str]:
    """Return "learning rate 0.001 → 0.01" for each setting that differs from the parent's."""
    found = []
    for name, (now, then) in changed.items():
        if name in _FOLLOWS:
            continue
        if name.startswith("preprocessing"):
            words = _("preprocessing changed")
        else:
            words = f"{field_title(name)} {value_in_words(name, then)} → {value_in_words(name, now)}"
        if words not in found:
            found.append(words)
    return found


def value_in_words(name: str, value: Any) -> str:
    """Return the value of a setting as people write it."""
    if name == "model":
        return network_title(str(value))
    if value is None or value in ("", [], {}) or (name == "freeze_after" and value == 0):
        return _("never") if name == "freeze_after" else _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return joined(_step_title(step) for step in value)
    return option_name(value)


def best_in_words(best: BestMetric) -> str:
    """Return "0.93 (0.84 to 0.99)", or the value alone where there is no honest interval."""
    if best.interval_follows:
        return _("{value} (interval follows)", value=rounded(best.value))
    if best.low is None or best.high is None:
        return _("{value} (no interval)", value=rounded(best.value))
    low, high = rounded(best.low), rounded(best.high)
    return _("{value} ({low} to {high})", value=rounded(best.value), low=low, high=high)


def best_of(best: BestMetric) -> str:
    """Return what the best metric measures: "AUROC for finding", "accuracy"."""
    if best.name != "auroc":
        return _("accuracy")
    if best.positive_class is None:
        return _("AUROC, mean of all classes")
    return _("AUROC for {positive}", positive=best.positive_class)


def duration(seconds: float) -> str:
    """Return a time as hours, minutes and seconds, "0:01:20": columns of these sort by their length."""
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{left:02d}"


def size(n_bytes: int) -> str:
    """Return a size on the disk: "12.4 MB"."""
    for unit, factor in _UNITS:
        if n_bytes >= factor:
            return f"{n_bytes / factor:.1f} {unit}"
    return f"{n_bytes} B"


def moment(created_at: str) -> datetime | None:
    """Return when a run was asked for, in this machine's time without its zone; None where nobody knows."""
    try:
        return datetime.fromisoformat(created_at).astimezone().replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError):  # somebody wrote the year 1, and here it is earlier
        return None


def _step_title(step: Any) -> str:
    name = step.get("name") if isinstance(step, dict) else step
    return _(AUGMENTATIONS[name].title) if name in AUGMENTATIONS else str(name)
