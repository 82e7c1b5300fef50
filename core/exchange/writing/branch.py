"""How the script of a branch begins: from the state of its parent after an epoch, which comes along.

Covers: branches of runs with one schedule, whatever they changed, frozen or not. Does not cover: branches of
runs that train the head first, whose schedule begins anew in the middle, and those that freeze later on.
"""

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import StateError, UserError
from core.language import N_
from core.runs.kept import check_state, epoch_path, parent_request
from core.runs.metrics import read_metrics
from core.runs.records import RunEvent
from core.runs.store import Run, open_run
from core.training.config import TrainingConfig

_NOT_WRITTEN: Final = N_(
    "'{run}' goes on from epoch {epoch} of '{parent}', and is frozen in the middle: Lightbox writes no script"
    " of that. Take '{parent}' home as a script, or this run as a zip for another Lightbox."
)
_GONE: Final = N_(
    "'{run}' goes on from epoch {epoch} of '{parent}', and what was kept of that epoch is gone: a script"
    " could not begin there. Take this run home as a zip for another Lightbox."
)
_ELSEWHERE: Final = N_(
    "'{run}' is a branch that came from another Lightbox, and the state that it goes on from stayed there: no"
    " script of it can be written here."
)

_WELCOME: Final = """for weight in network.parameters():  # what rested before begins with a momentum of 0
    if weight.requires_grad and MOMENTUM and "momentum_buffer" not in optimizer.state[weight]:
        optimizer.state[weight]["momentum_buffer"] = torch.zeros_like(weight)"""


@dataclass(frozen=True)
class BranchPoint:
    """Where a branch leaves its parent.

    Attributes
    ----------
    run, epoch
        The parent, and its last epoch that counts.
    state
        The file with all that was there after that epoch.
    before
        The parent's settings.
    """

    run: str
    epoch: int
    state: Path
    before: TrainingConfig


def branch_point(run: Run) -> BranchPoint | None:
    """Return where a run goes on from; None for one that begins at the beginning.

    Raises
    ------
    StateError
        The state is not here (any more), or no script can be written of such a branch.
    """
    parent = run.request.parent
    if parent is None or parent.epoch is None:
        lines = read_metrics(run.folder).lines
        if any(isinstance(line, RunEvent) and line.what == "branch" for line in lines):
            raise StateError(_ELSEWHERE, run=run.run_id)
        return None
    values: dict[str, str | int] = {"run": run.run_id, "epoch": parent.epoch, "parent": parent.run}
    config = run.config
    if config.head_epochs or parent.epoch < config.freeze_after < config.epochs:
        raise StateError(_NOT_WRITTEN, **values)
    before, path = parent_request(run), _state_of(run, parent.run, parent.epoch)
    if before is None or path is None:
        raise StateError(_GONE, **values)
    check_state(run, parent.epoch, path)
    return BranchPoint(parent.run, parent.epoch, path, before.config)


def _state_of(run: Run, parent: str, epoch: int) -> Path | None:
    """Return the state that a branch began with: its own copy until it has ended, and then its parent's."""
    own = run.folder / "start.pt"
    if own.exists():
        return own
    try:
        other = open_run(parent)
        if other.request != parent_request(run):  # another run has the name now
            return None
    except (UserError, OSError):
        return None
    path = epoch_path(other, epoch)
    return path if path.exists() else None


def start_of(branch: BranchPoint, config: TrainingConfig) -> bytes:
    """Return start.pt of a script: what a branch takes up, as torch.load(weights_only=True) reads it.

    As core.training.taking_up: another optimizer begins without what the old one had gathered, another seed
    draws anew, and a plateau is remembered only where it is measured by the same metric.
    """
    import torch

    from core.training.progress import of_today

    state = of_today(torch.load(branch.state, map_location="cpu", weights_only=True))
    start: dict[str, Any] = {"network": state["model"]}
    if goes_on_with(branch, config, "optimizer"):
        start["optimizer"] = state["optimizer"]["state"]
    if goes_on_with(branch, config, "seed"):
        start["chance"] = state["rng"]
    if config.schedule == "plateau":
        start["plateau"] = _plateau(state["plateau"], branch, config)
    content = io.BytesIO()
    torch.save(start, content)
    return content.getvalue()


def _plateau(state: dict[str, Any], branch: BranchPoint, config: TrainingConfig) -> tuple[float, int, float]:
    """Return the best score, the epochs waited for a better one, and the factor of the learning rate."""
    if not goes_on_with(branch, config, "schedule"):
        return -math.inf, 0, 1.0
    if not goes_on_with(branch, config, "best_by"):
        return -math.inf, 0, state["factor"]
    return state["best"], state["n_waited"], state["factor"]


def goes_on_with(branch: BranchPoint, config: TrainingConfig, field: str) -> bool:
    """Tell whether a setting is the parent's."""
    return bool(getattr(branch.before, field) == getattr(config, field))


WEIGHTS: Final = """# The weights after the epoch that the run goes on from.
start = torch.load(FOLDER / "start.pt", weights_only=True)
network.load_state_dict(start["network"])"""


def going_on(branch: BranchPoint, config: TrainingConfig, *, n_unfrozen: int | None) -> str:
    """Return the code that takes up all but the weights; all but `n_unfrozen` blocks and the head rest."""
    lines = []
    if n_unfrozen is not None:
        lines.append("let_learn(UNFROZEN)" if n_unfrozen else "let_learn(HEAD)")
    if goes_on_with(branch, config, "optimizer"):
        lines.append('optimizer.load_state_dict({**optimizer.state_dict(), "state": start["optimizer"]})')
    if goes_on_with(branch, config, "seed"):
        lines.append('torch.set_rng_state(start["chance"])')
    if branch.before.freeze_after and config.optimizer in ("momentum", "nesterov"):
        lines += _WELCOME.splitlines()
    return "\n".join(lines)
