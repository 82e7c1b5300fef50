"""Faults that show between the two sides: validation better than training, and rougher than training."""

import math
from typing import Final

import numpy as np

from core.evaluation.coach import remedies
from core.evaluation.coach import thresholds as limits
from core.evaluation.coach.curves import Curves
from core.evaluation.coach.noise import Curve
from core.evaluation.coach.records import Finding
from core.language import N_, Message
from core.models.catalog import MODELS

_BOTH: Final = N_("dropout and augmentation")
_DROPOUT: Final = N_("dropout")
_AUGMENTATION: Final = N_("augmentation")


def val_better(curves: Curves) -> Finding | None:
    """Find a validation loss that is better than the training loss; needs eight epochs.

    For seven epochs in a row, by two standard errors of the difference and by a tenth; by a quarter where
    augmentation or dropout make the training images harder, which alone explains a little. Each validation
    loss is held against the training loss of the NEXT epoch: that of its own is a mean over weights that were
    worse. Silent where the two losses are not the same measure, and where both are nearly 0.
    """
    if not curves.is_comparable or len(curves.epochs) <= limits.BETTER_EPOCHS:
        return None
    val, train = curves.val[:-1], curves.train[1:]
    cause = _made_hard_by(curves)
    share = limits.BETTER_SHARE if cause is None else limits.BETTER_SHARE_MADE_HARD
    error = np.hypot(val / math.sqrt(curves.n_val), train / math.sqrt(curves.n_train))
    floor = limits.BETTER_FLOOR * curves.guessing
    is_better = (train > floor) & (val < share * train) & (train - val > limits.BETTER_SIGMAS * error)
    n = _run_at_end(is_better)
    if n < limits.BETTER_EPOCHS:
        return None
    return _easier(curves, n, cause)


def _made_hard_by(curves: Curves) -> str | None:
    """Name what makes training images harder than validation images; None if nothing does."""
    asked = curves.config.dropout
    has_dropout = MODELS[curves.config.model].has_dropout if asked is None else asked > 0
    if has_dropout and curves.config.augmentations:
        return _BOTH
    if has_dropout:
        return _DROPOUT
    return _AUGMENTATION if curves.config.augmentations else None


def _run_at_end(is_so: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> int:
    """Return how many of the last values are true without a break."""
    return int(np.argmin(is_so[::-1])) if not is_so.all() else len(is_so)


def _easier(curves: Curves, n: int, cause: str | None) -> Finding:
    values: dict[str, str | int | Message] = {
        "n": n,
        "val": f"{float(np.median(curves.val[-n - 1 : -1])):.3g}",
        "train": f"{float(np.median(curves.train[-n:])):.3g}",
    }
    why = N_(
        "For {n} epochs the validation loss, {val}, has been better than the training loss, {train}. Neither"
        " dropout nor augmentation is on to explain it: look whether patients stand on both sides, or whether"
        " the validation images are easier."
    )
    changes: dict[str, object] = {}
    advice = N_("Go to the Leakage lab and see how a leak shows; then check the split of this data set.")
    if cause is not None:
        values["cause"] = Message(text=cause)
        why = N_(
            "For {n} epochs the validation loss, {val}, has been much better than the training loss, {train}."
            " Training images are made harder here by {cause}, which may explain it; a leak looks the same."
        )
        changes = remedies.easier_training(curves.config)
        advice = N_("Train once without it: if the gap stays, look for a leak.")
    return Finding(
        kind="val_better",
        first_epoch=curves.epochs[-n - 1].epoch,
        last_epoch=curves.epochs[-1].epoch,
        title=Message(text=N_("Validation is better than training")),
        why=Message(text=why, values=dict(values)),
        changes=changes,
        advice=Message(text=advice),
        page="leakage",
    )


def unstable_norm(curves: Curves) -> Finding | None:
    """Find batch norm that batches are too small for; needs six epochs.

    With batch norm and at most eight images a batch: two epochs or more whose validation loss jumps to one
    and a half times that of the epochs around it, while the training loss, which uses each batch's own means,
    is three times smoother. Larger batches jump as much where the learning rate is high, but there a falling
    schedule mostly calms them, as in the demo run: they are left alone.
    """
    config = curves.config
    is_small = config.batch_size <= limits.NORM_BATCH and MODELS[config.model].has_batch_norm
    if not is_small or len(curves.epochs) < limits.NORM_EPOCHS:
        return None
    jumps = np.flatnonzero(curves.val > limits.NORM_JUMP * _around(curves.val))
    rough_val = _roughness(curves.val)
    rough_train = max(_roughness(curves.train), 1 / math.sqrt(curves.n_train) / 10)
    if len(jumps) < limits.NORM_JUMPS or rough_val < limits.NORM_TIMES * rough_train:
        return None
    return _jumped(curves, [int(jump) for jump in jumps], rough_val / rough_train)


def _jumped(curves: Curves, jumps: list[int], times_rougher: float) -> Finding:
    config = curves.config
    worst = max(jumps, key=lambda number: float(curves.val[number]))
    why = N_(
        "The validation loss jumps to {worst} at epoch {epoch}, with {usual} around it, while the training"
        " loss is {times} times smoother. Batch norm judges validation images by running means, and with"
        " batches of {batch} images and a learning rate of {rate} these do not keep up with the weights."
    )
    advice = N_(
        "Try a tenth of the learning rate: on simulated films that calmed it, and larger batches alone did"
        " not."
    )
    values = {
        "worst": f"{curves.val[worst]:.3g}",
        "epoch": curves.epochs[worst].epoch,
        "usual": f"{_around(curves.val)[worst]:.3g}",
        "times": f"{min(times_rougher, 1000):.2g}",
        "batch": config.batch_size,
        "rate": f"{config.learning_rate:g}",
    }
    return Finding(
        kind="unstable_norm",
        first_epoch=curves.epochs[jumps[0]].epoch,
        last_epoch=curves.epochs[jumps[-1]].epoch,
        title=Message(text=N_("Batch norm is unstable")),
        why=Message(text=why, values=dict(values)),
        changes=remedies.first_valid(config, remedies.lower_rate(config), {"batch_size": 16}),
        advice=Message(text=advice),
    )


def _around(ys: Curve) -> Curve:
    """Return for each epoch the median of the five around it, fewer at the ends."""
    return np.array([np.median(ys[max(0, number - 2) : number + 3]) for number in range(len(ys))])


def _roughness(ys: Curve) -> float:
    """Return the mean jump of a curve away from its neighbours, as a share of their level."""
    around = _around(ys)
    return float(np.mean(np.abs(ys - around) / around))
