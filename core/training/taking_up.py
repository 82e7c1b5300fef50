"""How a branch begins: with the state of its parent after an epoch, as far as its own settings let it.

Without any change the engine then stands exactly where the parent's stood. With changes the optimizer keeps
what it has gathered as long as it is the same one, and takes its settings from the branch; the schedule
stands where it would stand, had it been the branch's from the beginning; chance is drawn anew where the seed
is new.
"""

import math
from typing import Any, Final

from core.errors import StateError
from core.language import N_
from core.training.config import TrainingConfig
from core.training.engine import Engine
from core.training.progress import of_today

_LOSS: Final = ("loss", "focal_gamma", "focal_alpha", "label_smoothing", "balance")
_OF_ITS_OWN: Final = {  # the branch's best epoch and patience are counted from here on
    "best_score": -math.inf,
    "best_epoch": 0,
    "epochs_without_improvement": 0,
    "is_finished": False,
}


def take_up(engine: Engine, state: dict[str, Any], before: TrainingConfig) -> None:
    """Give the engine of a branch the state of its parent.

    Parameters
    ----------
    engine
        As built from the branch's config; nothing has been trained.
    state
        What `Engine.state` returned after an epoch of the parent.
    before
        The parent's config.

    Raises
    ------
    StateError
        The state does not fit the network, or another version of Lightbox wrote it.
    """
    try:
        state = of_today(state)
        engine.restore({**state, **_changed(engine, state, before)})
        engine.n_steps = engine.progress.epoch * engine.n_batches  # the same, or in batches of another size
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        text = N_("The state to branch from does not fit the network: start a new run from its settings.")
        raise StateError(text) from error
    engine.set_rate()


def _changed(engine: Engine, state: dict[str, Any], before: TrainingConfig) -> dict[str, Any]:
    """Return the parts of a state that cannot be taken as they are."""
    config, own = engine.config, engine.state()
    progress = {**state["progress"], **_OF_ITS_OWN}
    if _differs(config, before, *_LOSS):  # losses of two kinds have no mean
        progress |= {"group_loss_sum": 0.0, "group_n_images": 0}
    parts: dict[str, Any] = {"progress": progress, "optimizer": own["optimizer"]}
    if not _differs(config, before, "optimizer"):
        parts["optimizer"] = {**own["optimizer"], "state": state["optimizer"]["state"]}
    if not state["scaler"] or not own["scaler"]:
        parts["scaler"] = own["scaler"]
    if _differs(config, before, "batch_size", "device"):
        parts["parts"] = own["parts"]
    if _differs(config, before, "seed"):
        parts |= {name: own[name] for name in ("rng", "cuda_rng", "mps_rng")}
    return parts | {"plateau": _plateau(engine, state["plateau"], before)}


def _plateau(engine: Engine, plateau: dict[str, Any], before: TrainingConfig) -> dict[str, Any]:
    """Return the memory of a plateau: none of another schedule's, and no best score by another metric."""
    if "plateau" not in (engine.config.schedule, before.schedule):
        return plateau
    if _differs(engine.config, before, "schedule"):
        return engine.plateau.state()
    return (
        {**plateau, "best": -math.inf, "n_waited": 0}
        if _differs(engine.config, before, "best_by")
        else plateau
    )


def _differs(config: TrainingConfig, before: TrainingConfig, *names: str) -> bool:
    return any(getattr(config, name) != getattr(before, name) for name in names)
