"""Where a run is: what is counted in its course, and how that was saved in earlier versions."""

import math
from dataclasses import dataclass
from typing import Any

from core.training.rates import Plateau


@dataclass
class Progress:
    """Where a run is. All of it is saved, so that a resumed run goes on in the middle of an epoch."""

    epoch: int = 0  # finished epochs
    batch: int = 0  # finished batches of the epoch at work
    step: int = 0  # finished batches of all
    loss_sum: float = 0.0  # over the images of the epoch at work
    n_images: int = 0
    group_loss_sum: float = 0.0  # over the images since the last line in metrics.jsonl
    group_n_images: int = 0
    best_score: float = -math.inf  # of the metric that the config chooses by; higher is better
    best_epoch: int = 0
    epochs_without_improvement: int = 0
    is_finished: bool = False


def of_today(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a run that began before there were stages as it would be saved now."""
    if "schedule" not in state:
        return state
    progress = dict(state["progress"])
    progress["best_score"] = -progress.pop("best_val_loss")
    new = {
        "n_steps": state["schedule"]["last_epoch"],
        "plateau": Plateau(0, 1.0).state(),
        "progress": progress,
        "parts": 1,
        "mps_rng": None,
    }
    return {**state, **new}
