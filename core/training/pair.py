"""From scratch against pretrained: two runs that differ in what they begin with alone. No torch here."""

from dataclasses import dataclass

from core.errors import InvalidValueError, NameTakenError, UnknownNameError
from core.language import N_
from core.runs.records import Parent
from core.runs.store import Run, open_run
from core.training.config import TrainingConfig
from core.training.config.transfer import TransferFields
from core.training.launch import launch
from core.workspace import runs_dir

_SCRATCH, _PRETRAINED = "-scratch", "-pretrained"


@dataclass(frozen=True)
class Pair:
    """Two runs of the same settings: one from random weights, one from weights that know something."""

    scratch: Run
    pretrained: Run


def from_scratch(config: TrainingConfig) -> TrainingConfig:
    """Return the config with random first weights, all of which learn from the first epoch on."""
    fields = TransferFields.model_fields
    return config.model_copy(update={name: field.default for name, field in fields.items()})


def is_transfer(config: TrainingConfig) -> bool:
    """Tell whether a config begins with anything but random weights."""
    return config.pretrained or bool(config.weights_from)


def launch_pair(config: TrainingConfig, *, parent: Parent | None = None) -> Pair:
    """Launch a config and the same from scratch; the second waits where there is one place.

    Raises
    ------
    InvalidValueError
        The config begins with random weights itself.
    UserError
        As `launch`; then neither is left behind.
    """
    if not is_transfer(config):
        text = N_("Both would begin with random weights: choose first what the one should start from.")
        raise InvalidValueError(text)
    group, pretrained = _launch_first(config, parent)
    scratch = launch(from_scratch(config), parent=parent, run_id=f"{group}{_SCRATCH}", group=group)
    return Pair(scratch, pretrained)


def pair_of(run: Run) -> Pair | None:
    """Return the pair that a run belongs to; None where it belongs to none, or the other one was deleted."""
    group = run.request.group
    if group is None or run.run_id not in (f"{group}{_SCRATCH}", f"{group}{_PRETRAINED}"):
        return None
    try:
        return Pair(open_run(f"{group}{_SCRATCH}"), open_run(f"{group}{_PRETRAINED}"))
    except UnknownNameError:
        return None


def _launch_first(config: TrainingConfig, parent: Parent | None) -> tuple[str, Run]:
    """Launch under the first number that neither of both names has; two visitors at once get two."""
    number = 1
    while True:
        group = f"{config.dataset[:24]}-{config.model[:16]}-pair-{number:03d}"
        if not any((runs_dir() / f"{group}{end}").exists() for end in (_SCRATCH, _PRETRAINED)):
            try:
                return group, launch(config, parent=parent, run_id=f"{group}{_PRETRAINED}", group=group)
            except NameTakenError:
                pass
        number += 1
